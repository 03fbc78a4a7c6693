from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

from hypothesis import given

from asrcli.pipeline.formats.parts import shown_path
from asrcli.segments.manifests.parts import audio_of, channel_number, in_time, recording_id
from tests.segments.cuts import cut_list, cut_lists, with_audio

if TYPE_CHECKING:
    from asrcli.segments.cutlist import CutList


def test_a_recording_is_one_word() -> None:
    assert recording_id(cut_list(rel="会议/三 月%.wav")) == "会议/三%20月%25.wav"
    assert recording_id(cut_list(rel="a.wav", channel=1)) == "a.wav_c2"
    assert recording_id(cut_list(rel="a\u3000\n.wav")) == "a%E3%80%80%0A.wav"


@given(cut_lists())
def test_the_word_leads_back_to_the_name(cut: CutList) -> None:
    word = recording_id(cut)
    assert len(word.split()) == 1
    plain = word if cut.channel is None else word.removesuffix(f"_c{cut.channel + 1}")
    assert unquote(plain) == shown_path(cut.source.rel)


def test_the_segments_of_all_channels_in_order_of_time() -> None:
    left = cut_list((0, 10), (50, 60), channel=0)
    right = cut_list((20, 30), (50, 55), channel=1)
    order = [(channel_number(cut), index) for cut, index, _ in in_time([right, left])]
    assert order == [(1, 0), (2, 0), (1, 1), (2, 1)]


def test_files_only_where_they_were_written() -> None:
    cut = cut_list((0, 10), (20, 30))
    assert audio_of(cut, 1) == ""
    assert audio_of(with_audio(cut), 1) == "会议/1.wav"
    assert channel_number(cut) is None
