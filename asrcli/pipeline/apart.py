"""Listening in a process of its own: it waits for nobody's lock, and a crash ends nothing but it.

The thread that asks stays where the ledger and the pool are. It receives the spans as they are
decided; the process is ahead of it by what a pipe holds and no more. A recording whose process
dies, or says nothing until its time is over, fails; the next one gets another process.
"""

from __future__ import annotations

import functools
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from asrcli.child import DiedError
from asrcli.errors import AsrError, RecordingError, RunError
from asrcli.pipeline.job import too_long
from asrcli.pipeline.listen import HeardHere, Here
from asrcli.pipeline.pool import ClosedError
from asrcli.values import SpanAudio

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from multiprocessing.connection import Connection
    from types import TracebackType
    from typing import TypeAlias

    from asrcli.child import Child, Nursery, Work
    from asrcli.engines.base import Engines, Vad
    from asrcli.files import Content
    from asrcli.pipeline.listen import Listener, Manner
    from asrcli.values import SourceFile, SpeechSpan, Track

    Heading: TypeAlias = tuple[SpeechSpan, tuple[int, ...]]
    """A span and the shape of its sound."""

PAUSE_S = 0.25
"""Between two questions whether the run is being stopped."""


def listeners(engines: Engines, manner: Manner) -> list[Listener]:
    """One for each thread that reads: in a process each, where those can have a VAD."""
    if engines.vads is None:
        return [Here(engines.vad, manner) for _ in range(engines.readers)]
    return [Apart(engines.vads, manner) for _ in range(engines.readers)]


class Apart:
    """Listens in a process, which it gets when the first recording comes."""

    def __init__(self, vads: Nursery[Vad], manner: Manner) -> None:
        """Make one; several may share the nursery."""
        self._vads, self._manner = vads, manner
        self._child: Child[Vad] | None = None

    def open(
        self, source: SourceFile, *, limit_s: float, stopped: Callable[[], bool]
    ) -> HeardApart:
        """See `Listener.open`."""
        return HeardApart(self, source, self._manner, _Patience(limit_s, stopped))

    def child(self, stopped: Callable[[], bool]) -> Child[Vad]:
        """The process, alive and at leisure; another one if the last one was lost.

        Raises:
            RunError: it cannot be had.
            ClosedError: the run is being stopped.
        """
        if self._child is not None and not self._child.process.is_alive():
            self.close()
        if self._child is None:
            self._child = self._vads.child()
            try:
                self._child.ask(_greet)
                _Patience(0.0, stopped).wait(self._child)
                self._child.receive()
            except DiedError as error:
                raise RunError(f"no recording can be read: {error} while it started") from error
        return self._child

    def close(self) -> None:
        """End the process at once: it holds nothing that could be lost."""
        if self._child is not None:
            self._child.kill()
            self._child = None


class HeardApart:
    """See `Hearing` for the contract."""

    def __init__(
        self, listener: Apart, source: SourceFile, manner: Manner, patience: _Patience
    ) -> None:
        """Say what to listen to; nothing is asked yet."""
        self._listener, self._patience = listener, patience
        self._source, self._manner = source, manner
        self._content: Content | None = None
        self._tracks: tuple[Track, ...] = ()
        self._child: Child[Vad] | None = None
        """The process while it works on what nobody has received to its end."""

    @property
    def sha256(self) -> str:
        """The hash of the file's content."""
        return self._known().sha256

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._child is not None:
            # It cannot be told to stop while it is inside a codec.
            self._listener.close()

    def pieces(self) -> Iterator[list[SpanAudio]]:
        """The spans of all lanes as they arrive."""
        listening = functools.partial(_listen, self._source, self._manner, self._known())
        for answer in self._answers(listening):
            if isinstance(answer, list):
                yield answer
            else:
                # Not the copy of the source that came over: it would be kept as long as the run.
                self._tracks = tuple(replace(track, source=self._source) for track in answer)

    def finish(self) -> tuple[Track, ...]:
        """What was read, one for each lane."""
        return self._tracks

    def _known(self) -> Content:
        if self._content is None:
            with self:
                looking = functools.partial(_look, self._source, self._manner)
                (self._content,) = self._answers(looking)
        return self._content

    def _answers(self, work: Work[Vad]) -> Iterator[Any]:
        """What the process sends: lists of spans, and last of all something else."""
        child = self._child = self._listener.child(self._patience.stopped)
        child.ask(work)
        while isinstance(answer := self._answer(child), list):
            yield answer
        self._child = None
        yield answer

    def _answer(self, child: Child[Vad]) -> object:
        self._patience.wait(child)
        try:
            answer = child.receive()
            return _unpacked(answer, child.receive_bytes()) if isinstance(answer, list) else answer
        except DiedError as error:
            raise RecordingError(str(error)) from error
        except AsrError:
            # Nothing more will come.
            self._child = None
            raise


class _Patience:
    """How long a process may be silent over one recording, all in all."""

    def __init__(self, limit_s: float, stopped: Callable[[], bool]) -> None:
        self._limit_s, self.stopped = limit_s, stopped
        self._waited_s = 0.0

    def wait(self, child: Child[Vad]) -> None:
        """Until it has sent something, or is dead.

        Raises:
            RecordingError: the time is over.
            ClosedError: the run is being stopped.
        """
        began = time.monotonic()
        while not child.has_sent(PAUSE_S):
            if self.stopped():
                raise ClosedError
            if 0 < self._limit_s < self._waited_s + time.monotonic() - began:
                raise too_long(self._limit_s)
        self._waited_s += time.monotonic() - began


# In the process ----------------------------------------------------------------------------------


def _greet(pipe: Connection, _vad: Vad) -> None:
    pipe.send(None)


def _look(source: SourceFile, manner: Manner, pipe: Connection, vad: Vad) -> None:
    pipe.send(HeardHere(source, vad, manner).content)


def _listen(
    source: SourceFile, manner: Manner, content: Content, pipe: Connection, vad: Vad
) -> None:
    with HeardHere(source, vad, manner, content) as heard:
        for pieces in heard.pieces():
            if pieces:
                headings = [(piece.span, piece.sound.shape) for piece in pieces]
                pipe.send(headings)
                # One message of raw bytes: pickling would copy them once more on either side.
                pipe.send_bytes(np.concatenate([piece.sound.ravel() for piece in pieces]).data)
        tracks = heard.finish()
    pipe.send(tracks)


# And back here -----------------------------------------------------------------------------------


def _unpacked(headings: Sequence[Heading], sound: bytes) -> list[SpanAudio]:
    """Spans whose sound, float32 and read-only, shares the memory of `sound`."""
    pieces, offset = [], 0
    for span, shape in headings:
        count = int(np.prod(shape))
        array = np.frombuffer(sound, np.float32, count, offset).reshape(shape)
        pieces.append(SpanAudio(span, array))
        offset += array.nbytes
    return pieces
