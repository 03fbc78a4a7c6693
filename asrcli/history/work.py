"""What runs did: their beginnings and ends, attempts, and how each output folder stands."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from asrcli import __version__
from asrcli.history.codec import as_text, path_key
from asrcli.values import Outcome, Status

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping
    from pathlib import Path, PurePath

    from asrcli.clock import Millis
    from asrcli.history.contents import Work
    from asrcli.history.store import Store


@dataclass(frozen=True, slots=True)
class Delivery:
    """How a recording stands in an output folder: its files, and what they looked like."""

    status: Status
    reason: str
    result: int | None
    looks: str
    formats: tuple[str, ...]
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class End:
    """How a run ended."""

    ended: str
    exit_code: int
    counts: Mapping[Status, int]
    audio_ms: Millis
    wall_ms: Millis


def begin_run(connection: sqlite3.Connection, *, inputs: Path, output: Path) -> int:
    """Note that a run begins; gives its number."""
    cursor = connection.execute(
        "INSERT INTO runs (started_at, version, process, input, output) VALUES (?, ?, ?, ?, ?)",
        (now(), __version__, os.getpid(), os.fsencode(inputs), os.fsencode(output)),
    )
    return int(cursor.lastrowid or 0)


def end_run(connection: sqlite3.Connection, run: int, end: End) -> None:
    """Note how a run ended."""
    counts = json.dumps({status.value: count for status, count in end.counts.items() if count})
    connection.execute(
        "UPDATE runs SET ended_at = ?, ended = ?, exit_code = ?, counts = ?, audio_ms = ?,"
        " wall_ms = ? WHERE id = ?",
        (now(), end.ended, end.exit_code, counts, end.audio_ms, end.wall_ms, run),
    )


def begin_attempt(
    connection: sqlite3.Connection, run: int, output: Path, path: Path, work: Work
) -> None:
    """Note that work on a recording begins."""
    connection.execute(
        "INSERT INTO attempts (run, output, path, sha256, context, began_at)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (run, os.fsencode(output), path_key(path), work.sha256, work.context, now()),
    )


def end_attempts(connection: sqlite3.Connection, output: Path, work: Work, path: Path) -> None:
    """Work on a content came to its end: what was tried before does not count any more.

    Neither does what was tried with an older content, or other settings, under this path.
    """
    connection.execute(
        "DELETE FROM attempts WHERE output = ?1 AND (path = ?2 OR (sha256 = ?3 AND context = ?4))",
        (os.fsencode(output), path_key(path), work.sha256, work.context),
    )


def release_attempts(connection: sqlite3.Connection, run: int) -> None:
    """A run ended in an orderly way: what it had begun is not to blame for anything."""
    connection.execute("DELETE FROM attempts WHERE run = ?", (run,))


def deaths(store: Store, output: Path, work: Work, *, besides: int) -> int:
    """How many runs died at work on a content, not counting the run `besides`.

    Whoever asks holds the output folder's lock, so no other run on that folder is alive.
    """
    query = (
        "SELECT count(DISTINCT run) FROM attempts"
        " WHERE output = ? AND sha256 = ? AND context = ? AND run != ?"
    )
    key = (os.fsencode(output), work.sha256, work.context)
    [(count,)] = store.rows(query, (*key, besides))
    return int(count)


def suspects(store: Store, output: Path) -> set[bytes]:
    """Paths of the recordings that were under way when a process died."""
    query = "SELECT DISTINCT path FROM attempts WHERE output = ?"
    return {path for (path,) in store.rows(query, (os.fsencode(output),))}


def find_delivery(store: Store, output: Path, rel: PurePath) -> Delivery | None:
    """How a recording stands in an output folder; None if it was never there."""
    found = store.rows(
        "SELECT status, reason, result, looks, formats, files FROM deliveries"
        " WHERE output = ? AND rel = ?",
        (os.fsencode(output), os.fsencode(rel)),
    )
    if not found:
        return None
    status, reason, result, looks, formats, files = found[0]
    names = tuple(json.loads(formats)), tuple(json.loads(files))
    return Delivery(Status(status), reason, result, looks, *names)


def save_delivery(
    connection: sqlite3.Connection, run: int, output: Path, outcome: Outcome, delivery: Delivery
) -> int | None:
    """Note how a recording stands now.

    Returns:
        The result that stood there before, if it was another one.
    """
    key = (os.fsencode(output), os.fsencode(outcome.source.rel))
    before = connection.execute(
        "SELECT result FROM deliveries WHERE output = ? AND rel = ?", key
    ).fetchone()
    facts = (delivery.status, as_text(delivery.reason), delivery.result, delivery.looks)
    names = (json.dumps(delivery.formats), json.dumps(delivery.files))
    connection.execute(
        "INSERT OR REPLACE INTO deliveries"
        " (output, rel, path, status, reason, result, looks, formats, files, run)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (*key, path_key(outcome.source.path), *facts, *names, run),
    )
    changed = before is not None and before[0] not in {None, delivery.result}
    return int(before[0]) if changed else None


def save_outcome(connection: sqlite3.Connection, run: int, outcome: Outcome) -> None:
    """Note what a run did with a recording."""
    source = outcome.source
    lengths = (outcome.attempts, outcome.audio_ms, outcome.wall_ms)
    connection.execute(
        "INSERT OR REPLACE INTO outcomes"
        " (run, rel, path, status, reason, attempts, audio_ms, wall_ms)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(run, os.fsencode(source.rel), path_key(source.path)),
            *(outcome.status, as_text(outcome.reason), *lengths),
        ),
    )


def now() -> str:
    """The time of day, for people to read."""
    return datetime.now(UTC).isoformat(timespec="seconds")
