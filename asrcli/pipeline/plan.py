"""Stage 4: which spans are decoded together. Pure: spans in, batches out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asrcli.clock import SAMPLE_RATE
from asrcli.values import Batch, SpeechSpan

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from asrcli.clock import Samples

BATCH_COST = SAMPLE_RATE
"""What starting one more batch costs on a CPU, as the padding it is worth: a second of audio."""

EXACT = 512
"""Up to so many spans the plan is the cheapest there is. Of more, those are taken as of one length
that differ by less than a sixty-fourth of what a batch costs: the planning must not be felt."""


def plan(
    spans: Iterable[tuple[int, SpeechSpan]], *, budget: Samples, batch_cost: Samples = BATCH_COST
) -> tuple[Batch, ...]:
    """Group spans of any recordings so that the least time goes into padding and starts.

    Sorted by length, the spans of a batch are neighbours in some best plan, so dynamic
    programming over the sorted list finds one: the cheapest way to place the first n spans is the
    cheapest way to place fewer of them plus one more batch.

    Args:
        spans: (recording key, span) in any order.
        budget: most samples that a batch may hold, padding counted.
        batch_cost: the padding that one batch less is worth.

    Returns:
        Batches, longest spans first, that hold every span once, each with
        `len(items) * longest <= budget` unless it holds a single span.
    """
    items = sorted(spans, key=lambda item: -item[1].length)
    lengths = [span.length for _, span in items]
    edges = _edges(lengths, 1 if len(items) <= EXACT else max(1, batch_cost // 64))
    # cheapest[n]: (cost of placing the first n spans, start of the last batch among them)
    cheapest = [(0, 0)]
    for end in range(1, len(items) + 1):
        choices = (
            (cheapest[start][0] + (end - start) * lengths[start] + batch_cost, start)
            for start in _starts(lengths, edges, end, budget=budget, batch_cost=batch_cost)
        )
        cheapest.append(min(choices))
    batches: list[Batch] = []
    end = len(items)
    while end:
        start = cheapest[end][1]
        batches.append(Batch(tuple(items[start:end]), lengths[start]))
        end = start
    return tuple(reversed(batches))


def _edges(lengths: Sequence[Samples], grain: Samples) -> list[int]:
    """For each place the first one whose length counts as the same; `lengths` fall."""
    edges: list[int] = []
    for place, length in enumerate(lengths):
        same = place and lengths[edges[-1]] // grain == length // grain
        edges.append(edges[-1] if same else place)
    return edges


def _starts(
    lengths: Sequence[Samples],
    edges: Sequence[int],
    end: int,
    *,
    budget: Samples,
    batch_cost: Samples,
) -> Iterator[int]:
    """Where a batch that ends before `end` may begin, from the shortest batch to the longest."""
    exact = len(lengths) <= EXACT
    start = end - 1
    yield start
    while start:
        step = start - 1
        if not exact:
            step = edges[step]
        fits = (end - step) * lengths[step] <= budget
        # A spread of lengths that costs more than a batch of its own is never worth it.
        if lengths[step] - lengths[end - 1] > batch_cost:
            return
        if not fits:
            last = max(step + 1, end - budget // lengths[start])
            if not exact and last < start and (end - last) * lengths[last] <= budget:
                yield last
            return
        start = step
        yield start
