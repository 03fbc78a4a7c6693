"""One millisecond is sixteen samples."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asrcli.clock import (
    SAMPLE_RATE,
    SAMPLES_PER_MS,
    ms_to_samples,
    ms_to_seconds,
    samples_to_ms,
    seconds_to_ms,
)

times = st.integers(0, 10**10)


def test_the_constants_fit() -> None:
    assert SAMPLE_RATE == SAMPLES_PER_MS * 1000 == 16_000


@given(times)
def test_milliseconds_survive_samples(ms: int) -> None:
    assert samples_to_ms(ms_to_samples(ms)) == ms


@given(times)
def test_milliseconds_survive_seconds(ms: int) -> None:
    assert seconds_to_ms(ms_to_seconds(ms)) == ms


@given(times)
def test_a_position_is_never_put_later(samples: int) -> None:
    back = ms_to_samples(samples_to_ms(samples))
    assert 0 <= samples - back < SAMPLES_PER_MS


@given(times, times)
def test_order_is_kept(first: int, second: int) -> None:
    low, high = sorted((first, second))
    assert samples_to_ms(low) <= samples_to_ms(high)
    assert ms_to_samples(low) <= ms_to_samples(high)


@given(times, times)
def test_sums_of_milliseconds_are_exact(first: int, second: int) -> None:
    assert ms_to_samples(first + second) == ms_to_samples(first) + ms_to_samples(second)


@pytest.mark.parametrize(("seconds", "ms"), [(0, 0), (1.5, 1500), (0.0004, 0), (0.0006, 1)])
def test_seconds_are_rounded(seconds: float, ms: int) -> None:
    assert seconds_to_ms(seconds) == ms
    assert isinstance(seconds_to_ms(seconds), int)
