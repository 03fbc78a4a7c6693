"""How far up the sound of a recording reaches: telephones cut it off below 4 kHz.

A file that was converted from 8 to 16 kHz looks like any other, but holds nothing above 4 kHz. Of
wideband speech the band from 4.6 to 7.4 kHz, where the hiss of s, sh and x lies, holds a
hundredth or more of the energy density that 1 to 3 kHz have.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from asrcli.clock import SAMPLE_RATE

if TYPE_CHECKING:
    import numpy.typing as npt

    from asrcli.values import FloatArray

TELEPHONE_HZ = 4_000
WIDE_HZ = SAMPLE_RATE // 2

WINDOW = 1_024
"""64 ms."""

EVERY = 4
"""One window in so many is looked at: a band is a matter of averages."""

LOW_HZ = (1_000, 3_000)
HIGH_HZ = (4_600, 7_400)

EMPTY_DB = -35.0
"""Density of the high band against the low one, below which there is nothing in it."""


class BandMeter:
    """Listens to one lane, piece by piece."""

    def __init__(self) -> None:
        self._rest: FloatArray = np.empty(0, np.float32)
        self._power: npt.NDArray[np.float64] = np.zeros(WINDOW // 2 + 1)
        self._shape: FloatArray = np.hanning(WINDOW).astype(np.float32)

    def add(self, samples: FloatArray) -> None:
        """Take the next float32 [n_samples] at 16 kHz."""
        together = np.concatenate([self._rest, samples])
        step = WINDOW * EVERY
        whole = len(together) // step * step
        windows = together[:whole].reshape(-1, step)[:, :WINDOW]
        self._rest = together[whole:].copy()
        if len(windows):
            spectra = np.fft.rfft(windows * self._shape, axis=1)
            self._power += np.square(np.abs(spectra)).sum(axis=0)

    def band_hz(self, source_rate_hz: int) -> int:
        """`TELEPHONE_HZ`, or what the file's rate leaves of `WIDE_HZ`."""
        possible = min(source_rate_hz // 2, WIDE_HZ)
        low, high = self._density(LOW_HZ), self._density(HIGH_HZ)
        if possible <= TELEPHONE_HZ or not low:
            return possible
        empty = high <= low * 10 ** (EMPTY_DB / 10)
        return TELEPHONE_HZ if empty and possible > HIGH_HZ[0] else possible

    def _density(self, band_hz: tuple[int, int]) -> float:
        """Mean power in a band."""
        first, last = (hz * WINDOW // SAMPLE_RATE for hz in band_hz)
        return float(self._power[first:last].mean())
