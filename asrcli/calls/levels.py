"""The level of a lane over time: small enough to keep for a whole recording."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from asrcli.clock import Millis, ms_to_samples

if TYPE_CHECKING:
    import numpy.typing as npt

    from asrcli.values import FloatArray

FRAME_MS: Millis = 20

LOWEST_DB = -120.0
"""Digital silence."""


class LevelMeter:
    """Measures one lane, piece by piece."""

    def __init__(self) -> None:
        self._rest: FloatArray = np.empty(0, np.float32)
        self._levels: list[npt.NDArray[np.float32]] = []

    def add(self, samples: FloatArray) -> None:
        """Take the next float32 [n_samples] at 16 kHz."""
        together = np.concatenate([self._rest, samples])
        frame = ms_to_samples(FRAME_MS)
        whole = len(together) // frame * frame
        frames = together[:whole].reshape(-1, frame)
        self._rest = together[whole:].copy()
        power = np.einsum("ij,ij->i", frames, frames) / np.float32(frame)
        floor = np.float32(10 ** (LOWEST_DB / 10))
        self._levels.append(10 * np.log10(np.maximum(power, floor)))

    def levels(self) -> FloatArray:
        """float32 [n_frames], dB against full scale, one for each whole `FRAME_MS`."""
        return np.concatenate([*self._levels, np.empty(0, np.float32)])
