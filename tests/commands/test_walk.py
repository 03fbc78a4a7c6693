from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from asrcli.commands.walk import look_into, recordings_of
from asrcli.errors import NothingToDoError, UsageError
from asrcli.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path


def names(folder: Path, output: Path | None = None, **settings: object) -> list[str]:
    found = recordings_of(folder, Settings(**settings), output)  # type: ignore[arg-type]
    return [str(source.rel) for source in found]


def test_the_settings_say_which(tmp_path: Path) -> None:
    for rel in ("a.wav", "b.mp3", "子/c.wav", "out/d.wav"):
        (tmp_path / rel).parent.mkdir(exist_ok=True)
        (tmp_path / rel).write_bytes(b"x")
    assert names(tmp_path, tmp_path / "out") == ["a.wav", "b.mp3", "子/c.wav"]
    assert names(tmp_path, recursive=False) == ["a.wav", "b.mp3"]
    assert names(tmp_path, include=("*.mp3",)) == ["b.mp3"]
    assert names(tmp_path, exclude=("子", "out")) == ["a.wav", "b.mp3"]
    with pytest.raises(NothingToDoError, match="older than 3600 s"):
        names(tmp_path, min_age=3600.0)


def test_nothing_is_an_error_unless_it_is_allowed(tmp_path: Path) -> None:
    with pytest.raises(NothingToDoError, match=r"^no recordings in .*--allow-empty$"):
        names(tmp_path)
    assert names(tmp_path, allow_empty=True) == []


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not exist"):
        names(tmp_path / "missing")


def test_what_is_still_being_written_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("old.wav", "new.wav"):
        (tmp_path / name).write_bytes(b"x")
    os.utime(tmp_path / "old.wav", (1, 1))
    monkeypatch.setattr("asrcli.pipeline.settle.time.sleep", lambda _: None)
    found = look_into(tmp_path, Settings(min_age=3600), None)
    assert [source.path.name for source in found.sources] == ["old.wav"]
    assert [source.path.name for source in found.held_back] == ["new.wav"]
