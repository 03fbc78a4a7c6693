"""`asr doctor`: one screen that says what is here, what is lacking and what to do about it."""

from __future__ import annotations

from pathlib import Path

import typer

from asrcli.commands.flags import settings_from
from asrcli.errors import ExitCode

COLOURS = {"good": "green", "optional": "yellow", "needed": "red"}
MARKS = {"good": "ok", "optional": "--", "needed": "!!"}


def doctor() -> None:
    """Look at everything a transcription needs, without any network call.

    `ok` is well, `--` is optional and lacking, `!!` is needed and lacking: with any of the last
    the exit code is 1. The models and the device are those of the settings in force.

    Example: asr doctor
    """
    from rich.text import Text

    from asrcli.commands.screen import print_table
    from asrcli.doctor import examine, healthy

    settings = settings_from({}, Path.cwd())
    lines = list(examine(settings))
    print_table(
        (
            Text(MARKS[line.level], style=COLOURS[line.level]),
            line.name,
            f"{line.found}; {line.advice}" if line.advice else line.found,
        )
        for line in lines
    )
    if not healthy(lines):
        raise typer.Exit(ExitCode.RUN_FAILED)
