"""Repair after decoding: near misses of hotwords, where the recogniser was unsure.

A stretch of tokens is a near miss when it sounds nearly like a hotword (`sounds.similarity`). Only
tokens below the threshold change. A confident token may stand in the stretch, but then it must be
the hotword's own. A stretch never reaches over a mark, never touches a hotword that is there
already, and is left alone when two hotwords fit it equally well.

An alias is the user's own word for it: it is written as its word wherever it stands, whatever the
confidence. Where a text of the blacklist stands, nothing is repaired.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from asrcli.hotwords.rules import HAN
from asrcli.hotwords.sounds import folded, readings, similarity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from asrcli.values import HotwordSet, Token

    Units: TypeAlias = tuple[str, ...]
    Range: TypeAlias = tuple[int, int]

LEAST_SIMILARITY = 0.8
"""One sound of six may differ, none of four: two-character names must sound alike."""

SLACK = 1
"""A near miss may be so many tokens longer or shorter than its hotword."""

EXACT = 1.0

_UNIT = re.compile(rf"[{HAN}]|[^\s{HAN}]+")


@dataclass(frozen=True, slots=True)
class Repair:
    """Tokens `first` to `last`, half-open, are written as `text` in place of `replaced`.

    `score` is how alike stretch and hotword sound, 0 to 1; an alias has 1. `hotword` is the whole
    word: a token that was right already is not part of the repair.
    """

    first: int
    last: int
    text: str
    replaced: str
    score: float
    hotword: str


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A repair that may be made, and the whole stretch that it needs."""

    repair: Repair
    stretch: Range
    weight: float

    @property
    def rank(self) -> tuple[float, float, int]:
        """The better of two candidates has the higher one."""
        return self.repair.score, self.weight, self.stretch[1] - self.stretch[0]


@dataclass(frozen=True, slots=True, eq=False)
class _Word:
    """A hotword by the tokens that it would be."""

    text: str
    units: Units
    weight: float


class _Lexicon:
    """A list, made ready once: aliases, words, and words by the sounds in them."""

    def __init__(self, hotwords: HotwordSet) -> None:
        self.aliases = {_units(alias): word for alias, word in hotwords.aliases}
        self.words = [
            _Word(text, units, weight)
            for text, weight in hotwords.words
            if (units := _units(text)) and units not in self.aliases
        ]
        self.exact = {word.units for word in self.words}
        self.longest = max(map(len, (*self.aliases, *self.exact)), default=0)
        self._by_sound: dict[tuple[int, str], list[int]] = {}
        for place, word in enumerate(self.words):
            for sound in set().union(*_cells("".join(word.units))):
                self._by_sound.setdefault((len(word.units), sound), []).append(place)

    def alike(self, heard: str, length: int) -> Iterator[_Word]:
        """Words that share enough sounds with a text of `length` tokens to be a near miss of it."""
        cells = _cells(heard)
        shared: Counter[int] = Counter()
        for wanted in range(length - SLACK, length + SLACK + 1):
            for cell in cells:
                shared.update(
                    {p for sound in cell for p in self._by_sound.get((wanted, sound), ())}
                )
        least = LEAST_SIMILARITY * len(cells)
        return (self.words[place] for place, count in shared.items() if count >= least)


def repair(
    tokens: Sequence[Token],
    hotwords: HotwordSet,
    *,
    threshold: float,
    blacklist: Sequence[str] = (),
) -> tuple[Repair, ...]:
    """Find what should be written as a hotword.

    Args:
        tokens: of one sentence; marks may stand between them as tokens of their own.
        hotwords: the words, their weights (the heavier one wins where two fit) and aliases.
        threshold: tokens with a confidence below it may change.
        blacklist: contexts, such as 伟大 for the hotword 张玮: nothing that overlaps one changes.

    Returns:
        Repairs in the order of the tokens, disjoint; `apply` makes them.
    """
    lexicon = _lexicon(hotwords)
    texts = tuple(_plain(token.text) for token in tokens)
    closed = _contexts(texts, blacklist)
    made = list(_aliases(tokens, texts, lexicon, closed))
    closed += [(one.first, one.last) for one in made]
    closed += _present(texts, lexicon.exact, lexicon.longest)
    closed += [(place, place + 1) for place, text in enumerate(texts) if not text]
    candidates = [
        candidate
        for stretch in _unsure(tokens, texts, threshold, lexicon.longest)
        if not _overlaps(stretch, closed)
        for candidate in _candidates(tokens, texts, stretch, lexicon, threshold)
    ]
    made += _best(candidates)
    return tuple(sorted(made, key=lambda one: one.first))


def apply(tokens: Sequence[Token], repairs: Sequence[Repair]) -> tuple[Token, ...]:
    """The tokens after their repairs.

    As many new tokens as old ones keep the old times and confidences one by one. Otherwise the new
    ones share the time of the old ones equally, and the lowest of their confidences.
    """
    done: list[Token] = []
    place = 0
    for one in repairs:
        done += tokens[place : one.first]
        done += _rewritten(tokens[one.first : one.last], _units(one.text, keep_case=True))
        place = one.last
    return (*done, *tokens[place:])


def _rewritten(old: Sequence[Token], units: Units) -> Iterator[Token]:
    if len(old) == len(units):
        yield from (replace(token, text=unit) for token, unit in zip(old, units, strict=True))
        return
    start_ms, length_ms = old[0].start_ms, old[-1].end_ms - old[0].start_ms
    confidence = min(token.confidence for token in old)
    for place, unit in enumerate(units):
        yield replace(
            old[0],
            text=unit,
            start_ms=start_ms + length_ms * place // len(units),
            end_ms=start_ms + length_ms * (place + 1) // len(units),
            confidence=confidence,
        )


@functools.lru_cache(maxsize=8)
def _lexicon(hotwords: HotwordSet) -> _Lexicon:
    return _Lexicon(hotwords)


def _aliases(
    tokens: Sequence[Token], texts: Units, lexicon: _Lexicon, closed: Iterable[Range]
) -> Iterator[Repair]:
    """Every alias outside of `closed`, the longest one at each place, from left to right."""
    taken = list(closed)
    for first, last in _present(texts, lexicon.aliases, lexicon.longest):
        if not _overlaps((first, last), taken):
            word = lexicon.aliases[texts[first:last]]
            yield Repair(first, last, word, _join(tokens[first:last]), EXACT, word)


def _present(texts: Units, wanted: Iterable[Units], longest: int) -> list[Range]:
    """Where texts of `wanted` stand, from left to right, the longest one at each place."""
    known = set(wanted)
    found: list[Range] = []
    place = 0
    while place < len(texts):
        lengths = range(min(longest, len(texts) - place), 0, -1)
        length = next((n for n in lengths if texts[place : place + n] in known), 0)
        if length:
            found.append((place, place + length))
        place += length or 1
    return found


def _contexts(texts: Units, blacklist: Sequence[str]) -> list[Range]:
    """The tokens that the blacklisted texts cover."""
    whole = "".join(texts)
    ends: list[int] = [0]
    for text in texts:
        ends.append(ends[-1] + len(text))
    found: list[Range] = []
    for context in filter(None, map(_plain, blacklist)):
        start = whole.find(context)
        while start >= 0:
            end = start + len(context)
            touched = [i for i in range(len(texts)) if ends[i] < end and start < ends[i + 1]]
            found.append((touched[0], touched[-1] + 1))
            start = whole.find(context, start + 1)
    return found


def _unsure(
    tokens: Sequence[Token], texts: Units, threshold: float, longest: int
) -> Iterator[Range]:
    """Every stretch that may be a near miss: without marks, with an unsure token in it."""
    for first in range(len(tokens)):
        unsure = False
        for last in range(first + 1, min(first + longest + SLACK, len(tokens)) + 1):
            if not texts[last - 1]:
                break
            unsure = unsure or tokens[last - 1].confidence < threshold
            if unsure:
                yield first, last


def _candidates(
    tokens: Sequence[Token], texts: Units, stretch: Range, lexicon: _Lexicon, threshold: float
) -> Iterator[_Candidate]:
    """What a stretch may be."""
    first, last = stretch
    heard = "".join(texts[first:last])
    for word in lexicon.alike(heard, last - first):
        before, after = _common_ends(texts[first:last], word.units)
        changed = range(first + before, last - after)
        unit_end = len(word.units) - after
        if any(tokens[place].confidence >= threshold for place in changed):
            continue
        score = similarity("".join(word.units), heard)
        if score >= LEAST_SIMILARITY:
            text = _spelled(word.text, before, unit_end)
            replaced = _join(tokens[changed.start : changed.stop])
            one = Repair(changed.start, changed.stop, text, replaced, score, word.text)
            yield _Candidate(one, stretch, word.weight)


def _common_ends(heard: Units, word: Units) -> Range:
    """How many tokens are the word's own at the beginning and at the end.

    At least one token of either side is left between them, since an edit needs a place.
    """
    limit = min(len(heard), len(word))
    before = next((i for i in range(limit) if heard[i] != word[i]), limit)
    before = min(before, limit - 1)
    limit -= before
    after = next((i for i in range(limit) if heard[-1 - i] != word[-1 - i]), limit)
    return before, min(after, limit - 1)


def _best(candidates: Iterable[_Candidate]) -> list[Repair]:
    """Disjoint repairs, the best first; of two equally good ones for one place neither."""
    left = sorted(candidates, key=lambda one: one.rank, reverse=True)
    made: list[Repair] = []
    while left:
        chosen = left[0]
        rivals = [one for one in left if _overlaps(one.stretch, [chosen.stretch])]
        if not any(one.rank == chosen.rank and one.repair != chosen.repair for one in rivals[1:]):
            made.append(chosen.repair)
        left = [one for one in left if one not in rivals]
    return made


def _overlaps(one: Range, others: Iterable[Range]) -> bool:
    return any(one[0] < last and first < one[1] for first, last in others)


def _units(text: str, *, keep_case: bool = False) -> Units:
    """The tokens that a recogniser writes a text as: Chinese characters and other words."""
    normal = unicodedata.normalize("NFKC", text)
    return tuple(_UNIT.findall(normal if keep_case else normal.casefold()))


def _spelled(text: str, first: int, last: int) -> str:
    """Units `first` to `last` of a word as the user spells it."""
    units = _units(text, keep_case=True)[first:last]
    return _glued(units)


def _join(tokens: Sequence[Token]) -> str:
    return _glued([token.text for token in tokens])


def _glued(units: Sequence[str]) -> str:
    """Units as a text: a blank between two words that are not Chinese."""
    text = ""
    for unit in units:
        text += f" {unit}" if text and text[-1].isascii() and unit[:1].isascii() else unit
    return text


def _plain(text: str) -> str:
    """A token's text for comparison; empty for a mark."""
    return "".join(_units(text)) if any(map(str.isalnum, text)) else ""


def _cells(text: str) -> list[set[str]]:
    """For every sound of a text what it may be, folded, in any reading of its character."""
    return [
        {folded(reading[place]) for reading in readings(character)}
        for character in text
        for place in range(len(readings(character)[0]))
    ]
