"""A plan is a permutation of its input, and every batch keeps to the budget, no plan is
cheaper."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asrcli.clock import SAMPLE_RATE
from asrcli.pipeline import plan as stage
from asrcli.pipeline.plan import BATCH_COST, plan
from asrcli.values import Batch, SpeechSpan

Item = tuple[int, SpeechSpan]


def items(lengths: list[tuple[int, int]]) -> list[Item]:
    """(recording key, length) pairs as spans, each at a place of its own."""
    return [
        (key, SpeechSpan(index, index * 10_000, index * 10_000 + length))
        for index, (key, length) in enumerate(lengths)
    ]


LENGTHS = st.lists(st.tuples(st.integers(0, 5), st.integers(1, 9_000)), max_size=60)


@given(LENGTHS, st.integers(1, 50_000))
def test_a_plan_is_a_permutation_within_budget(lengths: list[tuple[int, int]], budget: int) -> None:
    spans = items(lengths)
    batches = plan(spans, budget=budget)
    planned = [item for batch in batches for item in batch.items]
    assert sorted(planned, key=repr) == sorted(spans, key=repr)
    for batch in batches:
        assert batch.longest == max(span.length for _, span in batch.items)
        assert len(batch.items) * batch.longest <= budget or len(batch.items) == 1


@given(LENGTHS, st.integers(1, 50_000))
def test_the_same_spans_give_the_same_plan(lengths: list[tuple[int, int]], budget: int) -> None:
    spans = items(lengths)
    assert plan(spans, budget=budget) == plan(iter(spans), budget=budget)


def cost(batches: tuple[Batch, ...]) -> int:
    return sum(len(batch.items) * batch.longest + BATCH_COST for batch in batches)


def cheapest(lengths: tuple[int, ...], budget: int) -> int:
    """The best cost over every way to group spans, found by trying them all."""
    if not lengths:
        return 0
    first, others = lengths[0], range(1, len(lengths))
    best = None
    for size in range(len(lengths)):
        for mates in combinations(others, size):
            group = [first, *(lengths[i] for i in mates)]
            padded = len(group) * max(group)
            if len(group) > 1 and padded > budget:
                continue
            left = tuple(lengths[i] for i in others if i not in mates)
            total = padded + BATCH_COST + cheapest(left, budget)
            best = total if best is None else min(best, total)
    assert best is not None
    return best


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(1, 60_000), max_size=6).map(tuple),
    st.integers(1, 200_000),
)
def test_no_plan_is_cheaper(lengths: tuple[int, ...], budget: int) -> None:
    batches = plan(items([(0, length) for length in lengths]), budget=budget)
    assert cost(batches) == cheapest(lengths, budget)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 40), st.sampled_from([16_000, 160_000]))
def test_a_large_plan_costs_hardly_more_than_the_best(
    seed: int, budget_s: int, batch_cost: int
) -> None:
    lengths = np.random.default_rng(seed).integers(8_000, 480_000, 90).tolist()
    spans, budget = items([(0, length) for length in lengths]), budget_s * 3 * SAMPLE_RATE

    def total(exact: int) -> int:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(stage, "EXACT", exact)
            batches = plan(spans, budget=budget, batch_cost=batch_cost)
        assert sum(len(batch.items) for batch in batches) == len(spans)
        assert all(len(b.items) * b.longest <= budget or len(b.items) == 1 for b in batches)
        return sum(len(batch.items) * batch.longest + batch_cost for batch in batches)

    assert total(10**6) <= total(0) <= total(10**6) * 1.02


def test_dear_batches_are_few() -> None:
    lengths = np.random.default_rng(0).integers(16_000, 480_000, 300).tolist()
    spans, budget = items([(0, length) for length in lengths]), 3_600 * SAMPLE_RATE
    cheap = plan(spans, budget=budget)
    dear = plan(spans, budget=budget, batch_cost=60 * SAMPLE_RATE)
    assert 3 * len(dear) < len(cheap)


def test_one_long_span_does_not_swell_a_batch_of_short_ones() -> None:
    short, long = 22_400, 944_000
    batches = plan(items([(0, short)] * 200 + [(1, long)]), budget=300 * SAMPLE_RATE)
    padded = sum(len(batch.items) * batch.longest for batch in batches)
    assert padded == 200 * short + long


def test_spans_of_several_recordings_share_a_batch() -> None:
    (batch,) = plan(items([(0, 100), (1, 100), (2, 90)]), budget=1_000)
    assert {key for key, _ in batch.items} == {0, 1, 2}


def test_a_span_longer_than_the_budget_travels_alone() -> None:
    batches = plan(items([(0, 5_000), (0, 10)]), budget=100)
    assert [len(batch.items) for batch in batches] == [1, 1]


def test_nothing_gives_no_batch() -> None:
    assert plan([], budget=100) == ()
