"""Where something was said: full-text search over all transcripts, with the time of each hit."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from asrcli.history.codec import unpack
from asrcli.history.index import folded, query, searchable, sentence_of
from asrcli.values import Transcript

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asrcli.clock import Millis
    from asrcli.history.store import Store
    from asrcli.values import TimedSentence


@dataclass(frozen=True, slots=True)
class Hit:
    """A sentence in which a text stands.

    `start_ms` and `end_ms` are those of the words that were found, in recording time; `place` is
    the half-open range of characters in `text`, which is the sentence as written, or as spoken
    where the words stand only there. `channel` counts from 0.
    """

    output: Path
    rel: PurePath
    path: Path
    start_ms: Millis
    end_ms: Millis
    text: str
    place: tuple[int, int]
    channel: int | None


def search(store: Store, text: str, *, limit: int) -> list[Hit]:
    """Sentences that hold a text, the recordings that were done last first.

    Marks, blanks, width and case are passed over on both sides.

    Args:
        store: the journal.
        text: any part of a sentence, also a single character.
        limit: how many at most.

    Raises:
        RunError: the journal cannot be read.
    """
    wanted = query(text)
    if not wanted:
        return []
    entries = store.rows(
        "SELECT rowid FROM texts WHERE texts MATCH ? ORDER BY rowid DESC LIMIT ?", (wanted, limit)
    )
    numbers: dict[int, list[int]] = {}
    for (entry,) in entries:
        result, number = sentence_of(entry)
        numbers.setdefault(result, []).append(number)
    hits = (hit for result, found in numbers.items() for hit in _hits(store, result, found, text))
    return list(hits)[:limit]


def _hits(store: Store, result: int, numbers: list[int], text: str) -> Iterator[Hit]:
    found = store.rows("SELECT transcript FROM results WHERE id = ?", (result,))
    try:
        sentences = unpack(found[0][0], Transcript).sentences
    except (IndexError, ValueError):
        return  # an entry that outlived its text
    places = store.rows(
        "SELECT output, rel, path FROM deliveries WHERE result = ? ORDER BY output, rel", (result,)
    )
    for output, rel, path in places:
        for number in sorted(numbers):
            sentence = sentences[number] if number < len(sentences) else None
            located = None if sentence is None else _located(sentence, text)
            if sentence is None or located is None:
                continue
            shown, place, (start_ms, end_ms) = located
            names = (Path(os.fsdecode(output)), PurePath(os.fsdecode(rel)), Path(os.fsdecode(path)))
            yield Hit(*names, start_ms, end_ms, shown, place, sentence.channel)


def _located(
    sentence: TimedSentence, text: str
) -> tuple[str, tuple[int, int], tuple[Millis, Millis]] | None:
    """The writing in which a text stands, where in it, and when it was said."""
    whole = (sentence.start_ms, sentence.end_ms)
    place = locate(sentence.written, text)
    if place is None:
        place = locate(sentence.spoken, text)
        return None if place is None else (sentence.spoken, place, whole)
    tokens = [
        sentence.tokens[index]
        for first, last in sentence.written_map[place[0] : place[1]]
        for index in range(first, last)
    ]
    when = (tokens[0].start_ms, tokens[-1].end_ms) if tokens else whole
    return sentence.written, place, when


def locate(sentence: str, text: str) -> tuple[int, int] | None:
    """The half-open range of characters in which a text first stands, or None."""
    characters = list(folded(sentence))
    at = "".join(character for character, _ in characters).find(searchable(text))
    if at < 0:
        return None
    last = at + max(len(searchable(text)) - 1, 0)
    return (characters[at][1], characters[last][1] + 1) if characters else None
