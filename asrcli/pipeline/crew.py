"""Threads that work together: the first error of any stops all, and none is left behind."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

PATIENCE_S = 10.0
"""How long an interrupted run waits for its threads. They are asked between two blocks of sound,
two batches and two stages; what takes longer hangs, and ends with the process."""


class Crew:
    """The threads of a run, started and awaited in one context.

    Leaving the context waits for all of them: after an error, they are told to stop first.
    """

    def __init__(self, stop: Callable[[], None]) -> None:
        """Make an empty crew; `stop` tells all threads to end, and may be called many times."""
        self._stop = stop
        self._threads: list[threading.Thread] = []
        self._error: BaseException | None = None
        self._lock = threading.Lock()

    def start(self, name: str, work: Callable[[], object]) -> threading.Thread:
        """Begin a thread; what `work` raises is raised again by `check`."""

        def guarded() -> None:
            try:
                work()
            except BaseException as error:  # noqa: BLE001 - raised again where the run is
                self._fail(error)

        # A daemon, so that a codec that hangs cannot hold the process when it should end.
        thread = threading.Thread(target=guarded, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()
        return thread

    def check(self) -> None:
        """Raise the first error of any thread."""
        if self._error is not None:
            raise self._error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            self._stop()
        interrupted = error is not None and not isinstance(error, Exception)
        self._join(PATIENCE_S if interrupted else None)
        if error is None:
            self.check()

    def _fail(self, error: BaseException) -> None:
        with self._lock:
            if self._error is None:
                self._error = error
        self._stop()

    def _join(self, patience_s: float | None) -> None:
        end = None if patience_s is None else time.monotonic() + patience_s
        for thread in self._threads:
            thread.join(None if end is None else max(0.0, end - time.monotonic()))
