"""What no model is ever given."""

from __future__ import annotations

import numpy as np
import pytest

from asrcli.engines.base import MIN_SAMPLES, frame_count
from asrcli.engines.samples import (
    check_block,
    check_length,
    check_mel,
    check_samples,
    span_length,
)
from asrcli.errors import RecordingError


def test_good_samples_pass() -> None:
    check_samples(np.zeros(MIN_SAMPLES, dtype=np.float32))
    check_samples(np.array([-1.0, 1.0] * MIN_SAMPLES, dtype=np.float32))


def one(value: float) -> np.ndarray:
    samples = np.zeros(MIN_SAMPLES, dtype=np.float32)
    samples[7] = value
    return samples


@pytest.mark.parametrize(
    ("samples", "reason"),
    [
        (np.zeros(MIN_SAMPLES - 1, dtype=np.float32), "too few"),
        (np.zeros(0, dtype=np.float32), "too few"),
        (np.zeros(MIN_SAMPLES, dtype=np.int16), "int16"),
        (np.zeros(MIN_SAMPLES, dtype=np.float64), "float64"),
        (np.zeros((2, MIN_SAMPLES), dtype=np.float32), "dimensions"),
        (one(np.nan), "finite"),
        (one(np.inf), "finite"),
        (one(-np.inf), "finite"),
        (one(1.001), "range"),
        (one(-1.001), "range"),
    ],
)
def test_everything_else_is_refused(samples: np.ndarray, reason: str) -> None:
    with pytest.raises(RecordingError, match=reason):
        check_samples(samples)


def test_a_block_may_be_of_any_length() -> None:
    check_block(np.zeros(0, np.float32))
    check_block(np.ones(1, np.float32))


@pytest.mark.parametrize(
    ("samples", "reason"),
    [
        (np.zeros(3, np.int16), "int16"),
        (np.zeros((3, 1), np.float32), "dimensions"),
        (np.full(1, np.nan, np.float32), "finite"),
        (np.full(1, -1.5, np.float32), "range"),
    ],
)
def test_a_block_is_held_to_the_rest(samples: np.ndarray, reason: str) -> None:
    with pytest.raises(RecordingError, match=reason):
        check_block(samples)


def test_the_length_of_a_recording() -> None:
    check_length(MIN_SAMPLES)
    with pytest.raises(RecordingError, match="too few"):
        check_length(MIN_SAMPLES - 1)


def test_good_features_pass() -> None:
    check_mel(np.zeros((1, 80), dtype=np.float32), 80)
    check_mel(np.full((3, 2), -15.9, dtype=np.float32), 2)


@pytest.mark.parametrize(
    ("mel", "reason"),
    [
        (np.zeros((0, 80), dtype=np.float32), r"\[0, 80\], not float32 \[n, 80\]"),
        (np.zeros((3, 79), dtype=np.float32), r"\[3, 79\], not float32"),
        (np.zeros((1, 3, 80), dtype=np.float32), r"\[1, 3, 80\], not float32"),
        (np.zeros((3, 80), dtype=np.float64), "float64"),
        (np.full((3, 80), np.nan, dtype=np.float32), "not all finite"),
        (np.full((3, 80), -np.inf, dtype=np.float32), "not all finite"),
    ],
)
def test_other_features_are_refused(mel: np.ndarray, reason: str) -> None:
    with pytest.raises(RecordingError, match=reason):
        check_mel(mel, 80)


@pytest.mark.parametrize("frames", [3, 4, 100, 3_000])
def test_a_span_is_as_long_in_features_as_in_samples(frames: int) -> None:
    samples = np.zeros(160 * frames, dtype=np.float32)
    mel = np.zeros((frame_count(len(samples)), 80), dtype=np.float32)
    assert span_length(mel) == span_length(samples) == 160 * frames
