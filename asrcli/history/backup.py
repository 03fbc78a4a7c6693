"""Copies of the journal that are made while it is in use, and are known to be whole."""

from __future__ import annotations

import contextlib
from datetime import datetime
from typing import TYPE_CHECKING

from asrcli.errors import RunError
from asrcli.files import private_file, replace_whole

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

PAGES_AT_ONCE = 1024
"""Copied between two moments at which others may write: 4 MB."""


def backup_of(path: Path, name: str = "backup") -> Path:
    """Where the copy of a journal lies: `history.db.backup`."""
    return path.with_name(f"{path.name}.{name}")


def described(path: Path | None) -> str:
    """The newest copy in words: `its backup of 2025-03-15 06:41 is /a/history.db.backup`."""
    found: list[tuple[float, Path]] = []
    if path is not None:
        for candidate in (backup_of(path), *path.parent.glob(f"{path.name}.before-*")):
            with contextlib.suppress(OSError):
                found.append((candidate.stat().st_mtime, candidate))
    if not found:
        return "there is no backup of it"
    made, newest = max(found)
    return f"its backup of {datetime.fromtimestamp(made):%Y-%m-%d %H:%M} is {newest}"  # noqa: DTZ006 - local time


def is_due(path: Path, *, now: float, every_s: float) -> bool:
    """Whether the copy is missing or older than that; one from the future counts as old."""
    try:
        made = backup_of(path).stat().st_mtime
    except OSError:
        return True
    return abs(now - made) >= every_s


def back_up(connection: sqlite3.Connection, target: Path) -> None:
    """Copy a database, check the copy from end to end, and put it in place whole.

    Raises:
        RunError: the copy cannot be written, or is damaged because the database is. A copy that
            was there before stays.
        sqlite3.Error: the database cannot be read.
    """
    import sqlite3

    with replace_whole(target) as temporary:
        private_file(temporary)
        copy = sqlite3.connect(temporary, isolation_level=None)
        try:
            connection.backup(copy, pages=PAGES_AT_ONCE)
            # The copy stands for itself: no companion files.
            copy.execute("PRAGMA journal_mode = DELETE")
            [found] = copy.execute("PRAGMA integrity_check(1)").fetchone()
        finally:
            copy.close()
        if found != "ok":
            raise RunError(f"the journal is damaged ({found}); {target} was left as it is")
