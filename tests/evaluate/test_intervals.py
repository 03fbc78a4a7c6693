"""An interval around the rate: repeatable, narrow with many files, right 95 times in 100."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asrcli.evaluate import intervals
from asrcli.evaluate.cer import ErrorCount
from asrcli.evaluate.intervals import bootstrap

COUNTS = st.lists(
    st.builds(ErrorCount, st.integers(0, 5), st.just(0), st.just(0), st.integers(5, 40)),
    min_size=2,
    max_size=20,
)


@pytest.fixture(autouse=True)
def few_resamples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intervals, "MOST_RESAMPLES", 2_000)


def drawn(rng: random.Random, files: int, rate: float) -> list[ErrorCount]:
    return [
        ErrorCount(substitutions=sum(rng.random() < rate for _ in range(20)), reference=20)
        for _ in range(files)
    ]


@pytest.mark.parametrize("counts", [[], [ErrorCount(1, 0, 0, 10)]])
def test_one_file_says_nothing_about_others(counts: list[ErrorCount]) -> None:
    assert bootstrap(counts) is None


def test_files_that_agree_leave_no_doubt() -> None:
    found = bootstrap([ErrorCount(1, 1, 0, 20)] * 5)
    assert found is not None
    assert [found.low, found.high] == pytest.approx([0.1, 0.1])


def test_silence_alone_has_the_rate_of_one_count() -> None:
    found = bootstrap([ErrorCount()] * 3)
    assert found is not None
    assert (found.low, found.high) == (0.0, 0.0)


@given(COUNTS)
@settings(max_examples=30)
def test_it_lies_between_the_best_and_the_worst_file(counts: list[ErrorCount]) -> None:
    found = bootstrap(counts)
    assert found is not None
    rates = [count.rate for count in counts]
    assert min(rates) - 1e-12 <= found.low <= found.high <= max(rates) + 1e-12


def test_it_is_the_same_each_time_and_another_for_another_seed() -> None:
    counts = drawn(random.Random(3), 30, 0.1)
    assert bootstrap(counts) == bootstrap(counts)
    assert bootstrap(counts) != bootstrap(counts, seed=1)


def test_more_files_make_it_narrower() -> None:
    few, many = (bootstrap(drawn(random.Random(4), files, 0.1)) for files in (20, 500))
    assert few is not None
    assert many is not None
    assert many.high - many.low < (few.high - few.low) / 2


def test_it_holds_the_true_rate_about_as_often_as_it_says() -> None:
    rng = random.Random(5)
    held = 0
    for _ in range(100):
        found = bootstrap(drawn(rng, 40, 0.1))
        assert found is not None
        held += found.low <= 0.1 <= found.high
    assert 87 <= held <= 100


def test_files_are_drawn_and_not_errors() -> None:
    """One bad file among good ones leaves more doubt than the same errors spread out."""
    spread = bootstrap([ErrorCount(1, 0, 0, 10)] * 10)
    lumped = bootstrap([ErrorCount(10, 0, 0, 10)] + [ErrorCount(0, 0, 0, 10)] * 9)
    assert spread is not None
    assert lumped is not None
    assert lumped.high - lumped.low > spread.high - spread.low + 0.1


def test_many_files_get_fewer_resamples_and_bounded_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = drawn(random.Random(6), 50, 0.1)
    whole = bootstrap(counts)
    monkeypatch.setattr(intervals, "_DRAWS_AT_ONCE", 60)
    assert bootstrap(counts) == whole
    monkeypatch.setattr(intervals, "_DRAWS", 0)
    found = bootstrap(counts)
    assert found is not None
    assert found.resamples == intervals.FEWEST_RESAMPLES
