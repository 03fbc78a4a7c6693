"""A folder of recordings, and a journal in which something happened."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from asrcli import cli
from tests.e2e.program import record

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Files that look like recordings, for tests that open none."""
    found = tmp_path / "in"
    (found / "会议").mkdir(parents=True)
    for name in ("b.wav", "a.mp3", "会议/c.wav"):
        (found / name).write_bytes(b"x")
    return found


@pytest.fixture
def done_once(tmp_path: Path) -> Callable[[], Path]:
    """Makes a run over one good and one bad recording; gives the path of its journal."""

    def make() -> Path:
        journal = tmp_path / "j.db"
        record(tmp_path / "in" / "a.wav", "今天开会。明天再说。")
        (tmp_path / "in" / "b.wav").write_bytes(b"no sound")
        args = ["--model", "fake", "-f", "csv,txt", "--journal", str(journal), "--quiet"]
        folders = [str(tmp_path / "in"), "-o", str(tmp_path / "out")]
        assert cli.run(["transcribe", "folder", *folders, *args]) == 3
        return journal

    return make
