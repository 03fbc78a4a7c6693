"""A recogniser in a process of its own: one for each device when a run has several.

The process loads the model and answers one request after the other; see `asrcli.child`.
"""

from __future__ import annotations

import functools
import threading
from typing import TYPE_CHECKING, Any

from asrcli.child import Child, DiedError
from asrcli.errors import AsrError, DeviceLostError, RecordingError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from multiprocessing.connection import Connection

    from asrcli.engines.base import Asr
    from asrcli.values import DroppedHotword, FloatArray, HotwordSet, ModelInfo, Token

MOST_RESTARTS = 16
"""Deaths of one device's processes, after which it counts as lost. Halving a batch of sixty spans
until the one that kills the process is alone takes twelve."""


class _DiedOverItError(RecordingError):
    """The process died over a request, and another one has taken its place."""


class RemoteAsr:
    """The recogniser of a device; see `asrcli.engines.base.Asr` for the contract.

    A process that dies over a batch is replaced, and the batch counts as refused: the decode stage
    halves it until the span that kills is alone and fails its recording, and no other.
    """

    def __init__(self, opening: Callable[[], Asr], device: str) -> None:
        """Start the process; it loads its model meanwhile, and `info` waits for it.

        Args:
            opening: makes the recogniser, there; can be pickled.
            device: named in messages.
        """
        self._opening, self._device = opening, device
        self._lock = threading.Lock()
        self._deaths = 0
        self._hotwords: HotwordSet | None = None
        self._facts: tuple[ModelInfo, float, bool] | None = None
        self._start()

    @property
    def info(self) -> ModelInfo:
        """Name and hash, for the transcript and the resume key."""
        return self._known()[0]

    @property
    def batch_seconds(self) -> float:
        """Padded seconds of audio that a batch may hold on this device."""
        return self._known()[1]

    @property
    def takes_mel(self) -> bool:
        """Whether it takes log-mel features in place of samples; see `Asr.takes_mel`."""
        return self._known()[2]

    def unusable(self, hotwords: HotwordSet) -> tuple[DroppedHotword, ...]:
        """The words this model cannot use; see `Asr.unusable`."""
        dropped: tuple[DroppedHotword, ...] = self._ask("unusable", hotwords)
        return dropped

    def set_hotwords(self, hotwords: HotwordSet) -> tuple[DroppedHotword, ...]:
        """Compile the list once; see `Asr.set_hotwords`."""
        self._hotwords = hotwords
        dropped: tuple[DroppedHotword, ...] = self._ask("set_hotwords", hotwords)
        return dropped

    def decode(self, batch: Sequence[FloatArray]) -> list[tuple[Token, ...]]:
        """Recognise spans, float32 [n_samples] or [n_frames, 80], together; see `Asr.decode`.

        Raises:
            RecordingError: also when the process died over them.
            DeviceLostError: no process can be had on this device any more.
        """
        try:
            decoded: list[tuple[Token, ...]] = self._ask("decode", list(batch))
        except _DiedOverItError:
            # Alone it gets another chance: what killed the process need not be the span.
            if len(batch) > 1:
                raise
            decoded = self._ask("decode", list(batch))
        return decoded

    def close(self) -> None:
        """End the process; nothing can be asked after."""
        self._child.close()

    def _start(self) -> None:
        self._child = Child(self._opening, f"the recogniser's process on {self._device}")

    def _asked(self, work: Callable[[Connection, Asr], None]) -> Any:
        self._child.ask(work)
        return self._child.receive()

    def _known(self) -> tuple[ModelInfo, float, bool]:
        """What the process said when its model was loaded."""
        with self._lock:
            if self._facts is None:
                try:
                    self._facts = self._asked(_facts)
                except DiedError as error:
                    raise DeviceLostError(f"{error} while it loaded the model") from error
            return self._facts

    def _ask(self, method: str, argument: object) -> Any:
        self._known()
        with self._lock:
            try:
                return self._asked(functools.partial(_call, method, argument))
            except DiedError as error:
                self._replace(error)
                raise _DiedOverItError(f"{error} over it") from error

    def _replace(self, death: DiedError) -> None:
        """Another process in place of the one that died, with the same hotwords."""
        self._deaths += 1
        if self._deaths > MOST_RESTARTS:
            raise DeviceLostError(f"{death} again and again") from death
        try:
            self._start()
            if self._hotwords is not None:
                self._asked(functools.partial(_call, "set_hotwords", self._hotwords))
            else:
                self._asked(_facts)
        except AsrError as error:
            raise DeviceLostError(f"{death} again and again") from error


def _facts(pipe: Connection, asr: Asr) -> None:
    pipe.send((asr.info, asr.batch_seconds, asr.takes_mel))


def _call(method: str, argument: object, pipe: Connection, asr: Asr) -> None:
    pipe.send(getattr(asr, method)(argument))
