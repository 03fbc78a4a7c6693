from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import pytest
from hypothesis import given

from asrcli.segments.manifests import kaldi
from tests.segments.cuts import cut_list, cut_lists
from tests.values_samples import source

if TYPE_CHECKING:
    from asrcli.segments.cutlist import CutList


@given(cut_lists())
def test_what_is_read_back_is_what_was_written(cut: CutList) -> None:
    rows = [line.split(" ") for line in kaldi.segments([cut]).splitlines()]
    assert [
        (round(float(start) * 16_000), round(float(end) * 16_000)) for *_, start, end in rows
    ] == [(span.start, span.end) for span in cut.spans]
    recordings = {line.split(" ")[0] for line in kaldi.wav_scp([cut]).splitlines()}
    assert recordings == {row[1] for row in rows}
    assert kaldi.utt2spk([cut]).split() == [row[0] for row in rows for _ in range(2)]


def test_an_utterance_begins_with_its_recording() -> None:
    assert kaldi.segments([cut_list((16, 32), rel="a b.wav")]) == (
        "a%20b.wav-000000001-000000002 a%20b.wav 0.001 0.002\n"
    )


def scp(name: str, rate_hz: int, channels: int, channel: int | None) -> str:
    origin = replace(source(), path=Path("/in") / name, rel=PurePosixPath(name))
    cut = replace(
        cut_list((0, 16)),
        source=origin,
        source_rate_hz=rate_hz,
        source_channels=channels,
        channel=channel,
    )
    return kaldi.wav_scp([cut]).rstrip("\n").partition(" ")[2]


def test_a_plain_wav_is_named() -> None:
    assert scp("三 月.wav", 16_000, 1, None) == "/in/三 月.wav"


@pytest.mark.parametrize(
    ("name", "rate_hz", "channels"),
    [("a.wav", 8_000, 1), ("a.wav", 16_000, 2), ("it's a.mp3", 16_000, 1)],
)
def test_anything_else_comes_through_a_pipe(name: str, rate_hz: int, channels: int) -> None:
    line = scp(name, rate_hz, channels, None)
    assert line.endswith(" |")
    words = shlex.split(line)
    assert words[words.index("-i") + 1] == f"/in/{name}"
    assert words[words.index("-ac") + 1] == "1"
    assert words[words.index("-ar") + 1] == "16000"


def test_one_channel_of_two() -> None:
    words = shlex.split(scp("a.wav", 16_000, 2, 1))
    assert words[words.index("-af") + 1] == "pan=mono|c0=c1"
    assert "-ac" not in words
