"""A database of any age becomes one of today, or stays as it was."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

from asrcli.history.codec import pack
from asrcli.history.index import query, sentence_of
from asrcli.history.migrations import MIGRATIONS, NEWEST, Migration, applied, apply
from asrcli.history.store import APPLICATION_ID, Store
from asrcli.values import Transcript
from tests.values_samples import timed, transcript

if TYPE_CHECKING:
    from pathlib import Path


def connect(path: Path | str = ":memory:") -> sqlite3.Connection:
    return sqlite3.connect(path, isolation_level=None)


def first_version(path: Path) -> None:
    """A database as the first version of the tables left it, with two results in it."""
    connection = connect(path)
    apply(connection, MIGRATIONS[0])
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute("INSERT INTO contexts (id, sha256, context) VALUES (1, 'c', x'00')")
    text = pack(transcript([timed("今天开会。"), timed("明天再说。")]), Transcript)
    connection.execute(
        "INSERT INTO results (id, sha256, context, status, reason, audio_ms, wall_ms, finished_at,"
        " transcript) VALUES (5, 's', 1, 'done', '', 1, 1, '', ?), (6, 't', 1, 'empty', '', 1, 1,"
        " '', NULL)",
        (text,),
    )
    connection.close()


def test_numbers_are_in_order_without_gaps() -> None:
    assert [m.number for m in MIGRATIONS] == list(range(1, NEWEST + 1))
    assert len({m.name for m in MIGRATIONS}) == NEWEST


def test_a_new_database_has_every_step_on_record() -> None:
    connection = connect()
    assert applied(connection) == 0
    for migration in MIGRATIONS:
        apply(connection, migration)
    rows = connection.execute("SELECT number, name FROM migrations ORDER BY number").fetchall()
    assert rows == [(m.number, m.name) for m in MIGRATIONS]
    assert applied(connection) == NEWEST


def test_a_step_is_applied_once() -> None:
    connection = connect()
    apply(connection, MIGRATIONS[0])
    apply(connection, MIGRATIONS[0])
    assert connection.execute("SELECT count(*) FROM migrations").fetchone() == (1,)


def test_the_first_version_is_brought_up_to_date_and_a_copy_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    first_version(path)
    with Store(path) as store:
        assert store.rows("SELECT max(number) FROM migrations") == [(NEWEST,)]
        [(row,)] = store.rows("SELECT rowid FROM texts WHERE texts MATCH ?", (query("再说"),))
        assert sentence_of(row) == (5, 1)
        assert store.rows("SELECT count(*) FROM results") == [(2,)]
    copy = connect(tmp_path / f"history.db.before-{NEWEST}")
    assert applied(copy) == 1
    copy.close()


@pytest.mark.parametrize("broken", ["statement", "fill"])
def test_a_step_that_fails_leaves_nothing(broken: str) -> None:
    connection = connect()
    apply(connection, MIGRATIONS[0])

    def fail(_: sqlite3.Connection) -> None:
        raise KeyboardInterrupt

    statements = ("CREATE TABLE half (x)", "no sql" if broken == "statement" else "SELECT 1")
    step = Migration(99, "broken", statements, fail)
    with pytest.raises((sqlite3.OperationalError, KeyboardInterrupt)):
        apply(connection, step)
    assert applied(connection) == 1
    assert not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'half'").fetchall()
    assert not connection.in_transaction


def test_a_power_failure_in_the_middle_is_no_harm(tmp_path: Path) -> None:
    """A transaction that was never committed is not there when the file is opened again."""
    path = tmp_path / "history.db"
    first_version(path)
    connection = connect(path)
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("DROP TABLE outcomes")
    connection.close()
    with Store(path) as store:
        assert store.rows("SELECT count(*) FROM outcomes") == [(0,)]
