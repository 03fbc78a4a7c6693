"""What cron and systemd make of our lines is the command that was given."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asrcli.errors import UsageError
from asrcli.nights.schedule import UNIT, cron_line, service, timer

if TYPE_CHECKING:
    from pathlib import Path

COMMAND = ["/opt/asr bin/asr", "transcribe", "folder", "/录音/100% new", "-o", '/out/it\'s "$HOME"']
WORDS = st.lists(
    st.text(st.characters(exclude_characters="\n\r\0", codec="utf-8"), max_size=12),
    min_size=1,
    max_size=5,
)

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="needs systemd-analyze"
)


def as_cron_reads(line: str) -> tuple[list[str], list[str]]:
    """The five fields, and the command as cron and then the shell take it."""
    assert line.endswith("\n")
    assert line.count("\n") == 1
    *fields, command = line.rstrip("\n").split(" ", 5)
    kept, escaped = "", False
    # As `child_process` of Vixie cron does it.
    for character in command:
        if escaped and character == "%":
            kept = kept[:-1]
        elif character == "%":
            break
        kept += character
        escaped = character == "\\" and not escaped
    return fields, shlex.split(kept)


@pytest.mark.parametrize(("at", "expected"), [("02:00", ["0", "2"]), ("23:59", ["59", "23"])])
def test_the_time_comes_first(at: str, expected: list[str]) -> None:
    fields, _ = as_cron_reads(cron_line(at, ["/bin/asr"]))
    assert fields == [*expected, "*", "*", "*"]


def test_an_awkward_command_arrives_in_cron() -> None:
    _, words = as_cron_reads(cron_line("02:00", COMMAND))
    assert words == COMMAND


@given(WORDS)
def test_any_command_arrives_in_cron(command: list[str]) -> None:
    _, words = as_cron_reads(cron_line("02:00", command))
    assert words == command


@pytest.mark.parametrize("word", ["\\%", "a\\%b\\\\%", "%%", "\\", "'\\%'"])
def test_backslashes_before_percent_signs_arrive_in_cron(word: str) -> None:
    assert as_cron_reads(cron_line("02:00", ["asr", word]))[1] == ["asr", word]


def test_a_command_that_is_too_long_for_cron_is_refused() -> None:
    with pytest.raises(UsageError, match="take --systemd"):
        cron_line("02:00", ["asr", "录" * 400])


def test_a_log_is_added_to() -> None:
    line = cron_line("02:00", ["/bin/asr"], "/var/log/my asr.log")
    assert line == "0 2 * * * /bin/asr 2>> '/var/log/my asr.log'\n"


@pytest.mark.parametrize("bad", ["a\nb", "a\rb", "a\0b", "a\udcffb"])
def test_what_no_schedule_can_carry_is_refused(bad: str) -> None:
    with pytest.raises(UsageError, match="no schedule can carry") as caught:
        cron_line("02:00", [bad])
    assert len(str(caught.value).splitlines()) == 1
    with pytest.raises(UsageError, match="no schedule can carry"):
        service([bad], "/")
    with pytest.raises(UsageError, match="no schedule can carry"):
        service(["/bin/asr"], bad)


def as_systemd_reads(text: str) -> list[str]:
    """The words of ExecStart, by the rules of systemd.service(5)."""
    [line] = re.findall(r"^ExecStart=(.*)$", text, re.MULTILINE)
    words: list[str] = []
    for quoted, plain in re.findall(r'"((?:\\.|[^"\\])*)"|([^ \t"][^ \t]*)', line):
        word = plain or re.sub(r"\\(.)", r"\1", quoted)
        word = word.replace("%%", "%")
        words.append(word if not words else word.replace("$$", "$"))
    return words


def test_an_awkward_command_arrives_in_systemd() -> None:
    assert as_systemd_reads(service(COMMAND, "/")) == COMMAND


@given(WORDS)
def test_any_command_arrives_in_systemd(words: list[str]) -> None:
    command = ["/bin/asr", *words]
    assert as_systemd_reads(service(command, "/")) == command


@needs_systemd
@pytest.mark.parametrize("at", ["02:00", "23:59"])
def test_systemd_takes_the_units(at: str, tmp_path: Path) -> None:
    program = tmp_path / "my asr"
    program.write_text("#!/bin/sh\n", encoding="utf-8")
    program.chmod(0o755)
    command = [str(program), "transcribe", "folder", "/录音/100% new; x", "-o", '/it\'s "$HOME"']
    (tmp_path / f"{UNIT}.service").write_text(service(command, "/tmp"), encoding="utf-8")
    (tmp_path / f"{UNIT}.timer").write_text(timer(at), encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(tmp_path / f"{UNIT}.timer")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


@needs_systemd
def test_systemd_knows_when(tmp_path: Path) -> None:
    [calendar] = re.findall(r"^OnCalendar=(.*)$", timer("02:00"), re.MULTILINE)
    done = subprocess.run(
        ["systemd-analyze", "calendar", calendar], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    assert "02:00:00" in done.stdout
