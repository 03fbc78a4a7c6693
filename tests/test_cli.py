"""The error boundary: one line, one exit code, whatever happened below it."""

from __future__ import annotations

import errno
import json
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import typer
from typer.core import TyperGroup
from typer.main import get_command

from asrcli import __version__, cli, errors
from asrcli.cli import Terminated, run
from asrcli.errors import AsrError, ExitCode, LockHeldError, RunError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def raising(error: BaseException) -> object:
    def invoke(args: Sequence[str]) -> int:
        raise error

    return invoke


def fail_with(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "_invoke", raising(error))


FORESEEN = [
    *(
        error("one thing; do another")
        for error in vars(errors).values()
        if isinstance(error, type) and issubclass(error, AsrError)
    ),
]


@pytest.mark.parametrize("error", FORESEEN, ids=lambda error: type(error).__name__)
def test_a_foreseen_error_is_one_line(
    error: AsrError, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fail_with(error, monkeypatch)
    assert run([]) == error.exit_code
    assert capsys.readouterr() == ("", "asr: error: one thing; do another\n")


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (KeyboardInterrupt(), ExitCode.INTERRUPTED, "interrupted"),
        (typer.Abort(), ExitCode.INTERRUPTED, "interrupted"),
        (Terminated(), ExitCode.TERMINATED, "terminated"),
        (UsageError("a\nb\x1b[2J"), ExitCode.USAGE, r"a\nb\x1b[2J"),
    ],
)
def test_other_ends(
    error: BaseException,
    code: ExitCode,
    line: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    fail_with(error, monkeypatch)
    assert run([]) == code
    assert capsys.readouterr() == ("", f"asr: error: {line}\n")


def test_an_interrupt_inside_a_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("asrcli.commands.transcribe.settings_from", interrupted)
    assert run(["transcribe", "file", "a.wav"]) == ExitCode.INTERRUPTED
    assert capsys.readouterr().err == "asr: error: interrupted\n"


class TestUnforeseen:
    """Errors nobody thought of."""

    def test_one_line_that_names_the_log(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        fail_with(ZeroDivisionError("by\nzero"), monkeypatch)
        assert run([]) == ExitCode.INTERNAL
        captured = capsys.readouterr()
        assert captured.out == ""
        assert len(captured.err.splitlines()) == 1
        assert captured.err.startswith(r"asr: error: internal error, ZeroDivisionError: by\nzero;")
        log = Path(captured.err.split(" with ")[1].strip())
        text = log.read_text(encoding="utf-8")
        assert "Traceback (most recent call last)" in text
        assert "ZeroDivisionError: by\nzero" in text
        assert f"asrcli {__version__}" in text

    @pytest.mark.parametrize("error", [AssertionError(), MemoryError(), RecursionError("deep")])
    def test_all_of_them(
        self,
        error: Exception,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        fail_with(error, monkeypatch)
        assert run([]) == ExitCode.INTERNAL
        assert f"internal error, {type(error).__name__}" in capsys.readouterr().err

    def test_an_os_error_is_one_too(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        fail_with(OSError(errno.EIO, "Input/output error"), monkeypatch)
        assert run([]) == ExitCode.INTERNAL
        assert "Input/output error" in capsys.readouterr().err


class TestJson:
    """Under `--log-json` the last line is an object with the exit code."""

    @pytest.mark.parametrize(
        ("error", "code", "message"),
        [
            (UsageError("no such folder: 会议"), 2, "no such folder: 会议"),
            (RunError("the disk is full"), 1, "the disk is full"),
            (LockHeldError("locked"), 5, "locked"),
            (KeyboardInterrupt(), 130, "interrupted"),
            (Terminated(), 143, "terminated"),
        ],
    )
    def test_errors(
        self,
        error: BaseException,
        code: int,
        message: str,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        fail_with(error, monkeypatch)
        assert run(["transcribe", "folder", "x", "--log-json"]) == code
        line = json.loads(capsys.readouterr().err)
        assert line == {"type": "error", "message": message, "exit_code": code}

    def test_a_wrong_option(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert run(["transcribe", "folder", "x", "--log-json", "--nonsense"]) == 2
        line = json.loads(capsys.readouterr().err)
        assert (line["type"], line["exit_code"]) == ("error", 2)
        assert "--nonsense" in line["message"]


class TestUsage:
    """Mistakes that the parser finds."""

    @pytest.mark.parametrize(
        ("args", "named"),
        [
            (["nonsense"], "nonsense"),
            (["transcribe", "nonsense"], "nonsense"),
            (["--nonsense"], "--nonsense"),
            (["transcribe", "folder"], "DIR"),
            (["transcribe", "folder", "a", "b"], "b"),
            (["transcribe", "file"], "AUDIO"),
            (["transcribe", "folder", "a", "--nonsense"], "--nonsense"),
            (["transcribe", "folder", "a", "--device"], "--device"),
            (["transcribe", "folder", "a", "--quiet=1"], "--quiet"),
            (["models", "path"], "NAME"),
        ],
    )
    def test_one_line_that_names_it(
        self, args: list[str], named: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert run(args) == ExitCode.USAGE
        captured = capsys.readouterr()
        assert captured.out == ""
        assert len(captured.err.splitlines()) == 1
        assert captured.err.startswith("asr: error: ")
        assert named in captured.err
        assert "--help says more)" in captured.err

    @pytest.mark.parametrize("args", [[], ["transcribe"], ["models"]])
    def test_a_group_alone_shows_its_help(
        self, args: list[str], capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert run(args) == ExitCode.USAGE
        captured = capsys.readouterr()
        assert "Usage: asr" in captured.out
        assert captured.err == ""


def commands(command: Any, name: str = "asr") -> Iterator[tuple[str, Any]]:
    yield name, command
    for child in getattr(command, "commands", {}).values():
        yield from commands(child, f"{name} {child.name}")


ALL_COMMANDS = dict(commands(get_command(cli.app)))


def test_every_group_is_mounted() -> None:
    groups = [name.split()[1] for name in ALL_COMMANDS if " " in name]
    assert set(groups) == set(cli.ORDER)


def test_the_help_names_the_main_job_first(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    text = capsys.readouterr().out.partition("Commands")[2]
    assert sorted(cli.ORDER, key=text.index) == list(cli.ORDER)


@pytest.mark.parametrize("name", ALL_COMMANDS)
def test_help_has_one_example_that_parses(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    assert run([*name.split()[1:], "--help"]) == 0
    examples = [
        line.partition("Example:")[2].strip()
        for line in capsys.readouterr().out.splitlines()
        if "Example:" in line
    ]
    assert len(examples) == 1
    # It is an example of this very command, and the parser takes it.
    words = examples[0].split()
    assert words[0] == "asr"
    assert name == "asr" or examples[0].startswith(name)
    target = max((known for known in ALL_COMMANDS if examples[0].startswith(known)), key=len)
    command = ALL_COMMANDS[target]
    assert not isinstance(command, TyperGroup)
    command.make_context(target, words[len(target.split()) :])


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr() == (f"asr {__version__}\n", "")


def test_sigterm_raises_once_and_is_then_ignored() -> None:
    before = signal.getsignal(signal.SIGTERM)
    try:
        signal.signal(signal.SIGTERM, cli._terminate)
        with pytest.raises(Terminated):
            os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGTERM)
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGTERM, before)


def test_main_leaves_with_the_code(monkeypatch: pytest.MonkeyPatch) -> None:
    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(sys, "argv", ["asr", "nonsense"])
    try:
        with pytest.raises(SystemExit) as caught:
            cli.main()
    finally:
        signal.signal(signal.SIGTERM, before)
    assert caught.value.code == 2
