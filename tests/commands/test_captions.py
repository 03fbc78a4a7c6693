"""`asr captions check`: findings, the last line, the exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from asrcli.cli import run
from asrcli.errors import ExitCode

if TYPE_CHECKING:
    from pathlib import Path

GOOD = "1\n00:00:00,000 --> 00:00:02,000\n你好\n"
BAD = (
    "1\n00:00:00,000 --> 00:00:02,000\n" + "好" * 17 + "\n\n2\n00:00:01,000 --> 00:00:04,000\n好\n"
)


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "good.srt").write_text(GOOD, encoding="utf-8")
    (tmp_path / "bad.srt").write_text(BAD, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_good_captions_pass(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["captions", "check", "good.srt"]) == ExitCode.OK
    assert capsys.readouterr().out == "1 captions in 1 files, 0 over a limit\n"


def test_bad_captions_are_named(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["captions", "check", "good.srt", "bad.srt"]) == ExitCode.RUN_FAILED
    assert capsys.readouterr().out.splitlines() == [
        "bad.srt: cue 1 is too wide: 34 cells, at most 32",
        "bad.srt: cue 1 is over the next: it ends 1000 ms after the next begins",
        "3 captions in 2 files, 1 over a limit",
    ]


def test_the_limits_are_the_users(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["captions", "check", "good.srt", "--caption-min", "3"]) == ExitCode.RUN_FAILED
    assert "cue 1 is too short: 2000 ms, at least 3000" in capsys.readouterr().out
    (files / "asrcli.toml").write_text("caption-min = 3")
    assert run(["captions", "check", "good.srt"]) == ExitCode.RUN_FAILED


@pytest.mark.parametrize(
    "args", [["none.srt"], ["good.srt", "--caption-width", "0"], ["asrcli.toml"]]
)
def test_what_cannot_be_is_usage(
    files: Path, args: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["captions", "check", *args]) == ExitCode.USAGE
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
