"""`asr transcribe`: the main job, on a folder or on single files."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer looks at it when it runs
from typing import TYPE_CHECKING, Annotated, Unpack

import typer

from asrcli.commands.flags import FileFlags, FolderFlags, settings_from, takes
from asrcli.commands.job import write_files
from asrcli.commands.print_job import print_texts
from asrcli.commands.walk import look_into
from asrcli.commands.words import read_words, scope_of
from asrcli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asrcli.errors import ExitCode
    from asrcli.settings import Settings
    from asrcli.values import SourceFile

app = typer.Typer(
    no_args_is_help=True,
    help="Recordings in, timed text out.\n\n"
    "Example: asr transcribe folder examples/recordings -o transcripts",
)


@app.command()
@takes(FolderFlags)
def folder(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Where the recordings are")],
    **flags: Unpack[FolderFlags],
) -> None:
    """Transcribe every recording of a folder into files.

    Example: asr transcribe folder examples/recordings -o transcripts
    """
    output = flags.get("output")
    if output is None and not flags.get("dry_run"):
        raise UsageError("--output is missing; type: asr transcribe folder DIR -o OUT")
    settings = settings_from(flags, directory)
    hotwords = read_words(settings)
    found = look_into(directory, settings, output)
    if output is None or flags.get("dry_run"):
        raise typer.Exit(_survey(found.sources, settings))
    scope = scope_of(hotwords, settings, found.sources)
    code = write_files(found.sources, settings, scope, output, flags, found.held_back)
    raise typer.Exit(code)


@app.command()
@takes(FileFlags)
def file(
    audio: Annotated[list[Path], typer.Argument(metavar="AUDIO...", help="One or more recordings")],
    **flags: Unpack[FileFlags],
) -> None:
    """Print the text of recordings, one sentence a line; with -o write files instead.

    Example: asr transcribe file examples/recordings/外呼/*
    """
    from asrcli.pipeline.discover import sources_of

    settings = settings_from(flags, audio[0].parent)
    hotwords = read_words(settings)
    sources = sources_of(audio)
    scope = scope_of(hotwords, settings, sources)
    output = flags.get("output")
    if output is None:
        raise typer.Exit(print_texts(sources, settings, scope, flags))
    raise typer.Exit(write_files(sources, settings, scope, output, flags))


def _survey(sources: Sequence[SourceFile], settings: Settings) -> ExitCode:
    from asrcli.commands.screen import print_table
    from asrcli.dry_run import KIND_HEADINGS, UNREADABLE_HEADINGS, survey
    from asrcli.pipeline.load import probe

    found = survey(sources, probe)
    if found.files:
        print_table(found.kind_rows(), headings=KIND_HEADINGS)
    if found.unreadable:
        print_table(found.unreadable_rows(), headings=UNREADABLE_HEADINGS)
    typer.echo(found.last_line())
    return found.exit_code(settings.allow_empty)
