"""The record that lies beside a model's files: where they came from, and what they were then.

It is written when a model is pulled or exported. A folder without one is a model that somebody
else put there: it can be used, but nothing says what it ought to be.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from asrcli.errors import ModelError
from asrcli.files import atomic_write

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

RECORD_NAME = "asrcli-model.json"
FORMAT = 1

_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class RecordedFile:
    """One file of a model as it was when the record was written."""

    name: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Record:
    """Where a model came from and what its files are.

    `source` is the hub, `pypi`, or in words where a copy was found; `repo` and `revision` are
    empty where nobody knows them. `pulled` is a time in ISO 8601, UTC.
    """

    name: str
    source: str
    repo: str
    revision: str
    pulled: str
    files: tuple[RecordedFile, ...]

    @property
    def size_bytes(self) -> int:
        """All files together."""
        return sum(file.size_bytes for file in self.files)


def now() -> str:
    """The time for `Record.pulled`."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def record_of(
    folder: Path, hashes: Iterable[tuple[str, str]], *, name: str, source: tuple[str, str, str]
) -> Record:
    """A record of files whose hashes are known.

    Args:
        folder: where they lie.
        hashes: (file name, SHA-256).
        name: the model's.
        source: `Record.source`, `repo` and `revision`.
    """
    files = (
        RecordedFile(file, (folder / file).stat().st_size, sha256)
        for file, sha256 in sorted(hashes)
    )
    return Record(name, *source, now(), tuple(files))


def write_record(folder: Path, record: Record) -> None:
    """Put a record beside the files.

    Raises:
        RunError: it cannot be written.
    """
    content = {"format": FORMAT} | asdict(record)
    text = json.dumps(content, ensure_ascii=False, indent=2)
    atomic_write(folder / RECORD_NAME, f"{text}\n".encode())


def read_record(folder: Path) -> Record | None:
    """The record beside a model's files, None where there is none.

    Raises:
        ModelError: there is one that cannot be read or is not one of ours. It may come from a
            share that others write, so a file name that leads out of the folder is refused.
    """
    path = folder / RECORD_NAME
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise ModelError(f"{path}: cannot be read ({_reason(error)}); pull it again") from error
    try:
        return _parsed(content)
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(f"{path}: not a record of this program; pull it again") from error


def _reason(error: Exception) -> str:
    return str(error.strerror) if isinstance(error, OSError) else "not JSON"


def _parsed(content: Any) -> Record:
    if content["format"] != FORMAT:
        raise ValueError(content["format"])
    words = {key: content[key] for key in ("name", "source", "repo", "revision", "pulled")}
    files = tuple(_parsed_file(row) for row in content["files"])
    if not all(isinstance(word, str) for word in words.values()) or not files:
        raise ValueError(words)
    return Record(**words, files=files)


def _parsed_file(row: Any) -> RecordedFile:
    name, size_bytes, sha256 = row["name"], row["size_bytes"], row["sha256"]
    plain = name not in {"", ".", ".."} and not set(name) & set("/\\\0")
    if not plain or not isinstance(size_bytes, int) or not _SHA256.fullmatch(sha256):
        raise ValueError(row)
    return RecordedFile(name, size_bytes, sha256)
