from __future__ import annotations

import json
from typing import TYPE_CHECKING

from hypothesis import given

from asrcli.segments.manifests.nemo import render
from tests.segments.cuts import cut_list, cut_lists, with_audio

if TYPE_CHECKING:
    from asrcli.segments.cutlist import CutList


@given(cut_lists())
def test_what_is_read_back_is_what_was_written(cut: CutList) -> None:
    lines = [json.loads(line) for line in render([cut]).splitlines()]
    found = [(round(e["offset"] * 16_000), round(e["duration"] * 16_000)) for e in lines]
    assert found == [(span.start, span.length) for span in cut.spans]
    assert {e.get("channel_selector") for e in lines} <= {cut.channel}


def test_written_segments_are_named_from_the_manifests_folder() -> None:
    (line,) = render([with_audio(cut_list((16, 48), channel=1))]).splitlines()
    assert json.loads(line) == {
        "audio_filepath": "会议/0.wav",
        "duration": 0.002,
        "label": "speech",
        "text": "",
    }


def test_without_files_the_recording_is_named() -> None:
    (line,) = render([cut_list((16, 48), rel="a.wav")]).splitlines()
    entry = json.loads(line)
    assert (entry["audio_filepath"], entry["offset"]) == ("/in/a.wav", 0.001)
    assert "channel_selector" not in entry
