"""`run.json`: how a run ended, for programs that look at it in the morning."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias

from asrcli import __version__
from asrcli.files import atomic_write
from asrcli.values import SCHEMA_VERSION

if TYPE_CHECKING:
    from pathlib import Path

    from asrcli.report import Report
    from asrcli.settings import Settings
    from asrcli.values import Outcome

    Json: TypeAlias = dict[str, Any]

RUN_FILE = "run.json"
FAILURES_LISTED = 1000


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What is known of a run before it begins."""

    inputs: Path
    output: Path
    journal: Path | None
    started: datetime
    settings: Settings
    held_back: tuple[str, ...] = ()


def summary(facts: RunFacts, report: Report, *, ended: str, exit_code: int) -> Json:
    """The document: names and values that stay the same from version to version.

    Args:
        facts: what was known before.
        report: the counted outcomes.
        ended: `complete`, or why the run ended early, one line.
        exit_code: what the shell is told.
    """
    return {
        "schema_version": SCHEMA_VERSION,
        "program": f"asrcli {__version__}",
        "started": facts.started.isoformat(timespec="seconds"),
        "ended": datetime.now().astimezone().isoformat(timespec="seconds"),
        "input": _shown(facts.inputs.absolute()),
        "output": _shown(facts.output.absolute()),
        "journal": "" if facts.journal is None else _shown(facts.journal.absolute()),
        "end": ended,
        "exit_code": exit_code,
        "line": report.last_line(),
        "counts": {status.value: count for status, count in report.counts.items()},
        "left": report.left,
        "held_back": list(facts.held_back),
        "audio_ms": report.audio_ms,
        "wall_ms": report.wall_ms,
        "failures": [_failure(outcome) for outcome in report.failures[:FAILURES_LISTED]],
        "settings": dict(facts.settings.decoding()),
    }


def write_summary(facts: RunFacts, document: Json) -> Path:
    """Write the document into the output folder; gives its path.

    Raises:
        RunError: it cannot be written.
    """
    path = facts.output.absolute() / RUN_FILE
    text = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
    atomic_write(path, text.encode("utf-8", "backslashreplace"))
    return path


def _failure(outcome: Outcome) -> Json:
    return {
        "file": _shown(outcome.source.rel),
        "status": outcome.status.value,
        "reason": outcome.reason.encode("utf-8", "backslashreplace").decode("utf-8"),
    }


def _shown(path: object) -> str:
    """A path as text; bytes that are no characters stand as escapes."""
    return str(path).encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
