"""Captions a person can read, cut from the written text and timed by its tokens.

A cue begins with its first token and may stay while nobody speaks, never over the next cue. So
where the cuts lie decides everything: how long each cue can be shown, how fast it must be read,
whether it fits its lines. The best cuts of a recording are found by dynamic programming over the
places where a break is allowed (the idea of Knuth and Plass, "Breaking paragraphs into lines",
1981), and the line breaks inside a cue the same way.

Reading speed counts display cells like the width, because a reader takes in about two letters in
the time of one Chinese character. Spaces are not read.

At the end of a line ，。 and 、 are not shown, as in Chinese subtitles everywhere; ？ is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

from asrcli.captions.atoms import atoms, display_cells
from asrcli.values import Cue

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from asrcli.captions.atoms import Atom
    from asrcli.clock import Millis
    from asrcli.values import TimedSentence

FLICKER_MS: Millis = 120
"""A gap between two cues that is shorter than this is closed: it would only flicker."""

# What is bad about a cue, in one currency; a broken limit costs more than any matter of taste.
_EACH_CUE = 3.0
_FULLNESS = 6.0  # times the square of the share used, so that equal cues beat unequal ones
_LINE_FULLNESS = 4.0
_TOO_BRIEF = 500.0  # times the share by which the time needed is longer than the time there is

_Layout: TypeAlias = "tuple[float, tuple[str, ...]]"


@dataclass(frozen=True, slots=True)
class CueStyle:
    """The limits of a caption.

    `width` counts full-width characters in a line, so 16 means 32 display cells;
    `max_chars_per_s` counts full-width characters too.
    """

    width: int = 16
    lines: int = 2
    min_ms: Millis = 1000
    max_ms: Millis = 7000
    max_chars_per_s: float = 9

    @property
    def cells(self) -> int:
        """Display cells in a line."""
        return 2 * self.width

    def reading_ms(self, cells: int) -> Millis:
        """The time it takes to read so many display cells, spaces not counted."""
        return math.ceil(cells * 500 / self.max_chars_per_s)

    def shown_ms(self, cells: int) -> Millis:
        """How long a text of so many cells must at least be shown."""
        return max(self.min_ms, self.reading_ms(cells))


def cues(
    sentences: Sequence[TimedSentence],
    style: CueStyle,
    *,
    channel: int | None,
    end_ms: Millis | None = None,
) -> tuple[Cue, ...]:
    """Cut the text of a recording into captions.

    Args:
        sentences: in recording time, in order.
        style: the limits. They hold wherever the speech allows; `check` counts the exceptions.
        channel: goes into every cue.
        end_ms: the end of the recording, which no cue outlasts.

    Returns:
        Cues in order, without overlap. Together they hold all characters of `written` except
        spaces at breaks and the marks that are not shown at the end of a line.
    """
    limit = math.inf if end_ms is None else end_ms
    material = atoms(sentences, cells=style.cells, limit_ms=limit)
    made: list[Cue] = []
    for first, last in pairwise(_cuts(material, style, limit)):
        following = material[last].start_ms if last < len(material) else limit
        start, end = _times(material[first:last], following, style)
        if end - start < style.min_ms:
            earliest = made[-1].end_ms if made else 0
            start = min(start, max(earliest, end - style.min_ms))
        made.append(Cue(start, end, _lay_out(material[first:last], style), channel))
    return tuple(made)


def check(cues: Sequence[Cue], style: CueStyle) -> tuple[str, ...]:
    """Name every limit that a cue breaks, one line each; cues are counted from 1."""
    broken: list[str] = []
    previous_end = 0
    for number, cue in enumerate(cues, 1):
        lines = cue.text.split("\n")
        shown_ms = cue.end_ms - cue.start_ms
        widest = max(display_cells(line) for line in lines)
        needed_ms = style.reading_ms(display_cells("".join(cue.text.split())))
        limits = {
            f"{len(lines)} lines, at most {style.lines}": len(lines) > style.lines,
            f"a line of {widest} cells, at most {style.cells}": widest > style.cells,
            f"{shown_ms} ms, at least {style.min_ms}": shown_ms < style.min_ms,
            f"{shown_ms} ms, at most {style.max_ms}": shown_ms > style.max_ms,
            f"{shown_ms} ms, to be read in {needed_ms}": shown_ms < needed_ms,
            f"starts at {cue.start_ms} ms, before {previous_end}": cue.start_ms < previous_end,
            "an empty line": not all(line.strip() for line in lines),
        }
        broken += [f"cue {number}: {limit}" for limit, is_broken in limits.items() if is_broken]
        previous_end = cue.end_ms
    return tuple(broken)


class _Page:
    """Fills lines greedily, which needs the fewest lines of all ways to break."""

    __slots__ = ("cells", "lines", "width")

    def __init__(self, width: int) -> None:
        self.width, self.lines, self.cells = width, 1, 0

    def add(self, atom: Atom) -> int:
        """Put the atom down; the number of lines after it."""
        if not self.cells:
            self.cells = atom.cells
        elif self.cells + atom.gap + atom.shown_cells <= self.width:
            self.cells += atom.gap + atom.cells
        else:
            self.lines, self.cells = self.lines + 1, atom.cells
        return self.lines


def _cuts(material: Sequence[Atom], style: CueStyle, limit: float) -> list[int]:
    """Where the cheapest sequence of cues is cut: 0, ..., len(material)."""
    count = len(material)
    best = [0.0] + [math.inf] * count
    origin = [0] * (count + 1)
    starts = [*(atom.start_ms for atom in material), limit]
    for first in range(count):
        page, cells, cost = _Page(style.cells), 0, best[first] + _EACH_CUE
        latest = starts[first] + style.max_ms
        for last in range(first, count):
            atom = material[last]
            fits = page.add(atom) <= style.lines and atom.end_ms <= latest
            if last > first and not fits:
                break
            room = min(starts[last + 1], latest) - starts[first]
            total = cost + atom.break_cost + _cost(cells + atom.shown_cells, room, style)
            if total < best[last + 1]:
                best[last + 1], origin[last + 1] = total, first
            cells += atom.cells
            cost += atom.inside_cost
    cuts = [count]
    while cuts[-1] > 0:
        cuts.append(origin[cuts[-1]])
    return cuts[::-1]


def _cost(cells: int, room: float, style: CueStyle) -> float:
    """The price of one cue for its size and for the time that it can be shown."""
    full = cells / (style.cells * style.lines)
    cost = _FULLNESS * full * full
    needed = style.shown_ms(cells)
    return cost + _TOO_BRIEF * needed / max(room, 1) if room < needed else cost


def _times(shown: Sequence[Atom], following: float, style: CueStyle) -> tuple[Millis, Millis]:
    """A cue is shown while it is spoken and read, and goes before the next or after `max_ms`."""
    start = shown[0].start_ms
    needed = style.shown_ms(sum(atom.cells for atom in shown[:-1]) + shown[-1].shown_cells)
    latest = min(following, start + style.max_ms)
    end = min(max(shown[-1].end_ms, start + needed), latest)
    if following - end < FLICKER_MS:
        end = latest
    return start, int(end)


def _lay_out(shown: Sequence[Atom], style: CueStyle) -> str:
    """The text of one cue with the best line breaks for the fewest lines that hold it."""
    # The cheapest lines that hold all atoms before an index.
    layouts: dict[int, _Layout] = {0: (0.0, ())}
    while len(shown) not in layouts:
        longer: dict[int, _Layout] = {}
        for first, (cost, lines) in layouts.items():
            for last, line, line_cost in _lines_from(shown, first, style):
                if last not in longer or cost + line_cost < longer[last][0]:
                    longer[last] = (cost + line_cost, (*lines, line))
        layouts = longer
    return "\n".join(layouts[len(shown)][1])


def _lines_from(
    shown: Sequence[Atom], first: int, style: CueStyle
) -> Iterator[tuple[int, str, float]]:
    """Each line that can begin with an atom: the index behind it, its text and its price."""
    begun = ""
    for last in range(first, len(shown)):
        atom = shown[last]
        begun += " " * atom.gap if begun else ""
        line = begun + atom.shown
        cells = display_cells(line)
        if cells > style.cells and last > first:
            return
        fullness = cells / style.cells
        break_cost = atom.break_cost if last + 1 < len(shown) else 0.0
        yield last + 1, line, _LINE_FULLNESS * fullness * fullness + break_cost
        begun += atom.text
