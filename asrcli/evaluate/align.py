"""Which token of the hypothesis stands for which of the reference, as NIST sclite decides it.

A substitution costs 4, a deletion and an insertion 3 each (SCTK, `word.c`). The cheapest alignment
is often not the only one, and two of the same cost may count differently: three substitutions cost
as much as two deletions and two insertions. Seen from the end, sclite takes the diagonal step
where it is among the cheapest, else a deletion where that is cheaper than an insertion, else the
insertion (SCTK, `net_dp.c`). So does this module, which makes its counts equal to sclite's.

Libraries of edit operations (rapidfuzz, and jiwer on top of it) align at a cost of 1 for each
error and cannot give these counts. What rapidfuzz does give, in a moment, is the smallest number
of errors, and with it how far the wanted alignment can leave the diagonal (Ukkonen 1985).
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    IntArray: TypeAlias = npt.NDArray[np.int32]

SUBSTITUTION_COST = 4
GAP_COST = 3

_FAR = np.int32(1 << 28)
"""More than any alignment costs, and far from the end of the integers."""


class Kind(enum.StrEnum):
    """What became of a token."""

    CORRECT = "correct"
    SUBSTITUTION = "substitution"
    DELETION = "deletion"
    INSERTION = "insertion"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an alignment; the side that has no token is empty."""

    kind: Kind
    reference: str
    hypothesis: str


@dataclass(frozen=True, slots=True)
class _Band:
    """Cells (i, j) with `low <= j - i <= high`: all that a cheapest alignment can touch."""

    low: int
    high: int

    @property
    def width(self) -> int:
        """Cells of one row."""
        return self.high - self.low + 1


def align(reference: Sequence[str], hypothesis: Sequence[str]) -> tuple[Step, ...]:
    """The alignment that sclite counts, from the first token to the last.

    Time and memory grow with the length times the number of errors, not with the square of the
    length. Equal tokens at the ends of both texts are aligned with each other: the diagonal is
    never dearer there.

    Args:
        reference: what was said, token by token; no token is empty.
        hypothesis: what was recognised, in the same units.
    """
    end = _common_end(reference, hypothesis)
    head, heard = reference[: len(reference) - end], hypothesis[: len(hypothesis) - end]
    steps = [*_steps(head, heard)]
    steps += [Step(Kind.CORRECT, token, token) for token in reference[len(reference) - end :]]
    return tuple(steps)


def _common_end(reference: Sequence[str], hypothesis: Sequence[str]) -> int:
    """How many tokens at the end are the same."""
    length = 0
    for left, right in zip(reversed(reference), reversed(hypothesis), strict=False):
        if left != right:
            break
        length += 1
    return length


def _steps(reference: Sequence[str], hypothesis: Sequence[str]) -> list[Step]:
    numbers: dict[str, int] = {}
    rows, columns = (
        np.array([numbers.setdefault(token, len(numbers)) for token in tokens], dtype=np.int32)
        for tokens in (reference, hypothesis)
    )
    band = _band(rows, columns)
    moves = _moves(rows, columns, band)
    steps = []
    for kind, i, j in _backwards(moves, rows, columns, band):
        left = "" if kind is Kind.INSERTION else reference[i]
        right = "" if kind is Kind.DELETION else hypothesis[j]
        steps.append(Step(kind, left, right))
    return steps[::-1]


def _band(rows: IntArray, columns: IntArray) -> _Band:
    """Where every alignment of the lowest cost lies.

    The lowest cost is at most that of the fewest errors, all of them substitutions. It pays for
    so many gaps at most; the difference of the lengths says how they are shared between
    deletions and insertions.

    Args:
        rows: int32 [n_reference].
        columns: int32 [n_hypothesis].
    """
    from rapidfuzz.distance import Levenshtein

    errors = Levenshtein.distance(rows.tolist(), columns.tolist())
    gaps = SUBSTITUTION_COST * errors // GAP_COST
    longer = len(columns) - len(rows)
    return _Band(low=-((gaps - longer) // 2), high=(gaps + longer) // 2)


def _moves(
    rows: IntArray, columns: IntArray, band: _Band
) -> list[tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]]:
    """For each row of the band one bit a cell: came over the diagonal, else came by a deletion.

    Args:
        rows: int32 [n_reference].
        columns: int32 [n_hypothesis].
        band: cells to look at; cell `k` of row `i` is column `i + band.low + k`.
    """
    steps = GAP_COST * np.arange(band.width, dtype=np.int32)
    offsets = np.arange(band.low, band.high + 1, dtype=np.int32)
    cost = np.where(offsets < 0, _FAR, GAP_COST * offsets).astype(np.int32)
    before = np.full(1 - band.low, -1, dtype=np.int32)
    after = np.full(max(0, len(rows) + band.high - len(columns)), -1, dtype=np.int32)
    padded = np.concatenate([before, columns, after])
    deleted, inserted = np.full_like(cost, _FAR), np.full_like(cost, _FAR)
    moves = []
    for i, token in enumerate(rows, start=1):
        diagonal = cost + SUBSTITUTION_COST * (padded[i : i + band.width] != token)
        deleted[:-1] = cost[1:] + GAP_COST
        # A run of insertions costs the same for each: a running minimum on a slope.
        cost = np.minimum.accumulate(np.minimum(diagonal, deleted) - steps) + steps
        inserted[1:] = cost[:-1] + GAP_COST
        moves.append((np.packbits(diagonal == cost), np.packbits(deleted < inserted)))
    return moves


def _backwards(
    moves: list[tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]],
    rows: IntArray,
    columns: IntArray,
    band: _Band,
) -> Iterator[tuple[Kind, int, int]]:
    """Steps from the last to the first with the positions of their tokens.

    Args:
        moves: what `_moves` gave.
        rows: int32 [n_reference].
        columns: int32 [n_hypothesis].
        band: the same band.
    """
    i, j = len(rows), len(columns)
    while i or j:
        kind = _kind(moves[i - 1], j - i - band.low) if i and j else None
        if kind is Kind.CORRECT:
            i, j = i - 1, j - 1
            yield (kind if rows[i] == columns[j] else Kind.SUBSTITUTION), i, j
        elif not j or kind is Kind.DELETION:
            i -= 1
            yield Kind.DELETION, i, j
        else:
            j -= 1
            yield Kind.INSERTION, i, j


def _kind(row: tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]], cell: int) -> Kind:
    """How a cell was reached; CORRECT stands for the diagonal.

    Args:
        row: bits of one row, uint8 [n_bytes] each.
        cell: its number in the row.
    """
    byte, shift = cell >> 3, 7 - (cell & 7)
    if row[0][byte] >> shift & 1:
        return Kind.CORRECT
    return Kind.DELETION if row[1][byte] >> shift & 1 else Kind.INSERTION
