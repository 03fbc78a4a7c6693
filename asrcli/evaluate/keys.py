"""Which hypothesis belongs to which reference: by name, and never by a guess."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_SUFFIX = re.compile(r"\.(?=[0-9]*[a-z])[a-z0-9]{2,5}$", re.IGNORECASE)
"""`.wav`, `.mp3`, `.txt`; not the `.20` of a date."""


@dataclass(frozen=True, slots=True)
class Matches:
    """The names of both sides, each exactly once.

    `pairs` holds (reference, hypothesis) in the reference's order; `missing` are references
    without a hypothesis, `extra` hypotheses without a reference.
    """

    pairs: tuple[tuple[str, str], ...]
    missing: tuple[str, ...]
    extra: tuple[str, ...]


def match(reference: Iterable[str], hypothesis: Iterable[str]) -> Matches:
    """Pair names: the same relative path, else without its suffix, else without its folders.

    A looser rule looks only at names that the stricter ones left, and pairs two of them only
    where no other name on either side reads the same. Backslashes and composed or decomposed
    characters make no difference.
    """
    left, right = list(reference), list(hypothesis)
    found: dict[str, str] = {}
    taken: set[str] = set()
    for form in (_path, _without_suffix, _stem):
        mine = _single(form, (name for name in left if name not in found))
        theirs = _single(form, (name for name in right if name not in taken))
        pairs = {mine[key]: theirs[key] for key in mine.keys() & theirs.keys()}
        found |= pairs
        taken |= set(pairs.values())
    return Matches(
        pairs=tuple((name, found[name]) for name in left if name in found),
        missing=tuple(name for name in left if name not in found),
        extra=tuple(name for name in right if name not in taken),
    )


def _single(form: Callable[[str], str], names: Iterable[str]) -> dict[str, str]:
    """Name by form, for the forms that only one name has."""
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(form(name), []).append(name)
    return {key: group[0] for key, group in groups.items() if len(group) == 1}


def _path(name: str) -> str:
    path = unicodedata.normalize("NFC", name).replace("\\", "/")
    return str(PurePosixPath(path))


def _without_suffix(name: str) -> str:
    return _SUFFIX.sub("", _path(name))


def _stem(name: str) -> str:
    return PurePosixPath(_without_suffix(name)).name
