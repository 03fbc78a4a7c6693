"""What can be asked of the journal, as rows of plain values."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from asrcli.errors import UsageError
from asrcli.history import contents, queries, work
from asrcli.history.contents import Work
from asrcli.history.search import search
from asrcli.history.store import Store
from asrcli.history.work import Delivery, End
from asrcli.values import Outcome, Status
from tests.values_samples import context, source, timed, transcript

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def store() -> Iterator[Store]:
    with Store(None) as opened:
        run(opened, "/out", ("a.wav", Status.DONE), ("会议/b.wav", Status.FAILED))
        run(opened, "/two", ("c\udcff.wav", Status.EMPTY), end=None)
        yield opened


def run(store: Store, output: str, *ends: tuple[str, Status], end: str | None = "complete") -> None:
    with store.transaction() as connection:
        number = work.begin_run(connection, inputs=Path("/in"), output=Path(output))
    key = contents.context_id(store, context())
    for rel, status in ends:
        outcome = Outcome(source(rel), status, "" if status is Status.DONE else "why", attempts=2)
        text = transcript([timed("开会。"), timed("=1+1", start_ms=2000)])
        made = text if status is Status.DONE else None
        item = Work(f"{rel.encode('utf-8', 'replace').hex():x<64}", key)
        with store.transaction() as connection:
            work.begin_attempt(connection, number, Path(output), outcome.source.path, item)
            result = contents.save_result(connection, item, outcome, made)
            delivery = Delivery(status, outcome.reason, result, "", (), ())
            work.save_delivery(connection, number, Path(output), outcome, delivery)
            work.save_outcome(connection, number, outcome)
    if end is not None:
        with store.transaction() as connection:
            counts = {status: 1 for _, status in ends}
            work.end_run(connection, number, End(end, 3, counts, 1500, 10))


def test_runs(store: Store) -> None:
    listing = queries.runs(store, limit=5)
    rows = [dict(zip(listing.columns, row, strict=True)) for row in listing.rows]
    assert [row["run"] for row in rows] == [1, 2]
    assert (rows[0]["exit"], rows[0]["recordings"], rows[0]["audio_s"]) == (3, 2, 1.5)
    assert (rows[0]["output"], rows[0]["how"]) == ("/out", "complete")
    assert (rows[1]["ended"], rows[1]["exit"]) == ("", None)
    assert "did not end" in str(rows[1]["how"])
    datetime.fromisoformat(str(rows[0]["started"]))
    assert [row[0] for row in queries.runs(store, limit=1).rows] == [2]


def test_what_a_run_did(store: Store) -> None:
    listing = queries.outcomes(store, 1)
    assert [row[:4] for row in listing.rows] == [
        ("a.wav", "done", "", 2),
        ("会议/b.wav", "failed", "why", 2),
    ]
    with pytest.raises(UsageError, match="no run 99"):
        queries.outcomes(store, 99)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, ["a.wav", "会议/b.wav", "c\\xff.wav"]),
        ({"output": Path("/out")}, ["a.wav", "会议/b.wav"]),
        ({"status": "failed"}, ["会议/b.wav"]),
        ({"name": "b.wav"}, ["会议/b.wav"]),
        ({"name": "会议/b.wav"}, ["会议/b.wav"]),
        ({"name": "/in/a.wav"}, ["a.wav"]),
        ({"name": "in/a.wav"}, ["a.wav"]),
        ({"name": "wav"}, []),
        ({"name": "x/a.wav"}, []),
    ],
)
def test_how_recordings_stand(asked: dict[str, object], found: list[str], store: Store) -> None:
    listing = queries.files(list(queries.standings(store, **asked)))  # type: ignore[arg-type]
    assert [row[0] for row in listing.rows] == found


def test_every_sentence(store: Store) -> None:
    listing = queries.texts(store, list(queries.standings(store)))
    rows = [dict(zip(listing.columns, row, strict=True)) for row in listing.rows]
    assert [(row["file"], row["sentence"], row["text"]) for row in rows] == [
        ("a.wav", 1, "开会。"),
        ("a.wav", 2, "=1+1"),
        ("会议/b.wav", None, None),
        ("c\\xff.wav", None, None),
    ]
    assert (rows[1]["start"], rows[2]["reason"]) == (2.0, "why")


def test_hits(store: Store) -> None:
    listing = queries.hits(search(store, "开会", limit=5))
    assert listing.rows == [("a.wav", None, 0.0, 0.4, "开会。", "/out")]


def test_failures_can_be_forgotten(store: Store) -> None:
    found = list(queries.standings(store))
    assert queries.retry(store, found) == 1
    assert [str(one.rel) for one in queries.standings(store, status="failed")] == []
    assert store.rows("SELECT count(*) FROM results WHERE status = 'failed'") == [(0,)]
    assert store.rows("SELECT count(*) FROM attempts WHERE path LIKE '%b.wav'") == [(0,)]
    assert len(list(queries.standings(store))) == 2
    assert queries.retry(store, list(queries.standings(store))) == 0
