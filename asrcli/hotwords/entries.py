"""Word list files as raw entries: four formats, the usual Chinese encodings, nothing judged yet."""

from __future__ import annotations

import codecs
import csv
import json
import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from asrcli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

LARGEST_BYTES = 16_000_000
"""A longer file is no word list but a recording named by mistake."""

WORD_COLUMNS = ("word", "hotword", "词", "热词")
WEIGHT_COLUMNS = ("weight", "score", "权重")

_NUMBER_AT_END = re.compile(r"^(?P<word>.*\S)\s+(?P<weight>[+-]?(?:\d+\.?\d*|\.\d+))$")
_COMMENT = re.compile(r"(?:^|\s)#.*$")


@dataclass(frozen=True, slots=True)
class Entry:
    """One word as it stands in the file: 1-based line, text, weight or None where none is given.

    The line of a JSON or TOML entry is where its word stands, as near as the file tells.
    """

    line: int
    text: object
    weight: object = None


def read_entries(path: Path) -> list[Entry]:
    """All entries of a list, in order; blank lines and comments are none.

    The suffix tells the format: `.csv`, `.json`, `.toml`; any other is one word a line.

    Raises:
        UsageError: the file cannot be read, decoded or parsed.
    """
    text = _decoded(path)
    reader = READERS.get(path.suffix.lower(), _from_lines)
    try:
        return list(reader(text))
    except MALFORMED as error:
        kind = path.suffix.lower().lstrip(".")
        raise UsageError(f"--hotwords {path}: not a {kind} word list: {error}") from error


class _ShapeError(Exception):
    """Parsed, but not a list of words."""


def _decoded(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise UsageError(f"--hotwords {path}: too large for a word list")
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"--hotwords {path}: {error.strerror or error}") from error
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if wide else ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise UsageError(f"--hotwords {path}: neither UTF-8 nor GB18030 text; save it as UTF-8")


def _from_lines(text: str) -> Iterator[Entry]:
    """`词` or `词 weight` on each line, `#` begins a comment."""
    for number, line in enumerate(_lines(text), start=1):
        # Only blanks go: other control characters are the checks' business.
        word = _COMMENT.sub("", line).strip(" \t\u3000")
        weighted = _NUMBER_AT_END.match(word)
        if weighted:
            yield Entry(number, weighted["word"], weighted["weight"])
        elif word:
            yield Entry(number, word)


def _from_csv(text: str) -> Iterator[Entry]:
    """Columns word and weight by name in any order, or in this order without a header."""
    reader = csv.reader(_lines(text), strict=True)
    columns: tuple[int, int | None] | None = None
    for row in reader:
        cells = [cell.strip() for cell in row]
        if not any(cells) or cells[0].startswith("#"):
            continue
        if columns is None:
            columns = _columns(cells)
            if columns is not None:
                continue
            columns = (0, 1)
        word, weight = (_cell(cells, column) for column in columns)
        yield Entry(reader.line_num, word, weight or None)


def _columns(cells: list[str]) -> tuple[int, int | None] | None:
    """The places of word and weight if this row is a header."""
    names = [cell.lower() for cell in cells]
    word = next((names.index(name) for name in WORD_COLUMNS if name in names), None)
    weight = next((names.index(name) for name in WEIGHT_COLUMNS if name in names), None)
    if word is None and weight is not None:
        raise _ShapeError("there is no column named word")
    return None if word is None else (word, weight)


def _cell(cells: list[str], column: int | None) -> str:
    return "" if column is None or column >= len(cells) else cells[column]


def _from_json(text: str) -> Iterator[Entry]:
    """A list of words or of {word, weight}, or one object {word: weight}."""
    # Pairs, not a dict: a word given twice must be seen twice.
    parsed = json.loads(text, object_pairs_hook=tuple)
    if isinstance(parsed, tuple):
        return _placed(text, parsed)
    if isinstance(parsed, list):
        return _placed(text, map(_item, parsed))
    raise _ShapeError("it must hold a list of words or an object {word: weight}")


def _from_toml(text: str) -> Iterator[Entry]:
    """`words = [...]` as in JSON, or a table `[words]` of word = weight."""
    words = tomllib.loads(text).get("words")
    if isinstance(words, dict):
        return _placed(text, words.items())
    if isinstance(words, list):
        items = (tuple(item.items()) if isinstance(item, dict) else item for item in words)
        return _placed(text, map(_item, items))
    raise _ShapeError("it must hold words = [...] or a table [words]")


def _item(item: object) -> tuple[object, object]:
    if not isinstance(item, tuple):
        return item, None
    fields = dict(item)
    return fields.get("word"), fields.get("weight")


def _placed(text: str, pairs: Iterable[tuple[object, object]]) -> Iterator[Entry]:
    """Entries with the line on which each word is found, searching onward from the last."""
    place = 0
    for word, weight in pairs:
        found = text.find(word, place) if isinstance(word, str) and word else -1
        if found >= 0:
            place = found
        yield Entry(text.count("\n", 0, place) + 1, word, weight)
        place += len(word) if found >= 0 and isinstance(word, str) else 0


def _lines(text: str) -> list[str]:
    # Not splitlines: it would also break at characters that belong to a word.
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


MALFORMED = (
    csv.Error,
    json.JSONDecodeError,
    tomllib.TOMLDecodeError,
    RecursionError,
    _ShapeError,
)

READERS: dict[str, Callable[[str], Iterator[Entry]]] = {
    ".csv": _from_csv,
    ".json": _from_json,
    ".toml": _from_toml,
}
