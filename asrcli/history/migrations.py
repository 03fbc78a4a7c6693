"""The journal's tables: numbered steps, each applied in one transaction with its record.

What a step says is never changed after a release; a new step is added instead. Paths are stored
as bytes, because a name on the disk need not be text; times as ISO 8601 in UTC, for reading only:
nothing is ever decided by comparing two of them, so a clock that is set back does no harm.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeAlias

from asrcli.history.codec import unpack
from asrcli.history.index import add_to_index
from asrcli.values import Transcript

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    Fill: TypeAlias = Callable[[sqlite3.Connection], None]

RECORD = """CREATE TABLE IF NOT EXISTS migrations (
    number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at TEXT NOT NULL
)"""


@dataclass(frozen=True, slots=True)
class Migration:
    """One step: statements, and what Python must do after them."""

    number: int
    name: str
    statements: tuple[str, ...]
    fill: Fill | None = None


def applied(connection: sqlite3.Connection) -> int:
    """Number of the last step that was applied; 0 for a new database."""
    known = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'migrations'").fetchone()
    if known is None:
        return 0
    row = connection.execute("SELECT max(number) FROM migrations").fetchone()
    return int(row[0] or 0)


def apply(connection: sqlite3.Connection, migration: Migration) -> None:
    """Apply one step, unless another process has done so since we looked.

    The connection must not be in a transaction; after an error nothing of the step is there.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        if applied(connection) < migration.number:
            connection.execute(RECORD)
            for statement in migration.statements:
                connection.execute(statement)
            if migration.fill is not None:
                migration.fill(connection)
            now = datetime.now(UTC).isoformat(timespec="seconds")
            record = (migration.number, migration.name, now)
            connection.execute("INSERT INTO migrations VALUES (?, ?, ?)", record)
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _index_everything(connection: sqlite3.Connection) -> None:
    """Make the texts searchable that were stored before there was an index."""
    texts = connection.execute("SELECT id, transcript FROM results WHERE transcript IS NOT NULL")
    for result, transcript in texts:
        add_to_index(connection, result, unpack(transcript, Transcript).sentences)


_TABLES = (
    # One row for each run; `ended` is empty while it is under way and after it was killed.
    """CREATE TABLE runs (
        id INTEGER PRIMARY KEY,
        started_at TEXT NOT NULL,
        ended_at TEXT NOT NULL DEFAULT '',
        ended TEXT NOT NULL DEFAULT '',
        exit_code INTEGER,
        version TEXT NOT NULL,
        process INTEGER NOT NULL,
        input BLOB NOT NULL,
        output BLOB NOT NULL,
        counts TEXT NOT NULL DEFAULT '{}',
        audio_ms INTEGER NOT NULL DEFAULT 0,
        wall_ms INTEGER NOT NULL DEFAULT 0
    )""",
    # What was in force: settings, models, hotwords and the schema of the program.
    """CREATE TABLE contexts (
        id INTEGER PRIMARY KEY,
        sha256 TEXT NOT NULL UNIQUE,
        context BLOB NOT NULL
    )""",
    # Files as they were when they were read; while size, time and inode stay, so does the hash.
    """CREATE TABLE recordings (
        id INTEGER PRIMARY KEY,
        path BLOB NOT NULL UNIQUE,
        size_bytes INTEGER NOT NULL,
        mtime_ns INTEGER NOT NULL,
        inode INTEGER NOT NULL,
        sha256 TEXT NOT NULL
    )""",
    "CREATE INDEX recordings_by_size ON recordings (size_bytes)",
    # What came out for a content under a context.
    """CREATE TABLE results (
        id INTEGER PRIMARY KEY,
        sha256 TEXT NOT NULL,
        context INTEGER NOT NULL REFERENCES contexts (id),
        status TEXT NOT NULL,
        reason TEXT NOT NULL,
        audio_ms INTEGER NOT NULL,
        wall_ms INTEGER NOT NULL,
        finished_at TEXT NOT NULL,
        transcript BLOB,
        UNIQUE (sha256, context)
    )""",
    # Work that began and has not ended: what remains of it was under way when a process died.
    """CREATE TABLE attempts (
        id INTEGER PRIMARY KEY,
        run INTEGER NOT NULL REFERENCES runs (id),
        output BLOB NOT NULL,
        path BLOB NOT NULL,
        sha256 TEXT NOT NULL,
        context INTEGER NOT NULL REFERENCES contexts (id),
        began_at TEXT NOT NULL
    )""",
    "CREATE INDEX attempts_by_content ON attempts (output, sha256, context)",
    # What is decoded of a recording that is not finished.
    """CREATE TABLE spans (
        sha256 TEXT NOT NULL,
        context INTEGER NOT NULL REFERENCES contexts (id),
        channel INTEGER NOT NULL,
        start INTEGER NOT NULL,
        decoded BLOB NOT NULL,
        PRIMARY KEY (sha256, context, channel, start)
    ) WITHOUT ROWID""",
    # How each recording of an output folder stands now.
    """CREATE TABLE deliveries (
        output BLOB NOT NULL,
        rel BLOB NOT NULL,
        path BLOB NOT NULL,
        status TEXT NOT NULL,
        reason TEXT NOT NULL,
        result INTEGER REFERENCES results (id),
        looks TEXT NOT NULL,
        formats TEXT NOT NULL,
        files TEXT NOT NULL,
        run INTEGER NOT NULL REFERENCES runs (id),
        PRIMARY KEY (output, rel)
    ) WITHOUT ROWID""",
    "CREATE INDEX deliveries_by_result ON deliveries (result)",
    # What a run did; recordings that were done already are only counted.
    """CREATE TABLE outcomes (
        run INTEGER NOT NULL REFERENCES runs (id),
        rel BLOB NOT NULL,
        path BLOB NOT NULL,
        status TEXT NOT NULL,
        reason TEXT NOT NULL,
        attempts INTEGER NOT NULL,
        audio_ms INTEGER NOT NULL,
        wall_ms INTEGER NOT NULL,
        PRIMARY KEY (run, rel)
    ) WITHOUT ROWID""",
)

_SEARCH = (
    # Without content of its own: the text stands in the transcript already.
    "CREATE VIRTUAL TABLE texts USING fts5 (written, spoken, content = '', tokenize = 'ascii')",
)

_SPEECH = (
    # Speech without text is told of again by a later run.
    "ALTER TABLE results ADD COLUMN speech_ms INTEGER NOT NULL DEFAULT 0",
)

MIGRATIONS = (
    Migration(1, "tables", _TABLES),
    Migration(2, "full-text search", _SEARCH, _index_everything),
    Migration(3, "length of speech", _SPEECH),
)
NEWEST = MIGRATIONS[-1].number
