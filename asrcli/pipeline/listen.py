"""The first half of the chain: a recording is opened, read and split, block by block.

A `Listener` does it, one recording after the other: in the thread that asks it, or in a process of
its own (`apart`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, Self

from asrcli.pipeline.load import OpenRecording
from asrcli.pipeline.split import Splitter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

    from asrcli.clock import Millis
    from asrcli.engines.base import Vad
    from asrcli.files import Content
    from asrcli.values import SourceFile, SpanAudio, Track


@dataclass(frozen=True, slots=True)
class Manner:
    """How all recordings of a run are listened to.

    `channels` is that of `OpenRecording`; the others are those of `Splitter`.
    """

    channels: str
    max_segment_ms: Millis
    mel: bool


class Hearing(Protocol):
    """One recording that is listened to, once; a context manager."""

    @property
    def sha256(self) -> str:
        """The hash of the file's content; asking is allowed before entering.

        Raises:
            RecordingError: it cannot be read.
        """
        ...

    def __enter__(self) -> Self:
        """Open it.

        Raises:
            RecordingError: it cannot be used.
        """
        ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    def pieces(self) -> Iterator[list[SpanAudio]]:
        """The spans of all lanes as they are decided.

        Raises:
            RecordingError: it cannot be used; what came before must not be used either.
        """
        ...

    def finish(self) -> tuple[Track, ...]:
        """What was read, one for each lane, after all pieces."""
        ...


class Listener(Protocol):
    """Listens to recordings, one at a time."""

    def open(self, source: SourceFile, *, limit_s: float, stopped: Callable[[], bool]) -> Hearing:
        """Say what to listen to next; nothing is touched yet.

        Args:
            source: the recording.
            limit_s: the most seconds of work on it, where a recording that hangs can be left; 0
                for any number.
            stopped: whether the run is being stopped, asked while there is nothing else to do.
        """
        ...

    def close(self) -> None:
        """Nothing more is listened to."""
        ...


class Here:
    """Listens in the thread that asks."""

    def __init__(self, vad: Vad, manner: Manner) -> None:
        """Make one; several may share a VAD."""
        self._vad, self._manner = vad, manner

    def open(self, source: SourceFile, *, limit_s: float, stopped: Callable[[], bool]) -> HeardHere:
        """See `Listener.open`."""
        # What hangs in this thread cannot be left.
        del limit_s, stopped
        return HeardHere(source, self._vad, self._manner)

    def close(self) -> None:
        """Nothing is held."""


class HeardHere:
    """See `Hearing` for the contract."""

    def __init__(
        self, source: SourceFile, vad: Vad, manner: Manner, content: Content | None = None
    ) -> None:
        """Say what to listen to; nothing is touched yet. `content` is that of `OpenRecording`."""
        self._sound = OpenRecording(source, channels=manner.channels, content=content)
        self._vad, self._manner = vad, manner

    @property
    def content(self) -> Content:
        """What the file holds; see `OpenRecording`."""
        return self._sound.content

    @property
    def sha256(self) -> str:
        """The hash of the file's content."""
        return self._sound.sha256

    def __enter__(self) -> Self:
        self._sound.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._sound.__exit__(kind, error, trace)

    def pieces(self) -> Iterator[list[SpanAudio]]:
        """The spans of all lanes, block by block."""
        manner = self._manner
        splitters = [
            Splitter(
                self._vad.listen(),
                max_segment_ms=manner.max_segment_ms,
                channel=channel,
                mel=manner.mel,
            )
            for channel in self._sound.lanes
        ]
        for block in self._sound.blocks():
            for splitter, samples in zip(splitters, block, strict=True):
                yield splitter.feed(samples)
        for splitter in splitters:
            yield splitter.finish()

    def finish(self) -> tuple[Track, ...]:
        """What was read, one for each lane."""
        return self._sound.finish()
