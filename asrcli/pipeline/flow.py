"""Who does what at the same time: reading, decoding and finishing, each busy while the others work.

Readers (threads) take one recording after the other and put its spans into the pool; decoders
(this thread, and one more for each further recogniser) take batches out of it; finishers (threads)
make files of the recordings whose last span is back. Decoding is in the thread of the caller, so
that Ctrl-C reaches it between two operations.
"""

from __future__ import annotations

import functools
import threading
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Protocol, TypeAlias

from asrcli.errors import DeviceLostError
from asrcli.pipeline.crew import Crew
from asrcli.pipeline.pool import ClosedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from asrcli.engines.base import Asr
    from asrcli.pipeline.job import Job
    from asrcli.pipeline.pool import Pool, Work
    from asrcli.values import Outcome, SourceFile, Transcript

    Result: TypeAlias = tuple[Outcome, Transcript | None]

FINISHERS = 4
"""Each waits most of its time for a disk to say that a file is safe."""

MOST_UNFINISHED = 64
"""Recordings that may wait for the finishers before the readers wait for them, too."""


class Stages(Protocol):
    """The work itself; an error that any of these raises ends the flow."""

    def read(self, source: SourceFile) -> None:
        """Put the spans of a recording into the pool."""
        ...

    def decode(self, asr: Asr, work: Work) -> None:
        """Decode a batch with one of the recognisers, which no other thread uses."""
        ...

    def finish(self, job: Job) -> Result:
        """Make the result of a job; several at the same time."""
        ...

    def lost(self, error: DeviceLostError) -> None:
        """A recogniser is gone, and the others go on without it."""
        ...

    def stop(self) -> bool:
        """Whether nothing more is begun."""
        ...


class Flow:
    """One stream of recordings through the stages."""

    def __init__(self, pool: Pool) -> None:
        """Make a flow with nothing in it."""
        self.pool = pool
        self._complete: SimpleQueue[Job | None] = SimpleQueue()
        self._results: SimpleQueue[Result | None] = SimpleQueue()
        self._unfinished = 0
        self._fewer = threading.Condition()
        self._abandoned = False
        self._decoders = 0
        self._finishers = FINISHERS

    def hand_in(self, job: Job) -> None:
        """Give a complete job to a finisher; does not wait."""
        with self._fewer:
            self._unfinished += 1
        self._complete.put(job)

    def run(
        self, sources: Iterable[SourceFile], stages: Stages, readers: int, asrs: Sequence[Asr]
    ) -> Iterator[Result]:
        """Work through all sources, once.

        What is complete when an error ends the flow is still finished, unless the caller was
        interrupted or wants no more results. No thread is left behind.

        Args:
            sources: in the order in which they are read.
            stages: what to do with them.
            readers: how many threads read.
            asrs: one recogniser for each thread that decodes.

        Yields:
            Results in the order in which they are finished.
        """
        queue = _Queue(sources, readers)
        self._decoders = len(asrs)
        # None in place of a recogniser that was lost.
        asr: Asr | None = asrs[0]
        with Crew(self._stop) as crew:
            reading = functools.partial(self._read, queue, stages)
            working = [crew.start(f"reader {number}", reading) for number in range(readers)]
            for number, other in enumerate(asrs[1:], 2):
                decoding = functools.partial(self._decode, stages, other)
                working.append(crew.start(f"decoder {number}", decoding))
            for number in range(FINISHERS):
                crew.start(f"finisher {number}", functools.partial(self._finish, stages))
            try:
                while not self.pool.over:
                    asr = self._step(stages, asr)
                    yield from self._arrived()
                    crew.check()
                for thread in working:
                    thread.join()
                self._dismiss_finishers()
                yield from iter(self._results.get, None)
            except BaseException as error:
                self._abandoned = not isinstance(error, Exception)
                raise

    def _read(self, queue: _Queue, stages: Stages) -> None:
        try:
            while (source := queue.next()) is not None and not stages.stop():
                stages.read(source)
                with self._fewer:
                    self._fewer.wait_for(self._has_caught_up)
        except ClosedError:
            return
        if queue.leave():
            self.pool.end()

    def _has_caught_up(self) -> bool:
        return self._unfinished < MOST_UNFINISHED or self.pool.closed

    def _step(self, stages: Stages, asr: Asr | None) -> Asr | None:
        """One batch in the thread of the caller, or a look at what else there is to do."""

        def other_things() -> bool:
            return not self._results.empty() or stages.stop()

        if asr is None:
            self.pool.wait(unless=other_things)
        elif (work := self.pool.take(unless=other_things)) is not None:
            asr = self._work(stages, asr, work)
        if stages.stop():
            self.pool.close()
        return asr

    def _decode(self, stages: Stages, asr: Asr | None) -> None:
        while asr is not None and (work := self.pool.take()) is not None:
            asr = self._work(stages, asr, work)
            if stages.stop():
                self.pool.close()

    def _work(self, stages: Stages, asr: Asr, work: Work) -> Asr | None:
        """Decode a batch; None if the recogniser was lost over it and others are left."""
        try:
            stages.decode(asr, work)
        except DeviceLostError as error:
            with self._fewer:
                self._decoders -= 1
                if not self._decoders:
                    raise
            self.pool.give_back(work)
            stages.lost(error)
            return None
        self.pool.done()
        return asr

    def _finish(self, stages: Stages) -> None:
        try:
            while (job := self._complete.get()) is not None and not self._abandoned:
                self._results.put(stages.finish(job))
                with self._fewer:
                    self._unfinished -= 1
                    self._fewer.notify_all()
                self.pool.wake()
        finally:
            with self._fewer:
                self._finishers -= 1
                last = not self._finishers
            if last:
                self._results.put(None)

    def _arrived(self) -> Iterator[Result]:
        """The results that are there."""
        while True:
            try:
                result = self._results.get_nowait()
            except Empty:
                return
            if result is not None:
                yield result

    def _stop(self) -> None:
        """Send every thread home: after an error, or when all is done."""
        self.pool.close()
        with self._fewer:
            self._fewer.notify_all()
        self._dismiss_finishers()

    def _dismiss_finishers(self) -> None:
        """Send them home when they have done what they were given."""
        for _ in range(FINISHERS):
            self._complete.put(None)


class _Queue:
    """The sources, shared by the readers; the last of them to leave is told so."""

    def __init__(self, sources: Iterable[SourceFile], readers: int) -> None:
        self._sources = iter(sources)
        self._readers = readers
        self._lock = threading.Lock()

    def next(self) -> SourceFile | None:
        with self._lock:
            return next(self._sources, None)

    def leave(self) -> bool:
        with self._lock:
            self._readers -= 1
            return not self._readers
