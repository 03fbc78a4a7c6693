"""Recordings to listen to, a VAD that can be upset, and what came of it."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from asrcli.clock import SAMPLE_RATE
from asrcli.engines.base import FRAME_SHIFT, MIN_SAMPLES, Speech
from asrcli.errors import RunError
from asrcli.pipeline.listen import Manner
from asrcli.values import ModelInfo
from tests import audio_samples as audio

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from asrcli.clock import Samples
    from asrcli.pipeline.listen import Hearing, Listener
    from asrcli.values import FloatArray, SourceFile, SpanAudio, Track

    Region = tuple[Samples, Samples]

MANNER = Manner(channels="mix", max_segment_ms=10_000, mel=False)
UPSETTING = 0.9
"""Sound above this does to a `SecondsVad` what it was made for."""


def never() -> bool:
    """The run is not being stopped."""
    return False


def record(
    path: Path, seconds: float, *, lanes: int = 1, rate_hz: int = 16_000, upsetting: bool = False
) -> SourceFile:
    """Noise, another one on each channel."""
    sounds = [audio.noise(seconds, rate_hz, seed=lane) for lane in range(lanes)]
    if upsetting:
        sounds[0][-1_000:] = 1.0
    audio.write(path, sounds[0] if lanes == 1 else audio.channels(*sounds), rate_hz)
    return audio.source(path)


def listen(
    listener: Listener,
    source: SourceFile,
    *,
    limit_s: float = 0.0,
    stopped: Callable[[], bool] = never,
) -> Heard:
    """Listen to a whole recording."""
    return hear(listener.open(source, limit_s=limit_s, stopped=stopped))


def hear(hearing: Hearing) -> Heard:
    """All that comes of it."""
    with hearing:
        pieces = [piece for pieces in hearing.pieces() for piece in pieces]
        return Heard(hearing.sha256, pieces, hearing.finish())


@dataclass(eq=False)
class Heard:
    """What came of a recording."""

    sha256: str
    pieces: list[SpanAudio]
    tracks: tuple[Track, ...]
    facts: tuple[object, ...] = field(init=False)
    """Equal where every span, every sample and all that was measured is."""

    def __post_init__(self) -> None:
        arrays = [piece.sound for piece in self.pieces]
        arrays += [track.levels for track in self.tracks if track.levels is not None]
        self.facts = (
            self.sha256,
            [(piece.span, piece.span.sound) for piece in self.pieces],
            self.tracks,
            [(array.shape, str(array.dtype), array.tobytes()) for array in arrays],
        )


class SecondsVad:
    """Hears speech in the first half of each second, whatever sounds."""

    info = ModelInfo("vad", "seconds", "0" * 64)

    def __init__(self, upset: Callable[[], None] | None = None) -> None:
        """Make one; `upset` is called where the sound is `UPSETTING`."""
        self._upset = upset

    def speech(self, samples: FloatArray) -> tuple[Region, ...]:
        stream = self.listen()
        return stream.feed(samples).regions + stream.finish().regions

    def listen(self) -> SecondsStream:
        return SecondsStream(self._upset)


class SecondsStream:
    """Frames hold their own number, 80 times."""

    def __init__(self, upset: Callable[[], None] | None) -> None:
        self._upset = upset
        self._taken = self._told = self._frames = 0

    def feed(self, samples: FloatArray) -> Speech:
        if self._upset and samples.max(initial=0) > UPSETTING:
            self._upset()
        self._taken += len(samples)
        regions = []
        while (self._told + 1) * SAMPLE_RATE <= self._taken:
            start = self._told * SAMPLE_RATE
            regions.append((start, start + SAMPLE_RATE // 2))
            self._told += 1
        count = max(0, (self._taken - MIN_SAMPLES) // FRAME_SHIFT + 1)
        numbers = np.arange(self._frames, count, dtype=np.float32)
        self._frames = count
        mel = np.repeat(numbers[:, np.newaxis], 80, axis=1)
        return Speech(tuple(regions), None, 0, self._told * SAMPLE_RATE, mel)

    def finish(self) -> Speech:
        return Speech((), None, self._taken, self._taken)


def crash() -> None:
    """As a codec may."""
    os.kill(os.getpid(), signal.SIGSEGV)


def hang() -> None:
    """As a codec may."""
    signal.pause()


def fail() -> None:
    """As a device may."""
    raise RunError("the VAD failed")


def stumble() -> None:
    """As nobody should."""
    raise ZeroDivisionError("nobody foresaw it")
