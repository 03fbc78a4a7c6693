"""A recogniser in a process of its own: one for each device when a run has several.

The process is spawned, loads the model and answers one request after the other. It ignores Ctrl-C,
which the terminal sends to everyone: the run decides what ends when. It ends when its pipe does,
so that none is left when the run is killed.
"""

from __future__ import annotations

import multiprocessing
import signal
import threading
from typing import TYPE_CHECKING, Any

from asrcli.errors import AsrError, DeviceLostError, RecordingError, RunError
from asrcli.wording import first_line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from multiprocessing.connection import Connection

    from asrcli.engines.base import Asr
    from asrcli.values import DroppedHotword, FloatArray, HotwordSet, ModelInfo, Token

MOST_RESTARTS = 16
"""Deaths of one device's processes, after which it counts as lost. Halving a batch of sixty spans
until the one that kills the process is alone takes twelve."""

GOODBYE_S = 5.0


class _DiedError(RecordingError):
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
        self._facts: tuple[ModelInfo, float] | None = None
        self._start()

    @property
    def info(self) -> ModelInfo:
        """Name and hash, for the transcript and the resume key."""
        return self._known()[0]

    @property
    def batch_seconds(self) -> float:
        """Padded seconds of audio that a batch may hold on this device."""
        return self._known()[1]

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
        """Recognise spans, float32 [n_samples] each, together; see `Asr.decode`.

        Raises:
            RecordingError: also when the process died over them.
            DeviceLostError: no process can be had on this device any more.
        """
        try:
            decoded: list[tuple[Token, ...]] = self._ask("decode", list(batch))
        except _DiedError:
            # Alone it gets another chance: what killed the process need not be the span.
            if len(batch) > 1:
                raise
            decoded = self._ask("decode", list(batch))
        return decoded

    def close(self) -> None:
        """End the process; nothing can be asked after."""
        self._pipe.close()
        self._process.join(GOODBYE_S)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()

    def _start(self) -> None:
        spawn = multiprocessing.get_context("spawn")
        self._pipe, theirs = spawn.Pipe()
        name = f"asr {self._device}"
        self._process = spawn.Process(
            target=_serve, args=(theirs, self._opening), name=name, daemon=True
        )
        self._process.start()
        # Else the end of the process would not be seen here.
        theirs.close()

    def _known(self) -> tuple[ModelInfo, float]:
        """What the process said when its model was loaded."""
        with self._lock:
            if self._facts is None:
                try:
                    self._facts = self._answer()
                except (EOFError, OSError) as error:
                    raise DeviceLostError(self._obituary("while it loaded the model")) from error
            return self._facts

    def _ask(self, method: str, argument: object) -> Any:
        self._known()
        with self._lock:
            try:
                self._pipe.send((method, argument))
                return self._answer()
            except (EOFError, OSError) as error:
                self._replace()
                raise _DiedError(
                    f"the recogniser's process on {self._device} died over it"
                ) from error

    def _answer(self) -> Any:
        answer = self._pipe.recv()
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _replace(self) -> None:
        """Another process in place of the one that died, with the same hotwords."""
        self._deaths += 1
        cause = self._obituary("again and again")
        if self._deaths > MOST_RESTARTS:
            raise DeviceLostError(cause)
        self._pipe.close()
        self._start()
        try:
            self._answer()
            if self._hotwords is not None:
                self._pipe.send(("set_hotwords", self._hotwords))
                self._answer()
        except (EOFError, OSError, AsrError) as error:
            raise DeviceLostError(cause) from error

    def _obituary(self, when: str) -> str:
        self._process.join(GOODBYE_S)
        code = self._process.exitcode
        return f"the recogniser's process on {self._device} died {when} (exit code {code})"


def _serve(pipe: Connection, opening: Callable[[], Asr]) -> None:
    """Answer requests until the other end is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        asr = opening()
        pipe.send((asr.info, asr.batch_seconds))
        while True:
            method, argument = pipe.recv()
            pipe.send(_answer_of(getattr(asr, method), argument))
    except (EOFError, BrokenPipeError):
        return
    except AsrError as error:
        pipe.send(error)


def _answer_of(call: Callable[[object], object], argument: object) -> object:
    try:
        return call(argument)
    except AsrError as error:
        # The cause may hold what cannot be pickled.
        return type(error)(str(error))
    except Exception as error:  # noqa: BLE001 - told where the run is
        return RunError(f"the recogniser failed: {type(error).__name__}: {first_line(error)}")
