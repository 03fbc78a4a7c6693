"""When a run stops early: at a signal, or at a time of day."""

from __future__ import annotations

import contextlib
import signal
import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from asrcli.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

CODES = {signal.SIGINT: ExitCode.INTERRUPTED, signal.SIGTERM: ExitCode.TERMINATED}
NAMES = {signal.SIGINT: "interrupted", signal.SIGTERM: "terminated"}


class Brake:
    """Says whether a run is to stop, and why. Pulling it twice is the caller's matter."""

    def __init__(
        self,
        until: str = "",
        *,
        now: Callable[[], datetime] = datetime.now,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        """Set the brake for a run that begins now.

        Args:
            until: local time of day, `06:30`, the next one from now on; empty for no end.
            now: the wall clock, local time.
            ticks: a clock in seconds that nobody can set.
        """
        self._now, self._ticks = now, ticks
        self._until = until
        self._end = next_time(until, now()) if until else None
        self._last_tick = ticks() + (self._end - now()).total_seconds() if self._end else 0.0
        self.signal: signal.Signals | None = None

    @property
    def exit_code(self) -> ExitCode:
        """What a run that this brake stopped tells the shell: a planned end is no failure."""
        return CODES[self.signal] if self.signal else ExitCode.OK

    def pull(self, number: signal.Signals) -> None:
        """Stop because of a signal."""
        self.signal = number

    def reason(self) -> str:
        """Why the run is to stop; empty if it is not."""
        if self.signal:
            return NAMES[self.signal]
        if self._end is None:
            return ""
        # Whichever clock comes first: one that is set back must not make the night longer.
        over = self._now() >= self._end or self._ticks() >= self._last_tick
        return f"--until {self._until} is reached" if over else ""


def next_time(until: str, now: datetime) -> datetime:
    """The first moment after `now` at which clocks show `until` (`06:30`)."""
    hour, minute = map(int, until.split(":"))
    end = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
    return end if end > now else end + timedelta(days=1)


@contextlib.contextmanager
def signals(brake: Brake, told: Callable[[str], None]) -> Iterator[None]:
    """Inside, the first Ctrl-C or SIGTERM pulls the brake; the next one does what it did before.

    A signal that this process was told to ignore, as shells do for jobs in the background, stays
    ignored. Outside the main thread, where signals cannot be handled, nothing changes.

    Args:
        brake: what is pulled.
        told: is given one line for the user; it must not wait for anything.
    """

    def handle(number: int, _frame: FrameType | None) -> None:
        for each, handler in before.items():
            signal.signal(each, handler)
        brake.pull(signal.Signals(number))
        told(f"{NAMES[signal.Signals(number)]}: finishing the batch; once more stops at once")

    before = {}
    try:
        for number in CODES:
            if signal.getsignal(number) is not signal.SIG_IGN:
                before[number] = signal.signal(number, handle)
    except ValueError:
        before.clear()
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
