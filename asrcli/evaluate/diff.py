"""Two texts one above the other, as wide as their characters are on a terminal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from asrcli.evaluate.align import Kind
from asrcli.evaluate.units import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rich.text import Text

    from asrcli.evaluate.align import Step

LABELS = ("REF: ", "HYP: ", "     ")
CONTEXT = 12
"""Tokens that are shown before and after an error."""
SHORTEST_CUT = 12
"""Fewer tokens of agreement are not worth cutting out."""

_MARKS = {
    Kind.CORRECT: "",
    Kind.SUBSTITUTION: "S",
    Kind.DELETION: "D",
    Kind.INSERTION: "I",
}
_STYLES = {
    Kind.CORRECT: "",
    Kind.SUBSTITUTION: "bold yellow",
    Kind.DELETION: "bold red",
    Kind.INSERTION: "bold green",
}


@dataclass(frozen=True, slots=True)
class Cell:
    """One step of the alignment as it stands on the three lines, without padding."""

    kind: Kind
    lines: tuple[str, str, str]
    cells: int
    joins: bool
    """Whether it may stand beside another such cell without a space."""


def diff(steps: Sequence[Step], columns: int) -> Text:
    """The alignment for people: reference, hypothesis, and S, D or I below every error.

    A side without a token is filled with asterisks, as sclite does.

    Args:
        steps: from `align`.
        columns: of the terminal; a full-width character takes two.
    """
    from rich.text import Text

    text = Text()
    for block in _wrapped(_cells(steps), columns - len(LABELS[0])):
        wrong = any(cell.kind is not Kind.CORRECT for cell in block)
        for row, label in enumerate(LABELS[: 3 if wrong else 2]):
            text.append(label, style="dim")
            text.append_text(_line(block, row))
            text.append("\n")
    return text


def _cells(steps: Sequence[Step]) -> Iterator[Cell]:
    """The steps with what lies far from any error cut out."""
    start = 0
    for first, last in _shown(steps):
        if start < first:
            yield _gap(first - start)
        yield from (_cell(step) for step in steps[first:last])
        start = last
    if start < len(steps):
        yield _gap(len(steps) - start)


def _shown(steps: Sequence[Step]) -> list[tuple[int, int]]:
    """Half-open ranges of steps to show: around every error; without errors, the beginning."""
    errors = [place for place, step in enumerate(steps) if step.kind is not Kind.CORRECT]
    ranges = [(0, 0)]
    for error in errors or [-1]:
        first, last = error - CONTEXT, min(error + CONTEXT + 1, len(steps))
        if first < ranges[-1][1] + SHORTEST_CUT:
            ranges[-1] = (ranges[-1][0], last)
        else:
            ranges.append((first, last))
    if len(steps) < ranges[-1][1] + SHORTEST_CUT:
        ranges[-1] = (ranges[-1][0], len(steps))
    return ranges


def _gap(tokens: int) -> Cell:
    from rich.cells import cell_len

    text = f" …{tokens} same… "
    return Cell(Kind.CORRECT, (text, text, ""), cell_len(text), joins=True)


def _cell(step: Step) -> Cell:
    from rich.cells import cell_len

    sides = (shown(step.reference), shown(step.hypothesis))
    width = max(1, *map(cell_len, sides))
    filled = [side or "*" * width for side in sides]
    joins = all(len(side) <= 1 and (cell_len(side) > 1 or not side) for side in sides)
    return Cell(step.kind, (filled[0], filled[1], _MARKS[step.kind]), width, joins)


def _wrapped(cells: Iterable[Cell], columns: int) -> Iterator[list[Cell]]:
    """Blocks that fit; a cell wider than the terminal gets a block of its own."""
    block: list[Cell] = []
    used = 0
    for cell in cells:
        width = cell.cells + bool(block and _seam(block[-1], cell))
        if block and used + width > columns:
            yield block
            block, used, width = [], 0, cell.cells
        block.append(cell)
        used += width
    if block:
        yield block


def _seam(left: Cell, right: Cell) -> str:
    return "" if left.joins and right.joins else " "


def _line(block: Sequence[Cell], row: int) -> Text:
    from rich.cells import cell_len
    from rich.text import Text

    line = Text()
    for place, cell in enumerate(block):
        line.append(_seam(block[place - 1], cell) if place else "")
        line.append(cell.lines[row], style=_STYLES[cell.kind])
        line.append(" " * (cell.cells - cell_len(cell.lines[row])))
    line.rstrip()
    return line
