"""What is known of contents: files and their hashes, results, spans that are decoded so far.

A result belongs to a content (the SHA-256 of a file) and a context (settings, models, hotwords and
schema), never to a path: a file that was renamed, copied or touched is known at once.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from asrcli.history.codec import as_text, pack, path_key, unpack
from asrcli.history.index import add_to_index, remove_from_index
from asrcli.values import (
    SCHEMA_VERSION,
    Decoded,
    HotwordSet,
    Outcome,
    RunContext,
    SourceFile,
    SpeechSpan,
    Status,
    Transcript,
)

if TYPE_CHECKING:
    import os
    import sqlite3
    from collections.abc import Iterable

    from asrcli.clock import Millis
    from asrcli.history.store import Store

_NO_CONTEXT = RunContext((), "", (), HotwordSet())
_NO_SOURCE = SourceFile(Path(), PurePath(), 0, 0)


@dataclass(frozen=True, slots=True)
class Facts:
    """What tells that a file is still the one that was hashed."""

    size_bytes: int
    mtime_ns: int
    inode: int

    @classmethod
    def of(cls, facts: os.stat_result) -> Facts:
        """The facts of a file on the disk."""
        return cls(facts.st_size, facts.st_mtime_ns, facts.st_ino)


@dataclass(frozen=True, slots=True)
class Result:
    """What came out for a content; `transcript` is as `load_transcript` reads it, or None."""

    id: int
    status: Status
    reason: str
    transcript: bytes | None
    audio_ms: Millis
    speech_ms: Millis


@dataclass(frozen=True, slots=True)
class Work:
    """What was worked on: a content under a context, by the context's id."""

    sha256: str
    context: int


def context_id(store: Store, context: RunContext) -> int:
    """The number under which a context is stored; contexts that give the same text share one."""
    digest = context_sha256(context)
    found = store.rows("SELECT id FROM contexts WHERE sha256 = ?", (digest,))
    if not found:
        with store.transaction() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO contexts (sha256, context) VALUES (?, ?)",
                (digest, pack(context, RunContext)),
            )
        found = store.rows("SELECT id FROM contexts WHERE sha256 = ?", (digest,))
    return int(found[0][0])


def context_sha256(context: RunContext) -> str:
    """Hash of all that the text of a recording depends on beside its content."""
    models = [dataclasses.astuple(model) for model in context.models]
    words = [context.hotwords.words, context.hotwords.aliases]
    whole = [SCHEMA_VERSION, context.settings_sha256, models, words]
    canonical = json.dumps(whole, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def hash_of(store: Store, path: Path, facts: Facts) -> str:
    """The hash of a file that has not changed since it was read; empty if it has, or is new."""
    found = store.rows(
        "SELECT sha256 FROM recordings"
        " WHERE path = ? AND size_bytes = ? AND mtime_ns = ? AND inode = ?",
        (path_key(path), *dataclasses.astuple(facts)),
    )
    return str(found[0][0]) if found else ""


def knows_size(store: Store, size_bytes: int) -> bool:
    """Whether any content of this size was ever read; if not, hashing cannot find it."""
    query = "SELECT 1 FROM recordings WHERE size_bytes = ? LIMIT 1"
    return bool(store.rows(query, (size_bytes,)))


def remember_hash(connection: sqlite3.Connection, path: Path, facts: Facts, sha256: str) -> None:
    """Note the hash of a file as it is now."""
    connection.execute(
        "INSERT OR REPLACE INTO recordings (path, size_bytes, mtime_ns, inode, sha256)"
        " VALUES (?, ?, ?, ?, ?)",
        (path_key(path), *dataclasses.astuple(facts), sha256),
    )


def find_result(store: Store, work: Work) -> Result | None:
    """What came out for a content before."""
    found = store.rows(
        "SELECT id, status, reason, transcript, audio_ms, speech_ms FROM results"
        " WHERE sha256 = ? AND context = ?",
        (work.sha256, work.context),
    )
    if not found:
        return None
    number, status, *rest = found[0]
    return Result(number, Status(status), *rest)


def save_result(
    connection: sqlite3.Connection, work: Work, outcome: Outcome, transcript: Transcript | None
) -> int:
    """Store what came out, in place of what came out for it before; its spans are not needed more.

    A failure does not take the place of a text: a copy may fail where its original did not.

    Returns:
        The number of the result.
    """
    old = connection.execute(
        "SELECT id, transcript, status FROM results WHERE sha256 = ? AND context = ?",
        (work.sha256, work.context),
    ).fetchone()
    if old and outcome.status is Status.FAILED and not transcript and old[2] != Status.FAILED:
        return int(old[0])
    if old:
        _unindex(connection, *old[:2])
    # What cannot be written into one folder is decoded all the same.
    status, reason = (Status.DONE, "") if transcript else (outcome.status, as_text(outcome.reason))
    now = datetime.now(UTC).isoformat(timespec="seconds")
    facts = (outcome.audio_ms, outcome.speech_ms, outcome.wall_ms, now)
    [number] = connection.execute(
        "INSERT INTO results"
        " (sha256, context, status, reason, audio_ms, speech_ms, wall_ms, finished_at, transcript)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (sha256, context) DO UPDATE SET status = excluded.status,"
        " reason = excluded.reason, audio_ms = excluded.audio_ms, speech_ms = excluded.speech_ms,"
        " wall_ms = excluded.wall_ms, finished_at = excluded.finished_at,"
        " transcript = excluded.transcript RETURNING id",
        (work.sha256, work.context, status, reason, *facts, _stored(transcript)),
    ).fetchone()
    if transcript:
        add_to_index(connection, number, transcript.sentences)
    if status is not Status.FAILED:
        connection.execute("DELETE FROM spans WHERE sha256 = ?", (work.sha256,))
    return int(number)


def drop_if_unused(connection: sqlite3.Connection, result: int) -> None:
    """Forget a result to which no output folder refers any more."""
    row = connection.execute(
        "SELECT id, transcript FROM results WHERE id = ?"
        " AND NOT EXISTS (SELECT 1 FROM deliveries WHERE result = results.id)",
        (result,),
    ).fetchone()
    if row:
        _unindex(connection, *row)
        connection.execute("DELETE FROM results WHERE id = ?", (result,))


def load_transcript(stored: bytes, source: SourceFile, context: RunContext) -> Transcript:
    """A stored transcript as that of this file, under its context of today.

    Raises:
        ValueError: the bytes are damaged.
    """
    return dataclasses.replace(unpack(stored, Transcript), source=source, context=context)


def transcript_of(store: Store, result: int, source: SourceFile) -> Transcript | None:
    """The transcript of a result under the context that it was made with; None without text."""
    [(transcript, context)] = store.rows(
        "SELECT transcript, context FROM results WHERE id = ?", (result,)
    )
    if transcript is None:
        return None
    [(stored,)] = store.rows("SELECT context FROM contexts WHERE id = ?", (context,))
    return load_transcript(transcript, source, unpack(stored, RunContext))


def save_spans(connection: sqlite3.Connection, results: Iterable[tuple[Work, Decoded]]) -> None:
    """Note what is decoded of recordings that are not finished."""
    connection.executemany(
        "INSERT OR REPLACE INTO spans (sha256, context, channel, start, decoded)"
        " VALUES (?, ?, ?, ?, ?)",
        (
            (work.sha256, work.context, _lane(item.span), item.span.start, pack(item, Decoded))
            for work, item in results
        ),
    )


def load_spans(store: Store, work: Work) -> dict[SpeechSpan, Decoded]:
    """What was decoded of a content, by the span."""
    stored = store.rows(
        "SELECT decoded FROM spans WHERE sha256 = ? AND context = ?", (work.sha256, work.context)
    )
    decoded = [unpack(data, Decoded) for (data,) in stored]
    return {item.span: item for item in decoded}


def _lane(span: SpeechSpan) -> int:
    """The channel of a span as a number that can be part of a key; -1 for all together."""
    return -1 if span.channel is None else span.channel


def _stored(transcript: Transcript | None) -> bytes | None:
    if transcript is None:
        return None
    bare = dataclasses.replace(transcript, source=_NO_SOURCE, context=_NO_CONTEXT)
    return pack(bare, Transcript)


def _unindex(connection: sqlite3.Connection, result: int, transcript: bytes | None) -> None:
    if transcript is not None:
        # What cannot be read back stays in the index; a search passes over it.
        with contextlib.suppress(ValueError):
            remove_from_index(connection, result, unpack(transcript, Transcript).sentences)
