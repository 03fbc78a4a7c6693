"""What no model is ever given."""

from __future__ import annotations

import numpy as np
import pytest

from asrcli.engines.base import MIN_SAMPLES
from asrcli.engines.samples import check_block, check_length, check_samples
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
