"""Texts by file: what was said, what a run heard, and how far the two are from each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asrcli.errors import UsageError
from asrcli.evaluate.cer import ErrorCount, count_errors, plain
from asrcli.evaluate.tables import read_rows

if TYPE_CHECKING:
    from collections.abc import Mapping
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
    for row in read_rows(path, ("text",)):
        if row.name in texts:
            raise UsageError(f"{path}, line {row.line}: {row.name!r} stands there twice")
        texts[row.name] = row.text
    return texts


def read_spoken(path: Path) -> dict[str, str]:
    """What a run heard, by file: the sentences as spoken, joined.

    Args:
        path: `transcripts.csv` of a run, in UTF-8.

    Raises:
        UsageError: it cannot be read, or a column or a name is missing.
    """
    texts: dict[str, str] = {}
    for row in read_rows(path, ("spoken",)):
        texts[row.name] = texts.get(row.name, "") + row.text
    return texts


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
