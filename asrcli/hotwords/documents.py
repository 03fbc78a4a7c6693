"""Texts to look for terms in: plain documents, and the transcripts of earlier runs.

Of the several files that one run writes about a recording only one is read, its JSON: it knows how
sure the recogniser was of every token.
"""

from __future__ import annotations

import csv
import json
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from asrcli.errors import NothingToDoError, UsageError
from asrcli.hotwords.reading import read_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

LARGEST_BYTES = 256_000_000
SUFFIXES = frozenset({".txt", ".md", ".csv", ".tsv", ".json", ".jsonl", ".srt", ".vtt"})

RUN_FILES = ("transcripts.csv", "transcripts.jsonl", "calls.csv", "review.csv", "run.json")
"""What a run writes above its transcripts: their text once more, or none."""

SUREST = 0.95
"""A token is never surer than this: some evidence stays in a text that was recognised well."""

_FENCE = re.compile(r"^(```|~~~).*?^\1", re.DOTALL | re.MULTILINE)
_ADDRESS = re.compile(
    r"(?<![A-Za-z0-9])(?:(?:https?://|www\.)[!-~]+|[a-z0-9.+_-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+)",
    re.IGNORECASE | re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of text in NFKC.

    `doubts` holds for each character how unsure the recogniser was of it, 0.05 to 1; it is empty
    where the text was written by people.
    """

    text: str
    doubts: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """One file and its text."""

    path: Path
    passages: tuple[Passage, ...]


class NoTranscriptError(UsageError):
    """A JSON file that is no transcript."""


def find_documents(paths: Sequence[Path]) -> tuple[Path, ...]:
    """Files as they are named, folders as the text files below them, in order of their paths.

    Hidden files are left out, and whatever repeats the JSON of a transcript beside it.

    Raises:
        UsageError: a path is not there, or a named file is of no kind that is read.
        NothingToDoError: there is no such file in the folders.
    """
    found: list[Path] = []
    for path in paths:
        try:
            found += _documents_of(path)
        except OSError as error:
            raise UsageError(f"{path}: {error.strerror or error}") from error
    if not found:
        raise NothingToDoError(f"there are no text files in {', '.join(map(str, paths))}")
    return tuple(dict.fromkeys(found))


def _documents_of(path: Path) -> list[Path]:
    if path.is_dir():
        return _below(path)
    path.stat()  # the reason why it cannot be looked at, as an OSError
    if path.suffix.lower() not in SUFFIXES:
        kinds = ", ".join(sorted(SUFFIXES))
        raise UsageError(f"{path}: not a kind of text that is read here ({kinds})")
    return [path]


def _below(folder: Path) -> list[Path]:
    files = [
        path
        for path in sorted(folder.rglob("*"))
        if path.suffix.lower() in SUFFIXES
        and path.is_file()
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    ]
    # `a.wav.json` is a transcript; its neighbours and the run's files say the same again.
    transcripts = [p for p in files if p.suffix.lower() == ".json" and p.with_suffix("").suffix]
    said = {path.with_suffix("") for path in transcripts}
    above = {parent for path in transcripts for parent in path.parents}
    of_runs = {folder / name for folder in above for name in RUN_FILES}
    return [
        path
        for path in files
        if path in transcripts or (path.with_suffix("") not in said and path not in of_runs)
    ]


def read_document(path: Path) -> Document:
    """Read one file; the suffix tells what it is.

    Raises:
        NoTranscriptError: a JSON file that is no transcript.
        UsageError: it cannot be read, decoded or parsed.
    """
    text = read_text(path, origin=str(path), largest_bytes=LARGEST_BYTES)
    reader = _READERS.get(path.suffix.lower(), _plain)
    try:
        return Document(path, tuple(reader(text)))
    except (json.JSONDecodeError, RecursionError, csv.Error) as error:
        raise UsageError(f"{path}: {error}") from error
    except _ShapeError as error:
        raise NoTranscriptError(f"{path}: {error}") from error


class _ShapeError(Exception):
    """Parsed, but no transcript of ours."""


def _plain(text: str) -> Iterator[Passage]:
    yield Passage(unicodedata.normalize("NFKC", _ADDRESS.sub(" ", text)))


def _markdown(text: str) -> Iterator[Passage]:
    yield from _plain(_FENCE.sub("\n", text))


def _table(text: str, delimiter: str) -> Iterator[Passage]:
    """Our `transcripts.csv` by its columns `spoken` and `confidence`; else every cell."""
    rows = list(csv.reader(text.splitlines(keepends=True), delimiter=delimiter))
    header = rows[0] if rows else []
    if not {"file", "spoken"} <= set(header):
        for row in rows:
            yield from _plain("\n".join(row))
        return
    spoken = header.index("spoken")
    confidence = header.index("confidence") if "confidence" in header else len(header)
    for row in rows[1:]:
        if len(row) > spoken:
            doubt = _doubt(row[confidence] if len(row) > confidence else None)
            yield _normalised(row[spoken], [doubt] * len(row[spoken]))


def _json(text: str) -> Iterator[Passage]:
    yield from _transcript(json.loads(text))


def _json_lines(text: str) -> Iterator[Passage]:
    for line in text.split("\n"):
        if line.strip():
            yield from _transcript(json.loads(line))


def _transcript(document: object) -> Iterator[Passage]:
    sentences = document.get("sentences") if isinstance(document, dict) else None
    if not isinstance(sentences, list):
        raise _ShapeError("not a transcript of asr: it has no list of sentences")
    for sentence in sentences:
        if not isinstance(sentence, dict) or not isinstance(sentence.get("spoken"), str):
            raise _ShapeError("not a transcript of asr: a sentence has no spoken text")
        yield _sentence(sentence["spoken"], sentence)


def _sentence(spoken: str, sentence: Mapping[str, object]) -> Passage:
    """Each token's doubt on its characters; marks between tokens have that of the sentence."""
    doubts = [_doubt(sentence.get("confidence"))] * len(spoken)
    place = 0
    tokens = sentence.get("tokens")
    for token in tokens if isinstance(tokens, list) else ():
        text = token.get("text") if isinstance(token, dict) else None
        if not isinstance(text, str) or not text:
            continue
        found = spoken.find(text, place)
        if found >= 0:
            place = found + len(text)
            doubts[found:place] = [_doubt(token.get("confidence"))] * len(text)
    return _normalised(spoken, doubts)


def _doubt(confidence: object) -> float:
    """1 - confidence; an unknown confidence is no reason for doubt or trust: one half."""
    try:
        sure = float(str(confidence))
    except ValueError:
        sure = 0.5
    return 1 - min(max(sure, 0.0), SUREST)


def _normalised(text: str, doubts: Sequence[float]) -> Passage:
    pairs = [
        (plain, doubt)
        for character, doubt in zip(text, doubts, strict=True)
        for plain in unicodedata.normalize("NFKC", character)
    ]
    return Passage("".join(c for c, _ in pairs), tuple(doubt for _, doubt in pairs))


_READERS: dict[str, Callable[[str], Iterator[Passage]]] = {
    ".md": _markdown,
    ".csv": lambda text: _table(text, ","),
    ".tsv": lambda text: _table(text, "\t"),
    ".json": _json,
    ".jsonl": _json_lines,
}
