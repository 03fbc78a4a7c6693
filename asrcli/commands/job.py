"""One job from settings to the shell's answer: words, lock, engines, the chain, the report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asrcli.commands.documents import finish_review, outputs_of
from asrcli.commands.night import (
    back_up_daily,
    note_end,
    note_failure,
    stopped_early,
    terms_of,
    whole_tables,
)
from asrcli.commands.telling import facts_of, held_notes, say_at_once, tell
from asrcli.commands.words import remarks, words_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from asrcli.commands.flags import FileFlags
    from asrcli.errors import ExitCode
    from asrcli.hotwords.scope import Scope
    from asrcli.nights.summary import RunFacts
    from asrcli.progress import Display
    from asrcli.report import Report
    from asrcli.settings import Settings
    from asrcli.values import SourceFile


def write_files(
    sources: Sequence[SourceFile],
    settings: Settings,
    scope: Scope,
    output: Path,
    flags: FileFlags,
    held_back: Sequence[SourceFile] = (),
) -> ExitCode:
    """Write the files of all sources into `output`.

    The lock, the journal and the models come first, so that what cannot work fails before any
    work. However the run ends, `run.json` says so and the hook is called; only a second signal
    waits for neither.

    Args:
        sources: what to do, in order.
        settings: what is in force.
        scope: the hotwords of each source.
        output: where the files go.
        flags: what is asked for once.
        held_back: recordings that are still being written, to be told.

    Returns:
        What the report tells the shell.

    Raises:
        AsrError: this run cannot go on; what was done is written.
    """
    from asrcli.files import run_lock
    from asrcli.nights.hook import check_hook
    from asrcli.report import Report

    check_hook(settings.on_finish, offline=settings.offline)
    notes = [*remarks(sources, scope), *held_notes(held_back)]
    facts = facts_of(settings, sources, output, held_back)
    report = Report()
    with display_for(settings, flags, notes) as display:
        if sources:
            with run_lock(output):
                try:
                    report = _work(sources, settings, scope, facts, flags, display)
                except Exception as error:
                    tell(facts, report, ended=error, display=display)
                    raise
                report.held_back = len(held_back)
                tell(facts, report, display=display)
        display.end(report)
    return report.exit_code(settings.allow_empty)


def _work(
    sources: Sequence[SourceFile],
    settings: Settings,
    scope: Scope,
    facts: RunFacts,
    flags: FileFlags,
    display: Display,
) -> Report:
    """The run itself, with its journal and its brake."""
    from asrcli.engines.factory import open_engines, release
    from asrcli.history.store import Store
    from asrcli.nights.brake import Brake, signals
    from asrcli.pipeline.journal import Journal
    from asrcli.pipeline.run import run

    brake = Brake(settings.until)
    with Store(facts.journal) as store:
        outputs = outputs_of(settings, facts.output, sources)
        size_bytes = sum(source.size_bytes for source in sources)
        engines = open_engines(settings, display.note, size_bytes)
        journal = Journal(store, terms_of(facts, flags), brake.reason)
        try:
            with outputs, whole_tables(outputs, journal, sources):
                with signals(brake, say_at_once(bool(flags.get("log_json")))):
                    words = words_of(scope)
                    report = run(sources, engines, settings, words, outputs, display, journal)
                stopped_early(report, sources, journal, brake)
        except BaseException as error:
            note_failure(journal, error)
            raise
        finish_review(outputs, settings, facts.output, display.note)
        for line in release(engines):
            display.note(line)
        note_end(journal, report, allow_empty=settings.allow_empty)
        back_up_daily(store, display)
    return report


def display_for(
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
