"""Sound of any rate in pieces -> one float32 array at 16 kHz.

soxr at HQ: its noise lies at about -120 dB, below that of the 16-bit files it is fed, and it
passes everything up to 91 % of the Nyquist frequency. VHQ takes 1.5 to 2.5 times as long for
accuracy that no 16-bit recording has. The result does not depend on how the sound is cut up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from asrcli.clock import SAMPLE_RATE
from asrcli.errors import RecordingError

if TYPE_CHECKING:
    from asrcli.clock import Samples
    from asrcli.values import FloatArray

LONGEST_H = 48
_FIRST_CAPACITY = 60 * SAMPLE_RATE
_QUALITY = "HQ"


class Gatherer:
    """Collects mono pieces into one array that grows in place, so there is never a second copy."""

    def __init__(self, expected: Samples = 0) -> None:
        """Begin.

        Args:
            expected: samples at 16 kHz that will probably come; only speed depends on it.
        """
        self._samples = np.empty(max(expected, _FIRST_CAPACITY), np.float32)
        self._length = 0
        self._rate_hz = SAMPLE_RATE
        self._stream: Any = None
        self._taken = self._loud = 0

    def add(self, piece: FloatArray, rate_hz: int) -> None:
        """Append a piece.

        Args:
            piece: float32 [n_samples], mono, finite; what is beyond full scale is clipped.
            rate_hz: its rate; it may change from piece to piece.

        Raises:
            RecordingError: the sound is longer than `LONGEST_H` hours.
        """
        if rate_hz != self._rate_hz:
            self._flush()
            self._rate_hz = rate_hz
        self._taken += len(piece)
        if _is_loud(piece):
            # Before the filter: it would smear one wild sample over its neighbours.
            self._loud += int(np.count_nonzero(np.abs(piece) > 1))
            piece = np.clip(piece, -1, 1)
        if rate_hz == SAMPLE_RATE:
            self._append(piece)
            return
        if self._stream is None:
            import soxr

            self._stream = soxr.ResampleStream(rate_hz, SAMPLE_RATE, 1, "float32", _QUALITY)
        self._append(self._stream.resample_chunk(np.ascontiguousarray(piece)))

    def finish(self) -> FloatArray:
        """Everything added.

        Returns:
            float32 [n_samples], mono, 16 kHz, in [-1, 1], contiguous, read-only.

        Raises:
            RecordingError: most samples were far beyond full scale: the file is scaled wrongly.
        """
        self._flush()
        if self._loud * 2 > self._taken:
            raise RecordingError("damaged: most samples are beyond full scale (wrongly scaled)")
        self._samples.resize(self._length, refcheck=False)
        self._samples.flags.writeable = False
        return self._samples

    def _flush(self) -> None:
        if self._stream is not None:
            self._append(self._stream.resample_chunk(np.empty(0, np.float32), last=True))
            self._stream = None

    def _append(self, piece: FloatArray) -> None:
        end = self._length + len(piece)
        if end > LONGEST_H * 3600 * SAMPLE_RATE:
            raise RecordingError(f"longer than {LONGEST_H} h; split it")
        if end > len(self._samples):
            self._samples.resize(max(end, len(self._samples) * 5 // 4), refcheck=False)
        # The filter overshoots a little where the sound touches full scale.
        self._samples[self._length : end] = np.clip(piece, -1, 1) if _is_loud(piece) else piece
        self._length = end


def _is_loud(piece: FloatArray) -> bool:
    return bool(len(piece)) and bool(max(piece.max(), -piece.min()) > 1)
