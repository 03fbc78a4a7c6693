"""Who is told how a run goes and ended, beside the screen: `run.json`, the hook, a signal."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from datetime import datetime
from typing import TYPE_CHECKING

from asrcli.errors import AsrError, ExitCode
from asrcli.wording import first_line, one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from asrcli.nights.summary import RunFacts
    from asrcli.progress import Display
    from asrcli.report import Report
    from asrcli.settings import Settings
    from asrcli.values import SourceFile

HELD_SHOWN = 5


def facts_of(
    settings: Settings,
    sources: Sequence[SourceFile],
    output: Path,
    held_back: Sequence[SourceFile],
) -> RunFacts:
    """What is known of a run before it begins."""
    from asrcli.commands.journals import journal_path
    from asrcli.commands.words import scanned_root
    from asrcli.nights.summary import RunFacts

    return RunFacts(
        inputs=scanned_root(sources),
        output=output,
        journal=journal_path(settings),
        started=datetime.now().astimezone(),
        settings=settings,
        held_back=tuple(str(source.rel) for source in held_back),
    )


def held_notes(held_back: Sequence[SourceFile]) -> list[str]:
    """What the user is told of recordings that are still being written."""
    if not held_back:
        return []
    names = ", ".join(str(source.rel) for source in held_back[:HELD_SHOWN])
    more = f" and {len(held_back) - HELD_SHOWN} more" if len(held_back) > HELD_SHOWN else ""
    return [f"held back, still being written: {names}{more}"]


def code_of(error: BaseException) -> ExitCode:
    """What the shell is told about an error."""
    if isinstance(error, AsrError):
        return error.exit_code
    return ExitCode.INTERNAL if isinstance(error, Exception) else ExitCode.INTERRUPTED


def how_ended(by: Report | BaseException, *, allow_empty: bool = False) -> tuple[str, ExitCode]:
    """How a run ended in one line, and what the shell is told.

    Args:
        by: the report of a run that came to its end, or was stopped; else the error.
        allow_empty: whether finding nothing is no error.
    """
    if isinstance(by, BaseException):
        return one_line(first_line(by)), code_of(by)
    return by.ended or "complete", by.exit_code(allow_empty)


def tell(
    facts: RunFacts, report: Report, *, display: Display, ended: Exception | None = None
) -> None:
    """Leave `run.json` and call the hook; what goes wrong is noted and changes nothing."""
    from asrcli.nights.hook import call_hook
    from asrcli.nights.summary import RUN_FILE, summary, write_summary

    by = report if ended is None else ended
    how, code = how_ended(by, allow_empty=facts.settings.allow_empty)
    document = summary(facts, report, ended=how, exit_code=int(code))
    try:
        write_summary(facts, document)
    except AsrError as error:
        display.note(f"no {RUN_FILE}: {error}")
    if facts.settings.on_finish:
        path = facts.output.absolute() / RUN_FILE
        problem = call_hook(facts.settings.on_finish, document, path)
        if problem:
            display.note(problem)


def say_at_once(as_json: bool) -> Callable[[str], None]:
    """Says a line from inside a signal handler, where nothing that is buffered may be touched."""

    def say(line: str) -> None:
        text = json.dumps({"type": "note", "message": line}) if as_json else line
        with contextlib.suppress(OSError, ValueError):
            os.write(sys.stderr.fileno(), f"{text}\n".encode())

    return say
