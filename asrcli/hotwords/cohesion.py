"""Strings of Chinese characters that hold together: words that no dictionary has to know.

A string is a word where its parts attract each other and its surroundings vary:

- cohesion: the normalised pointwise mutual information (Bouma 2009) of its loosest cut in two,
  1 where the parts never stand apart, 0 where they meet by chance;
- freedom: the entropy of the characters on its poorer side (branching entropy: Jin and
  Tanaka-Ishii 2006, "Unsupervised segmentation of Chinese text by use of branching entropy"), in
  nats; every end of a run counts as a neighbour of its own.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

LONGEST = 8
LEAST_COUNT = 2
LEAST_COHESION = 0.5
LEAST_FREEDOM = 0.6


@dataclass(frozen=True, slots=True)
class Grams:
    """Strings of 1 to `LONGEST` characters by how often they stand in `total` characters."""

    counts: Mapping[str, int]
    total: int


def count_grams(runs: Sequence[str]) -> Grams:
    """Count every string that stands in the runs `LEAST_COUNT` times or more.

    Level by level: a string can only be frequent when both its shorter ends are (Agrawal and
    Srikant 1994, "Fast algorithms for mining association rules"), which keeps the tables small.
    """
    counts = Counter(character for run in runs for character in run)
    total = counts.total()
    frequent: dict[str, int] = dict(counts)
    level: Mapping[str, int] = counts
    for size in range(2, LONGEST + 1):
        found: Counter[str] = Counter()
        for run in runs:
            for start in range(len(run) - size + 1):
                gram = run[start : start + size]
                if gram[:-1] in level and gram[1:] in level:
                    found[gram] += 1
        level = {gram: count for gram, count in found.items() if count >= LEAST_COUNT}
        if not level:
            break
        frequent |= level
    return Grams(frequent, total)


def cohesion(gram: str, grams: Grams) -> float:
    """How firmly the loosest cut of a counted string of two characters or more holds, up to 1."""
    count = grams.counts[gram]
    if count >= grams.total:
        return 1.0
    loosest = min(
        log(count * grams.total / (grams.counts[gram[:cut]] * grams.counts[gram[cut:]]))
        for cut in range(1, len(gram))
    )
    return loosest / log(grams.total / count)


def freedom(runs: Iterable[str], wanted: frozenset[str]) -> dict[str, float]:
    """The entropy in nats of the neighbours of each wanted string, on its poorer side."""
    left: defaultdict[str, Counter[str]] = defaultdict(Counter)
    right: defaultdict[str, Counter[str]] = defaultdict(Counter)
    sizes = sorted({len(gram) for gram in wanted})
    for run in runs:
        for start in range(len(run)):
            for size in sizes:
                end = start + size
                gram = run[start:end]
                if end > len(run) or gram not in wanted:
                    continue
                left[gram][run[start - 1] if start else ""] += 1
                right[gram][run[end] if end < len(run) else ""] += 1
    return {gram: min(_entropy(left[gram]), _entropy(right[gram])) for gram in left}


def _entropy(neighbours: Counter[str]) -> float:
    total = neighbours.total()
    entropy = neighbours.pop("", 0) / total * log(total)
    return entropy - sum(count / total * log(count / total) for count in neighbours.values())


def coherent(runs: Sequence[str], grams: Grams) -> dict[str, int]:
    """The strings of two characters and more that are words by both measures, with their counts."""
    firm = frozenset(
        gram for gram in grams.counts if len(gram) > 1 and cohesion(gram, grams) >= LEAST_COHESION
    )
    free = freedom(runs, firm)
    return {gram: grams.counts[gram] for gram in firm if free[gram] >= LEAST_FREEDOM}
