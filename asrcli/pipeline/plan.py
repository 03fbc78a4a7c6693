"""Stage 4: which spans are decoded together. Pure: spans in, batches out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asrcli.values import Batch, SpeechSpan

if TYPE_CHECKING:
    from collections.abc import Iterable

    from asrcli.clock import Samples


def plan(spans: Iterable[tuple[int, SpeechSpan]], *, budget: Samples) -> tuple[Batch, ...]:
    """Group spans of any recordings so that little of a batch is padding.

    Spans are taken longest first, so each batch holds neighbours in length, its first span is
    its longest, and whether one more fits is known before it is added.

    Args:
        spans: (recording key, span) in any order.
        budget: most samples that a batch may hold, padding counted.

    Returns:
        Batches that hold every span once, each with `len(items) * longest <= budget` unless it
        holds a single span.
    """
    batches: list[Batch] = []
    items: list[tuple[int, SpeechSpan]] = []
    longest = 0
    for item in sorted(spans, key=lambda item: -item[1].length):
        if items and (len(items) + 1) * longest > budget:
            batches.append(Batch(tuple(items), longest))
            items = []
        longest = longest if items else item[1].length
        items.append(item)
    if items:
        batches.append(Batch(tuple(items), longest))
    return tuple(batches)
