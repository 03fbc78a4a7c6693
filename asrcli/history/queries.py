"""What the journal tells: runs, files, one file, and everything as a table."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, TypeAlias

from asrcli.clock import ms_to_seconds
from asrcli.errors import UsageError
from asrcli.history.contents import transcript_of
from asrcli.values import SourceFile, Status

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Sequence

    from asrcli.history.search import Hit
    from asrcli.history.store import Store
    from asrcli.values import Transcript

Cell: TypeAlias = str | int | float | None


@dataclass(frozen=True, slots=True)
class Listing:
    """Rows of plain values under the names of their columns."""

    columns: tuple[str, ...]
    rows: Sequence[Sequence[Cell]]


@dataclass(frozen=True, slots=True)
class Standing:
    """How a recording stands in an output folder."""

    output: Path
    rel: PurePath
    path: Path
    status: Status
    reason: str
    result: int | None

    def transcript(self, store: Store) -> Transcript | None:
        """Its text; None where there is none."""
        if self.result is None:
            return None
        return transcript_of(store, self.result, SourceFile(self.path, self.rel, 0, 0))


RUN_COLUMNS = ("run", "started", "ended", "exit", "recordings", "audio_s", "output", "how")
FILE_COLUMNS = ("file", "status", "reason", "output", "recording")
OUTCOME_COLUMNS = ("file", "status", "reason", "attempts", "audio_s", "work_s")
HIT_COLUMNS = ("file", "channel", "start", "end", "text", "output")
TEXT_COLUMNS = (
    *("output", "file", "channel", "sentence", "start", "end"),
    *("text", "spoken", "confidence", "status", "reason"),
)


def runs(store: Store, *, limit: int) -> Listing:
    """The newest runs, the last one last."""
    found = store.rows(
        "SELECT id, started_at, ended_at, exit_code, counts, audio_ms, output, ended FROM runs"
        " ORDER BY id DESC LIMIT ?",
        (limit,),
    )
    rows = [
        (
            *(number, _local(started), _local(ended), code),
            *(sum(json.loads(counts).values()), ms_to_seconds(audio), _shown(output)),
            how or "did not end, or is still at work",
        )
        for number, started, ended, code, counts, audio, output, how in reversed(found)
    ]
    return Listing(RUN_COLUMNS, rows)


def outcomes(store: Store, run: int) -> Listing:
    """What a run did, without what was done before.

    Raises:
        UsageError: there is no such run.
    """
    if not store.rows("SELECT 1 FROM runs WHERE id = ?", (run,)):
        raise UsageError(f"there is no run {run}; asr history runs lists them")
    found = store.rows(
        "SELECT rel, status, reason, attempts, audio_ms, wall_ms FROM outcomes"
        " WHERE run = ? ORDER BY rel",
        (run,),
    )
    rows = [
        (_shown(rel), status, reason, tries, ms_to_seconds(audio), ms_to_seconds(wall))
        for rel, status, reason, tries, audio, wall in found
    ]
    return Listing(OUTCOME_COLUMNS, rows)


def standings(
    store: Store, *, output: Path | None = None, status: str = "", name: str = ""
) -> Iterator[Standing]:
    """How recordings stand, by folder and name.

    Args:
        store: the journal.
        output: only this folder.
        status: only these.
        name: only recordings whose path, or whose name in the output folder, ends with this.
    """
    found = store.rows(
        "SELECT output, rel, path, status, reason, result FROM deliveries"
        " WHERE (?1 IS NULL OR output = ?1) AND (?2 = '' OR status = ?2) ORDER BY output, rel",
        (None if output is None else os.fsencode(os.path.realpath(output)), status),
    )
    for folder, rel, path, state, reason, result in found:
        standing = Standing(
            Path(os.fsdecode(folder)),
            PurePath(os.fsdecode(rel)),
            Path(os.fsdecode(path)),
            Status(state),
            reason,
            result,
        )
        if not name or _ends_with(standing, PurePath(name)):
            yield standing


def files(found: Sequence[Standing]) -> Listing:
    """How recordings stand, as a table."""
    rows = [
        (
            *(_printable(one.rel), one.status.value, one.reason),
            *(_printable(one.output), _printable(one.path)),
        )
        for one in found
    ]
    return Listing(FILE_COLUMNS, rows)


def texts(store: Store, found: Sequence[Standing]) -> Listing:
    """Every sentence of every recording; a recording without any has one row that says why."""
    rows: list[tuple[Cell, ...]] = []
    for one in found:
        place = (_printable(one.output), _printable(one.rel))
        transcript = one.transcript(store) if one.status is Status.DONE else None
        if transcript is None:
            rows.append((*place, *[None] * 7, one.status.value, one.reason))
            continue
        for number, sentence in enumerate(transcript.sentences, start=1):
            rows.append(
                (
                    *(*place, _counted(sentence.channel), number),
                    *(ms_to_seconds(sentence.start_ms), ms_to_seconds(sentence.end_ms)),
                    *(sentence.written, sentence.spoken, round(sentence.confidence, 3)),
                    *("done", ""),
                )
            )
    return Listing(TEXT_COLUMNS, rows)


def hits(found: Sequence[Hit]) -> Listing:
    """What a search found, as a table."""
    rows = [
        (
            *(_printable(hit.rel), _counted(hit.channel)),
            *(ms_to_seconds(hit.start_ms), ms_to_seconds(hit.end_ms), hit.text),
            _printable(hit.output),
        )
        for hit in found
    ]
    return Listing(HIT_COLUMNS, rows)


def retry(store: Store, found: Sequence[Standing]) -> int:
    """Forget that recordings failed or were set aside, so that the next run tries them again.

    Returns:
        How many there were.
    """
    wanted = [one for one in found if one.status in {Status.FAILED, Status.SET_ASIDE}]
    with store.transaction() as connection:
        for one in wanted:
            _forget(connection, one)
    return len(wanted)


def _forget(connection: sqlite3.Connection, one: Standing) -> None:
    key = (os.fsencode(one.output), os.fsencode(one.rel))
    connection.execute("DELETE FROM deliveries WHERE output = ? AND rel = ?", key)
    connection.execute(
        "DELETE FROM attempts WHERE output = ? AND path = ?", (key[0], os.fsencode(one.path))
    )
    connection.execute(
        "DELETE FROM results WHERE id = ? AND status = 'failed'"
        " AND NOT EXISTS (SELECT 1 FROM deliveries WHERE result = results.id)",
        (one.result,),
    )


def _ends_with(one: Standing, name: PurePath) -> bool:
    count = len(name.parts)
    return name.parts in {one.path.parts[-count:], one.rel.parts[-count:]} or one.path == name


def _counted(channel: int | None) -> int | None:
    return None if channel is None else channel + 1


def _local(when: str) -> str:
    """A stored time on the clock of this place."""
    if not when:
        return ""
    return datetime.fromisoformat(when).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def _shown(path: bytes) -> str:
    return path.decode("utf-8", "backslashreplace")


def _printable(path: PurePath) -> str:
    return _shown(os.fsencode(path))
