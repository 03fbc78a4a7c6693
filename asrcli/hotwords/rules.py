"""What a hotword must be: one word at a time, its text and its weight.

Text is normalised to NFKC, so that full-width letters, digits and blanks become the usual ones.
Letters keep their case, because that is how the transcript will show them.

A single character is refused: the models learn hotwords of two characters and more (FunASR's
training samples them so), and one character stands in too many other words.
"""

from __future__ import annotations

import math
import re
import unicodedata

from asrcli.wording import one_line

NEUTRAL_WEIGHT = 1.0
HIGHEST_WEIGHT = 100.0
SHORTEST_WORD = 2
LONGEST_WORD = 100

HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
"""The Chinese characters, as the inside of a regular expression's brackets."""

_BLANK_IN_CHINESE = re.compile(rf"[{HAN}]\s+[{HAN}]")


class Unusable(Exception):  # noqa: N818 - a verdict on a word, it never leaves this room
    """Why a word is not used."""


def checked_text(raw: object) -> str:
    """A word as it is used.

    Raises:
        Unusable: it cannot be.
    """
    if not isinstance(raw, str):
        raise Unusable("it is not a word")
    # Blanks of every width are one; a tab or a line break inside a word is a mistake.
    text = re.sub(r" +", " ", _with_plain_blanks(raw)).strip(" \t\r\n")
    kinds = {unicodedata.category(character) for character in text}
    if kinds & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}:
        raise Unusable("a control or unknown character is in it")
    if not {"L", "N"} & {kind[0] for kind in kinds}:
        raise Unusable("there is no letter or Chinese character in it" if text else "it is empty")
    if "=>" in text:
        raise Unusable("an arrow is in it; one line holds ALIAS => WORD")
    if len(text) < SHORTEST_WORD:
        raise Unusable("a single character stands in too many other words")
    if len(text) > LONGEST_WORD:
        raise Unusable(f"it is longer than {LONGEST_WORD} characters")
    if _BLANK_IN_CHINESE.search(text):
        raise Unusable("a blank is inside a Chinese word; write one word a line")
    return text


def _with_plain_blanks(raw: str) -> str:
    text = unicodedata.normalize("NFKC", raw)
    return "".join(" " if unicodedata.category(c) == "Zs" else c for c in text)


def checked_weight(raw: object) -> float:
    """A weight, `NEUTRAL_WEIGHT` where none is given.

    Raises:
        Unusable: it is no number above 0 up to `HIGHEST_WEIGHT`.
    """
    if raw is None:
        return NEUTRAL_WEIGHT
    try:
        weight = math.nan if isinstance(raw, bool) else float(str(raw))
    except ValueError:
        weight = math.nan
    if math.isnan(weight):
        raise Unusable(f"the weight {one_line(str(raw))!r} is not a number")
    if not 0 < weight <= HIGHEST_WEIGHT:
        raise Unusable(f"the weight {weight:g} is not above 0 and at most {HIGHEST_WEIGHT:g}")
    return weight
