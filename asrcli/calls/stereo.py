"""What the channels of a recording are to each other: two speakers, one sound twice, one scene.

Decided from how alike the waves are (their correlation over the whole recording) and, where they
differ, from whether the channels grow loud together, as two microphones in one room do, or in
turn, as two speakers do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from asrcli.acoustics import Stereo

if TYPE_CHECKING:
    import numpy.typing as npt

    from asrcli.values import FloatArray

FRAME_S = 0.05

SAME = 0.95
"""Correlation from which on two channels are one sound. Speakers who leak into each other's
channel at half the level reach 0.8."""

ABSENT = 1e-6
"""A channel with less than this share of the loudest one's energy is silent: 60 dB below."""

TOGETHER = 0.5
"""Correlation of the levels in dB from which on channels are loud together. In a call it is
negative, because each is quiet while the other speaks."""

APART_DB = 12.0
"""A channel that is this much quieter than the other most of the time is no second microphone: it
belongs to somebody who listens, with some of the other leaking in."""

PAUSE_DB = 40.0
"""Frames this far below the loudest ones are pauses."""

ENOUGH_S = 600.0
"""So much sound decides; nobody waits ten minutes for the second speaker of a call."""

_SMALLEST = 1e-12
"""Mean square of a frame of digital silence, in place of 0: -120 dB."""


class StereoMeter:
    """Listens to all channels of a file, piece by piece."""

    def __init__(self) -> None:
        self._energy: npt.NDArray[np.float64] = np.zeros(0)
        self._with_first: npt.NDArray[np.float64] = np.zeros(0)
        self._levels: list[FloatArray] = []
        self._rest: FloatArray = np.empty((0, 0), np.float32)
        self._seconds = 0.0

    @property
    def enough(self) -> bool:
        """Whether so much was heard that the rest need not be read."""
        return self._seconds >= ENOUGH_S

    @property
    def loudest(self) -> int:
        """The zero-based channel with the most energy."""
        return int(np.argmax(self._energy)) if len(self._energy) else 0

    def add(self, samples: FloatArray, rate_hz: int) -> None:
        """Take the next float32 [n_frames, n_channels] at `rate_hz`."""
        count = samples.shape[1]
        if count < 2:
            return
        if len(self._energy) != count:
            # Another layout: what was heard before says nothing about it.
            self._energy, self._with_first = np.zeros(count), np.zeros(count)
            self._levels, self._rest = [], np.empty((0, count), np.float32)
        self._seconds += len(samples) / rate_hz
        together = np.concatenate([self._rest, samples])
        frame = max(1, round(FRAME_S * rate_hz))
        whole = len(together) // frame * frame
        self._rest = together[whole:].copy()
        # Channel after channel in memory, which numpy works through several times faster.
        self._measure(np.ascontiguousarray(together[:whole].T).reshape(count, -1, frame))

    def _measure(self, frames: FloatArray) -> None:
        """Take float32 [n_channels, n_frames, frame]."""
        power = np.einsum("cij,cij->ci", frames, frames)
        if not np.isfinite(power).all():
            self._measure(np.clip(np.nan_to_num(frames, posinf=0.0, neginf=0.0), -1, 1))
            return
        shared = np.einsum("ij,cij->ci", frames[0], frames)
        self._energy += power.sum(axis=1, dtype=np.float64)
        self._with_first += shared.sum(axis=1, dtype=np.float64)
        self._levels.append(power.T / np.float32(frames.shape[2]))

    def kind(self) -> Stereo:
        """What the channels are, from what was heard so far."""
        if len(self._energy) < 2:
            return Stereo.MONO
        heard = self._energy > self._energy.max() * ABSENT
        if heard.sum() == 1:
            return Stereo.ONE_SIDED
        # Where the first of several channels is silent, the others are compared with nothing.
        alike = self._alike(heard) if heard[0] or not heard.any() else np.zeros(1)
        if (np.abs(alike) >= SAME).all():
            return Stereo.DUAL if (alike > 0).all() else Stereo.INVERTED
        return Stereo.ROOM if heard[0] and self._one_scene(heard) else Stereo.SPEAKERS

    def _alike(self, heard: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
        """Correlation of each channel that holds sound with the first one; 1 without any sound."""
        if not heard.any():
            return np.ones(1)
        found: npt.NDArray[np.float64] = self._with_first[heard] / np.sqrt(
            self._energy[0] * self._energy[heard]
        )
        return found

    def _one_scene(self, heard: npt.NDArray[np.bool_]) -> bool:
        """Whether all channels that hold sound are loud at the same time."""
        levels = 10 * np.log10(np.concatenate(self._levels)[:, heard] + _SMALLEST)
        loudest = levels.max(axis=1)
        active = levels[loudest >= np.percentile(loudest, 99) - PAUSE_DB]
        first = active[:, 0]
        return all(_together(first, other) for other in active.T[1:])


def _together(first: npt.NDArray[np.float64], other: npt.NDArray[np.float64]) -> bool:
    """Whether two channels rise and fall together, [n_frames] dB each, at similar levels."""
    if abs(float(np.median(first - other))) >= APART_DB:
        return False
    spread = float(first.std() * other.std())
    return spread > 0 and float(((first - first.mean()) * (other - other.mean())).mean()) >= (
        TOGETHER * spread
    )


def channels_for(kind: Stereo, loudest: int) -> str:
    """What `--channels auto` takes of a file: `split`, `mix`, or a channel counted from 1.

    One sound twice is mixed, which hides the noise of two lines; where one channel is inverted a
    mix would be silence.
    """
    if kind is Stereo.SPEAKERS:
        return "split"
    if kind in {Stereo.INVERTED, Stereo.ONE_SIDED}:
        return str(loudest + 1)
    return "mix"
