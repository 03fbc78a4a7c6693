"""Texts by file: what was said, what a run heard, and how far the two are from each other."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from asrcli.errors import UsageError
from asrcli.evaluate.cer import ErrorCount, count_errors, plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


def read_reference(path: Path) -> dict[str, str]:
    """What was said, by file, in the order of the table.

    Args:
        path: CSV in UTF-8 with the columns `file`, a path below the folder of the recordings with
            forward slashes, and `text`; other columns are not looked at.

    Raises:
        UsageError: it cannot be read, a column or a name is missing, or a file stands there twice.
    """
    texts: dict[str, str] = {}
    for line, name, text in _rows(path, "text"):
        if name in texts:
            raise UsageError(f"{path}, line {line}: {name!r} stands there twice")
        texts[name] = text
    return texts


def read_spoken(path: Path) -> dict[str, str]:
    """What a run heard, by file: the sentences as spoken, joined.

    Args:
        path: `transcripts.csv` of a run, in UTF-8.

    Raises:
        UsageError: it cannot be read, or a column or a name is missing.
    """
    texts: dict[str, str] = {}
    for _, name, text in _rows(path, "spoken"):
        texts[name] = texts.get(name, "") + text
    return texts


def _rows(path: Path, column: str) -> Iterator[tuple[int, str, str]]:
    """(line, file, text in `column`) of every row of a table."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file, strict=True)
            missing = {"file", column} - set(rows.fieldnames or ())
            if missing:
                raise UsageError(f"{path}: the column {min(missing)!r} is missing")
            for row in rows:
                if not row["file"]:
                    raise UsageError(f"{path}, line {rows.line_num}: a file has no name")
                yield rows.line_num, row["file"], row[column] or ""
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}") from error
    except (csv.Error, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: not a CSV file in UTF-8: {error}") from error


def score(reference: Mapping[str, str], spoken: Mapping[str, str]) -> dict[str, ErrorCount]:
    """Errors of every file that has a reference, in the reference's order.

    Both texts are made `plain` first. A file without a text lacks every character of it; a text
    without a reference is not counted.

    Args:
        reference: what was said, by file.
        spoken: what was recognised, as spoken, by file.
    """
    return {
        name: count_errors(plain(text), plain(spoken.get(name, "")))
        for name, text in reference.items()
    }
