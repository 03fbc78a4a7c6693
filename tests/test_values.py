"""The values: frozen, slotted, with units, and the few things they compute."""

from __future__ import annotations

import dataclasses
import inspect
from dataclasses import replace
from pathlib import Path, PurePath
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asrcli import values
from asrcli.acoustics import Sound
from asrcli.values import (
    Decoded,
    Outcome,
    Recording,
    SourceFile,
    SpeechSpan,
    Status,
    TimedSentence,
    Token,
    Track,
    mean_confidence,
)
from tests.values_samples import timed, transcript

CLASSES = [
    kind
    for _, kind in inspect.getmembers(values, inspect.isclass)
    if kind.__module__ == values.__name__ and dataclasses.is_dataclass(kind)
]
SOURCE = SourceFile(Path("/in/a.wav"), PurePath("a.wav"), 1, 2)

tokens = st.builds(
    Token,
    text=st.text(min_size=1, max_size=3),
    start_ms=st.integers(0, 10**6),
    end_ms=st.integers(0, 10**6),
    confidence=st.floats(0, 1),
    biased=st.booleans(),
)


def test_there_are_values() -> None:
    assert len(CLASSES) > 12


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_every_value_is_frozen_and_slotted(kind: Any) -> None:
    assert kind.__dataclass_params__.frozen
    assert "__slots__" in vars(kind)


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_no_value_holds_what_can_change(kind: Any) -> None:
    types = [str(field.type) for field in dataclasses.fields(kind)]
    assert not [t for t in types if t.startswith(("list", "dict", "set"))]


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_times_are_integers_with_a_unit(kind: Any) -> None:
    for field in dataclasses.fields(kind):
        if field.name.endswith("_ms"):
            assert str(field.type) == "Millis", field.name
        if field.name in {"start", "end", "longest"}:
            assert str(field.type) == "Samples", field.name


def test_a_value_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        SOURCE.size_bytes = 5  # type: ignore[misc]


@given(samples=st.integers(0, 100_000))
def test_the_duration_of_a_recording(samples: int) -> None:
    recording = Recording(SOURCE, np.zeros(samples, np.float32), None, 8_000, 2, "0" * 64)
    assert recording.duration_ms == samples // 16


@given(length=st.integers(0, 10**9))
def test_a_track_is_as_long_as_its_recording_was(length: int) -> None:
    track = Track(SOURCE, length, 1, 8_000, 2, "0" * 64)
    assert track.duration_ms == length // 16


def test_recordings_are_told_apart_without_comparing_samples() -> None:
    first, second = (
        Recording(SOURCE, np.zeros(5, np.float32), None, 8_000, 2, "0" * 64) for _ in range(2)
    )
    assert first == first  # noqa: PLR0124
    assert first != second


@given(start=st.integers(0, 10**9), length=st.integers(0, 10**7))
def test_a_span_in_milliseconds_lies_inside_the_recording(start: int, length: int) -> None:
    span = SpeechSpan(0, start, start + length)
    assert span.length == length
    assert span.start_ms * 16 <= span.start
    assert span.start_ms <= span.end_ms <= span.end / 16


@given(token=tokens, offset_ms=st.integers(0, 10**8))
def test_a_shifted_token_keeps_all_but_its_times(token: Token, offset_ms: int) -> None:
    moved = token.shifted(offset_ms)
    assert moved.end_ms - moved.start_ms == token.end_ms - token.start_ms
    assert moved.start_ms == token.start_ms + offset_ms
    assert (moved.text, moved.confidence, moved.biased) == (
        token.text,
        token.confidence,
        token.biased,
    )
    assert moved.shifted(-offset_ms) == token


@given(token=tokens, start=st.integers(0, 10**8), length=st.integers(0, 10**6))
def test_a_token_at_another_time_keeps_all_its_other_fields(
    token: Token, start: int, length: int
) -> None:
    expected = replace(token, start_ms=start, end_ms=start + length)
    assert token.at(start, start + length) == expected


@given(st.lists(tokens, max_size=20))
def test_confidence_is_a_mean(several: list[Token]) -> None:
    mean = mean_confidence(tuple(several))
    assert Decoded(SpeechSpan(0, 0, 1), tuple(several)).confidence == mean
    assert TimedSentence(0, 1, "", "", (), tuple(several)).confidence == mean
    if several:
        low, high = min(t.confidence for t in several), max(t.confidence for t in several)
        assert low - 1e-9 <= mean <= high + 1e-9
    else:
        assert mean == 0.0


def test_a_status_is_written_as_its_name() -> None:
    assert {str(status) for status in Status} == {
        "done",
        "empty",
        "skipped",
        "failed",
        "set-aside",
    }
    assert Outcome(SOURCE, Status.FAILED, "the file is empty").outputs == ()


def test_a_span_is_the_same_whatever_was_measured_in_it() -> None:
    measured = SpeechSpan(0, 0, 16, sound=Sound(-20.0, -50.0, 0.0))
    assert measured == SpeechSpan(0, 0, 16)
    assert hash(measured) == hash(SpeechSpan(0, 0, 16))


def test_speech_stands_above_the_noise_by_the_difference() -> None:
    assert Sound(-20.0, -50.0, 0.0).snr_db == 30.0


def test_a_cue_of_one_speaker_is_one_part() -> None:
    assert values.Cue(0, 1000, "好", 1).parts == ((1, "好"),)
    turns = ((0, "好"), (1, "对"))
    assert values.Cue(0, 1000, "好\n对", 0, turns).parts == turns


@pytest.mark.parametrize(
    ("channel", "name"), [(None, ""), (0, "坐席"), (1, "客户"), (2, ""), (7, "")]
)
def test_a_channel_has_the_name_that_was_given(channel: int | None, name: str) -> None:
    assert replace(transcript(), channel_names=("坐席", "客户")).speaker(channel) == name


def test_the_confidence_of_a_file_counts_every_token_once() -> None:
    pair = timed("好"), timed("很好吗", start_ms=900)
    sure = replace(pair[0], tokens=(Token("好", 0, 200, 0.1),))
    assert transcript([sure, pair[1]]).confidence == pytest.approx((0.1 + 3 * 0.9) / 4)
    assert transcript().confidence == 0.0
