"""Rows of a delimited table that name a file and have a text."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING

from asrcli.errors import UsageError
from asrcli.wording import FORMULA_STARTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_HARMLESS_STARTS = tuple(f"'{start}" for start in FORMULA_STARTS)
"""How a cell begins that a run marked as text for spreadsheets."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row; `is_sentence` says that a file may have many of them."""

    line: int
    name: str
    text: str
    is_sentence: bool


def read_rows(path: Path, columns: Sequence[str], *, separator: str = ",") -> Iterator[Row]:
    """Rows of a table in UTF-8 with a header, with or without a byte order mark.

    In the table of a run (it has the column `sentence`) the quote goes that keeps spreadsheets
    from running a cell.

    Args:
        path: the table; it needs a column `file`.
        columns: where the text stands; the first that the table has is taken.
        separator: between cells.

    Raises:
        UsageError: it cannot be read, a column is missing, or a file has no name.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file, delimiter=separator, strict=True)
            column, is_run = _layout(rows.fieldnames or (), path, columns)
            for row in rows:
                name, text = row["file"] or "", row[column] or ""
                if is_run:
                    name, text = _unquoted(name), _unquoted(text)
                if not name:
                    raise UsageError(f"{path}, line {rows.line_num}: a file has no name")
                yield Row(rows.line_num, name, text, is_run)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}") from error
    except (csv.Error, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: not a CSV file in UTF-8: {error}") from error


def _layout(found: Sequence[str], path: Path, columns: Sequence[str]) -> tuple[str, bool]:
    """The column of the text, and whether the table is a run's."""
    column = next((name for name in columns if name in found), "")
    if "file" not in found or not column:
        missing = columns[-1] if "file" in found else "file"
        raise UsageError(f"{path}: the column {missing!r} is missing")
    return column, "sentence" in found


def _unquoted(cell: str) -> str:
    return cell[1:] if cell.startswith(_HARMLESS_STARTS) else cell
