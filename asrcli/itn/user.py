"""The user's own list of phrases: `keep: 三点` stays as spoken, `replace: 三点半会 => 3:30会`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from asrcli.errors import UsageError
from asrcli.itn.edits import Edit
from asrcli.itn.numerals import NUMERALS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


@dataclass(frozen=True, slots=True)
class Wishes:
    """Phrases that win over rules and guards: kept as spoken, or replaced by (spoken, written)."""

    keep: tuple[str, ...] = ()
    replace: tuple[tuple[str, str], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.keep or self.replace)

    def find(self, text: str) -> Iterator[tuple[int, int, tuple[Edit, ...]]]:
        """(start, end, edits) of each phrase in the text, the longest first where two begin."""
        written = dict(self.replace)
        for match in _pattern((*self.keep, *written)).finditer(text):
            start, end = match.span()
            wish = written.get(match[0])
            yield start, end, () if wish is None else (Edit(start, end, wish),)


NO_WISHES: Final = Wishes()


@lru_cache(maxsize=64)
def _pattern(phrases: tuple[str, ...]) -> re.Pattern[str]:
    """The longest of the phrases at a place; there is no 三点 in 十三点."""
    longest_first = sorted(set(phrases), key=len, reverse=True)
    return re.compile("|".join(map(_bounded, longest_first)) or "(?!)")


def _bounded(phrase: str) -> str:
    before = rf"(?<![{NUMERALS}])" if phrase[0] in NUMERALS else ""
    after = rf"(?![{NUMERALS}])" if phrase[-1] in NUMERALS else ""
    return f"{before}{re.escape(phrase)}{after}"


def parse_wishes(lines: Iterable[str], *, origin: str) -> Wishes:
    """Read a list: one wish a line, `#` begins a comment.

    Args:
        lines: the text of the list.
        origin: what it is called in messages, such as the file's name.

    Raises:
        UsageError: a line is no wish; the message gives its number.
    """
    keep: list[str] = []
    replace: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        wish = line.split("#", 1)[0].strip()
        if not wish:
            continue
        verb, colon, rest = wish.replace("：", ":", 1).partition(":")
        spoken, arrow, written = (part.strip() for part in rest.partition("=>"))
        if colon and verb.strip() == "keep" and spoken and not arrow:
            keep.append(spoken)
        elif colon and verb.strip() == "replace" and spoken and arrow:
            replace[spoken] = written
        else:
            raise UsageError(
                f"{origin}, line {number}: {wish!r} is neither `keep: PHRASE` nor "
                "`replace: SPOKEN => WRITTEN`"
            )
    return Wishes(tuple(keep), tuple(replace.items()))
