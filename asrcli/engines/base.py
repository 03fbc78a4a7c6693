"""What the pipeline asks of a recogniser, as Protocols; the implementations stand beside this file.

No call leaves anything behind but `set_hotwords`, so that a result can depend on nothing but the
samples, the settings given at construction and the hotwords in force.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asrcli.child import Nursery
    from asrcli.clock import Samples
    from asrcli.values import DroppedHotword, FloatArray, HotwordSet, ModelInfo, Token

MIN_SAMPLES = 400
"""The shortest audio a model is ever given: one 25 ms frame. Less crashes native code."""

FRAME_SHIFT: Samples = 160
"""Frames of log-mel features, `MIN_SAMPLES` long each, begin 10 ms apart."""


def frame_count(samples: Samples) -> int:
    """How many whole frames so many samples hold."""
    return max(0, (samples - MIN_SAMPLES) // FRAME_SHIFT + 1)


@dataclass(frozen=True, slots=True)
class Speech:
    """What a VAD has decided since it was last asked; places are samples from the start.

    `regions`: (start, end) of the stretches that ended, half-open, ordered, disjoint. `open`:
    where a stretch began that goes on, or None. `reaches`: it ends there or later, or with the
    sound, whichever comes first. `settled`: nothing that is still to come starts before it; the
    start of the open stretch where there is one. `mel`: the log-mel features that were computed
    for it, float32 [n_frames, 80], which follow those given before; None where there are none.
    """

    regions: tuple[tuple[Samples, Samples], ...]
    open: Samples | None
    reaches: Samples
    settled: Samples
    mel: FloatArray | None = None


class VadStream(Protocol):
    """Listens to one recording, piece by piece; what it decides does not depend on the pieces."""

    def feed(self, samples: FloatArray) -> Speech:
        """Listen on.

        Args:
            samples: float32 [n_samples], as `Vad.speech` takes it but of any length.

        Raises:
            RecordingError: the samples break the contract.
        """
        ...

    def finish(self) -> Speech:
        """The sound has ended, and so has every stretch; all regions lie inside.

        Raises:
            RecordingError: there were less than `MIN_SAMPLES`.
        """
        ...


class Vad(Protocol):
    """Finds speech; several threads may listen at the same time, each with its own stream."""

    @property
    def info(self) -> ModelInfo:
        """Name and hash, for the transcript and the resume key."""
        ...

    def speech(self, samples: FloatArray) -> tuple[tuple[Samples, Samples], ...]:
        """Stretches of speech of any length.

        Args:
            samples: float32 [n_samples], mono, 16 kHz, finite, in [-1, 1], at least
                `MIN_SAMPLES` long.

        Returns:
            (start, end) in samples from the start, half-open, ordered, disjoint, inside.

        Raises:
            RecordingError: the samples break the contract above.
        """
        ...

    def listen(self) -> VadStream:
        """Begin to listen to a recording that comes in pieces: same regions as from `speech`."""
        ...


class Asr(Protocol):
    """Turns speech into tokens."""

    @property
    def info(self) -> ModelInfo:
        """Name and hash, for the transcript and the resume key."""
        ...

    @property
    def batch_seconds(self) -> float:
        """Padded seconds of audio that a batch may hold on this device."""
        ...

    @property
    def takes_mel(self) -> bool:
        """Whether `decode` takes log-mel features in place of samples."""
        ...

    def unusable(self, hotwords: HotwordSet) -> tuple[DroppedHotword, ...]:
        """The words this model cannot use, with the reason; nothing else changes by asking.

        Any thread may ask while another one decodes.
        """
        ...

    def set_hotwords(self, hotwords: HotwordSet) -> tuple[DroppedHotword, ...]:
        """Compile the list once; every later `decode` uses it.

        Returns:
            What `unusable` says of it.
        """
        ...

    def decode(self, batch: Sequence[FloatArray]) -> list[tuple[Token, ...]]:
        """Recognise spans together; the result for each is the one it would get alone.

        Args:
            batch: float32 [n_samples] each, mono, 16 kHz, finite, in [-1, 1]; where `takes_mel`,
                any of them may be `SpanAudio.sound` of the second kind.

        Returns:
            One tuple of tokens for each span, in order; empty where no words were heard.
            Times are milliseconds from the span's start, monotone, inside the span.

        Raises:
            DeviceMemoryError: the batch is too large for the device.
            RecordingError: a span breaks the contract above.
        """
        ...


class Punctuator(Protocol):
    """Puts marks behind words."""

    @property
    def info(self) -> ModelInfo:
        """Name and hash, for the transcript and the resume key."""
        ...

    def marks(self, words: Sequence[str]) -> tuple[str, ...]:
        """The mark that follows each word, "" for none, else one of "，", "。", "？", "、".

        Args:
            words: token texts of one recording in order; none is changed, joined or dropped.
        """
        ...


class GatheredStream:
    """Listens with a VAD that must have a recording whole: holds its samples until the end."""

    def __init__(self, vad: Vad) -> None:
        self._vad = vad
        self._blocks: list[FloatArray] = []

    def feed(self, samples: FloatArray) -> Speech:
        """Keep float32 [n_samples]; nothing is decided."""
        self._blocks.append(samples)
        return Speech((), None, 0, 0)

    def finish(self) -> Speech:
        """Everything at once; see `VadStream.finish`."""
        import numpy as np

        one = len(self._blocks) == 1
        samples = (
            self._blocks[0] if one else np.concatenate([np.empty(0, np.float32), *self._blocks])
        )
        return Speech(self._vad.speech(samples), None, len(samples), len(samples))


@dataclass(frozen=True, slots=True)
class Engines:
    """The models of one run; `punctuator` is None where sentences end at pauses.

    `others` are further recognisers that say the same as `asr`, each for a thread of its own.
    `readers` is the number of threads that read recordings and look for speech in them;
    `vads` are processes with the same VAD, where each of them should do that in one.
    """

    vad: Vad
    asr: Asr
    punctuator: Punctuator | None
    others: tuple[Asr, ...] = ()
    readers: int = 1
    vads: Nursery[Vad] | None = None

    @property
    def infos(self) -> tuple[ModelInfo, ...]:
        """What is in use, in pipeline order."""
        used = (self.vad.info, self.asr.info)
        return used if self.punctuator is None else (*used, self.punctuator.info)
