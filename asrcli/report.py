"""What a run came to: counted outcomes, the summary table, the last line and the exit code."""

from __future__ import annotations

import time
from collections import Counter
from types import MappingProxyType
from typing import TYPE_CHECKING

from asrcli.clock import seconds_to_ms
from asrcli.errors import ExitCode
from asrcli.values import Status
from asrcli.wording import hours, one_line, span, speed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rich.table import Table

    from asrcli.clock import Millis
    from asrcli.values import Outcome

FAILURES_SHOWN = 20

LABELS = MappingProxyType(
    {
        Status.DONE: "done",
        Status.EMPTY: "no speech",
        Status.SKIPPED: "skipped, done before",
        Status.FAILED: "failed",
        Status.SET_ASIDE: "set aside",
    }
)


class Report:
    """The outcomes of a run, counted as they come."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Start counting time; `clock` gives seconds and never goes back."""
        self._clock = clock
        self._started = clock()
        self._counts: Counter[Status] = Counter()
        self.failures: list[Outcome] = []
        """Every recording that failed or was set aside, in the order of their ends."""
        self.audio_ms: Millis = 0
        """Length of the recordings worked through in this run."""
        self.wall_ms: Millis = 0
        """From the report's making to its last outcome."""

    def add(self, outcome: Outcome) -> None:
        """Count one outcome."""
        self._counts[outcome.status] += 1
        if outcome.status in {Status.FAILED, Status.SET_ASIDE}:
            self.failures.append(outcome)
        elif outcome.status is not Status.SKIPPED:
            self.audio_ms += outcome.audio_ms
        self.wall_ms = seconds_to_ms(self._clock() - self._started)

    @property
    def counts(self) -> Mapping[Status, int]:
        """How many recordings ended how; every status has its number."""
        return {status: self._counts[status] for status in Status}

    @property
    def total(self) -> int:
        """Number of outcomes."""
        return self._counts.total()

    def exit_code(self, allow_empty: bool = False) -> ExitCode:
        """What the shell is told; one failure is never 0, and neither is finding nothing."""
        if self.failures:
            return ExitCode.SOME_FAILED
        if not self.total and not allow_empty:
            return ExitCode.NOTHING_TO_DO
        return ExitCode.OK

    def last_line(self) -> str:
        """The run in one line: `412 recordings, 96.4 h, 3 failed, 0:41:07, 141x`."""
        parts = [
            f"{self.total} recording{'' if self.total == 1 else 's'}",
            hours(self.audio_ms),
            f"{len(self.failures)} failed",
            span(self.wall_ms),
            speed(self.audio_ms, self.wall_ms),
        ]
        return ", ".join(parts)

    def table(self, *, listed_in: str = "") -> Table:
        """The summary for people.

        Args:
            listed_in: the file that names all failures, for the line below a list cut short.
        """
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, show_header=False, pad_edge=False, title_justify="left")
        table.add_column(no_wrap=True)
        table.add_column(overflow="fold")
        for status, count in self.counts.items():
            if count or status is Status.DONE:
                table.add_row(LABELS[status], str(count), style=_style(status))
        table.add_row("audio", hours(self.audio_ms))
        table.add_row("time", f"{span(self.wall_ms)} ({speed(self.audio_ms, self.wall_ms)})")
        for outcome in self.failures[:FAILURES_SHOWN]:
            name = one_line(str(outcome.source.rel))
            table.add_row("", Text(f"{name}: {one_line(outcome.reason)}"), style="red")
        if len(self.failures) > FAILURES_SHOWN:
            place = f" in {listed_in}" if listed_in else ""
            table.add_row("", f"and {len(self.failures) - FAILURES_SHOWN} more{place}", style="red")
        return table


def _style(status: Status) -> str:
    return "red" if status in {Status.FAILED, Status.SET_ASIDE} else ""
