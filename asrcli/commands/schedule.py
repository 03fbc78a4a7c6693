"""`asr schedule`: what to write where so that the program runs every night."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer

from asrcli.commands import night_options, options
from asrcli.errors import UsageError
from asrcli.settings import NO_JOURNAL

app = typer.Typer(
    no_args_is_help=True,
    help="Lines for cron and systemd.\n\n"
    "Example: asr schedule print --at 02:00 -- transcribe folder /in -o /out",
)

PATH_OPTIONS = frozenset(
    {"-o", "--output", "--hotwords", "--hotword-manifest", "--config", "--journal"}
)
MODEL_OPTIONS = frozenset({"-m", "--model", "--vad", "--punc"})


@app.command("print", context_settings={"ignore_unknown_options": True})
def print_schedule(
    command: Annotated[
        list[str], typer.Argument(metavar="-- COMMAND...", help="What to run, without `asr`")
    ],
    at: Annotated[str, typer.Option("--at", metavar="HH:MM", help="When, local time")],
    systemd: Annotated[
        bool, typer.Option("--systemd", help="A service and a timer instead of a crontab's line")
    ] = False,
    log: Annotated[
        Path | None, typer.Option("--log", metavar="FILE", help="Where cron adds what is said")
    ] = None,
) -> None:
    """Print what starts a command every night, with this machine's own paths.

    Example: asr schedule print --at 02:00 -- transcribe folder /in -o /out --quiet
    """
    from asrcli.nights.schedule import UNIT, cron_line, service, timer
    from asrcli.settings import resolve

    try:
        when = resolve({"until": at}, {}).until
    except UsageError as error:
        raise UsageError(f"--at: {at!r} must be a time of day such as 02:00") from error
    words = [str(program()), *absolute(command)]
    if not systemd:
        typer.echo("# crontab -e, and add:")
        typer.echo(cron_line(when, words, str(log.absolute()) if log else ""), nl=False)
        return
    folder = "~/.config/systemd/user"
    typer.echo(f"# {folder}/{UNIT}.service\n{service(words, str(Path.cwd()))}")
    typer.echo(f"# {folder}/{UNIT}.timer\n{timer(when)}")
    typer.echo(f"# then: systemctl --user enable --now {UNIT}.timer; loginctl enable-linger")


def program() -> Path:
    """The whole path of this program: nothing is on the search path of cron.

    Raises:
        UsageError: it was started in a way that cannot be repeated.
    """
    started = Path(sys.argv[0])
    beside = Path(sys.executable).with_name("asr")
    for candidate in (started, beside):
        if candidate.name == "asr" and candidate.is_file():
            return candidate.absolute()
    found = shutil.which("asr")
    if found is None:
        raise UsageError("the program `asr` is not on this machine's search path; install asrcli")
    return Path(found).absolute()


def absolute(command: list[str]) -> list[str]:
    """The command with the paths of this folder written from the root.

    Those are the values of options that take a file or a folder, there or not, models that are
    folders here, and arguments that name something that is here. Nothing else is touched: a
    pattern such as `*.wav` must not become a path.
    """
    words: list[str] = []
    before = ""
    for word in command:
        option, equals, value = word.partition("=")
        if equals and option in PATH_OPTIONS | MODEL_OPTIONS:
            words.append(f"{option}={_rooted(value, option)}")
        elif word.startswith("-") or len(words) < 2:
            words.append(word)
        else:
            words.append(_rooted(word, before))
        before = "" if equals else word
    return words


def _rooted(word: str, option: str) -> str:
    """A word behind an option, from the root if it is a path."""
    path = Path(word).expanduser()
    is_value = option.startswith("-") and option not in _switches()
    if option in PATH_OPTIONS:
        is_path = word != NO_JOURNAL
    elif option in MODEL_OPTIONS:
        is_path = path.is_dir()
    else:
        is_path = not is_value and path.exists()
    return str(path.absolute()) if is_path else word


def _switches() -> set[str]:
    """Options that take no value: what follows them is an argument."""
    declared = [*vars(options).values(), *vars(night_options).values()]
    found = [alias.__metadata__[0] for alias in declared if hasattr(alias, "__metadata__")]
    spelled = [s for info in found if not info.metavar for s in (info.default, *info.param_decls)]
    return {part for spelling in spelled for part in str(spelling).split("/")}
