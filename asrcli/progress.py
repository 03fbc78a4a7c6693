"""How a run tells people and programs what it is doing, always on stderr.

On a terminal a bar with one line for each stage; in a log one plain line a minute; with
`--quiet` only what went wrong and the last line; with `--log-json` JSON lines.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, Self, TextIO, TypeAlias

from asrcli.clock import seconds_to_ms
from asrcli.report import worked_ms
from asrcli.values import Status
from asrcli.wording import hours, one_line, span, speed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

    from rich.console import Console, Group
    from rich.live import Live

    from asrcli.clock import Millis
    from asrcli.report import Report
    from asrcli.values import Outcome

    Clock: TypeAlias = Callable[[], float]

PLAIN_INTERVAL_S = 60.0
REFRESHES_PER_S = 4
BAR_CELLS = 30
LOG_COLUMNS = 1_000


class Progress(Protocol):
    """What the pipeline tells; no call may fail or wait."""

    def start(self, files: int, size_bytes: int) -> None:
        """So much lies ahead."""
        ...

    def stage(self, name: str, waits_for: str) -> None:
        """A stage went on to something else; `waits_for` says what it is busy with."""
        ...

    def finished(self, outcome: Outcome) -> None:
        """One recording ended."""
        ...

    def note(self, line: str) -> None:
        """Something the user should know; one line."""
        ...

    def end(self, report: Report) -> None:
        """The run ended by itself."""
        ...


class Display:
    """Base of the four ways to show progress: does nothing, and is a context manager.

    Leaving the context gives the terminal back, however the run ended.
    """

    def start(self, files: int, size_bytes: int) -> None:
        """Take in what lies ahead."""

    def stage(self, name: str, waits_for: str) -> None:
        """Take in what a stage does."""

    def finished(self, outcome: Outcome) -> None:
        """Take in the end of one recording."""

    def note(self, line: str) -> None:
        """Take in a remark."""

    def end(self, report: Report) -> None:
        """Take in the end of the run."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the terminal; may be called twice."""


@dataclass(slots=True)
class Tally:
    """Where the run stands. Done is measured in bytes: lengths are unknown before loading."""

    clock: Clock
    files: int = 0
    size_bytes: int = 0
    done_files: int = 0
    done_bytes: int = 0
    failed: int = 0
    audio_ms: Millis = 0
    started: float = field(default=0.0)

    def start(self, files: int, size_bytes: int) -> None:
        """Begin to count."""
        self.files, self.size_bytes, self.started = files, size_bytes, self.clock()

    def add(self, outcome: Outcome) -> None:
        """Count one recording."""
        self.done_files += 1
        self.done_bytes += outcome.source.size_bytes
        self.failed += _is_failure(outcome)
        self.audio_ms += worked_ms(outcome)

    @property
    def share(self) -> float:
        """What is done, 0 to 1."""
        if self.size_bytes:
            return min(1.0, self.done_bytes / self.size_bytes)
        return self.done_files / self.files if self.files else 0.0

    @property
    def elapsed_ms(self) -> Millis:
        """Since the start."""
        return seconds_to_ms(self.clock() - self.started)

    def line(self) -> str:
        """`34 %, 120 of 412 files, 2.5 h, 3 failed, 141x, 0:12:30 left`."""
        parts = [
            f"{self.share:.0%}".replace("%", " %"),
            f"{self.done_files} of {self.files} files",
            hours(self.audio_ms),
            f"{self.failed} failed",
            speed(self.audio_ms, self.elapsed_ms),
        ]
        if self.share:
            left_ms = self.elapsed_ms * (1 - self.share) / self.share
            parts.append(f"{span(round(left_ms))} left")
        return ", ".join(parts)


class SilentProgress(Display):
    """Failures and the last line, nothing else."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr

    def finished(self, outcome: Outcome) -> None:
        """Say what failed."""
        if _is_failure(outcome):
            self._say(failure_line(outcome))

    def end(self, report: Report) -> None:
        """Say the last line."""
        self._say(report.last_line())

    def _say(self, line: str) -> None:
        print(one_line(line), file=self._stream, flush=True)


class PlainProgress(SilentProgress):
    """For logs: a line a minute, failures and notes as they come, the summary at the end.

    No thread ticks: a line is printed by the first event after a minute has passed.
    """

    def __init__(
        self,
        stream: TextIO | None = None,
        *,
        clock: Clock = time.monotonic,
        listed_in: str = "",
    ) -> None:
        super().__init__(stream)
        self._tally = Tally(clock)
        self._clock = clock
        self._last = 0.0
        self._listed_in = listed_in

    def start(self, files: int, size_bytes: int) -> None:
        """Say what lies ahead."""
        self._tally.start(files, size_bytes)
        self._last = self._clock()
        self._say(f"{files} file{'' if files == 1 else 's'}, {size_bytes / 1e6:.1f} MB")

    def stage(self, name: str, waits_for: str) -> None:
        """A sign of life at most, so that one long recording does not look like a hang."""
        self._tick(f"; {name}: {waits_for}")

    def finished(self, outcome: Outcome) -> None:
        """Count, say what failed, and once a minute where the run stands."""
        self._tally.add(outcome)
        super().finished(outcome)
        self._tick()

    def note(self, line: str) -> None:
        """Say it."""
        self._say(line)

    def end(self, report: Report) -> None:
        """The summary table, and the last line as the last one."""
        print_table(report, self._stream, self._listed_in)
        super().end(report)

    def _tick(self, detail: str = "") -> None:
        now = self._clock()
        if now - self._last >= PLAIN_INTERVAL_S:
            self._last = now
            self._say(self._tally.line() + detail)


class JsonProgress(Display):
    """One JSON object a line, each with a `type`.

    `start`: files, size_bytes. `recording`: file, status, reason, audio_ms, wall_ms, attempts,
    outputs (list of paths). `note`: message. `end`: counts (by status), audio_ms, wall_ms,
    held_back, left and stopped (how many it did not come to, and why), exit_code. A run that could
    not go on ends with `error` instead, which the error boundary in `asrcli.cli` writes: message,
    exit_code. So the last line always has the exit code.
    """

    def __init__(self, stream: TextIO | None = None, *, allow_empty: bool = False) -> None:
        self._stream = stream or sys.stderr
        self._allow_empty = allow_empty

    def start(self, files: int, size_bytes: int) -> None:
        """Write `start`."""
        self._write({"type": "start", "files": files, "size_bytes": size_bytes})

    def finished(self, outcome: Outcome) -> None:
        """Write `recording`."""
        line: dict[str, object] = {"type": "recording", "file": str(outcome.source.rel)}
        line |= {"status": outcome.status.value, "reason": outcome.reason}
        line |= {"audio_ms": outcome.audio_ms, "wall_ms": outcome.wall_ms}
        line |= {"attempts": outcome.attempts, "outputs": [str(p) for p in outcome.outputs]}
        self._write(line)

    def note(self, line: str) -> None:
        """Write `note`."""
        self._write({"type": "note", "message": line})

    def end(self, report: Report) -> None:
        """Write `end`."""
        counts = {status.value: count for status, count in report.counts.items()}
        line: dict[str, object] = {"type": "end", "counts": counts}
        line |= {"audio_ms": report.audio_ms, "wall_ms": report.wall_ms}
        line |= {"held_back": report.held_back, "left": report.left, "stopped": report.ended}
        line |= {"exit_code": int(report.exit_code(self._allow_empty))}
        self._write(line)

    def _write(self, line: Mapping[str, object]) -> None:
        print(json_line(line, self._stream), file=self._stream, flush=True)


class RichProgress(Display):
    """For a terminal: one bar over all bytes and one line for each stage, redrawn in place."""

    def __init__(
        self,
        console: Console | None = None,
        *,
        clock: Clock = time.monotonic,
        listed_in: str = "",
    ) -> None:
        from rich.console import Console

        self._console = console or Console(stderr=True, highlight=False)
        self._tally = Tally(clock)
        self._stages: dict[str, str] = {}
        self._listed_in = listed_in
        self._live: Live | None = None

    def start(self, files: int, size_bytes: int) -> None:
        """Show the bar."""
        from rich.live import Live

        self._tally.start(files, size_bytes)
        self._live = Live(
            get_renderable=self.picture,
            console=self._console,
            refresh_per_second=REFRESHES_PER_S,
            transient=True,
            redirect_stdout=False,
        )
        self._live.start()

    def stage(self, name: str, waits_for: str) -> None:
        """Change the stage's line."""
        self._stages[name] = waits_for

    def finished(self, outcome: Outcome) -> None:
        """Move the bar; say what failed above it."""
        self._tally.add(outcome)
        if _is_failure(outcome):
            self._say(failure_line(outcome), style="red")

    def note(self, line: str) -> None:
        """Say it above the bar."""
        self._say(line)

    def end(self, report: Report) -> None:
        """Take the bar away, show the summary table and the last line."""
        self.close()
        self._console.print(report.table(listed_in=self._listed_in))
        self._say(report.last_line(), style="bold")

    def close(self) -> None:
        """Take the bar away and show the cursor again."""
        if self._live is not None:
            self._live.stop()
            self._live = None

    def picture(self) -> Group:
        """What is shown now; every line is cut at the terminal's edge, never wrapped."""
        from rich.console import Group
        from rich.text import Text

        filled = round(BAR_CELLS * self._tally.share)
        lines = ["█" * filled + "░" * (BAR_CELLS - filled), self._tally.line()]
        # A copy: the drawing thread must not see the dictionary grow.
        lines += [f"{name:>8}  {one_line(busy)}" for name, busy in list(self._stages.items())]
        return Group(*(Text(line, no_wrap=True, overflow="ellipsis") for line in lines))

    def _say(self, line: str, style: str = "") -> None:
        from rich.text import Text

        self._console.print(Text(one_line(line), style=style), soft_wrap=True)


def choose(
    quiet: bool, log_json: bool, *, allow_empty: bool = False, listed_in: str = ""
) -> Display:
    """The display that fits the options and the terminal.

    Args:
        quiet: only errors and the last line.
        log_json: JSON lines; goes before `quiet`.
        allow_empty: whether a run that finds nothing exits 0, for the JSON `end`.
        listed_in: the file that names all failures, for a list cut short.
    """
    if log_json:
        return JsonProgress(allow_empty=allow_empty)
    if quiet:
        return SilentProgress()
    if sys.stderr.isatty():
        return RichProgress(listed_in=listed_in)
    return PlainProgress(listed_in=listed_in)


def failure_line(outcome: Outcome) -> str:
    """`failed: 会议/三月.wav: truncated`."""
    return f"{outcome.status.value}: {outcome.source.rel}: {outcome.reason}"


def json_line(line: Mapping[str, object], stream: TextIO) -> str:
    """JSON that the stream can carry: Chinese as it is in UTF-8, escaped elsewhere."""
    encoding = (stream.encoding or "utf-8").lower().replace("-", "")
    text = json.dumps(line, ensure_ascii=encoding != "utf8")
    # A file name that is not UTF-8 carries lone surrogates, which no encoding takes.
    return "".join(c if not "\ud800" <= c <= "\udfff" else ascii(c)[1:-1] for c in text)


def print_table(report: Report, stream: TextIO, listed_in: str) -> None:
    """The summary table as plain text, without colours, breaks and trailing blanks."""
    from rich.console import Console

    console = Console(width=LOG_COLUMNS, highlight=False, no_color=True, force_terminal=False)
    with console.capture() as captured:
        console.print(report.table(listed_in=listed_in))
    for line in captured.get().splitlines():
        print(line.rstrip(), file=stream, flush=True)


def _is_failure(outcome: Outcome) -> bool:
    return outcome.status in {Status.FAILED, Status.SET_ASIDE}
