"""A copy made in the middle of things is whole, or the old copy stays."""

from __future__ import annotations

import os
import sqlite3
import stat
import time
from typing import TYPE_CHECKING

import pytest

from asrcli.errors import RunError
from asrcli.history.backup import backup_of, described, is_due
from asrcli.history.store import Store

if TYPE_CHECKING:
    from pathlib import Path


def test_a_copy_of_an_open_journal_stands_for_itself(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    with Store(path) as store:
        with store.transaction() as connection:
            connection.execute("INSERT INTO contexts (sha256, context) VALUES ('a', x'00')")
        store.back_up(tmp_path / "copy.db")
        assert not list(tmp_path.glob("copy.db-*"))
        assert not list(tmp_path.glob(".asrcli-*"))
    assert stat.S_IMODE((tmp_path / "copy.db").stat().st_mode) == 0o600
    with Store(tmp_path / "copy.db") as copy:
        assert copy.rows("SELECT sha256 FROM contexts") == [("a",)]


def test_a_damaged_journal_does_not_replace_a_good_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "history.db"
    with Store(path) as store:
        store.back_up(backup_of(path))
    good = backup_of(path).read_bytes()
    data = bytearray(path.read_bytes())
    data[4096 : 3 * 4096] = b"x" * (2 * 4096)
    monkeypatch.setattr("asrcli.history.store.CHECKED_BYTES", 0)
    with Store(path) as store:
        path.write_bytes(data)
        store.rows("PRAGMA shrink_memory")
        with pytest.raises(RunError, match="damaged"):
            store.back_up(backup_of(path))
    assert backup_of(path).read_bytes() == good
    assert sorted(p.name for p in tmp_path.iterdir() if p.name.startswith(".")) == []


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with Store(tmp_path / "a.db") as store, pytest.raises(RunError, match="cannot write"):
        store.back_up(tmp_path / "file" / "copy.db")


@pytest.mark.parametrize(("age_s", "due"), [(0, False), (50, False), (100, True), (-1000, True)])
def test_when_the_next_copy_is_due(age_s: float, due: bool, tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    now = time.time()
    assert is_due(path, now=now, every_s=100)
    backup_of(path).touch()
    os.utime(backup_of(path), (now - age_s, now - age_s))
    assert is_due(path, now=now, every_s=100) == due


def test_the_newest_copy_is_named(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    assert described(path) == described(None) == "there is no backup of it"
    for name, age in (("before-2", 10), ("backup", 1000)):
        backup_of(path, name).touch()
        os.utime(backup_of(path, name), (time.time() - age,) * 2)
    assert described(path).endswith("history.db.before-2")


def test_a_copy_is_checked(tmp_path: Path) -> None:
    with Store(tmp_path / "a.db") as store:
        store.back_up(tmp_path / "b.db")
    copy = sqlite3.connect(tmp_path / "b.db")
    assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    copy.close()
