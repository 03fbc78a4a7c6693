"""The database is opened, upgraded, shared and closed; or refused in one line."""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
from pathlib import Path
from typing import Any

import pytest

from asrcli.errors import RunError
from asrcli.history import store as module
from asrcli.history.backup import backup_of
from asrcli.history.migrations import NEWEST
from asrcli.history.store import Store, default_path


def count(store: Store) -> int:
    return int(store.rows("SELECT count(*) FROM contexts")[0][0])


def add(connection: sqlite3.Connection, name: str) -> None:
    connection.execute("INSERT INTO contexts (sha256, context) VALUES (?, x'00')", (name,))


def refusal(path: Path) -> str:
    with pytest.raises(RunError) as caught:
        Store(path)
    message = str(caught.value)
    assert len(message.splitlines()) == 1
    assert str(path) in message
    return message


def test_the_users_own_lies_in_the_folder_of_states(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert default_path() == tmp_path / "asrcli" / "history.db"


def test_a_new_one_is_for_this_user_alone(tmp_path: Path) -> None:
    path = tmp_path / "state" / "history.db"
    with Store(path) as store, store.transaction() as connection:
        add(connection, "a")
        for file in path.parent.iterdir():
            assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert len(list(path.parent.iterdir())) == 3
    assert stat.S_IMODE(path.parent.stat().st_mode) & 0o077 == 0


def test_what_was_committed_is_there_again(tmp_path: Path) -> None:
    with Store(tmp_path / "a.db") as store, store.transaction() as connection:
        add(connection, "a")
    with Store(tmp_path / "a.db") as store:
        assert count(store) == 1
        assert store.rows("PRAGMA journal_mode") == [("wal",)]
        assert store.rows("PRAGMA foreign_keys") == [(1,)]


def test_a_transaction_is_whole_or_absent(tmp_path: Path) -> None:
    with Store(tmp_path / "a.db") as store:
        with pytest.raises(KeyboardInterrupt), store.transaction() as connection:
            add(connection, "a")
            raise KeyboardInterrupt
        with pytest.raises(RunError, match="UNIQUE"), store.transaction() as connection:
            add(connection, "b")
            add(connection, "b")
        assert count(store) == 0


def test_a_nameless_one_leaves_nothing() -> None:
    with Store(None) as store, store.transaction() as connection:
        add(connection, "a")
    with Store(None) as store:
        assert count(store) == 0


def test_threads_share_a_connection(tmp_path: Path) -> None:
    with Store(tmp_path / "a.db") as store:

        def work(name: str) -> None:
            for number in range(20):
                with store.transaction() as connection:
                    add(connection, f"{name}{number}")
                count(store)

        threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert count(store) == 80


def test_two_processes_take_turns(tmp_path: Path) -> None:
    with Store(tmp_path / "a.db") as one, Store(tmp_path / "a.db") as other:
        for store, name in ((one, "a"), (other, "b"), (one, "c")):
            with store.transaction() as connection:
                add(connection, name)
        assert count(one) == count(other) == 3


def test_a_lock_that_is_never_given_back_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BUSY_S", 0.0)
    with Store(tmp_path / "a.db") as store:
        other = sqlite3.connect(tmp_path / "a.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(RunError, match="another program has locked it"), store.transaction():
            pass
        other.close()


def test_a_newer_one_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    with Store(path) as store, store.transaction() as connection:
        connection.execute("INSERT INTO migrations VALUES (?, 'later', '')", (NEWEST + 3,))
    before = path.read_bytes()
    message = refusal(path)
    assert f"version {NEWEST + 3}, this program knows {NEWEST}" in message
    assert "update asrcli" in message
    assert "there is no backup of it" in message
    assert path.read_bytes() == before


def spoilt(path: Path, way: str) -> None:
    data = bytearray(path.read_bytes())
    if way == "head":
        data[:20] = b"x" * 20
    elif way == "pages":
        data[4096 : 3 * 4096] = b"x" * (2 * 4096)
    elif way == "short":
        del data[len(data) // 2 :]
    else:
        data = bytearray(b"this is no database, and long enough to be looked at" * 100)
    path.write_bytes(data)


@pytest.mark.parametrize("way", ["head", "pages", "short", "text"])
@pytest.mark.parametrize("backup", [False, True])
def test_a_damaged_one_is_refused_and_its_backup_named(
    way: str, backup: bool, tmp_path: Path
) -> None:
    path = tmp_path / "history.db"
    with Store(path) as store:
        if backup:
            store.back_up(backup_of(path))
    spoilt(path, way)
    message = refusal(path)
    assert "is damaged" in message
    assert "move it away" in message
    assert (f"is {backup_of(path)}" in message) == backup
    assert ("there is no backup" in message) != backup


def test_damage_that_is_met_later_is_told_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "history.db"
    with Store(path):
        pass
    monkeypatch.setattr(module, "CHECKED_BYTES", 0)
    spoilt(path, "pages")
    with pytest.raises(RunError, match="is damaged"):
        Store(path).rows("SELECT * FROM runs")


def test_a_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "b.db")
    other.execute("CREATE TABLE bookmarks (x)")
    other.commit()
    other.close()
    before = (tmp_path / "b.db").read_bytes()
    assert "database of another program" in refusal(tmp_path / "b.db")
    assert (tmp_path / "b.db").read_bytes() == before


def test_an_empty_file_is_a_new_journal(tmp_path: Path) -> None:
    (tmp_path / "a.db").touch()
    with Store(tmp_path / "a.db") as store:
        assert count(store) == 0


def test_a_folder_in_its_place(tmp_path: Path) -> None:
    (tmp_path / "a.db").mkdir()
    assert "a folder has this name" in refusal(tmp_path / "a.db")


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "f").touch()
    assert "cannot write" in refusal(tmp_path / "f" / "a.db")


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("SQLITE_FULL", "the disk is full"),
        ("SQLITE_READONLY_DBMOVED", "read-only"),
        ("SQLITE_CANTOPEN", "check its folder"),
        ("SQLITE_IOERR_WRITE", "cannot be read or written"),
        ("SQLITE_CORRUPT_VTAB", "is damaged"),
        ("SQLITE_ERROR", "odd; choose another"),
    ],
)
def test_every_refusal_says_what_to_do(name: str, advice: str, tmp_path: Path) -> None:
    class Odd(sqlite3.OperationalError):
        sqlite_errorname = name

    with (
        Store(tmp_path / "a.db") as store,
        pytest.raises(RunError, match=advice) as caught,
        store.transaction(),
    ):
        raise Odd("odd")
    assert isinstance(caught.value.__cause__, sqlite3.Error)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_rights(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        assert "permission denied" in refusal(tmp_path / "a.db")
    finally:
        tmp_path.chmod(0o700)


def test_closing_twice_is_no_error(tmp_path: Path) -> None:
    store = Store(tmp_path / "a.db")
    store.close()
    store.close()
    closed: Any = store.rows
    with pytest.raises(RunError, match="closed"):
        closed("SELECT 1")


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="no /proc")
def test_a_nameless_one_is_not_held_in_memory() -> None:
    def held() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    with Store(None) as store:
        with store.transaction() as connection:
            connection.execute("CREATE TABLE much (what BLOB)")
        before = held()
        for _ in range(64):
            with store.transaction() as connection:
                connection.execute("INSERT INTO much VALUES (zeroblob(?))", [1 << 20])
        assert held() - before < 24 << 20
