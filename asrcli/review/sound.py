"""How good the sound of a span is: its level, the noise in it, whether it was clipped."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from asrcli.acoustics import Sound
from asrcli.clock import ms_to_samples

if TYPE_CHECKING:
    from asrcli.values import FloatArray

FRAME_MS = 20
"""Short enough to lie between two words, long enough to hold two periods of a low voice."""

QUIET_SHARE = 0.1
"""The share of frames that is taken for noise: there are pauses in all speech, and the VAD leaves
some silence at both ends of a span."""

FULL_SCALE = 0.985
"""From here on a sample counts as clipped. Resampling and lossy codecs let clipped samples swing a
little to either side of the limit."""

SILENCE_DB = -100.0
"""The level of digital silence; 16 bits do not reach below."""


def measure(samples: FloatArray) -> Sound:
    """Measure a span.

    The level is the mean power of the louder half of its frames, the noise that of the quietest
    frames, so their difference is a signal-to-noise ratio that needs no marked silence.

    Args:
        samples: float32 [n_samples], mono, 16 kHz, in [-1, 1].
    """
    if not len(samples):
        return Sound(SILENCE_DB, SILENCE_DB, 0.0)
    clipped = float(np.count_nonzero(np.abs(samples) >= FULL_SCALE)) / len(samples)
    power = np.sort(_frame_power(samples))
    quiet = max(1, round(QUIET_SHARE * len(power)))
    return Sound(_db(power[len(power) // 2 :]), _db(power[:quiet]), clipped)


def _frame_power(samples: FloatArray) -> FloatArray:
    """Mean square of each whole frame, float32 [n_frames]; of all samples where none is whole."""
    size = min(ms_to_samples(FRAME_MS), len(samples))
    count = len(samples) // size
    frames = samples[: count * size].reshape(count, size)
    power: FloatArray = np.einsum("ij,ij->i", frames, frames) / np.float32(size)
    return power


def _db(power: FloatArray) -> float:
    """Level of frames [n_frames] of mean squares, in dB relative to full scale."""
    mean = float(power.mean(dtype=np.float64))
    return max(SILENCE_DB, 10 * float(np.log10(mean))) if mean > 0 else SILENCE_DB
