"""Stage 4: which spans are decoded together. Pure: spans in, batches out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asrcli.clock import SAMPLE_RATE
from asrcli.values import Batch, SpeechSpan

if TYPE_CHECKING:
    from collections.abc import Iterable

    from asrcli.clock import Samples

BATCH_COST = SAMPLE_RATE
"""What starting one more batch costs, as the padding it is worth: a second of audio."""


def plan(spans: Iterable[tuple[int, SpeechSpan]], *, budget: Samples) -> tuple[Batch, ...]:
    """Group spans of any recordings so that the least time goes into padding and starts.

    Sorted by length, the spans of a batch are neighbours in some best plan, so dynamic
    programming over the sorted list finds one: the cheapest way to place the first n spans is the
    cheapest way to place fewer of them plus one more batch.

    Args:
        spans: (recording key, span) in any order.
        budget: most samples that a batch may hold, padding counted.

    Returns:
        Batches, longest spans first, that hold every span once, each with
        `len(items) * longest <= budget` unless it holds a single span.
    """
    items = sorted(spans, key=lambda item: -item[1].length)
    # cheapest[n]: (cost of placing the first n spans, start of the last batch among them)
    cheapest = [(0, 0)]
    for end in range(1, len(items) + 1):
        choices = []
        for start in range(end - 1, -1, -1):
            padded = (end - start) * items[start][1].length
            if padded > budget and end - start > 1:
                break
            choices.append((cheapest[start][0] + padded + BATCH_COST, start))
        cheapest.append(min(choices))
    batches: list[Batch] = []
    end = len(items)
    while end:
        start = cheapest[end][1]
        batches.append(Batch(tuple(items[start:end]), items[start][1].length))
        end = start
    return tuple(reversed(batches))
