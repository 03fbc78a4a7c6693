"""What to do about every word of a list, from what a trial showed.

The rules, the first that fits:

1. Another weight of the sweep gives the word more true positives less false insertions: **raise**
   or **lower** it to that weight, the nearest of equally good ones.
2. With the list the word appears in more recordings that do not hold it than without. If it is
   found no more often than without the list: **drop**. If it is inserted at least as often as it
   is gained: **lower**, to half its weight.
3. It is found less often with the list than without: **drop**.
4. It is still missed, and what was heard in its place is the same text at least `STABLE` times,
   in half of the misses or more, and nobody says that text: **add alias**.
5. It is still missed, its weight can rise and the sweep holds no higher weight: **raise**, to
   double its weight.
6. **Keep** it.
"""

from __future__ import annotations

import enum
from collections import Counter
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from asrcli.hotwords.rules import HIGHEST_WEIGHT
from asrcli.hotwords.score import Finder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from asrcli.hotwords.score import Heard, Hits, Normalise, WordScore

STABLE = 2
SHORTEST_ALIAS = 2
"""A single character stands in too many other words."""

NO_SWEEP: Mapping[float, Hits] = MappingProxyType({})
NOTHING_HEARD: Mapping[str, int] = MappingProxyType({})


class Action(enum.StrEnum):
    """What to do about a word."""

    KEEP = "keep"
    RAISE = "raise"
    LOWER = "lower"
    ADD_ALIAS = "add alias"
    DROP = "drop"


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do about one word, and why; `weight` is the new one, `alias` the text to add."""

    word: str
    action: Action
    reason: str
    weight: float | None = None
    alias: str = ""


def advise(
    word: WordScore,
    weight: float,
    *,
    heard_instead: Mapping[str, int] = NOTHING_HEARD,
    sweep: Mapping[float, Hits] = NO_SWEEP,
) -> Advice:
    """Apply the rules to one word.

    Args:
        word: what the trial counted.
        weight: the word's weight in the list.
        heard_instead: texts heard where the word was missed, that nobody says, with their number.
        sweep: what other weights of this word gave.
    """
    by_sweep = _better_weight(word, weight, sweep)
    if by_sweep is not None:
        return by_sweep
    by_harm = _harm(word, weight)
    if by_harm is not None:
        return by_harm
    said = word.biased.reference
    missed = said - word.biased.true_positives
    if missed:
        return _missed(word, weight, heard_instead, is_swept=max(sweep, default=0) > weight)
    if not said:
        return Advice(word.word, Action.KEEP, "not said here, and not inserted")
    reason = "found every time" if word.missed else "found every time, without the list too"
    return Advice(word.word, Action.KEEP, reason)


def near_misses(
    heard: Sequence[Heard], words: Sequence[str], normalise: Normalise
) -> dict[str, Counter[str]]:
    """What was heard with the list where a word was said and missed, by word.

    The place is found by a shortest alignment of the two texts (Levenshtein 1966). Left out is
    what cannot be an alias: too short, a word of the list, or said somewhere itself.
    """
    finder = Finder(words, normalise)
    said = "\n".join(normalise(recording.reference) for recording in heard)
    forms = {normalise(word) for word in words}
    found: dict[str, Counter[str]] = {}
    for recording in heard:
        reference, biased = normalise(recording.reference), normalise(recording.biased)
        ranges = _aligned(reference, biased)
        for word, first, last in finder.find(reference):
            # What was inserted at either end belongs to it too.
            start = ranges[first - 1][1] if first else 0
            end = ranges[last][0] if last < len(ranges) else len(biased)
            instead = biased[start:end]
            if len(instead) >= SHORTEST_ALIAS and instead not in forms and instead not in said:
                found.setdefault(word, Counter())[instead] += 1
    return found


def _aligned(reference: str, hypothesis: str) -> list[tuple[int, int]]:
    """For every character of the reference the range of the hypothesis that stands for it."""
    from rapidfuzz.distance import Levenshtein

    ranges: list[tuple[int, int]] = []
    for step in Levenshtein.opcodes(reference, hypothesis):
        for offset in range(step.src_end - step.src_start):
            here = step.dest_start + offset
            ranges.append((here, here + 1) if step.tag != "delete" else (step.dest_start,) * 2)
    return ranges


def _net(hits: Hits) -> int:
    return hits.true_positives - hits.false_insertions


def _better_weight(word: WordScore, weight: float, sweep: Mapping[float, Hits]) -> Advice | None:
    """Rule 1."""
    now = _net(word.biased)
    best = max(sweep, key=lambda other: (_net(sweep[other]), -abs(other - weight)), default=weight)
    if best == weight or _net(sweep[best]) <= now:
        return None
    hits = sweep[best]
    return Advice(
        word.word,
        Action.RAISE if best > weight else Action.LOWER,
        f"at {best:g} found {hits.true_positives} of {hits.reference}, "
        f"inserted {hits.false_insertions}",
        weight=best,
    )


def _harm(word: WordScore, weight: float) -> Advice | None:
    """Rules 2 and 3."""
    inserted = word.biased.false_insertions - word.without.false_insertions
    gained = word.biased.true_positives - word.without.true_positives
    if inserted > 0 and gained <= 0:
        return Advice(word.word, Action.DROP, f"inserted {inserted} times, gained nothing")
    if inserted > 0 and inserted >= gained:
        reason = f"inserted {inserted} times, gained {gained}"
        return Advice(word.word, Action.LOWER, reason, weight=weight / 2)
    if gained < 0:
        return Advice(word.word, Action.DROP, f"found {-gained} times less than without the list")
    return None


def _missed(
    word: WordScore, weight: float, heard_instead: Mapping[str, int], *, is_swept: bool
) -> Advice:
    """Rules 4 and 5."""
    said = word.biased.reference
    missed = said - word.biased.true_positives
    text, times = max(heard_instead.items(), key=lambda item: (item[1], item[0]), default=("", 0))
    if times >= STABLE and 2 * times >= missed:
        reason = f"heard as {text} {times} times of {missed} missed"
        return Advice(word.word, Action.ADD_ALIAS, reason, alias=text)
    reason = f"missed {missed} of {said}"
    if is_swept or weight >= HIGHEST_WEIGHT:
        return Advice(word.word, Action.KEEP, f"{reason}, no higher weight finds more")
    return Advice(word.word, Action.RAISE, reason, weight=min(2 * weight, HIGHEST_WEIGHT))
