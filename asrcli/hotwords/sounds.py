"""How alike two texts sound: initials and finals of pinyin, those that are mixed up nearly equal.

Tones do not count: a recogniser that heard the tone would not have missed the word. A character
with several readings may be read as the other text needs it, at a price. What is not Chinese
stands for itself, letter by letter.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

    Sounds: TypeAlias = tuple[str, ...]
    Readings: TypeAlias = tuple[Sounds, ...]

FUZZY_COST = 0.25
"""What it costs to mix up two sounds of a group; another sound, one too many or too few costs 1."""

INITIALS = ("zh", "ch", "sh", *"bpmfdtnlgkhjqxrzcsyw")
FOLDED_INITIALS = {"zh": "z", "ch": "c", "sh": "s", "l": "n", "h": "f"}
FOLDED_FINALS = {
    "-ang": "-an",
    "-iang": "-ian",
    "-uang": "-uan",
    "-eng": "-en",
    "-ing": "-in",
}
"""Finals begin with a hyphen, so that the initial n and the final n are two sounds."""


@functools.lru_cache(maxsize=50_000)
def readings(character: str) -> Readings:
    """Every way to read one character, the commonest first; each an initial and a final."""
    from pypinyin import Style, pinyin

    found = pinyin(character, style=Style.NORMAL, heteronym=True, errors="ignore")
    if not found:
        return ((character.casefold(),),)
    return tuple(dict.fromkeys(_split(syllable) for syllable in found[0]))


def folded(sound: str) -> str:
    """One sound for all of a group that is mixed up."""
    return FOLDED_INITIALS.get(sound) or FOLDED_FINALS.get(sound, sound)


def similarity(word: str, heard: str) -> float:
    """1.0 for texts that sound the same, 0.0 for texts without a common sound.

    The Levenshtein distance (1966) over sounds, as a share of the longer text. Where only folded
    sounds or rare readings agree, a sound costs `FUZZY_COST`.
    """
    from rapidfuzz.distance import Levenshtein

    said, got = _usual(word), _usual(heard)
    longest = max(len(said), len(got))
    if not longest:
        return 1.0
    exact = Levenshtein.distance(said, got)
    rough = min(exact, Levenshtein.distance(*_read_together(word, heard)))
    return 1 - (rough + FUZZY_COST * (exact - rough)) / longest


@functools.lru_cache(maxsize=50_000)
def _usual(text: str) -> Sounds:
    """The sounds of a text as it is usually read, with its characters' neighbours in mind."""
    from pypinyin import lazy_pinyin

    syllables = lazy_pinyin(text, errors="ignore")
    if len(syllables) == len(text):
        return tuple(sound for syllable in syllables for sound in _split(syllable))
    # Something in it is not Chinese.
    return tuple(sound for character in text for sound in readings(character)[0])


def _read_together(word: str, heard: str) -> tuple[list[str], list[str]]:
    """The folded sounds of both, where there is a choice as near to the other as can be."""
    if len(word) == len(heard):
        pairs = [_nearest(readings(a), readings(b)) for a, b in zip(word, heard, strict=True)]
        return [folded(s) for a, _ in pairs for s in a], [folded(s) for _, b in pairs for s in b]
    return [folded(s) for s in _usual(word)], [folded(s) for s in _usual(heard)]


def _nearest(first: Sequence[Sounds], second: Sequence[Sounds]) -> tuple[Sounds, Sounds]:
    """The pair of readings with the most sounds in common, exact ones before folded ones."""
    return max(((a, b) for a in first for b in second), key=lambda pair: _common(*pair))


def _common(first: Sounds, second: Sounds) -> tuple[int, int]:
    pairs = list(zip(first, second, strict=False))
    return sum(folded(a) == folded(b) for a, b in pairs), sum(a == b for a, b in pairs)


def _split(syllable: str) -> Sounds:
    initial = next((start for start in INITIALS if syllable.startswith(start)), "")
    return initial, f"-{syllable[len(initial) :]}"
