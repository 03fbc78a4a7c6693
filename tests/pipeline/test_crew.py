"""Threads of a run: one error stops all, none stays."""

from __future__ import annotations

import functools
import threading

import pytest

from asrcli.errors import RunError
from asrcli.pipeline import crew as module
from asrcli.pipeline.crew import Crew


def test_all_work_is_done_when_the_context_ends() -> None:
    done: list[int] = []
    with Crew(lambda: None) as crew:
        for number in range(5):
            crew.start(f"t{number}", functools.partial(done.append, number))
    assert sorted(done) == [0, 1, 2, 3, 4]


def test_the_first_error_stops_the_others_and_is_raised() -> None:
    stopped = threading.Event()

    def fail() -> None:
        raise RunError("the disk is full")

    with pytest.raises(RunError, match="the disk is full"), Crew(stopped.set) as crew:
        crew.start("waits", stopped.wait)
        crew.start("fails", fail)
    assert stopped.is_set()


def test_an_error_of_a_thread_can_be_asked_for_on_the_way() -> None:
    failed = threading.Event()

    def fail() -> None:
        raise RunError("gone")

    with pytest.raises(RunError, match="gone"), Crew(failed.set) as crew:
        crew.check()
        crew.start("fails", fail).join()
        crew.check()
        raise AssertionError("not reached")


def test_an_error_of_the_caller_stops_the_threads_and_goes_on() -> None:
    stopped = threading.Event()
    with pytest.raises(ValueError, match="mine"), Crew(stopped.set) as crew:
        thread = crew.start("waits", stopped.wait)
        raise ValueError("mine")
    assert not thread.is_alive()


def test_an_interrupted_run_does_not_wait_for_a_thread_that_hangs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "PATIENCE_S", 0.0)
    release = threading.Event()
    with pytest.raises(KeyboardInterrupt), Crew(lambda: None) as crew:
        thread = crew.start("hangs", release.wait)
        raise KeyboardInterrupt
    assert thread.is_alive()
    assert thread.daemon
    release.set()
    thread.join()
