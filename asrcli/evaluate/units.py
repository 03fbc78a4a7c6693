"""What is counted: characters, words, or characters of Chinese between words of other languages."""

from __future__ import annotations

import enum
import re
import unicodedata

_CHARACTER = (
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3038-\u303b\u3040-\u30ff\u3100-\u312f"
    "\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f"
    "\U00020000-\U0003ffff"
)
"""Writing in which a character is a unit: Han with radicals and numerals, kana, bopomofo."""

_MIXED = re.compile(rf"[{_CHARACTER}]|[^\s{_CHARACTER}]+")
_CHARACTERS_ONLY = re.compile(r"\s+|\S")
_INSIDE_WORDS = frozenset("'’.:/,-%‰")
_SHOWN_SPACE = "␣"


class Unit(enum.StrEnum):
    """Into what a text is cut."""

    MIXED = "mixed"
    CHAR = "char"
    WORD = "word"

    @property
    def rate(self) -> str:
        """The usual name of the rate: mixed, character or word error rate."""
        return {Unit.MIXED: "MER", Unit.CHAR: "CER", Unit.WORD: "WER"}[self]

    @property
    def meaning(self) -> str:
        """The unit in words, for the reader of a result."""
        return {
            Unit.MIXED: "Chinese characters, and whole words of other writing",
            Unit.CHAR: "characters (Unicode code points)",
            Unit.WORD: "words between spaces; Chinese must be segmented for this",
        }[self]


def tokens(text: str, unit: Unit, *, spaces: bool = False) -> tuple[str, ...]:
    """The text cut into units, in order; no token is empty.

    Punctuation marks that are still there are units of their own, except inside a number or a
    word (`3:30`, `2.5%`, `don't`).

    Args:
        text: normalised as wanted.
        unit: into what.
        spaces: with `Unit.CHAR`, count a run of white space as one character.
    """
    if unit is Unit.WORD:
        return tuple(text.split())
    if unit is Unit.CHAR:
        runs = _CHARACTERS_ONLY.findall(text)
        return tuple(" " if run.isspace() else run for run in runs if spaces or not run.isspace())
    return tuple(part for word in _MIXED.findall(text) for part in _parts(word))


def _parts(word: str) -> list[str]:
    """A run without spaces, cut at its punctuation marks."""
    parts: list[str] = []
    joined = False
    for place, char in enumerate(word):
        mark = unicodedata.category(char)[0] == "P" and not _is_inside(word, place)
        if mark or not joined:
            parts.append(char)
        else:
            parts[-1] += char
        joined = not mark
    return parts


def _is_inside(word: str, place: int) -> bool:
    """Whether a mark belongs to the number or the word around it."""
    if word[place] not in _INSIDE_WORDS:
        return False
    before, after = word[max(0, place - 1) : place], word[place + 1 : place + 2]
    if word[place] in "'’":
        return before.isalpha() and after.isalpha()
    if word[place] in "%‰":
        return before.isdigit()
    starts = word[place] == "-" and not before
    return (before.isdigit() or starts) and after.isdigit()


def shown(token: str) -> str:
    """A token for the eye: a space has a sign of its own."""
    return token.replace(" ", _SHOWN_SPACE)
