"""A picture of speech over time in characters, for a terminal or a log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from asrcli.clock import Millis, ms_to_samples, samples_to_ms
from asrcli.wording import span as clock_span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from asrcli.clock import Samples
    from asrcli.values import SpeechSpan

MOST_ROWS = 8
CELLS_STEP = 20
"""A row holds a multiple of so many cells, so that rows begin at round times."""

STEPS_MS: tuple[Millis, ...] = (50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000)
"""What a cell may stand for; from the last one on in multiples of it."""

CUTS_UP_TO_MS: Millis = 2_000
"""Where a cell stands for more, cuts would hide the speech."""


@dataclass(frozen=True, slots=True)
class Marks:
    """The characters: no speech, shares of speech rising to a whole cell, a cut at the limit."""

    none: str
    shares: str
    cut: str


BLOCKS = Marks("·", "▁▂▃▄▅▆▇█", "|")
PLAIN = Marks(".", ":#", "|")
"""For an output that cannot carry the blocks."""


def marks_for(encoding: str | None) -> Marks:
    """The blocks, where the output can carry them."""
    try:
        (BLOCKS.none + BLOCKS.shares).encode(encoding or "ascii")
    except (LookupError, UnicodeEncodeError):
        return PLAIN
    return BLOCKS


def picture(
    spans: Sequence[SpeechSpan], length: Samples, *, columns: int, marks: Marks
) -> list[str]:
    """Lines no wider than `columns`, then one that explains the marks; at most `MOST_ROWS` + 1.

    Args:
        spans: ordered, disjoint, inside the recording.
        length: of the recording, in samples at 16 kHz.
        columns: the width that there is; at least one group of cells is always drawn.
        marks: what to draw with.
    """
    label = max(7, len(clock_span(samples_to_ms(length))))
    cells = max(CELLS_STEP, (columns - label - 2) // CELLS_STEP * CELLS_STEP)
    step_ms = _step(samples_to_ms(length), cells)
    drawn = "".join(_cells(spans, length, ms_to_samples(step_ms), marks))
    rows = [
        f"{clock_span(first * step_ms):>{label}}  {drawn[first : first + cells]}"
        for first in range(0, len(drawn), cells)
    ]
    cut = f", {marks.cut} cut at the limit" if step_ms <= CUTS_UP_TO_MS else ""
    legend = f"a mark is {step_ms / 1000:g} s: {marks.none} no speech, {marks.shares[-1]} speech"
    return [*rows, f"{'':{label}}  {legend}{cut}"]


def _step(length_ms: Millis, cells: int) -> Millis:
    """The least that a cell must stand for."""
    wanted = length_ms / (cells * MOST_ROWS)
    last = STEPS_MS[-1]
    return next((step for step in STEPS_MS if step >= wanted), last * -int(-wanted // last))


def _cells(
    spans: Sequence[SpeechSpan], length: Samples, step: Samples, marks: Marks
) -> Iterator[str]:
    shows_cuts = samples_to_ms(step) <= CUTS_UP_TO_MS
    # The first span that may still reach into the cell.
    first = 0
    for low in range(0, length, step):
        high = min(low + step, length)
        while first < len(spans) and spans[first].end <= low:
            first += 1
        filled, is_cut = 0, False
        for span in (spans[number] for number in range(first, len(spans))):
            if span.start >= high:
                break
            filled += min(high, span.end) - max(low, span.start)
            is_cut |= span.forced_cut and span.end <= high
        if is_cut and shows_cuts:
            yield marks.cut
        elif not filled:
            yield marks.none
        else:
            yield marks.shares[-(-filled * len(marks.shares) // (high - low)) - 1]
