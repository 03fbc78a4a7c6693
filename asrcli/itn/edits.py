"""What the rules hand each other: an edit, what a rule found, and the place where it looks."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterable

# No context that a rule asks for is longer than this.
_CONTEXT_CHARS = 14


class Style(enum.StrEnum):
    """How dates, clock times and yuan are written: the Chinese way, or 2025-03-15, 15:30, ¥1234."""

    ZH = "zh"
    ISO = "iso"


@dataclass(frozen=True, slots=True)
class Edit:
    """Characters `start` to `end` (half-open, never empty) of the spoken text become `text`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Found:
    """A rule's answer: the stretch up to `end` is settled, with these edits or with none."""

    end: int
    edits: tuple[Edit, ...] = ()


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a rule looks: the numeral at `start`, seen up to `stop`.

    `floor` is the end of what is settled already: no edit may start before it. `stop` is the
    next guarded phrase or the end of the text.
    """

    text: str
    start: int
    stop: int
    floor: int = 0
    style: Style = Style.ZH

    def match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """The pattern exactly here, blind to everything from `stop` on."""
        return pattern.match(self.text, self.start, self.stop)

    def after(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """A pattern that ends with `$`, on the few characters before this place."""
        return pattern.search(self.text, max(0, self.start - _CONTEXT_CHARS), self.start)


Rule: TypeAlias = "Callable[[Spot], Found | None]"
"""Settles the stretch at a place, or None: not this rule's business."""


def group(match: re.Match[str], name: str, text: str) -> Edit:
    """The edit that writes `text` for a group of a match."""
    return Edit(match.start(name), match.end(name), text)


def apply(text: str, edits: Iterable[Edit]) -> str:
    """The text with ordered, disjoint edits carried out."""
    pieces: list[str] = []
    position = 0
    for edit in edits:
        pieces += (text[position : edit.start], edit.text)
        position = edit.end
    return "".join((*pieces, text[position:]))
