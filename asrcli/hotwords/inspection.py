"""What a recogniser will make of a list: which words it hears, in which tokens, and which not."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from asrcli.hotwords.remarks import Remark, remarks_on
from asrcli.values import DroppedHotword

if TYPE_CHECKING:
    from collections.abc import Callable

    from asrcli.hotwords.lists import ListedWord, WordList

USED_COLUMNS = ("line", "word", "weight", "aliases", "tokens")
DROPPED_COLUMNS = ("line", "not used", "reason")
REMARK_COLUMNS = ("line", "look at", "why")
CSV_COLUMNS = (*USED_COLUMNS, "status", "note")


@dataclass(frozen=True, slots=True)
class CheckedWord:
    """A word that will be used; `tokens` are empty without a model, or where it has nremark."""

    line: int
    text: str
    weight: float
    aliases: tuple[str, ...]
    tokens: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Inspection:
    """A list as one model will use it; `model` is empty where none was asked."""

    model: str
    words: tuple[CheckedWord, ...]
    dropped: tuple[DroppedHotword, ...]
    remarks: tuple[Remark, ...]

    def used_rows(self) -> list[tuple[str, ...]]:
        """A row under `USED_COLUMNS` for each word."""
        return [
            (
                str(word.line),
                word.text,
                f"{word.weight:g}",
                "|".join(word.aliases),
                " ".join(word.tokens),
            )
            for word in self.words
        ]

    def dropped_rows(self) -> list[tuple[str, ...]]:
        """A row under `DROPPED_COLUMNS` for each word or alias that is not used."""
        return [(str(line.line), line.text, line.reason) for line in self.dropped]

    def remark_rows(self) -> list[tuple[str, ...]]:
        """A row under `REMARK_COLUMNS` for each remark."""
        return [(str(remark.line or ""), remark.text, remark.message) for remark in self.remarks]

    def last_line(self) -> str:
        """The whole in one line."""
        counts = f"{_count(len(self.words), 'word')} used, {len(self.dropped)} not"
        by = f", by the vocabulary of {self.model}" if self.model else ""
        return f"{counts}, {_count(len(self.remarks), 'remark')}{by}"

    def as_csv(self) -> str:
        """One row for each word, then one for each that is not used; it can be read as a list."""
        stream = io.StringIO()
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(CSV_COLUMNS)
        for word, row in zip(self.words, self.used_rows(), strict=True):
            names = {word.text, *word.aliases}
            notes = [remark.message for remark in self.remarks if remark.text in names]
            writer.writerow((*row, "used", "; ".join(notes)))
        for line in self.dropped:
            writer.writerow((line.line, line.text, "", "", "", "not used", line.reason))
        return stream.getvalue()

    def as_json(self) -> str:
        """Everything as one document."""
        document = {
            "model": self.model or None,
            "words": [
                {
                    "line": word.line,
                    "word": word.text,
                    "weight": word.weight,
                    "aliases": word.aliases,
                    "tokens": word.tokens if self.model else None,
                }
                for word in self.words
            ],
            "dropped": [
                {"line": line.line, "text": line.text, "reason": line.reason}
                for line in self.dropped
            ],
            "remarks": [
                {"line": remark.line, "text": remark.text, "message": remark.message}
                for remark in self.remarks
            ],
        }
        return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def inspect(
    listed: WordList, spell: Callable[[str], tuple[str, ...]] | None = None, *, model: str = ""
) -> Inspection:
    """Check a list against a model's vocabulary, or by itself.

    Args:
        listed: the list as it was read.
        spell: a word in the model's tokens; raises ValueError where it has none for a part.
        model: what the model is called.
    """
    dropped = list(listed.dropped)
    words: list[CheckedWord] = []
    heard: list[ListedWord] = []
    remarks: list[Remark] = []
    for word in listed.words:
        aliases, refused = _spellable(word, spell)
        dropped += refused
        tokens: tuple[str, ...] = ()
        try:
            tokens = spell(word.text) if spell else ()
        except ValueError as error:
            if not aliases:
                dropped.append(DroppedHotword(word.line, word.text, str(error)))
                continue
            remarks.append(Remark(word.line, word.text, f"heard by its aliases only: {error}"))
        heard.append(replace(word, aliases=aliases))
        words.append(CheckedWord(word.line, word.text, word.weight, aliases, tokens))
    dropped.sort(key=lambda line: line.line)
    remarks += remarks_on(heard)
    remarks.sort(key=lambda remark: remark.line)
    return Inspection(model, tuple(words), tuple(dropped), tuple(remarks))


def _spellable(
    word: ListedWord, spell: Callable[[str], tuple[str, ...]] | None
) -> tuple[tuple[str, ...], list[DroppedHotword]]:
    """The aliases that the model can hear, and the others with the reason."""
    if spell is None:
        return word.aliases, []
    heard: list[str] = []
    refused: list[DroppedHotword] = []
    for alias in word.aliases:
        try:
            spell(alias)
            heard.append(alias)
        except ValueError as error:
            refused.append(DroppedHotword(word.line, alias, str(error)))
    return tuple(heard), refused


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
