"""Finding text of any language, down to a single character, with SQLite's full-text search.

Chinese has no blanks between words, so words are no use as search terms. Indexed are all pairs of
neighbouring characters instead: 今天开会 as 今天, 天开, 开会, 会. A text of n characters is found
by the phrase of its n - 1 pairs, which is exactly a search for a part of the text; one character
is found by the pairs that begin with it. (Overlapping n-grams are the usual index for languages
without blanks; see Manning, Raghavan, Schuetze, "Introduction to Information Retrieval", 2.2.1.)

Marks and blanks are not indexed, width and case do not matter: 三点 半 finds 三点半, and ＡＰＰ
finds app. Pairs are written as hexadecimal code points, because what counts as a letter differs
between builds of SQLite.
"""

from __future__ import annotations

import unicodedata
from itertools import pairwise, zip_longest
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Sequence

    from asrcli.values import TimedSentence

MOST_SENTENCES = 1 << 20
"""Sentences of one result that get a number of their own."""


def searchable(text: str) -> str:
    """The characters of a text that are compared, in order."""
    return "".join(character for character, _ in folded(text))


def folded(text: str) -> Iterator[tuple[str, int]]:
    """Each character that is compared, with its place in the text."""
    for place, character in enumerate(text):
        for part in unicodedata.normalize("NFKC", character).casefold():
            if part.isalnum():
                yield part, place


def pairs(text: str) -> str:
    """What is indexed of a text: its pairs of characters, separated by blanks."""
    codes = [f"{ord(character):05x}" for character in searchable(text)]
    return " ".join(a + b for a, b in zip_longest(codes, codes[1:], fillvalue=""))


def query(text: str) -> str:
    """The query that finds a part of a text; empty if it holds nothing that is compared."""
    codes = [f"{ord(character):05x}" for character in searchable(text)]
    if len(codes) < 2:
        return f"{codes[0]} *" if codes else ""
    phrase = " ".join(a + b for a, b in pairwise(codes))
    return f'"{phrase}"'


def add_to_index(
    connection: sqlite3.Connection, result: int, sentences: Sequence[TimedSentence]
) -> None:
    """Make the sentences of a result searchable."""
    connection.executemany(
        "INSERT INTO texts (rowid, written, spoken) VALUES (?, ?, ?)", _entries(result, sentences)
    )


def remove_from_index(
    connection: sqlite3.Connection, result: int, sentences: Sequence[TimedSentence]
) -> None:
    """Take a result out of the index; the sentences must be those that were added."""
    connection.executemany(
        "INSERT INTO texts (texts, rowid, written, spoken) VALUES ('delete', ?, ?, ?)",
        _entries(result, sentences),
    )


def sentence_of(entry: int) -> tuple[int, int]:
    """(result, number of the sentence from 0) of a row of the index."""
    return divmod(entry, MOST_SENTENCES)


def _entries(result: int, sentences: Sequence[TimedSentence]) -> Iterator[tuple[int, str, str]]:
    for number, sentence in enumerate(sentences[:MOST_SENTENCES]):
        written = pairs(sentence.written)
        spoken = "" if sentence.spoken == sentence.written else pairs(sentence.spoken)
        yield result * MOST_SENTENCES + number, written, "" if spoken == written else spoken
