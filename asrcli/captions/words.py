"""Where the words of a Chinese text lie, so that a caption need not break inside one."""

from __future__ import annotations

from functools import cache
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

from asrcli import lexicon

if TYPE_CHECKING:
    import jieba


def word_spans(text: str) -> list[tuple[int, int]]:
    """Half-open character ranges of the words of two characters and more, in order.

    Names and terms that the dictionary lacks are guessed (jieba's hidden Markov model): a guess
    too many only takes one place away where a line could have been broken.
    """
    ends = [0, *accumulate(len(word) for word in _cutter().cut(text))]
    return [(start, end) for start, end in pairwise(ends) if end - start > 1]


def prepare() -> None:
    """Open the dictionary now, so that the first text need not wait for it."""
    _cutter()


@cache
def _cutter() -> jieba.Tokenizer:
    return lexicon.tokenizer()
