"""The limits of a caption, and how much there is to read."""

from __future__ import annotations

import functools
import math
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from asrcli.clock import seconds_to_ms

if TYPE_CHECKING:
    from asrcli.clock import Millis
    from asrcli.settings import Settings


GRID_MS: Millis = 10
"""All times of captions are multiples of this: ASS and LRC write no finer ones."""


@dataclass(frozen=True, slots=True)
class CueStyle:
    """The limits of a caption.

    `width` counts full-width characters in a line, so 16 means 32 display cells;
    `max_chars_per_s` counts full-width characters too. `gap_ms` is the time without a caption
    between two of them: two frames, by which the eye sees that the text is another one.
    """

    width: int = 16
    lines: int = 2
    min_ms: Millis = 1000
    max_ms: Millis = 7000
    max_chars_per_s: float = 9
    gap_ms: Millis = 80

    @property
    def cells(self) -> int:
        """Display cells in a line."""
        return 2 * self.width

    @classmethod
    def of(cls, settings: Settings) -> CueStyle:
        """The limits that the user set."""
        return cls(
            width=settings.caption_width,
            lines=settings.caption_lines,
            min_ms=seconds_to_ms(settings.caption_min),
            max_ms=seconds_to_ms(settings.caption_max),
            max_chars_per_s=settings.caption_speed,
            gap_ms=settings.caption_gap,
        )

    def reading_ms(self, cells: int) -> Millis:
        """The time it takes to read so many display cells, spaces not counted."""
        return math.ceil(cells * 500 / self.max_chars_per_s)

    def shown_ms(self, cells: int) -> Millis:
        """How long a text of so many cells must at least be shown."""
        return max(self.min_ms, self.reading_ms(cells))


def grid_before(ms: float) -> Millis:
    """The last time on the grid at or before this one."""
    return int(ms // GRID_MS) * GRID_MS


def display_cells(text: str) -> int:
    """Width of a text in display cells: 2 for East Asian wide characters, 0 for combining ones.

    Characters of ambiguous width (such as … and “) are wide, as Chinese fonts draw them.
    """
    return sum(map(_character_cells, text))


def read_cells(text: str) -> int:
    """Display cells of what is read: everything but spaces and line breaks."""
    return display_cells("".join(text.split()))


@functools.cache
def _character_cells(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Me", "Cf", "Cc"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F", "A"} else 1
