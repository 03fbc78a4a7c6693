"""Texts by name, from every shape that references and transcripts come in."""

from __future__ import annotations

import enum
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from asrcli.errors import UsageError
from asrcli.evaluate.tables import read_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    Json: TypeAlias = dict[str, Any]

RUN_TABLE = "transcripts.csv"
TABLES = {".csv": ",", ".tsv": "\t"}
DOCUMENTS = (".json", ".jsonl")
NAMES = ("file", "key", "audio_filepath")
"""Where a line of JSON may have its name; the last is that of NeMo's manifests."""

_LATIN_SEAM = re.compile(r"[^\W\u2e80-\U0010ffff][^\W\u2e80-\U0010ffff]")


class Field(enum.StrEnum):
    """Which text of a transcript is evaluated."""

    SPOKEN = "spoken"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Texts:
    """Texts by name in their order, and in words where they came from.

    `alone` says that it is one text file, whose name says nothing.
    """

    by_name: dict[str, str]
    source: str
    alone: bool = False


def read_texts(path: Path, field: Field = Field.SPOKEN) -> Texts:
    """Read references or transcripts.

    Args:
        path: a folder with `transcripts.csv`, else with .txt files, else with .json files; a
            .csv or .tsv with the columns `file` and `spoken` or `text`; .json or .jsonl of a run,
            or with `file` (`key`, `audio_filepath`) and `text`; a single .txt; any other file is
            read as Kaldi's `text`: on each line a name and a text.
        field: the text to take where a transcript has both; without `spoken`, `text` is taken.

    Raises:
        UsageError: it cannot be read, is none of these, holds nothing, or has a name twice.
    """
    try:
        texts = _read_folder(path, field) if path.is_dir() else _read_file(path, field)
    except OSError as error:
        raise UsageError(f"{error.filename or path}: {error.strerror or error}") from error
    if not texts.by_name:
        raise UsageError(f"{path}: holds no texts; give a file or a folder that does")
    return texts


def _read_folder(folder: Path, field: Field) -> Texts:
    if (folder / RUN_TABLE).is_file():
        return _read_file(folder / RUN_TABLE, field)
    for suffix in (".txt", *DOCUMENTS):
        files = sorted(
            file
            for file in folder.rglob(f"*{suffix}")
            if file.is_file() and not file.name.startswith(".")
        )
        if files and suffix == ".txt":
            texts = {_name_below(folder, file): _plain_text(file) for file in files}
            return Texts(texts, f"{len(texts)} .txt files in {folder}")
        if files:
            entries = [entry for file in files for entry in _json_entries(file, field)]
            return Texts(_joined(entries), f"{len(files)} {suffix} files in {folder}")
    raise UsageError(f"{folder}: no {RUN_TABLE}, .txt, .json or .jsonl in it; name the file")


def _name_below(folder: Path, file: Path) -> str:
    return file.relative_to(folder).as_posix().removesuffix(".txt")


def _read_file(path: Path, field: Field) -> Texts:
    suffix = path.suffix.lower()
    if suffix == ".txt":
        return Texts({path.stem: _plain_text(path)}, str(path), alone=True)
    if suffix in TABLES:
        return Texts(_read_table(path, field, TABLES[suffix]), str(path))
    if suffix in DOCUMENTS:
        return Texts(_joined(_json_entries(path, field)), str(path))
    return Texts(_read_kaldi(path), str(path))


def _plain_text(path: Path) -> str:
    return " ".join(_content(path).splitlines())


def _content(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{path}: not UTF-8 text; convert it first, "
            "for example with `iconv -f GB18030 -t UTF-8`"
        ) from error


def _read_table(path: Path, field: Field, separator: str) -> dict[str, str]:
    columns = ("spoken", "text") if field is Field.SPOKEN else ("text",)
    rows = list(read_rows(path, columns, separator=separator))
    if rows and not rows[0].is_sentence:
        _refuse_twice((row.name, f"{path}, line {row.line}") for row in rows)
    return _joined((row.name, row.text) for row in rows)


def _read_kaldi(path: Path) -> dict[str, str]:
    lines = enumerate(_content(path).splitlines(), start=1)
    parts = [(number, [*line.split(maxsplit=1), ""]) for number, line in lines if line.strip()]
    _refuse_twice((words[0], f"{path}, line {number}") for number, words in parts)
    return {words[0]: words[1] for _, words in parts}


def _refuse_twice(names: Iterable[tuple[str, str]]) -> None:
    seen: set[str] = set()
    for name, where in names:
        if name in seen:
            raise UsageError(f"{where}: {name!r} stands there twice")
        seen.add(name)


def _joined(entries: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Texts of the same name one after the other, Latin words kept apart."""
    texts: dict[str, str] = {}
    for name, text in entries:
        before = texts.get(name, "")
        seam = " " if _LATIN_SEAM.fullmatch(before[-1:] + text[:1]) else ""
        texts[name] = before + seam + text
    return texts


def _json_entries(path: Path, field: Field) -> Iterator[tuple[str, str]]:
    """(name, text) of every document in a file."""
    content = _content(path)
    if path.suffix.lower() == ".jsonl":
        for number, line in enumerate(content.split("\n"), start=1):
            if line.strip():
                where = f"{path}, line {number}"
                yield _entry(_parsed(line, where), where, field)
        return
    value = _parsed(content, str(path))
    if isinstance(value, dict) and value and all(isinstance(v, str) for v in value.values()):
        named = any(name in value for name in NAMES) and "text" in value
        yield from [_entry(value, str(path), field)] if named else value.items()
        return
    for number, item in enumerate(value if isinstance(value, list) else [value], start=1):
        yield _entry(item, f"{path}, entry {number}", field)


def _parsed(text: str, where: str) -> object:
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{where}: not JSON: {error}") from error
    return value


def _entry(value: object, where: str, field: Field) -> tuple[str, str]:
    """Name and text of one document: of a run, or a flat one."""
    found: Json = value if isinstance(value, dict) else {}
    try:
        if "sentences" in found:
            pairs = [("", _text_of(sentence, field)) for sentence in found["sentences"]]
            return _as_text(found["source"]["file"]), _joined(pairs).get("", "")
        name = next(found[name] for name in NAMES if name in found)
        return _as_text(name), _text_of(found, field)
    except (KeyError, StopIteration, TypeError) as error:
        raise UsageError(
            f"{where}: neither a transcript of asr nor an object with `file` and `text`"
        ) from error


def _text_of(value: Json, field: Field) -> str:
    spoken = field is Field.SPOKEN and "spoken" in value
    return _as_text(value["spoken" if spoken else "text"])


def _as_text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"not text: {value!r}")
    return value
