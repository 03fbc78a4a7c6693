"""Chinese text cut into the words of a dictionary, at the most probable places.

The probability of a cut is the product of its words' frequencies (the unigram model of jieba's
accurate mode, without its guesses at unknown words): an unknown name falls into single characters.
"""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asrcli.hotwords.background import Background

LONGEST_KNOWN = 8


def cut(run: str, known: Background) -> list[str]:
    """The words of a run of Chinese characters; joined they are the run again."""
    counts, log_total = known.counts, log(known.total)
    best: list[tuple[float, int]] = [(0.0, len(run))] * (len(run) + 1)
    for start in range(len(run) - 1, -1, -1):
        choices = []
        for end in range(start + 1, min(start + LONGEST_KNOWN, len(run)) + 1):
            count = counts.get(run[start:end], 0)
            if count or end == start + 1:
                choices.append((log(count or 1) - log_total + best[end][0], end))
        best[start] = max(choices)
    words: list[str] = []
    place = 0
    while place < len(run):
        end = best[place][1]
        words.append(run[place:end])
        place = end
    return words
