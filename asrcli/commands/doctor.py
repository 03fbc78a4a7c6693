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
    from rich.table import Table
    from rich.text import Text

    from asrcli.commands.screen import stdout_console
    from asrcli.doctor import examine, healthy

    settings = settings_from({}, Path.cwd())
    lines = list(examine(settings))
    table = Table(box=None, show_header=False, pad_edge=False)
    for line in lines:
        mark = Text(MARKS[line.level], style=COLOURS[line.level])
        table.add_row(mark, line.name, Text(line.found), Text(line.advice))
    stdout_console().print(table)
    if not healthy(lines):
        raise typer.Exit(ExitCode.RUN_FAILED)
