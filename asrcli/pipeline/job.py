"""A recording on its way from its first span to its transcript."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, TypeVar

from asrcli.clock import samples_to_ms, seconds_to_ms
from asrcli.errors import RecordingError
from asrcli.values import Outcome, Status

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from asrcli.pipeline.ledger import Attempt, Known
    from asrcli.values import Decoded, RunContext, SourceFile, SpeechSpan, Track

Step = TypeVar("Step")


def too_long(limit_s: float) -> RecordingError:
    """Why a recording is given up after so many seconds of work."""
    return RecordingError(f"took longer than --max-time {limit_s:g} s")


class Job:
    """What is known of a recording so far; several threads may tell it more.

    `read`, `add` and `fail` say True once in all: by that call the job became complete.
    """

    def __init__(
        self, key: int, source: SourceFile, context: RunContext, *, limit_s: float = 0.0
    ) -> None:
        """Begin.

        Args:
            key: tells the job from all others of a run.
            source: the file.
            context: what is in force for it.
            limit_s: the most seconds of work on it; 0 for any number.
        """
        self.key, self.source, self.context = key, source, context
        self.limit_s = limit_s
        self.attempt: Attempt | None = None
        self.number = 1
        """Which attempt this is."""
        self.so_far: Mapping[SpeechSpan, Decoded] = {}
        """What an earlier attempt has brought."""
        self.known: Known | None = None
        """How it ended before."""
        self._busy_s = 0.0
        self._started = time.monotonic()
        self._lock = threading.Lock()
        self._spans: list[SpeechSpan] = []
        self._results: dict[SpeechSpan, Decoded | RecordingError] = {}
        self._tracks: tuple[Track, ...] = ()
        self._error: RecordingError | None = None
        self._complete = False

    def begin(self, attempt: Attempt, number: int, so_far: Mapping[SpeechSpan, Decoded]) -> None:
        """It is going to be decoded."""
        self.attempt, self.number, self.so_far = attempt, number, so_far

    def recall(self, known: Known) -> bool:
        """It was done before; says True."""
        self.known = known
        return True

    def timed(self, steps: Iterator[Step]) -> Iterator[Step]:
        """The same steps; what each of them takes is `spend`-ed, but not what comes between them.

        Raises:
            RecordingError: they take too long.
        """
        while True:
            began = time.monotonic()
            step = next(steps, None)
            self.spend(time.monotonic() - began)
            if step is None:
                return
            yield step

    def spend(self, seconds: float) -> None:
        """Count seconds of work.

        Raises:
            RecordingError: there were too many.
        """
        with self._lock:
            self._busy_s += seconds
            if 0 < self.limit_s < self._busy_s:
                raise too_long(self.limit_s)

    def expect(self, span: SpeechSpan) -> None:
        """One more span was found."""
        with self._lock:
            self._spans.append(span)

    def read(self, tracks: tuple[Track, ...]) -> bool:
        """The recording was read to its end, one track for each lane: all spans are found."""
        with self._lock:
            self._tracks = tracks
            return self._completed()

    def add(self, span: SpeechSpan, result: Decoded | RecordingError) -> bool:
        """A span is back from the recogniser."""
        with self._lock:
            self._results[span] = result
            return self._completed()

    def fail(self, error: RecordingError) -> bool:
        """Nothing more can come of this recording."""
        with self._lock:
            self._error = self._error or error
            return self._completed()

    def lanes(self) -> list[tuple[Track, list[Decoded]]]:
        """Each track with the results of its spans in order.

        Raises:
            RecordingError: the recording failed, or the recogniser refused a span.
        """
        if self._error is not None:
            raise self._error
        return [(track, self._decoded(track.channel)) for track in self._tracks]

    @property
    def has_speech(self) -> bool:
        """Whether any span was found."""
        return bool(self._spans)

    def outcome(self, status: Status, reason: str = "") -> Outcome:
        """How it ended; call it when it does."""
        return Outcome(
            self.source,
            status,
            reason,
            attempts=self.number,
            audio_ms=max((track.duration_ms for track in self._tracks), default=0),
            wall_ms=seconds_to_ms(time.monotonic() - self._started),
            speech_ms=samples_to_ms(sum(span.length for span in self._spans)),
        )

    def _completed(self) -> bool:
        whole = bool(self._tracks) and len(self._results) == len(self._spans)
        if self._complete or not (whole or self._error):
            return False
        self._complete = True
        return True

    def _decoded(self, channel: int | None) -> list[Decoded]:
        found = []
        for span in self._spans:
            if span.channel == channel:
                result = self._results[span]
                if isinstance(result, RecordingError):
                    raise result
                found.append(result)
        return found
