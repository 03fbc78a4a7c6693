"""Which hotwords hold for which recording: the whole run's, its folders', its own.

A `hotwords.txt` holds for every recording below its folder. A manifest, a table with the columns
`file` and `hotwords`, gives words to single recordings. They merge in this order: the whole run,
the folders from the scanned root down to the recording's own, the manifest; the later decides the
weight of a word, and whose alias it is.
"""

from __future__ import annotations

import csv
import json
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from asrcli.errors import UsageError
from asrcli.hotwords.lists import listed, merge, option_entry, read_hotwords
from asrcli.hotwords.reading import read_text
from asrcli.values import HotwordSet

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

LIST_NAME = "hotwords.txt"
FILE_COLUMNS = ("file", "文件", "录音")
WORDS_COLUMNS = ("hotwords", "热词")
LARGEST_MANIFEST_BYTES = 256_000_000

MOST_KEPT = 1000
"""Customers have a list each, recordings hardly: joined sets are kept, but not without end."""

# Not the blank, which is part of English names.
_BETWEEN_WORDS = re.compile(r"[|｜,，;；、\n]")


@dataclass(frozen=True, slots=True)
class Manifest:
    """Hotwords by recording, keyed by its absolute path; `lines` says where each one stands."""

    words: Mapping[Path, HotwordSet] = field(default_factory=dict)
    lines: Mapping[Path, int] = field(default_factory=dict)

    def of(self, recording: Path) -> HotwordSet:
        """The words of one recording, an empty set where the manifest has none for it."""
        return self.words.get(_absolute(recording), HotwordSet())

    def unmatched(self, recordings: Iterable[Path]) -> tuple[tuple[int, Path], ...]:
        """(1-based line, path) of every row that none of these recordings belongs to."""
        known = {_absolute(recording) for recording in recordings}
        return tuple((line, path) for path, line in self.lines.items() if path not in known)


@dataclass(frozen=True, slots=True)
class Scope:
    """The hotwords of every recording of a run; each list on the way is read once.

    `base` holds for all. `root` is the folder that was scanned: no list above it counts. Ask for
    every recording before the work starts, so that a list that cannot be read stops the run first.
    """

    base: HotwordSet
    root: Path
    manifest: Manifest = field(default_factory=Manifest)
    _merged: dict[Path, HotwordSet] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    _joined: dict[tuple[str, HotwordSet], HotwordSet] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def hotwords(self, recording: Path) -> HotwordSet:
        """What holds for one recording; outside `root` no folder's list does.

        Recordings with the same words get an equal set, with an equal hash: whoever decodes can
        group them by it.

        Raises:
            UsageError: a list on the way cannot be read, or no word of it can be used.
        """
        own = self.manifest.of(recording)
        found = self._of_folder(_absolute(recording).parent)
        if own == HotwordSet():
            return found
        key = (found.sha256, own)
        if key not in self._joined:
            if len(self._joined) >= MOST_KEPT:
                self._joined.clear()
            self._joined[key] = merge(found, own)
        return self._joined[key]

    def _of_folder(self, folder: Path) -> HotwordSet:
        root = _absolute(self.root)
        if not folder.is_relative_to(root):
            return self.base
        if folder not in self._merged:
            above = self.base if folder == root else self._of_folder(folder.parent)
            path = folder / LIST_NAME
            found = merge(above, read_hotwords(path)) if path.is_file() else above
            self._merged[folder] = found
        return self._merged[folder]


def from_manifest(path: Path, root: Path) -> Manifest:
    """Read a manifest.

    `file` is a path from the root, as in `transcripts.csv`, or an absolute one. `hotwords` holds
    words between bars, commas or semicolons, of either width, each written as after `--hotword`:
    `词`, `词:2` or `别名 => 词:2`; in jsonl it may be a list. Rows of one file are joined. Words
    that cannot be used are in the sets' `dropped` with their 1-based line and the reason.

    Args:
        path: csv or tsv with a header, or jsonl with one object a line; UTF-8 or GB18030.
        root: the folder that was scanned.

    Raises:
        UsageError: it cannot be read, or a column or a file's name is missing.
    """
    origin = f"--hotword-manifest {path}"
    text = read_text(path, origin=origin, largest_bytes=LARGEST_MANIFEST_BYTES)
    words: dict[Path, HotwordSet] = {}
    lines: dict[Path, int] = {}
    try:
        for line, name, options in _rows(path, text):
            if not name:
                raise UsageError(f"{origin}, line {line}: a file has no name")
            recording = _absolute(root / name)
            found = listed(option_entry(option, line) for option in options).as_set()
            words[recording] = merge(words.get(recording, HotwordSet()), found)
            lines.setdefault(recording, line)
    except (csv.Error, json.JSONDecodeError, RecursionError, _ShapeError) as error:
        raise UsageError(f"{origin}: {error}") from error
    return Manifest(words, lines)


class _ShapeError(Exception):
    """Parsed, but not a manifest."""


def _rows(path: Path, text: str) -> Iterator[tuple[int, str, list[str]]]:
    """(1-based line, file, words as written) of every row."""
    suffix = path.suffix.lower()
    if suffix == ".jsonl":
        return _json_rows(text)
    if suffix in {".csv", ".tsv"}:
        return _table_rows(text, "\t" if suffix == ".tsv" else ",")
    raise _ShapeError("the name must end in .csv, .tsv or .jsonl")


def _table_rows(text: str, delimiter: str) -> Iterator[tuple[int, str, list[str]]]:
    reader = csv.DictReader(text.splitlines(keepends=True), delimiter=delimiter, strict=True)
    names = {name.strip().lower(): name for name in reader.fieldnames or () if name}
    file_column, words_column = (
        next((names[name] for name in known if name in names), None)
        for known in (FILE_COLUMNS, WORDS_COLUMNS)
    )
    if file_column is None or words_column is None:
        missing = FILE_COLUMNS[0] if file_column is None else WORDS_COLUMNS[0]
        raise _ShapeError(f"the column {missing!r} is missing")
    for row in reader:
        yield reader.line_num, (row[file_column] or "").strip(), _split(row[words_column] or "")


def _json_rows(text: str) -> Iterator[tuple[int, str, list[str]]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        row = json.loads(line)
        name = row.get(FILE_COLUMNS[0]) if isinstance(row, dict) else None
        if not isinstance(name, str):
            raise _ShapeError(f"line {number}: it must be an object with a file and hotwords")
        given = row.get(WORDS_COLUMNS[0], "")
        options = [given] if isinstance(given, str) else given
        if not isinstance(options, list) or not all(isinstance(word, str) for word in options):
            raise _ShapeError(f"line {number}: hotwords must be a text or a list of texts")
        yield number, name.strip(), [word for option in options for word in _split(option)]


def _split(cell: str) -> list[str]:
    return [word for word in map(str.strip, _BETWEEN_WORDS.split(cell)) if word]


def _absolute(path: Path) -> Path:
    # Not resolved: a linked folder belongs where it is found.
    return Path(os.path.normpath(path.absolute()))
