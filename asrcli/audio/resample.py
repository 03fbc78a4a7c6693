"""Sound of any rate in pieces -> float32 at 16 kHz, in pieces or in one array.

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


class Resampler:
    """Mono pieces of any rate in, the same sound at 16 kHz out, piece by piece."""

    def __init__(self) -> None:
        self._length = 0
        self._rate_hz = SAMPLE_RATE
        self._stream: Any = None
        self._taken = self._loud = 0

    @property
    def length(self) -> Samples:
        """Samples at 16 kHz handed out so far."""
        return self._length

    def add(self, piece: FloatArray, rate_hz: int) -> FloatArray:
        """Take a piece.

        Args:
            piece: float32 [n_samples], mono, finite; what is beyond full scale is clipped.
            rate_hz: its rate; it may change from piece to piece.

        Returns:
            float32 [n_samples] at 16 kHz, in [-1, 1]: what is ready by now.

        Raises:
            RecordingError: the sound is longer than `LONGEST_H` hours.
        """
        before = self._rest() if rate_hz != self._rate_hz else None
        self._rate_hz = rate_hz
        self._taken += len(piece)
        if _is_loud(piece):
            # Before the filter: it would smear one wild sample over its neighbours.
            self._loud += int(np.count_nonzero(np.abs(piece) > 1))
            piece = np.clip(piece, -1, 1)
        if rate_hz != SAMPLE_RATE:
            if self._stream is None:
                import soxr

                self._stream = soxr.ResampleStream(rate_hz, SAMPLE_RATE, 1, "float32", _QUALITY)
            piece = self._stream.resample_chunk(np.ascontiguousarray(piece))
        return self._handed_out(piece if before is None else np.concatenate([before, piece]))

    def finish(self) -> FloatArray:
        """What is left, float32 [n_samples] as `add` gives it.

        Raises:
            RecordingError: most samples were far beyond full scale: the file is scaled wrongly.
        """
        rest = self._handed_out(self._rest())
        if self._loud * 2 > self._taken:
            raise RecordingError("damaged: most samples are beyond full scale (wrongly scaled)")
        return rest

    def _rest(self) -> FloatArray:
        """What the filter still holds."""
        empty = np.empty(0, np.float32)
        if self._stream is None:
            return empty
        rest: FloatArray = self._stream.resample_chunk(empty, last=True)
        self._stream = None
        return rest

    def _handed_out(self, piece: FloatArray) -> FloatArray:
        self._length += len(piece)
        if self._length > LONGEST_H * 3600 * SAMPLE_RATE:
            raise RecordingError(f"longer than {LONGEST_H} h; split it")
        # The filter overshoots a little where the sound touches full scale.
        return np.clip(piece, -1, 1) if _is_loud(piece) else piece


class Gatherer:
    """Collects pieces at 16 kHz in one array that grows in place: there is never a second copy."""

    def __init__(self, expected: Samples = 0) -> None:
        """Begin.

        Args:
            expected: samples that will probably come; only speed depends on it.
        """
        self._samples = np.empty(max(expected, _FIRST_CAPACITY), np.float32)
        self._length = 0

    def add(self, piece: FloatArray) -> None:
        """Append float32 [n_samples]."""
        end = self._length + len(piece)
        if end > len(self._samples):
            self._samples.resize(max(end, len(self._samples) * 5 // 4), refcheck=False)
        self._samples[self._length : end] = piece
        self._length = end

    def finish(self) -> FloatArray:
        """Everything added: float32 [n_samples], contiguous, read-only."""
        self._samples.resize(self._length, refcheck=False)
        self._samples.flags.writeable = False
        return self._samples


def _is_loud(piece: FloatArray) -> bool:
    return bool(len(piece)) and bool(max(piece.max(), -piece.min()) > 1)
