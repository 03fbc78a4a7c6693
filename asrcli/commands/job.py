"""One job from settings to the shell's answer: words, lock, engines, the chain, the report."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asrcli.commands.flags import FileFlags
    from asrcli.errors import ExitCode
    from asrcli.hotwords.scope import Scope
    from asrcli.progress import Display
    from asrcli.settings import Settings
    from asrcli.values import DroppedHotword, HotwordSet, SourceFile, Transcript

DROPPED_SHOWN = 5


def read_words(settings: Settings) -> HotwordSet:
    """The hotwords of the list and of the command line; the latter decide a word's weight.

    Raises:
        UsageError: the list cannot be read or has no usable word, or an option is unusable.
    """
    from asrcli.hotwords.lists import hotwords_from_options, merge, read_hotwords

    listed = [read_hotwords(Path(settings.hotwords))] if settings.hotwords else []
    return merge(*listed, hotwords_from_options(settings.hotword))


def scope_of(base: HotwordSet, settings: Settings, sources: Sequence[SourceFile]) -> Scope:
    """The hotwords of every source; each list is read here, so that none can fail later.

    `base` holds for all; then come the `hotwords.txt` of the folders, from the one that was
    scanned downwards, and the manifest.

    Raises:
        UsageError: a list cannot be read or has no usable word.
    """
    from asrcli.hotwords.scope import Manifest, Scope, from_manifest

    root = scanned_root(sources)
    named = settings.hotword_manifest
    scope = Scope(base, root, from_manifest(Path(named), root) if named else Manifest())
    for source in sources:
        scope.hotwords(source.path)
    return scope


def scanned_root(sources: Sequence[SourceFile]) -> Path:
    """The folder that the sources' `rel` count from; the working folder without any."""
    if not sources:
        return Path()
    return sources[0].path.parents[len(sources[0].rel.parts) - 1]


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
    with _display(settings, flags, _dropped(sources, scope)) as display:
        if sources:
            with run_lock(output):
                engines = open_engines(settings, display.note)
                with Outputs(output, settings.format, settings.csv_encoding) as outputs:
                    words_of = partial(_words_of, scope)
                    report = run(sources, engines, settings, words_of, outputs, display)
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
    with _display(settings, flags, _dropped(sources, scope), quiet=quiet) as display:
        engines = open_engines(settings, display.note)
        report = Report()
        ready: dict[SourceFile, Transcript | None] = {}
        waiting = list(sources)
        words_of = partial(_words_of, scope)
        for outcome, transcript in transcribe(sources, engines, settings, words_of, display):
            report.add(outcome)
            display.finished(outcome)
            ready[outcome.source] = transcript
            # Recordings end in any order; they are printed in that of the command line.
            while waiting and waiting[0] in ready:
                source = waiting.pop(0)
                _print_one(source, ready.pop(source), titled=len(sources) > 1)
        display.end(report)
    return report.exit_code()


def _words_of(scope: Scope, source: SourceFile) -> HotwordSet:
    return scope.hotwords(source.path)


def _dropped(sources: Sequence[SourceFile], scope: Scope) -> tuple[DroppedHotword, ...]:
    """What is not used of any list, each once."""
    lists = dict.fromkeys((scope.base, *(scope.hotwords(source.path) for source in sources)))
    return tuple(dict.fromkeys(word for words in lists for word in words.dropped))


def _print_one(source: SourceFile, transcript: Transcript | None, *, titled: bool) -> None:
    from asrcli.wording import one_line

    if titled:
        typer.echo(f"==> {one_line(str(source.rel))} <==")
    for sentence in transcript.sentences if transcript else ():
        typer.echo(sentence.written)


def _display(
    settings: Settings,
    flags: FileFlags,
    dropped: Sequence[DroppedHotword],
    *,
    quiet: bool = False,
) -> Display:
    """The display that fits, told first of hotwords that are not used."""
    from asrcli.progress import choose

    display = choose(
        quiet=quiet or bool(flags.get("quiet")),
        log_json=bool(flags.get("log_json")),
        allow_empty=settings.allow_empty,
        listed_in="transcripts.csv" if "csv" in settings.format else "",
    )
    for word in dropped[:DROPPED_SHOWN]:
        display.note(f"hotword {word.text!r} on line {word.line} is not used: {word.reason}")
    if len(dropped) > DROPPED_SHOWN:
        display.note(f"and {len(dropped) - DROPPED_SHOWN} more hotwords are not used")
    return display
