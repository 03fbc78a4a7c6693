"""All that is measured on a recording while it is read: its channels, its band, its levels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from asrcli.acoustics import Acoustics
from asrcli.calls.band import BandMeter
from asrcli.calls.levels import LevelMeter
from asrcli.calls.stereo import StereoMeter
from asrcli.clock import SAMPLE_RATE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asrcli.values import FloatArray


class Ears:
    """Listens along with the reader of one file.

    It does so in pieces of a second: many decoders hand out blocks so small that measuring each
    would take longer than decoding it.
    """

    def __init__(self, lanes: int) -> None:
        """Begin a file.

        Args:
            lanes: how many are read side by side; levels are measured where there are several.
        """
        self._stereo, self._raw, self._rate_hz = StereoMeter(), _Pieces(), SAMPLE_RATE
        self._band, self._lanes = BandMeter(), [_Pieces() for _ in range(lanes)]
        self._levels = [LevelMeter() for _ in range(lanes if lanes > 1 else 0)]

    def hear_file(self, samples: FloatArray, rate_hz: int) -> None:
        """Take the next float32 [n_frames, n_channels] as they stand in the file."""
        if samples.shape[1] < 2:
            return
        if rate_hz != self._rate_hz or self._raw.channels not in {0, samples.shape[1]}:
            self._measure_file(self._raw.rest())
        self._rate_hz = rate_hz
        if (piece := self._raw.add(samples, rate_hz)) is not None:
            self._measure_file(piece)

    def hear_lanes(self, blocks: Sequence[FloatArray]) -> None:
        """Take the next float32 [n_samples] at 16 kHz of each lane."""
        for place, block in enumerate(blocks):
            if (piece := self._lanes[place].add(block, SAMPLE_RATE)) is not None:
                self._measure(place, piece)

    def finish(self, source_rate_hz: int) -> tuple[Acoustics, list[FloatArray]]:
        """What the file is like, and the levels of its lanes where there are several.

        Args:
            source_rate_hz: as the file's header says.
        """
        self._measure_file(self._raw.rest())
        for place, lane in enumerate(self._lanes):
            self._measure(place, lane.rest())
        acoustics = Acoustics(
            self._stereo.kind(), self._band.band_hz(source_rate_hz), self._stereo.loudest
        )
        return acoustics, [meter.levels() for meter in self._levels]

    def _measure_file(self, piece: FloatArray | None) -> None:
        if piece is not None:
            self._stereo.add(piece, self._rate_hz)

    def _measure(self, place: int, piece: FloatArray | None) -> None:
        if piece is None:
            return
        # The band is that of the line: every lane has the same.
        if place == 0:
            self._band.add(piece)
        if self._levels:
            self._levels[place].add(piece)


class _Pieces:
    """Joins blocks until there are enough."""

    def __init__(self) -> None:
        self._held: list[FloatArray] = []
        self._count = 0

    @property
    def channels(self) -> int:
        """Of the blocks that are held; 0 without any."""
        return self._held[0].shape[1] if self._held else 0

    def add(self, block: FloatArray, enough: int) -> FloatArray | None:
        """All that is held, once that is `enough` samples, else None."""
        self._held.append(block)
        self._count += len(block)
        return self.rest() if self._count >= enough else None

    def rest(self) -> FloatArray | None:
        """All that is held, None without any."""
        together = np.concatenate(self._held) if self._held else None
        self._held, self._count = [], 0
        return together
