"""How common a word is in the language at large: the frequencies of jieba's dictionary.

They come from newspapers and novels of the years before 2012, 60 million words: what is younger
or belongs to one trade is rare or absent there, which is what a hotword should be.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

ORDINARY_PER_MILLION = 10.0
"""From here on a word is ordinary: a recogniser knows it. 理财 11, 苹果 22; 华为 6, 快递 2."""


@dataclass(frozen=True, slots=True)
class Background:
    """Occurrences of each known word in `total` words of text."""

    counts: Mapping[str, int]
    total: int

    def per_million(self, word: str) -> float:
        """Occurrences in a million words; 0.0 for a word that is not known."""
        return self.counts.get(word, 0) * 1e6 / self.total

    def is_ordinary(self, word: str) -> bool:
        """Whether every recogniser must be expected to know it."""
        return self.per_million(word) >= ORDINARY_PER_MILLION


@cache
def background() -> Background:
    """The dictionary, read once: a third of a second."""
    import jieba

    counts: dict[str, int] = {}
    with jieba.get_dict_file() as lines:
        for line in lines:
            word, count, *_ = line.decode("utf-8").split(" ")
            counts[word] = int(count)
    return Background(counts, sum(counts.values()))
