"""What `asr schedule print` writes can be pasted, with the paths of this machine."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import pytest

from asrcli import cli
from asrcli.commands import schedule
from asrcli.errors import UsageError


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("in", "录音 100%", "old"):
        Path(name).mkdir()
    Path("asr").touch()
    monkeypatch.setattr(sys, "argv", [str(tmp_path / "asr")])


def printed(capsys: pytest.CaptureFixture[str], *args: str) -> list[str]:
    assert cli.run(["schedule", "print", *args]) == 0
    return capsys.readouterr().out.splitlines()


def test_a_line_for_cron(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["transcribe", "folder", "录音 100%", "-o", "out", "--until", "06:30", "--quiet"]
    lines = printed(capsys, "--at", "2:00", "--log", "asr.log", "--", *command)
    assert lines[0].startswith("#")
    [line] = lines[1:]
    assert line.startswith("0 2 * * * ")
    words = shlex.split(line.split(" ", 5)[5].replace("\\%", "%"))
    here = str(tmp_path)
    assert words[:4] == [f"{here}/asr", "transcribe", "folder", f"{here}/录音 100%"]
    assert words[4:] == [
        "-o",
        f"{here}/out",
        "--until",
        "06:30",
        "--quiet",
        "2>>",
        f"{here}/asr.log",
    ]


def test_units_for_systemd(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "\n".join(
        printed(capsys, "--at", "02:00", "--systemd", "--", "transcribe", "folder", "in", "-o", "o")
    )
    assert f"ExecStart={tmp_path}/asr transcribe folder {tmp_path}/in -o {tmp_path}/o" in text
    assert f"WorkingDirectory={tmp_path}" in text
    assert "OnCalendar=*-*-* 02:00:00" in text


@pytest.mark.parametrize("at", ["25:00", "2", "noon"])
def test_a_time_that_is_none(at: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["schedule", "print", "--at", at, "--", "itn"]) == 2
    assert f"--at: '{at}' must be a time of day" in capsys.readouterr().err


def test_nothing_to_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["schedule", "print", "--at", "02:00"]) == 2
    assert "COMMAND" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("transcribe folder in", "transcribe folder {here}/in"),
        ("transcribe folder in -o new/out", "transcribe folder {here}/in -o {here}/new/out"),
        ("transcribe folder --output=out in", "transcribe folder --output={here}/out {here}/in"),
        ("x y --exclude old --include in/*.wav", "x y --exclude old --include in/*.wav"),
        ("x y --quiet in", "x y --quiet {here}/in"),
        ("x y --journal none", "x y --journal none"),
        ("x y --journal j.db", "x y --journal {here}/j.db"),
        ("x y -m demo --vad in", "x y -m demo --vad {here}/in"),
        ("x y --on-finish old --hotword in", "x y --on-finish old --hotword in"),
        ("x y nothing-here", "x y nothing-here"),
        ("in old", "in old"),
    ],
)
def test_only_paths_are_written_from_the_root(given: str, expected: str, tmp_path: Path) -> None:
    assert schedule.absolute(given.split()) == expected.format(here=tmp_path).split()


def test_the_program_is_found_however_it_was_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert schedule.program() == tmp_path / "asr"
    monkeypatch.setattr(sys, "argv", ["-c"])
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    assert schedule.program() == tmp_path / "asr"
    (tmp_path / "asr").unlink()
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match="install asrcli"):
        schedule.program()
