"""`asr history runs`, `files`, `show` and `search` as a user types them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from asrcli import cli

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def asked(done_once: Callable[[], Path], capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    """What a question gives, as JSON values."""
    journal = done_once()
    capsys.readouterr()

    def ask(*args: str, code: int = 0) -> Any:
        assert cli.run(["history", *args, "--journal", str(journal), "--as", "json"]) == code
        out = capsys.readouterr().out
        return json.loads(out) if out else None

    return ask


def test_runs(asked: Callable[..., Any]) -> None:
    [run] = asked("runs")
    assert (run["run"], run["exit"], run["recordings"]) == (1, 3, 2)


def test_files(asked: Callable[..., Any], tmp_path: Path) -> None:
    assert [row["file"] for row in asked("files")] == ["a.wav", "b.wav"]
    assert [row["file"] for row in asked("files", "--status", "failed")] == ["b.wav"]
    assert [row["file"] for row in asked("files", "a.wav")] == ["a.wav"]
    assert len(asked("files", "--in", str(tmp_path / "out"))) == 2
    assert asked("files", "--in", str(tmp_path / "in")) == []


def test_show_a_run_and_a_file(asked: Callable[..., Any]) -> None:
    assert [row["status"] for row in asked("show", "1")] == ["done", "failed"]
    assert [row["text"] for row in asked("show", "a.wav")] == ["今天开会。", "明天再说。"]


def test_search(asked: Callable[..., Any], capsys: pytest.CaptureFixture[str]) -> None:
    [hit] = asked("search", "再说")
    assert (hit["file"], hit["text"]) == ("a.wav", "明天再说。")
    assert 2 < hit["start"] < hit["end"]
    assert asked("search", "没有", code=4) is None


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("show", "99"), "there is no run 99"),
        (("show", "x.wav"), "knows no recording x.wav"),
        (("files", "--status", "bad"), "--status: 'bad'"),
        (("runs", "--limit", "0"), "--limit"),
    ],
)
def test_mistakes(
    args: tuple[str, ...],
    said: str,
    done_once: Callable[[], Path],
    capsys: pytest.CaptureFixture[str],
) -> None:
    journal = done_once()
    capsys.readouterr()
    assert cli.run(["history", *args, "--journal", str(journal)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert said in captured.err
    assert len(captured.err.splitlines()) == 1


@pytest.mark.parametrize(
    "args", [("runs",), ("files",), ("show", "1"), ("search", "x"), ("retry",), ("backup", "b")]
)
def test_without_a_journal(
    args: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["history", *args, "--journal", str(tmp_path / "j.db")]) == 2
    assert "there is no journal at" in capsys.readouterr().err
    assert not (tmp_path / "j.db").exists()


def test_a_table_for_people(
    done_once: Callable[[], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    journal = done_once()
    capsys.readouterr()
    assert cli.run(["history", "files", "--journal", str(journal)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["file", "status", "reason", "output", "recording"]
    assert lines[1].startswith("a.wav  done")
