"""The text of recordings on stdout: nothing is written, nothing is remembered."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import typer

from asrcli.commands.job import display_for
from asrcli.commands.words import remarks, words_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asrcli.commands.flags import FileFlags
    from asrcli.errors import ExitCode
    from asrcli.hotwords.scope import Scope
    from asrcli.settings import Settings
    from asrcli.values import SourceFile, Transcript


def print_texts(
    sources: Sequence[SourceFile], settings: Settings, scope: Scope, flags: FileFlags
) -> ExitCode:
    """Print the text of all sources in their order.

    Returns:
        What the report tells the shell.

    Raises:
        AsrError: this run cannot go on.
    """
    from asrcli.engines.factory import open_engines
    from asrcli.pipeline.run import transcribe
    from asrcli.report import Report

    # A bar would be drawn over the text where both go to one terminal.
    quiet = sys.stdout.isatty()
    with display_for(settings, flags, remarks(sources, scope), quiet=quiet) as display:
        size_bytes = sum(source.size_bytes for source in sources)
        engines = open_engines(settings, display.note, size_bytes)
        report = Report()
        ready: dict[SourceFile, Transcript | None] = {}
        waiting = list(sources)
        results = transcribe(sources, engines, settings, words_of(scope), display)
        for outcome, transcript in results:
            report.add(outcome)
            ready[outcome.source] = transcript
            # Recordings end in any order; they are printed in that of the command line.
            while waiting and waiting[0] in ready:
                source = waiting.pop(0)
                _print_one(source, ready.pop(source), titled=len(sources) > 1)
        display.end(report)
    return report.exit_code()


def _print_one(source: SourceFile, transcript: Transcript | None, *, titled: bool) -> None:
    from asrcli.pipeline.formats import txt
    from asrcli.wording import one_line

    if titled:
        typer.echo(f"==> {one_line(str(source.rel))} <==")
    if transcript:
        typer.echo(txt.render(transcript), nl=False)
