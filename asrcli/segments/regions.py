"""What is made of the VAD's regions before they are cut: joined, sorted out, padded.

In this order, as pyannote.audio does it: what lies close together is joined first, so that a
short word beside a sentence belongs to it; what is still too short is dropped then; padding comes
last and never reaches into a neighbour.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from asrcli.clock import SAMPLES_PER_MS, Millis, Samples, ms_to_samples, samples_to_ms

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


Region: TypeAlias = tuple[Samples, Samples]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How regions are changed; with zeros they stay as the VAD gave them.

    `merge_gap_ms`: regions with at most this much between them are joined. `min_speech_ms`:
    shorter ones are dropped. `pad_ms`: silence added on both sides. Neither joining nor padding
    ever makes a region longer than `limit_ms`, which would only be cut again.
    """

    limit_ms: Millis
    merge_gap_ms: Millis = 0
    min_speech_ms: Millis = 0
    pad_ms: Millis = 0


def shaped(regions: Iterable[Region], length: Samples, shape: Shape) -> Iterator[Region]:
    """Join, sort out and pad; looks one region ahead, so that regions may still be coming.

    Args:
        regions: (start, end) in samples, half-open, ordered, disjoint, inside the recording.
        length: of the recording.
        shape: what to do.

    Yields:
        Regions of the same kind. Where padding meets padding, the gap is shared in its middle.
    """
    lasting = (
        region
        for region in _joined(regions, shape)
        if region[1] - region[0] >= ms_to_samples(shape.min_speech_ms)
    )
    yield from _padded(lasting, length, shape)


def _joined(regions: Iterable[Region], shape: Shape) -> Iterator[Region]:
    held: Region | None = None
    for start, end in regions:
        if held is not None and _belongs(held, (start, end), shape):
            held = (held[0], end)
            continue
        if held is not None:
            yield held
        held = (start, end)
    if held is not None:
        yield held


def _belongs(before: Region, after: Region, shape: Shape) -> bool:
    gap = after[0] - before[1]
    near = shape.merge_gap_ms > 0 and gap <= ms_to_samples(shape.merge_gap_ms)
    return near and _size(before[0], after[1]) <= ms_to_samples(shape.limit_ms)


def _padded(regions: Iterable[Region], length: Samples, shape: Shape) -> Iterator[Region]:
    floor: Samples = 0
    held: Region | None = None
    for region in regions:
        if held is not None:
            # On the millisecond grid, on which both sides will be put.
            middle = held[1] + (region[0] - held[1]) // 2
            shared = max(held[1], middle - middle % SAMPLES_PER_MS)
            yield _grown(held, floor, shared, shape)
            floor = shared
        held = region
    if held is not None:
        yield _grown(held, floor, length, shape)


def _grown(region: Region, floor: Samples, ceiling: Samples, shape: Shape) -> Region:
    """One region with its padding, between what its neighbours leave and within the limit."""
    start, end = region
    pad = ms_to_samples(shape.pad_ms)
    before, after = min(pad, start - floor), min(pad, ceiling - end)
    room = max(0, ms_to_samples(shape.limit_ms) - _size(start, end))
    if _size(start, end) <= ms_to_samples(shape.limit_ms) and before + after > room:
        half = ms_to_samples(samples_to_ms(room // 2))
        before = min(before, max(half, room - after))
        after = min(after, room - before)
    return start - before, end + after


def _size(start: Samples, end: Samples) -> Samples:
    """The length of a region when both ends are moved outward to whole milliseconds."""
    return end + -end % SAMPLES_PER_MS - (start - start % SAMPLES_PER_MS)
