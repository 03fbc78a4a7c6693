"""What is worth a second look in a list that can be used: nothing here stops a word."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from asrcli.hotwords.background import background
from asrcli.hotwords.pronounce import syllables, without_tones
from asrcli.hotwords.rules import SHORTEST_WORD

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from asrcli.hotwords.lists import ListedWord

_LATIN_PAIR = re.compile(r"[A-Za-z0-9]{2}")

MANY_WORDS = 1000
"""Beyond so many words a list is worth splitting: every word is one more that can be misheard."""


@dataclass(frozen=True, slots=True)
class Remark:
    """One remark on one word, or on the whole list (line 0, no text)."""

    line: int
    text: str
    message: str


def remarks_on(words: Sequence[ListedWord]) -> tuple[Remark, ...]:
    """Ordinary words, words that sound alike, words inside words; in the order of the lines.

    The whole list's remark comes first.
    """
    found = [*_ordinary(words), *_alike(words), *_contained(words)]
    found.sort(key=lambda remark: remark.line)
    if len(words) > MANY_WORDS:
        message = f"{len(words)} words, more than {MANY_WORDS}: a list for each customer harms less"
        found.insert(0, Remark(0, "", message))
    return tuple(found)


def _ordinary(words: Sequence[ListedWord]) -> Iterator[Remark]:
    known = background()
    for word in words:
        if known.is_ordinary(word.text):
            rate = f"{known.per_million(word.text):.0f} in a million"
            message = f"an ordinary word ({rate}): it may be written where it was not said"
            yield Remark(word.line, word.text, message)
        for alias in filter(known.is_ordinary, word.aliases):
            message = f"an ordinary word: each one that is heard will be written {word.text}"
            yield Remark(word.line, alias, message)


def _alike(words: Sequence[ListedWord]) -> Iterator[Remark]:
    """Words of the same syllables, in groups; an alias is meant to sound like its word."""
    spoken = {word.text: syllables(word.text) for word in words}
    groups: defaultdict[tuple[str, ...], list[ListedWord]] = defaultdict(list)
    for word in words:
        groups[without_tones(spoken[word.text])].append(word)
    for group in groups.values():
        for word in group if len(group) > 1 else ():
            others = [other for other in group if other is not word]
            same = [other for other in others if spoken[other.text] == spoken[word.text]]
            other = (same or others)[0]
            how = "sounds the same as" if same else "differs only in tone from"
            more = f" and {len(others) - 1} more" if len(others) > 1 else ""
            message = f"{how} {other.text} on line {other.line}{more}: one may stand for the other"
            yield Remark(word.line, word.text, message)


def _contained(words: Sequence[ListedWord]) -> Iterator[Remark]:
    """Words and aliases inside others; aliases are rewritten wherever they stand."""
    names = {word.text.casefold(): (word, "") for word in words}
    for word in words:
        names |= {alias.casefold(): (word, alias) for alias in word.aliases}
    for whole, (longer, alias_of_longer) in names.items():
        for part in dict.fromkeys(_parts(whole)):
            word, alias = names.get(part, (longer, ""))
            if word is longer:
                continue
            where = f"{alias_of_longer or longer.text} on line {longer.line}"
            risk = f"it may become {word.text} there" if alias else "it may be written alone"
            yield Remark(word.line, alias or word.text, f"part of {where}: {risk}")


def _parts(text: str) -> Iterator[str]:
    """Every shorter stretch of a text that can be a word; Latin words are not cut."""
    cuts = [0, *(at for at in range(1, len(text)) if not _LATIN_PAIR.match(text, at - 1))]
    cuts.append(len(text))
    for start in cuts:
        for end in cuts:
            if SHORTEST_WORD <= end - start < len(text):
                yield text[start:end].strip()
