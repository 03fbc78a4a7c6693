"""`asr captions`: are these captions such that a person can read them?"""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer looks at it when it runs
from typing import Annotated, Unpack

import typer

from asrcli.commands.flags import CaptionFlags, settings_from, takes
from asrcli.errors import ExitCode

app = typer.Typer(
    no_args_is_help=True,
    help="Captions that a person can read.\n\nExample: asr captions check transcripts/*.srt",
)


@app.callback()
def _group() -> None:
    """Keep `check` a command of its own, though it is the only one."""


@app.command()
@takes(CaptionFlags)
def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="srt, vtt or ass files")],
    **flags: Unpack[CaptionFlags],
) -> None:
    """Name every caption that breaks a limit, whoever made the file.

    Exits with 1 when there is any.

    Example: asr captions check transcripts/*.srt --caption-width 18
    """
    from asrcli.captions.check import check as check_cues
    from asrcli.captions.reading import read_captions
    from asrcli.captions.style import CueStyle
    from asrcli.wording import one_line

    count = over = 0
    for path in files:
        style = CueStyle.of(settings_from(flags, path.parent))
        cues = read_captions(path)
        found = check_cues(cues, style)
        for finding in found:
            typer.echo(f"{one_line(str(path))}: {finding}")
        count, over = count + len(cues), over + len({finding.cue for finding in found})
    typer.echo(f"{count} captions in {len(files)} files, {over} over a limit")
    if over:
        raise typer.Exit(ExitCode.RUN_FAILED)
