"""What two texts may differ in without being different: stated with every result.

Both sides get the same treatment, in this order: width, numbers, case, punctuation. Simplified
and traditional characters are never folded into each other: no table does that without mistakes.
"""

from __future__ import annotations

import enum
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from asrcli.errors import UsageError
from asrcli.evaluate.units import Unit, tokens

if TYPE_CHECKING:
    from collections.abc import Callable

_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_KEPT_MARKS = re.compile(
    r"(?<=\d)[.:/-](?=\d)"  # 2.5, 3:30, 2025/3/15, 2025-03-15
    r"|(?<=\d)[%‰]"
    r"|(?<!\w)-(?=\d)"  # minus
    r"|(?<=[^\W\d_])'(?=[^\W\d_])"  # don't
)


class Punctuation(enum.StrEnum):
    """What happens to punctuation marks."""

    DROP = "drop"
    KEEP = "keep"


class Spaces(enum.StrEnum):
    """What happens to spaces where characters are counted."""

    DROP = "drop"
    KEEP = "keep"


class Numbers(enum.StrEnum):
    """How numbers are compared: as the texts have them, or both sides as they are written."""

    SPOKEN = "spoken"
    WRITTEN = "written"


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything that decides what is compared.

    Raises:
        UsageError: spaces are to be compared, but the unit is not the character.
    """

    unit: Unit = Unit.MIXED
    case: bool = False
    width: bool = False
    punctuation: Punctuation = Punctuation.DROP
    spaces: Spaces = Spaces.DROP
    numbers: Numbers = Numbers.SPOKEN

    def __post_init__(self) -> None:
        if self.spaces is Spaces.KEEP and self.unit is not Unit.CHAR:
            raise UsageError("--spaces keep counts characters; add --unit char")

    def stated(self) -> dict[str, str]:
        """Each rule by its name with what it means, for the head of a result."""
        marks = {
            Punctuation.DROP: "dropped, except inside numbers and words (3:30, 2.5%, don't)",
            Punctuation.KEEP: "compared",
        }
        numbers = {
            Numbers.SPOKEN: "compared as they stand in the texts",
            Numbers.WRITTEN: "written with digits on both sides (三点半 = 3:30)",
        }
        spaces = "compared" if self.spaces is Spaces.KEEP else "dropped"
        return {
            "unit": f"{self.unit}: {self.unit.meaning}",
            "case": "compared" if self.case else "ignored",
            "width": "compared" if self.width else "ignored (Unicode NFKC on both sides)",
            "punctuation": marks[self.punctuation],
            "spaces": spaces if self.unit is Unit.CHAR else "only end words",
            "numbers": numbers[self.numbers],
            "script": "simplified and traditional characters differ",
        }


class Normaliser:
    """Cuts texts into the tokens that are compared.

    Args:
        rules: what may differ.
        write: writes the numbers of a spoken text with digits; asked for `Numbers.WRITTEN`.
    """

    def __init__(self, rules: Rules, write: Callable[[str], str]) -> None:
        self._rules = rules
        self._write = write

    def __call__(self, text: str) -> tuple[str, ...]:
        """The units of a text."""
        rules = self._rules
        text = self.text(text)
        return tokens(text, rules.unit, spaces=rules.spaces is Spaces.KEEP)

    def text(self, text: str) -> str:
        """The text under the rules, before it is cut."""
        rules = self._rules
        text = text if rules.width else unicodedata.normalize("NFKC", text)
        if rules.numbers is Numbers.WRITTEN:
            text = self._write(text)
        if not rules.case:
            text = text.lower()
        if not rules.width:
            # Lower case may have taken a character apart.
            text = unicodedata.normalize("NFKC", text)
        text = "".join(char for char in text if not _is_unseen(char))
        return without_marks(text) if rules.punctuation is Punctuation.DROP else text


def without_marks(text: str) -> str:
    """The text with a space for every punctuation mark that is not inside a number or a word.

    A space, so that `yes,no` stays two words; the comma of `1,000` goes without one.
    """
    text = _THOUSANDS.sub("", text.replace("’", "'"))
    kept = {match.start() for match in _KEPT_MARKS.finditer(text)}
    return "".join(
        " " if unicodedata.category(char)[0] == "P" and place not in kept else char
        for place, char in enumerate(text)
    )


def _is_unseen(char: str) -> bool:
    """Controls, joiners and marks of byte order; tabs and line ends are spaces."""
    return unicodedata.category(char)[0] == "C" and not char.isspace()
