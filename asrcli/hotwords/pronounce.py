"""How a text sounds: one pinyin syllable for each Chinese character (pypinyin's readings)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from asrcli.hotwords.rules import HAN

if TYPE_CHECKING:
    from collections.abc import Sequence

_TONE = re.compile(r"(?<=[a-zü])[1-5]$")
_UNITS = re.compile(rf"(?P<han>[{HAN}]+)|[^\W{HAN}]+|[^\w\s]")


def syllables(text: str) -> tuple[str, ...]:
    """`重庆 OpenAI` -> `chong2 qing4 OPENAI`.

    A reading is chosen by the words around a character; the neutral tone is 5. A character without
    a reading sounds like itself, as do single marks and, in capitals, runs of letters and digits.
    """
    sounds: list[str] = []
    for match in _UNITS.finditer(text.upper()):
        sounds += _readings(match[0]) if match["han"] else [match[0]]
    return tuple(sounds)


def _readings(han: str) -> list[str]:
    """One syllable for each of these Chinese characters."""
    from pypinyin import Style, lazy_pinyin

    found = lazy_pinyin(han, style=Style.TONE3, neutral_tone_with_five=True)
    if len(found) == len(han):
        return found
    # Neighbours without a reading come back as one.
    return [reading for character in han for reading in _readings(character)]


def without_tones(sounds: Sequence[str]) -> tuple[str, ...]:
    """The same syllables whatever their tone."""
    # Only readings are in small letters: `mp3` came as MP3 and keeps its digit.
    return tuple(_TONE.sub("", sound) for sound in sounds)
