"""A run ends when it is told to, and not when a clock is set."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from datetime import datetime, timedelta

import pytest

from asrcli.errors import ExitCode
from asrcli.nights.brake import Brake, next_time, signals

TWO = datetime.fromisoformat("2025-03-15T02:00")


class Clocks:
    """A wall clock that can be set, and one that cannot."""

    def __init__(self) -> None:
        self.wall, self.tick = TWO, 100.0

    def pass_time(self, seconds: float) -> None:
        self.wall += timedelta(seconds=seconds)
        self.tick += seconds

    def brake(self, until: str) -> Brake:
        return Brake(until, now=lambda: self.wall, ticks=lambda: self.tick)


@pytest.mark.parametrize(
    ("until", "hours"),
    [("06:30", 4.5), ("02:00", 24), ("02:01", 1 / 60), ("01:59", 24 - 1 / 60), ("00:00", 22)],
)
def test_the_next_time_of_day(until: str, hours: float) -> None:
    assert next_time(until, TWO) - TWO == timedelta(hours=hours)


def test_without_an_end_nothing_stops() -> None:
    clocks = Clocks()
    brake = clocks.brake("")
    clocks.pass_time(1e6)
    assert brake.reason() == ""


def test_the_time_of_day_stops() -> None:
    clocks = Clocks()
    brake = clocks.brake("06:30")
    clocks.pass_time(4.5 * 3600 - 1)
    assert brake.reason() == ""
    clocks.pass_time(1)
    assert brake.reason() == "--until 06:30 is reached"
    assert brake.exit_code is ExitCode.OK


def test_a_clock_that_is_set_back_does_not_make_the_night_longer() -> None:
    clocks = Clocks()
    brake = clocks.brake("06:30")
    clocks.wall -= timedelta(days=3)
    clocks.pass_time(4.5 * 3600)
    assert brake.reason()


def test_a_clock_that_is_set_forward_ends_it() -> None:
    clocks = Clocks()
    brake = clocks.brake("06:30")
    clocks.wall += timedelta(hours=5)
    assert brake.reason()


@pytest.mark.parametrize(
    ("number", "name", "code"),
    [
        (signal.SIGINT, "interrupted", ExitCode.INTERRUPTED),
        (signal.SIGTERM, "terminated", ExitCode.TERMINATED),
    ],
)
def test_a_signal_pulls_it_and_the_next_one_is_the_old_one(
    number: signal.Signals, name: str, code: ExitCode
) -> None:
    class OldError(Exception):
        """What the handler of before does."""

    def old(*_: object) -> None:
        raise OldError

    before = {each: signal.signal(each, old) for each in (signal.SIGINT, signal.SIGTERM)}
    told: list[str] = []
    try:
        brake = Brake()
        with signals(brake, told.append):
            os.kill(os.getpid(), number)
            assert brake.reason() == name
            assert brake.exit_code is code
            with pytest.raises(OldError):
                os.kill(os.getpid(), number)
        assert signal.getsignal(signal.SIGINT) is old
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
    assert told == [f"{name}: finishing the batch; once more stops at once"]


def test_afterwards_signals_do_what_they_did() -> None:
    before = signal.getsignal(signal.SIGINT)
    with signals(Brake(), lambda _: None):
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before


def test_outside_the_main_thread_nothing_changes() -> None:
    before = signal.getsignal(signal.SIGINT)
    seen: list[object] = []

    def work() -> None:
        with signals(Brake(), lambda _: None):
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [before]


def test_what_is_ignored_stays_ignored() -> None:
    """A shell starts jobs in the background so that Ctrl-C for another job passes them by."""
    code = (
        "import os, signal\n"
        "from asrcli.nights.brake import Brake, signals\n"
        "signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "brake = Brake()\n"
        "with signals(brake, print):\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "    print(repr(brake.reason()))\n"
        "    os.kill(os.getpid(), signal.SIGTERM)\n"
        "print(brake.reason())\n"
        "print(signal.getsignal(signal.SIGINT) is signal.SIG_IGN)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    assert (lines[0], lines[-2:]) == ("''", ["terminated", "True"])
