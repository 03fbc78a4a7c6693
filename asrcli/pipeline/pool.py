"""The look-ahead: spans of many recordings that wait to be decoded, bounded by their length."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from asrcli.clock import SAMPLE_RATE
from asrcli.values import Batch, SpeechSpan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from asrcli.clock import Samples
    from asrcli.values import FloatArray, RunContext, SpanAudio

    Plan: TypeAlias = "Callable[[Iterable[Item], Samples], tuple[Batch, ...]]"

Item: TypeAlias = tuple[int, SpeechSpan]

LEAST_ROOM = 30 * 60 * SAMPLE_RATE
"""Half an hour of sound, 115 MB: enough neighbours of every length to fill a batch."""

BATCHES_AHEAD = 4


PAUSE_S = 0.5
"""Between two questions whether there is something else to do than wait."""


class ClosedError(Exception):
    """The pool takes nothing more: the run is being stopped."""


@dataclass(frozen=True, slots=True)
class Work:
    """A batch to decode, the sound of its spans, and what is in force for all of them."""

    context: RunContext
    batch: Batch
    sounds: Mapping[Item, FloatArray]


@dataclass(frozen=True, slots=True)
class _Waiting:
    place: int
    context: RunContext
    sound: FloatArray


class Pool:
    """Readers put spans in, as far as there is room; decoders take batches out.

    Only spans of one context share a batch, because it holds the hotwords. All spans with the
    context of the one that has waited longest are planned together, and the batches are taken in
    the order of their oldest spans, so that recordings end about in the order in which they came.
    The first plan is made of little, so that the first output appears early; later ones wait for
    more, so that batches fill.
    """

    def __init__(self, plan: Plan, *, budget: Samples, decoders: int = 1) -> None:
        """Make an empty pool.

        Args:
            plan: groups spans into batches of at most so many padded samples.
            budget: the most padded samples of a batch.
            decoders: how many take batches at the same time.
        """
        self._plan, self._budget, self._decoders = plan, budget, decoders
        self.room = max(LEAST_ROOM, BATCHES_AHEAD * budget)
        """Samples that may wait; the span that steps over it is let in."""
        self._enough = min(BATCHES_AHEAD * budget, self.room // 2)
        self._ahead = min(budget // 2, self._enough)
        self._changed = threading.Condition()
        self._waiting: dict[Item, _Waiting] = {}
        self._planned: list[Batch] = []
        self._places = self._length = self._out = 0
        self._ended = self._closed = False

    @property
    def length(self) -> Samples:
        """Samples that wait."""
        return self._length

    def put(self, key: int, context: RunContext, piece: SpanAudio) -> None:
        """Add a span of the recording `key`; waits until there is room.

        Raises:
            ClosedError: nothing more is taken.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._length < self.room)
            if self._closed:
                raise ClosedError
            self._waiting[key, piece.span] = _Waiting(self._places, context, piece.sound)
            self._places += 1
            self._length += piece.span.length
            self._changed.notify_all()

    def drop(self, key: int) -> None:
        """Forget the spans of a recording that wait."""
        with self._changed:
            for item in [item for item in self._waiting if item[0] == key]:
                self._remove(item)
            self._changed.notify_all()

    def end(self) -> None:
        """Nothing more will be put; what waits can still be taken."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def close(self) -> None:
        """Nothing more is put or taken; everyone who waits is sent away."""
        with self._changed:
            self._closed = True
            self._waiting.clear()
            self._planned.clear()
            self._length = 0
            self._changed.notify_all()

    def wake(self) -> None:
        """Let those who wait in `take` ask anew what else there is for them."""
        with self._changed:
            self._changed.notify_all()

    @property
    def closed(self) -> bool:
        """Whether it was closed before its end."""
        return self._closed

    @property
    def over(self) -> bool:
        """Whether no batch will ever come again."""
        return self._closed or (self._ended and not self._waiting and not self._out)

    def wait(self, *, unless: Callable[[], bool]) -> None:
        """Wait until the pool is over or `unless` is true, as `take` without taking anything."""
        with self._changed:
            while not self.over and not unless():
                self._changed.wait(PAUSE_S)

    def take(self, *, unless: Callable[[], bool] = lambda: False) -> Work | None:
        """The next batch; waits for enough to choose from.

        Whoever gets one says `done` or `give_back`.

        Args:
            unless: asked twice a second and after each `wake`; true ends the waiting.

        Returns:
            None when the pool is over, or when `unless` came first.
        """
        with self._changed:
            while not self.over:
                if self._planned or self._enough_waits():
                    work = self._next()
                    if work is not None:
                        self._out += 1
                        self._changed.notify_all()
                        return work
                elif unless():
                    return None
                else:
                    self._changed.wait(PAUSE_S)
            return None

    def done(self) -> None:
        """A batch that was taken is decoded."""
        with self._changed:
            self._out -= 1
            self._changed.notify_all()

    def give_back(self, work: Work) -> None:
        """A batch that was taken could not be decoded here: it is the next one for another."""
        with self._changed:
            self._out -= 1
            if not self._closed:
                again = {
                    item: _Waiting(-1, work.context, sound) for item, sound in work.sounds.items()
                }
                self._waiting = again | self._waiting
                self._planned.append(work.batch)
                self._length += sum(span.length for _, span in again)
            self._changed.notify_all()

    def _enough_waits(self) -> bool:
        return bool(self._waiting) and (self._ended or self._length >= self._ahead)

    def _next(self) -> Work | None:
        """The first of the planned batches; None if its recordings were dropped."""
        if not self._planned:
            self._plan_oldest()
        planned = self._planned.pop()
        items = tuple(item for item in planned.items if item in self._waiting)
        if not items:
            return None
        context = self._waiting[items[0]].context
        sounds = {item: self._waiting[item].sound for item in items}
        for item in items:
            self._remove(item)
        return Work(context, Batch(items, max(span.length for _, span in items)), sounds)

    def _plan_oldest(self) -> None:
        """Batches of the context that has waited longest, the first one to take at the end."""
        context = next(iter(self._waiting.values())).context
        items = [item for item, waiting in self._waiting.items() if waiting.context is context]
        lengths = [span.length for _, span in items]
        # The last spans of all are shared out, so that no decoder is idle while another has many.
        share = -(-sum(lengths) // self._decoders)
        budget = min(self._budget, max(share, *lengths)) if self._decoders > 1 else self._budget
        self._planned = sorted(
            self._plan(items, budget),
            key=lambda batch: min(self._waiting[item].place for item in batch.items),
            reverse=True,
        )
        self._ahead = min(2 * self._ahead, self._enough)

    def _remove(self, item: Item) -> None:
        self._length -= item[1].length
        del self._waiting[item]
