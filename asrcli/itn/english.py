"""English numbers among Chinese words: twenty five percent -> 25%, iPhone fifteen -> iPhone 15.

Only what cannot be anything but a number is written with digits: a name such as seven eleven and
a lone two stay words.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from asrcli.itn.edits import Edit

if TYPE_CHECKING:
    from collections.abc import Iterator

_ONES: Final = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TEENS: Final = (
    *("ten", "eleven", "twelve", "thirteen", "fourteen"),
    *("fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS: Final = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_VALUES: Final = {word: value for value, word in enumerate((*_ONES, *_TEENS))} | {
    word: 10 * value for value, word in enumerate(_TENS, 2)
}
_SCALES: Final = {"hundred": 100, "thousand": 1000}

_DIGIT: Final = f"(?:{'|'.join(_ONES)})"
_WORD: Final = f"(?:{'|'.join(sorted((*_VALUES, *_SCALES), key=len, reverse=True))})"
_NUMBER: Final = re.compile(
    rf"(?<![A-Za-z'-])(?P<whole>{_WORD}(?: (?:(?<=hundred )and |(?<=thousand )and )?{_WORD})*)"
    rf"(?P<fraction>(?: point {_DIGIT}(?: {_DIGIT})*)*)(?P<percent> percent)?(?![A-Za-z'-])",
    re.IGNORECASE,
)
_LATIN_BEFORE: Final = re.compile(r"[A-Za-z] $")
# Words that a number below ten belongs to: version two, Windows seven.
_NUMBERED: Final = re.compile(
    r"(?:version|iphone|ipad|windows|ios|android|python|java|gpt|level|chapter|section|part|step"
    r"|phase|page|line|room|gate|number|top|type|lesson|unit) $",
    re.IGNORECASE,
)


def english(text: str, start: int, stop: int) -> Iterator[Edit]:
    """The edits of one stretch, in order."""
    for match in _NUMBER.finditer(text, start, stop):
        number = _written(match, text[start : match.start()])
        if number is not None:
            yield Edit(match.start(), match.end(), number)


def _written(match: re.Match[str], before: str) -> str | None:
    words = match["whole"].lower().replace(" and ", " ").split()
    whole = _exact(words)
    if whole is None:
        return None
    parts = [
        "".join(str(_VALUES[word]) for word in part.split())
        for part in match["fraction"].lower().split(" point ")[1:]
    ]
    if not parts and not match["percent"] and not _is_number(words, before):
        return None
    return ".".join((whole, *parts)) + ("%" if match["percent"] else "")


def _is_number(words: list[str], before: str) -> bool:
    """Several words are; one word is behind an English word that takes a number."""
    if len(words) > 1:
        return True
    return bool((_NUMBERED if words[0] in _ONES else _LATIN_BEFORE).search(before))


def _exact(words: list[str]) -> str | None:
    """Four or more digits read out, a year in two halves, or a quantity; else None."""
    if len(words) > 3 and all(word in _ONES for word in words):
        return "".join(str(_VALUES[word]) for word in words)
    if words[0] in {"eighteen", "nineteen", "twenty"} and len(words) > 1:
        later = _below_hundred(words[1:])
        if later is not None and later >= 10:
            return f"{_VALUES[words[0]]}{later}"
    value = _quantity(words)
    return None if value is None else str(value)


def _quantity(words: list[str]) -> int | None:
    """A number below a million: [thousands] [hundreds] [the rest], each below the one before."""
    for word, scale in sorted(_SCALES.items(), key=lambda item: -item[1]):
        if word in words:
            place = words.index(word)
            high = _quantity(words[:place]) if place else None
            low = _quantity(words[place + 1 :]) if words[place + 1 :] else 0
            if not high or high >= 1000 or low is None or low >= scale:
                return None
            return high * scale + low
    return _below_hundred(words)


def _below_hundred(words: list[str]) -> int | None:
    if len(words) == 1:
        return _VALUES.get(words[0])
    if len(words) == 2 and words[0] in _TENS and words[1] in _ONES[1:]:
        return _VALUES[words[0]] + _VALUES[words[1]]
    return None
