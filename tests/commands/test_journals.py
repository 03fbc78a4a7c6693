"""Which journal is meant, and which recordings of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from asrcli.commands.journals import journal_path, open_journal, standings_of
from asrcli.errors import UsageError
from asrcli.history.store import Store, default_path
from asrcli.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable


def test_the_path(tmp_path: Path) -> None:
    assert journal_path(Settings()) == default_path()
    assert journal_path(Settings(journal="none")) is None
    assert journal_path(Settings(journal=str(tmp_path / "j.db"))) == tmp_path / "j.db"


def test_asking_makes_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for named in (None, "none", "j.db"):
        with pytest.raises(UsageError, match="there is no journal at"):
            open_journal(named)
    assert not list(tmp_path.iterdir())
    assert not default_path().exists()


@pytest.mark.parametrize("way", ["option", "environment", "settings file"])
def test_one_that_is_named(way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Store(tmp_path / "j.db").close()
    named = None
    if way == "option":
        named = "j.db"
    elif way == "environment":
        monkeypatch.setenv("ASR_JOURNAL", str(tmp_path / "j.db"))
    else:
        (tmp_path / "asrcli.toml").write_text('journal = "j.db"\n', encoding="utf-8")
    with open_journal(named) as store:
        assert store.path is not None
        assert store.path.resolve() == tmp_path / "j.db"


def test_a_recording_that_nobody_knows(done_once: Callable[[], Path]) -> None:
    with Store(done_once()) as store:
        assert [str(one.rel) for one in standings_of(store, None, None)] == ["a.wav", "b.wav"]
        assert [str(one.rel) for one in standings_of(store, ["b.wav"] * 2, None)] == ["b.wav"]
        assert standings_of(store, None, Path("/elsewhere")) == []
        with pytest.raises(UsageError, match=r"knows no recording x\.wav"):
            standings_of(store, ["x.wav"], None)
