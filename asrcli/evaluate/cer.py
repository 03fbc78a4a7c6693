"""The character error rate: how many characters must change to turn a text into its reference.

The alignment is the one of NIST sclite (`asrcli.evaluate.align`), so that the counts can be laid
beside anyone's. Texts are compared as they are given; `plain` takes away what nobody can hear.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from asrcli.evaluate.align import Step

UNHEARD = ("P", "Z", "C")
"""First letters of the Unicode categories that `plain` drops: punctuation, separators, controls."""


@dataclass(frozen=True, slots=True)
class ErrorCount:
    """Errors in characters, or in other units, over a reference that is `reference` of them long.

    A deletion is a character of the reference that the hypothesis lacks, an insertion one that it
    has too many. Counts add up, so that `a + b` is the count over both texts.
    """

    substitutions: int = 0
    deletions: int = 0
    insertions: int = 0
    reference: int = 0

    @property
    def errors(self) -> int:
        """All three kinds together."""
        return self.substitutions + self.deletions + self.insertions

    @property
    def correct(self) -> int:
        """How much of the reference was recognised."""
        return self.reference - self.substitutions - self.deletions

    @property
    def rate(self) -> float:
        """Errors for each character of the reference; may be above 1.

        An empty reference counts as one character, so that words heard in silence are not lost.
        """
        return self.errors / max(self.reference, 1)

    def __add__(self, other: ErrorCount) -> ErrorCount:
        """The count over both texts."""
        return ErrorCount(
            self.substitutions + other.substitutions,
            self.deletions + other.deletions,
            self.insertions + other.insertions,
            self.reference + other.reference,
        )


def plain(text: str) -> str:
    """The text without punctuation, spaces and controls, in NFKC and lower case.

    Full-width letters and digits become their ordinary forms. `plain(plain(text))` is
    `plain(text)`.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).lower())
    heard = "".join(char for char in folded if unicodedata.category(char)[0] not in UNHEARD)
    # What stood on both sides of a dropped character may now combine.
    return unicodedata.normalize("NFKC", heard)


def count_errors(reference: Sequence[str], hypothesis: Sequence[str]) -> ErrorCount:
    """Errors of one text, as sclite counts them.

    Args:
        reference: what was said; pass both texts through `plain` to compare words only.
        hypothesis: what was recognised. Either may be a list of words instead of a text.
    """
    from asrcli.evaluate.align import align

    return counted(align(reference, hypothesis))


def counted(steps: Iterable[Step]) -> ErrorCount:
    """Errors of an alignment."""
    kinds = [step.kind.value for step in steps]
    return ErrorCount(
        substitutions=kinds.count("substitution"),
        deletions=kinds.count("deletion"),
        insertions=kinds.count("insertion"),
        reference=len(kinds) - kinds.count("insertion"),
    )


def pooled(pairs: Iterable[tuple[str, str]]) -> ErrorCount:
    """Errors over several texts, so that long ones weigh more than short ones.

    Args:
        pairs: (reference, hypothesis) of each text.
    """
    return sum((count_errors(*pair) for pair in pairs), ErrorCount())
