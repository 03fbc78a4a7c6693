"""What a run and its journal tell each other before and after the work."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

from asrcli.commands.telling import how_ended
from asrcli.errors import AsrError, ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from asrcli.commands.flags import FileFlags
    from asrcli.history.store import Store
    from asrcli.nights.brake import Brake
    from asrcli.nights.summary import RunFacts
    from asrcli.pipeline.journal import Journal, Terms
    from asrcli.pipeline.write import Outputs
    from asrcli.progress import Display
    from asrcli.report import Report
    from asrcli.values import SourceFile

BACKUP_EVERY_S = 24 * 3600


def terms_of(facts: RunFacts, flags: FileFlags) -> Terms:
    """What a run asks of its journal."""
    from asrcli.pipeline.journal import Terms
    from asrcli.pipeline.write import RUN_FILES

    settings = facts.settings
    return Terms(
        inputs=facts.inputs,
        output=facts.output,
        formats=tuple(name for name in settings.format if name not in RUN_FILES),
        tables=any(name in RUN_FILES for name in settings.format),
        looks=settings.rendering_fingerprint(),
        force=bool(flags.get("force")),
        retry_failed=bool(flags.get("retry_failed")),
        max_attempts=settings.max_attempts,
        max_failures=settings.max_failures,
    )


def stopped_early(
    report: Report, sources: Sequence[SourceFile], journal: Journal, brake: Brake
) -> None:
    """Note in the report why recordings are left, if any are."""
    left = len(sources) - report.total
    if left:
        code = ExitCode.RUN_FAILED if journal.gave_up else brake.exit_code
        report.stopped(journal.stop() or "stopped", left=left, exit_code=code)


def note_end(journal: Journal, report: Report, *, allow_empty: bool) -> None:
    """Write into the journal how a run ended.

    Raises:
        RunError: it cannot be written.
    """
    from asrcli.history.work import End

    how, code = how_ended(report, allow_empty=allow_empty)
    journal.end(End(how, int(code), report.counts, report.audio_ms, report.wall_ms))


def note_failure(journal: Journal, error: BaseException) -> None:
    """Write into the journal what ended a run, and whether a recording may be to blame."""
    from asrcli.history.work import End
    from asrcli.pipeline.journal import is_blameless

    how, code = how_ended(error)
    end = End(how, int(code), {}, 0, 0)
    # What ended the run must be told, not that it could not be noted.
    with contextlib.suppress(AsrError):
        journal.end(end, blameless=is_blameless(error))


def back_up_daily(store: Store, display: Display) -> None:
    """Keep a copy of the journal beside it, at most a day old."""
    from asrcli.history.backup import backup_of, is_due

    if store.path is None or not is_due(store.path, now=time.time(), every_s=BACKUP_EVERY_S):
        return
    try:
        store.back_up(backup_of(store.path))
    except AsrError as error:
        display.note(f"no backup of the journal: {error}")


def complete_tables(outputs: Outputs, journal: Journal, sources: Sequence[SourceFile]) -> None:
    """Give the run's tables the rows of what it did not come to, as it stands from before.

    Raises:
        RunError: they cannot be written.
    """
    for source in sources:
        if outputs.lists(source):
            continue
        standing = journal.standing(source)
        if standing is None:
            continue
        if standing.transcript is not None:
            outputs.rows(standing.transcript)
        else:
            outputs.record(standing.outcome)


@contextlib.contextmanager
def whole_tables(
    outputs: Outputs, journal: Journal, sources: Sequence[SourceFile]
) -> Iterator[None]:
    """See to it that the tables of a run are complete, or stay those of the last run."""
    try:
        yield
    except BaseException as error:
        try:
            # A second Ctrl-C must not wait for rows.
            if not isinstance(error, Exception):
                outputs.discard_run_files()
            else:
                complete_tables(outputs, journal, sources)
        except AsrError:
            outputs.discard_run_files()
        raise
    complete_tables(outputs, journal, sources)
