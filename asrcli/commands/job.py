"""One job from settings to the shell's answer: words, lock, engines, the chain, the report."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import typer

from asrcli.commands.words import remarks, words_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from asrcli.commands.flags import FileFlags
    from asrcli.errors import ExitCode
    from asrcli.hotwords.scope import Scope
    from asrcli.progress import Display
    from asrcli.settings import Settings
    from asrcli.values import SourceFile, Transcript


def write_files(
    sources: Sequence[SourceFile],
    settings: Settings,
    scope: Scope,
    output: Path,
    flags: FileFlags,
) -> ExitCode:
    """Write the files of all sources into `output`.

    The lock and the models come first, so that what cannot work fails before any work.

    Returns:
        What the report tells the shell.

    Raises:
        AsrError: this run cannot go on; what was done is written.
    """
    from asrcli.engines.factory import open_engines
    from asrcli.files import run_lock
    from asrcli.pipeline.run import run
    from asrcli.pipeline.write import Outputs
    from asrcli.report import Report

    report = Report()
    with _display(settings, flags, remarks(sources, scope)) as display:
        if sources:
            with run_lock(output):
                engines = open_engines(settings, display.note)
                with Outputs(output, settings.format, settings.csv_encoding) as outputs:
                    report = run(sources, engines, settings, words_of(scope), outputs, display)
        display.end(report)
    return report.exit_code(settings.allow_empty)


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
    with _display(settings, flags, remarks(sources, scope), quiet=quiet) as display:
        engines = open_engines(settings, display.note)
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
    from asrcli.wording import one_line

    if titled:
        typer.echo(f"==> {one_line(str(source.rel))} <==")
    for sentence in transcript.sentences if transcript else ():
        typer.echo(sentence.written)


def _display(
    settings: Settings,
    flags: FileFlags,
    notes: Iterable[str],
    *,
    quiet: bool = False,
) -> Display:
    """The display that fits, told first what is to be known of the hotword lists."""
    from asrcli.progress import choose

    display = choose(
        quiet=quiet or bool(flags.get("quiet")),
        log_json=bool(flags.get("log_json")),
        allow_empty=settings.allow_empty,
        listed_in="transcripts.csv" if "csv" in settings.format else "",
    )
    for line in notes:
        display.note(line)
    return display
