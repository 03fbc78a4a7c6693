"""What several formats write the same way: file names, seconds, clock times, tables."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import PurePath

    from asrcli.clock import Millis


def shown_path(path: PurePath) -> str:
    """A path with `/` on every system; bytes that are no text stand as backslash escapes."""
    text = path.as_posix()
    try:
        return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:
        return text.encode("utf-8", "backslashreplace").decode("utf-8")


def without_breaks(text: str) -> str:
    """The same text with a space for every line break."""
    return " ".join(text.splitlines())


def clock_time(ms: Millis, decimal_mark: str) -> str:
    """`HH:MM:SS,mmm`, with as many digits for the hours as they need."""
    seconds, millis = divmod(ms, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}{decimal_mark}{millis:03d}"


def table(
    columns: Sequence[str], rows: Sequence[Sequence[str]], *, separator: str, header: bool
) -> str:
    """Rows of text cells as delimited lines, quoted where a cell needs it.

    A bare carriage return ends a row for many readers, quoted or not, so it is escaped.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=separator, lineterminator="\n")
    if header:
        writer.writerow(columns)
    writer.writerows([cell.replace("\r", "\\r") for cell in row] for row in rows)
    return text.getvalue()
