from __future__ import annotations

import csv
import io
from dataclasses import replace
from typing import TYPE_CHECKING

from asrcli.acoustics import Acoustics, Stereo
from asrcli.pipeline.formats.calls import COLUMNS, header, rows
from tests.values_samples import timed, transcript

if TYPE_CHECKING:
    from asrcli.values import Transcript


def call(names: tuple[str, ...] = ("坐席", "客户"), rel: str = "a,b.wav") -> Transcript:
    """The first speaker says four characters, the second two, half a second of it at once."""
    said = [
        replace(timed("您好请问", start_ms=1_000, each_ms=500), channel=0),
        replace(timed("不是", start_ms=2_500, each_ms=1_000), channel=1),
    ]
    return replace(
        transcript(rel=rel, duration_ms=10_000),
        sentences=tuple(said),
        channel_names=names,
        lanes=(0, 1),
        acoustics=Acoustics(Stereo.SPEAKERS, 4_000),
    )


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(header() + text, newline="")))


def test_a_row_for_each_channel() -> None:
    first, second = read(rows(call()))
    assert list(first) == list(COLUMNS)
    assert [row["speaker"] for row in (first, second)] == ["坐席", "客户"]
    assert [row["channel"] for row in (first, second)] == ["1", "2"]
    assert [row["talk"] for row in (first, second)] == ["2.000", "2.000"]
    assert [row["talk_ratio"] for row in (first, second)] == ["0.5000", "0.5000"]
    assert [row["interruptions"] for row in (first, second)] == ["0", "1"]
    assert {row["overlap"] for row in (first, second)} == {"0.500"}
    assert {row["silence_ratio"] for row in (first, second)} == {"0.6500"}
    assert {row["notes"] for row in (first, second)} == {"telephone sound: nothing above 4000 Hz"}


def test_channels_without_names_and_names_that_are_formulas() -> None:
    assert [row["speaker"] for row in read(rows(call(())))] == ["", ""]
    assert [row["speaker"] for row in read(rows(call(("=1",))))] == ["'=1", ""]
    assert read(rows(call(rel="=a.wav")))[0]["file"] == "'=a.wav"


def test_who_says_nothing_has_a_row_too() -> None:
    quiet = replace(call(), sentences=call().sentences[:1])
    assert [row["talk"] for row in read(rows(quiet))] == ["2.000", "0.000"]


def test_a_recording_that_is_no_call_has_none() -> None:
    assert rows(transcript([timed("你好")])) == ""
