"""The most doubtful pieces of a run, the worst first, and the names of the clips made of them.

Only so many are kept as a person can hear, so that a long night does not fill the memory.
"""

from __future__ import annotations

import bisect
import os
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from asrcli.wording import span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asrcli.clock import Millis
    from asrcli.review.doubts import Doubt

MOST_PIECES = 1000
"""At ten seconds each nearly three hours of listening."""

CLIP_FOLDER = "review"
"""Where the clips lie in the output folder."""

LONGEST_NAME = 160
"""Bytes of a recording's path in the name of a clip; a file name may have 255."""


class _Ranked(NamedTuple):
    """A piece with what it is sorted by; no two have the same."""

    less_doubtful: float
    place: int
    start_ms: Millis
    number: int
    doubt: Doubt

    @property
    def key(self) -> tuple[float, int, Millis, int]:
        """Everything but the piece itself."""
        return self[:4]


class Worst:
    """The most doubtful pieces of a run; which these are does not depend on who comes first."""

    def __init__(self, most: int = MOST_PIECES) -> None:
        """Keep at most so many."""
        self._most = most
        self._kept: list[_Ranked] = []
        self.total = 0
        """How many doubtful pieces there were."""

    def add(self, doubts: Sequence[Doubt], place: int) -> None:
        """Take in the pieces of one recording, which is the so-manieth of the run."""
        for number, doubt in enumerate(doubts):
            ranked = _Ranked(-doubt.score, place, doubt.start_ms, number, doubt)
            bisect.insort(self._kept, ranked, key=lambda one: one.key)
        self.total += len(doubts)
        del self._kept[self._most :]

    @property
    def doubts(self) -> tuple[Doubt, ...]:
        """The worst first."""
        return tuple(ranked.doubt for ranked in self._kept)


def clip_path(rank: int, doubt: Doubt) -> PurePosixPath:
    """Where a piece lies as a file of its own, seen from the output folder.

    `review/0001 0-01-23 外呼_客户 一.wav`: clips sort by their rank, counted from 1.
    """
    path = os.fsencode("_".join(doubt.source.rel.parts))[-LONGEST_NAME:]
    # A character cut in two at the front is no text.
    name = path.decode("utf-8", "ignore")
    time = span(doubt.start_ms).replace(":", "-")
    return PurePosixPath(CLIP_FOLDER, f"{rank:04d} {time} {name}.wav")
