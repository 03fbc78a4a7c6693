"""The lines of one caption."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from asrcli.captions.style import display_cells

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from asrcli.captions.atoms import Atom
    from asrcli.captions.style import CueStyle
    from asrcli.clock import Millis

_LINE_FULLNESS = 4.0  # times the square of the share used, so that equal lines beat unequal ones

_Line: TypeAlias = "tuple[str, Millis]"
_Layout: TypeAlias = "tuple[float, tuple[_Line, ...]]"


class Page:
    """Fills lines greedily, which needs the fewest lines of all ways to break.

    Each channel has lines of its own; `cells` says how far the last line of each is filled.
    """

    __slots__ = ("_labels", "_width", "cells", "lines")

    def __init__(self, width: int, labels: Mapping[int | None, int]) -> None:
        """Begin empty; `width` and the labels of the channels are counted in display cells."""
        self._width, self._labels = width, labels
        self.lines = 0
        self.cells: dict[int | None, int] = {}

    def add(self, atom: Atom) -> int:
        """Put the atom down; the number of lines after it."""
        filled = self.cells.get(atom.channel)
        if filled is None:
            self.lines += 1
            self.cells[atom.channel] = self._labels[atom.channel] + atom.cells
        elif filled + atom.gap + atom.shown_cells <= self._width:
            self.cells[atom.channel] = filled + atom.gap + atom.cells
        else:
            self.lines += 1
            self.cells[atom.channel] = atom.cells
        return self.lines


def lay_out(
    shown: Sequence[Atom], style: CueStyle, labels: Mapping[int | None, int]
) -> tuple[tuple[int | None, tuple[_Line, ...]], ...]:
    """What each channel says in one cue, with the best breaks for the fewest lines that hold it.

    Args:
        shown: the atoms of the cue, of one or several channels, in order of time.
        style: the limits.
        labels: display cells of what stands in front of a channel's first line.

    Returns:
        (channel, its lines, each with the time at which it is begun to be spoken), in the order in
        which the channels begin.
    """
    turns: dict[int | None, list[Atom]] = {}
    for atom in shown:
        turns.setdefault(atom.channel, []).append(atom)
    return tuple(
        (channel, _best_lines(own, style.cells, labels[channel])) for channel, own in turns.items()
    )


def _best_lines(shown: Sequence[Atom], width: int, label: int) -> tuple[_Line, ...]:
    # The cheapest lines that hold all atoms before an index.
    layouts: dict[int, _Layout] = {0: (0.0, ())}
    while len(shown) not in layouts:
        longer: dict[int, _Layout] = {}
        for first, (cost, lines) in layouts.items():
            for last, line, line_cost in _lines_from(shown, first, width, 0 if first else label):
                if last not in longer or cost + line_cost < longer[last][0]:
                    begun = (line, shown[first].start_ms)
                    longer[last] = (cost + line_cost, (*lines, begun))
        layouts = longer
    return layouts[len(shown)][1]


def _lines_from(
    shown: Sequence[Atom], first: int, width: int, label: int
) -> Iterator[tuple[int, str, float]]:
    """Each line that can begin with an atom: the index behind it, its text and its price."""
    begun = ""
    for last in range(first, len(shown)):
        atom = shown[last]
        begun += " " * atom.gap if begun else ""
        line = begun + atom.shown
        cells = label + display_cells(line)
        if cells > width and last > first:
            return
        fullness = cells / width
        break_cost = atom.break_cost if last + 1 < len(shown) else 0.0
        yield last + 1, line, _LINE_FULLNESS * fullness * fullness + break_cost
        begun += atom.text
