"""Word list files as raw entries: four formats, the usual Chinese encodings, nothing judged yet."""

from __future__ import annotations

import csv
import json
import re
import tomllib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from asrcli.errors import UsageError
from asrcli.hotwords.reading import read_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

LARGEST_BYTES = 16_000_000
"""A longer file is no word list but a recording named by mistake."""

WORD_COLUMNS = ("word", "hotword", "词", "热词")
WEIGHT_COLUMNS = ("weight", "score", "权重")
ALIAS_COLUMNS = ("aliases", "alias", "别名")

_NUMBER_AT_END = re.compile(r"^(?P<word>.*\S)\s+(?P<weight>[+-]?(?:\d+\.?\d*|\.\d+))$")
_ARROW = re.compile(r"[=＝][>＞]|⇒")
_ALIAS_SEPARATOR = re.compile(r"[|｜,，、]")
_COMMENT = re.compile(r"(?:^|\s)#.*$")


@dataclass(frozen=True, slots=True)
class Entry:
    """One word as it stands in the file: 1-based line, text, weight or None where none is given.

    `aliases` are other ways in which the word may be recognised. The line of a JSON or TOML entry
    is where its word stands, as near as the file tells.
    """

    line: int
    text: object
    weight: object = None
    aliases: tuple[object, ...] = ()


def read_entries(path: Path) -> list[Entry]:
    """All entries of a list, in order; blank lines and comments are none.

    The suffix tells the format: `.csv`, `.json`, `.toml`; any other is one word a line.

    Raises:
        UsageError: the file cannot be read, decoded or parsed.
    """
    text = read_text(path, origin=f"--hotwords {path}", largest_bytes=LARGEST_BYTES)
    reader = READERS.get(path.suffix.lower(), _from_lines)
    try:
        return list(reader(text))
    except MALFORMED as error:
        kind = path.suffix.lower().lstrip(".")
        raise UsageError(f"--hotwords {path}: not a {kind} word list: {error}") from error


class _ShapeError(Exception):
    """Parsed, but not a list of words."""


def _from_lines(text: str) -> Iterator[Entry]:
    """`词`, `词 weight`, `别名, 别名 => 词` or `别名 => 词 weight`; `#` begins a comment."""
    for number, line in enumerate(_lines(text), start=1):
        # Only blanks go: other control characters are the checks' business.
        content = _COMMENT.sub("", line).strip(" \t\u3000")
        aliases, word = split_arrow(content)
        weighted = _NUMBER_AT_END.match(word)
        if weighted:
            yield Entry(number, weighted["word"], weighted["weight"], aliases)
        elif content:
            yield Entry(number, word, None, aliases)


def split_arrow(text: str) -> tuple[tuple[str, ...], str]:
    """`别名, 别名 => 词` as its aliases and the rest; a text without an arrow is all rest."""
    match = _ARROW.search(text)
    if match is None:
        return (), text
    return split_aliases(text[: match.start()]), text[match.end() :].strip(" \t\u3000")


def split_aliases(text: str) -> tuple[str, ...]:
    """Aliases that stand in one text, between `|` or commas; a blank text is one blank alias."""
    parts = [part.strip(" \t\u3000") for part in _ALIAS_SEPARATOR.split(text)]
    return tuple(part for part in parts if part) or ("",)


def _from_csv(text: str) -> Iterator[Entry]:
    """Columns word, weight and aliases by name, or in this order without a header."""
    reader = csv.reader(_lines(text), strict=True)
    columns: tuple[int | None, ...] | None = None
    for row in reader:
        cells = [cell.strip() for cell in row]
        if not any(cells) or cells[0].startswith("#"):
            continue
        if columns is None:
            columns = _columns(cells)
            if columns is not None:
                continue
            columns = (0, 1, 2)
        word, weight, aliases = (_cell(cells, column) for column in columns)
        yield Entry(
            reader.line_num, word, weight or None, split_aliases(aliases) if aliases else ()
        )


def _columns(cells: list[str]) -> tuple[int | None, ...] | None:
    """The places of word, weight and aliases if this row is a header."""
    names = [cell.lower() for cell in cells]
    places = tuple(
        next((names.index(name) for name in known if name in names), None)
        for known in (WORD_COLUMNS, WEIGHT_COLUMNS, ALIAS_COLUMNS)
    )
    if places[0] is None and any(place is not None for place in places):
        raise _ShapeError("there is no column named word")
    return None if places[0] is None else places


def _cell(cells: list[str], column: int | None) -> str:
    return "" if column is None or column >= len(cells) else cells[column]


def _from_json(text: str) -> Iterator[Entry]:
    """A list of words or of {word, weight, aliases}, or one object {word: weight}."""
    # Pairs, not a dict: a word given twice must be seen twice.
    parsed = json.loads(text, object_pairs_hook=tuple)
    if isinstance(parsed, tuple):
        return _placed(text, [_named(word, value) for word, value in parsed])
    if isinstance(parsed, list):
        return _placed(text, map(_item, parsed))
    raise _ShapeError("it must hold a list of words or an object {word: weight}")


def _from_toml(text: str) -> Iterator[Entry]:
    """`words = [...]` as in JSON, or a table `[words]` of word = weight."""
    words = tomllib.loads(text).get("words")
    if isinstance(words, dict):
        return _placed(text, [_named(word, _as_pairs(value)) for word, value in words.items()])
    if isinstance(words, list):
        return _placed(text, [_item(_as_pairs(item)) for item in words])
    raise _ShapeError("it must hold words = [...] or a table [words]")


def _as_pairs(value: object) -> object:
    """A table as JSON objects are read here: a tuple of pairs."""
    return tuple(value.items()) if isinstance(value, dict) else value


def _item(item: object) -> Entry:
    """An entry without its line: a word, or {word, weight, aliases}."""
    if not isinstance(item, tuple):
        return Entry(0, item)
    fields = dict(item)
    return Entry(0, fields.get("word"), fields.get("weight"), _alias_field(fields.get("aliases")))


def _named(word: object, value: object) -> Entry:
    """An entry without its line: a word with its weight, or with {weight, aliases}."""
    if not isinstance(value, tuple):
        return Entry(0, word, value)
    fields = dict(value)
    return Entry(0, word, fields.get("weight"), _alias_field(fields.get("aliases")))


def _alias_field(value: object) -> tuple[object, ...]:
    if value is None:
        return ()
    if isinstance(value, str):
        return split_aliases(value)
    return tuple(value) if isinstance(value, list) else (value,)


def _placed(text: str, entries: Iterable[Entry]) -> Iterator[Entry]:
    """The entries with the line on which each word is found, searching onward from the last."""
    place = 0
    for entry in entries:
        word = entry.text if isinstance(entry.text, str) else ""
        found = text.find(word, place) if word else -1
        if found >= 0:
            place = found
        yield replace(entry, line=text.count("\n", 0, place) + 1)
        place += len(word) if found >= 0 else 0


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
