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
        Status.SKIPPED: "unchanged, done before",
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
        self.left = 0
        """Recordings that the run did not come to because it stopped early."""
        self.held_back = 0
        """Recordings that were left alone because they are still being written."""
        self.ended = ""
        """Why the run stopped early; empty for one that came to its end."""
        self._code = ExitCode.OK

    def add(self, outcome: Outcome) -> None:
        """Count one outcome."""
        self._counts[outcome.status] += 1
        if outcome.status in {Status.FAILED, Status.SET_ASIDE}:
            self.failures.append(outcome)
        elif outcome.status is not Status.SKIPPED:
            self.audio_ms += worked_ms(outcome)
        self.wall_ms = seconds_to_ms(self._clock() - self._started)

    def stopped(self, why: str, *, left: int, exit_code: ExitCode) -> None:
        """Note that the run stopped before its end.

        Args:
            why: one line.
            left: how many recordings it did not come to.
            exit_code: what the shell is told; OK for a planned end.
        """
        self.ended, self.left, self._code = why, left, exit_code

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
        if self._code:
            return self._code
        if self.failures:
            return ExitCode.SOME_FAILED
        if not self.total and not self.left and not allow_empty:
            return ExitCode.NOTHING_TO_DO
        return ExitCode.OK

    def last_line(self) -> str:
        """The run in one line: `412 recordings, 96.4 h, 3 failed, 1 set aside, 0:41:07, 141x`.

        What did not happen is not named, but for failures; a run that stopped early says so.
        """
        unchanged, aside = self._counts[Status.SKIPPED], self._counts[Status.SET_ASIDE]
        parts = [
            f"{self.total} recording{'' if self.total == 1 else 's'}",
            f"{unchanged} unchanged" if unchanged else "",
            hours(self.audio_ms),
            f"{self._counts[Status.FAILED]} failed",
            f"{aside} set aside" if aside else "",
            f"{self.held_back} held back" if self.held_back else "",
            f"{self.left} left" if self.left else "",
            span(self.wall_ms),
            speed(self.audio_ms, self.wall_ms),
        ]
        line = ", ".join(part for part in parts if part)
        return f"{self.ended}: {line}" if self.ended else line

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
        if self.held_back:
            table.add_row("held back, still being written", str(self.held_back))
        if self.left:
            table.add_row("left for the next run", str(self.left))
        table.add_row("audio", hours(self.audio_ms))
        table.add_row("time", f"{span(self.wall_ms)} ({speed(self.audio_ms, self.wall_ms)})")
        for outcome in self.failures[:FAILURES_SHOWN]:
            name = one_line(str(outcome.source.rel))
            table.add_row("", Text(f"{name}: {one_line(outcome.reason)}"), style="red")
        if len(self.failures) > FAILURES_SHOWN:
            place = f" in {listed_in}" if listed_in else ""
            table.add_row("", f"and {len(self.failures) - FAILURES_SHOWN} more{place}", style="red")
        return table


def worked_ms(outcome: Outcome) -> Millis:
    """Length of what this run worked through: nothing of a recording known from before."""
    return outcome.audio_ms if outcome.attempts else 0


def _style(status: Status) -> str:
    return "red" if status in {Status.FAILED, Status.SET_ASIDE} else ""
