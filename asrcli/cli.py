"""The `asr` command: its groups, and the one place where errors become a line and an exit code."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from typer.core import TyperGroup
from typer.main import get_command

from asrcli import __version__
from asrcli.commands import (
    captions,
    demo,
    doctor,
    evaluate,
    history,
    hotwords,
    itn,
    models,
    schedule,
    transcribe,
    vad,
)
from asrcli.errors import AsrError, ExitCode

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

ORDER = (
    *("transcribe", "history", "schedule", "vad", "hotwords", "evaluate"),
    *("captions", "itn", "models", "doctor", "demo"),
)


class Groups(TyperGroup):
    """The groups as the help lists them: the main job first."""

    def list_commands(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]
        """Names in `ORDER`."""
        return sorted(super().list_commands(ctx), key=ORDER.index)


app = typer.Typer(
    name="asr",
    cls=Groups,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Transcribe Mandarin recordings on this machine.\n\nExample: asr demo",
)
app.add_typer(transcribe.app, name="transcribe")
app.add_typer(history.app, name="history")
app.add_typer(schedule.app, name="schedule")
app.add_typer(vad.app, name="vad")
app.add_typer(captions.app, name="captions")
app.add_typer(hotwords.app, name="hotwords")
app.command("evaluate", cls=evaluate.Command)(evaluate.evaluate)
app.command("itn")(itn.itn)
app.add_typer(models.app, name="models")
app.command("doctor")(doctor.doctor)
app.command("demo")(demo.demo)


class Terminated(BaseException):
    """SIGTERM arrived; raised so that everything open is closed on the way out."""


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"asr {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and leave."
        ),
    ] = False,
) -> None:
    """Hold the options of the root."""


def main() -> NoReturn:
    """Run the command line of this process and leave with its exit code."""
    signal.signal(signal.SIGTERM, _terminate)
    for stream in (sys.stdout, sys.stderr):
        # A name that the terminal cannot show must not end a night's run.
        with contextlib.suppress(AttributeError):
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    sys.exit(run(sys.argv[1:]))


def run(args: Sequence[str]) -> int:
    """Run one command line.

    Every error that asrcli foresaw is one line on stderr, a JSON object under `--log-json`;
    anything else is one line that names a log file with the traceback.

    Returns:
        The exit code, one of `ExitCode`.
    """
    try:
        code, message = _invoke(args), ""
        # Typer makes a bare 130 of Ctrl-C; a run that stopped by itself has said so already.
        if code == ExitCode.INTERRUPTED and not isinstance(code, ExitCode):
            message = "interrupted"
    except AsrError as error:
        code, message = error.exit_code, str(error)
    except typer.TyperException as error:
        code, message = error.exit_code, _usage(error)
    except (KeyboardInterrupt, typer.Abort):
        code, message = ExitCode.INTERRUPTED, "interrupted"
    except Terminated:
        code, message = ExitCode.TERMINATED, "terminated"
    except BrokenPipeError:
        _close_quietly()
        return ExitCode.RUN_FAILED
    except Exception as error:  # noqa: BLE001 - the one boundary: nothing may escape it
        code, message = ExitCode.INTERNAL, _internal(error)
    if message:
        _tell(message, code, as_json="--log-json" in args)
    return int(code)


def _invoke(args: Sequence[str]) -> int:
    try:
        code = get_command(app)(args=list(args), prog_name="asr", standalone_mode=False)
        sys.stdout.flush()
    except SystemExit as exit_:
        # Typer's own answers: a completion script, or a reader that closed the pipe.
        return exit_.code if isinstance(exit_.code, int) else ExitCode.OK
    return code or ExitCode.OK


def _terminate(number: int, _frame: FrameType | None) -> None:
    # The next one must not break what the first one is closing.
    signal.signal(number, signal.SIG_IGN)
    raise Terminated


def _usage(error: typer.TyperException) -> str:
    """Typer's message on one line, with where to read on; empty where help was printed."""
    message = " ".join(error.format_message().split())
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "asr"
    return message and f"{message} ({command} --help says more)"


def _tell(message: str, code: int, *, as_json: bool) -> None:
    from asrcli.wording import one_line

    line = f"asr: error: {one_line(message)}"
    if as_json:
        line = json.dumps({"type": "error", "message": message, "exit_code": int(code)})
    with contextlib.suppress(OSError):
        sys.stderr.write(line + "\n")
        sys.stderr.flush()


def _close_quietly() -> None:
    """Nobody reads stdout any more: what is still buffered goes nowhere."""
    with contextlib.suppress(OSError, ValueError), open(os.devnull, "w") as nowhere:  # noqa: PTH123
        os.dup2(nowhere.fileno(), sys.stdout.fileno())


def _internal(error: Exception) -> str:
    from asrcli.crash import write_log

    place = write_log(error)
    kind = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return f"internal error, {kind}; please report it with {place}"
