"""The journal's database file: opened, upgraded, or refused with one line that says what to do.

SQLite in WAL mode with `synchronous = NORMAL`: what was committed survives the end of the process,
however it ends; a power failure may cost the last moments, never the database, and then some work
is done once more. The outputs themselves are synced before the journal says that they are there.
"""

from __future__ import annotations

import contextlib
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeAlias

from asrcli.errors import RunError
from asrcli.files import private_file
from asrcli.history.backup import back_up, backup_of, described
from asrcli.history.migrations import MIGRATIONS, NEWEST, applied, apply

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Sequence
    from types import TracebackType

    Row: TypeAlias = tuple[Any, ...]

APPLICATION_ID = 0x61737263
"""`asrc`: tells our databases from those of other programs."""

BUSY_S = 30.0
"""How long to wait while another process writes; our own transactions take milliseconds."""

CHECKED_BYTES = 32 << 20
"""A database up to this size is checked from end to end when it is opened (about 0.1 s)."""


def default_path() -> Path:
    """The journal of this user: `history.db` in the folder for the state of programs."""
    import platformdirs

    return Path(platformdirs.user_state_dir("asrcli", appauthor=False)) / "history.db"


class Store:
    """An open journal. Its methods may be called from any thread; transactions do not nest."""

    def __init__(self, path: Path | None) -> None:
        """Open the file, make it if needed, and bring its tables up to date.

        Args:
            path: the file; None for a nameless one, of which memory holds little and which is gone
                afterwards.

        Raises:
            RunError: it cannot be opened, is damaged, was written by a newer version of this
                program, or is none of ours. The line names the newest backup.
        """
        import sqlite3

        self.path = path
        self._lock = threading.RLock()
        with self._errors():
            if path is not None:
                private_file(path)
            self._connection = sqlite3.connect(
                "" if path is None else path,
                timeout=BUSY_S,
                isolation_level=None,
                check_same_thread=False,
            )
        try:
            with self._errors():
                self._prepare()
        except BaseException:
            self._connection.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; may be called twice."""
        with self._lock, self._errors():
            self._connection.close()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All statements of the block together, or none of them.

        Raises:
            RunError: the database cannot be read or written.
        """
        with self._lock, self._errors():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def rows(self, query: str, values: Sequence[object] = ()) -> list[Row]:
        """What a query finds.

        Raises:
            RunError: the database cannot be read.
        """
        with self._lock, self._errors():
            return self._connection.execute(query, values).fetchall()

    def back_up(self, target: Path) -> None:
        """Copy the database while it is in use, check the copy, and put it in place whole.

        Raises:
            RunError: the copy cannot be written, or the database is damaged.
        """
        with self._lock, self._errors():
            back_up(self._connection, target)

    def _prepare(self) -> None:
        connection = self._connection
        connection.execute("PRAGMA foreign_keys = ON")
        [owner] = connection.execute("PRAGMA application_id").fetchone()
        [tables] = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if tables and owner != APPLICATION_ID:
            raise RunError(
                f"{self.path} is a database of another program; choose another with --journal"
            )
        self._refuse_damage()
        version = applied(connection)
        if version > NEWEST:
            raise RunError(
                f"the journal {self.path} was written by a newer asrcli (its tables have version "
                f"{version}, this program knows {NEWEST}): update asrcli, or choose another "
                f"journal with --journal; {described(self.path)}"
            )
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        if version and version < NEWEST and self.path is not None:
            self.back_up(backup_of(self.path, f"before-{NEWEST}"))
        if not tables:
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        for migration in MIGRATIONS[version:]:
            apply(connection, migration)

    def _refuse_damage(self) -> None:
        if self.path is None or self.path.stat().st_size > CHECKED_BYTES:
            return
        [found] = self._connection.execute("PRAGMA quick_check(1)").fetchone()
        if found != "ok":
            raise self._damaged(found)

    def _damaged(self, why: object) -> RunError:
        what = " ".join(str(why).split())
        return RunError(
            f"the journal {self.path} is damaged ({what}): move it away, or choose another with "
            f"--journal; {described(self.path)}"
        )

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        """Turn what SQLite says into one line for the user."""
        import sqlite3

        try:
            yield
        except sqlite3.Error as error:
            raise self._translated(error) from error

    def _translated(self, error: sqlite3.Error) -> RunError:
        name = getattr(error, "sqlite_errorname", "") or ""
        if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
            return self._damaged(error)
        advice = next(
            (text for start, text in _ADVICE.items() if name.startswith(start)),
            f"{error}; choose another with --journal",
        )
        return RunError(f"cannot use the journal {self.path}: {advice}")


_ADVICE = {
    "SQLITE_FULL": "the disk is full; free some space and run again",
    "SQLITE_BUSY": "another program has locked it; close that, or choose another with --journal",
    "SQLITE_LOCKED": "another program has locked it; close that, or choose another with --journal",
    "SQLITE_READONLY": "it is read-only; change its rights, or choose another with --journal",
    "SQLITE_CANTOPEN": "it cannot be opened; check its folder, or choose another with --journal",
    "SQLITE_IOERR": "the disk cannot be read or written; choose another with --journal",
}
"""By the beginning of the name that SQLite gives an error."""
