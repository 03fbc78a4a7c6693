"""The gate before every model: native code crashes, hangs or invents text on what fails here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from asrcli.engines.base import FRAME_SHIFT, MIN_SAMPLES
from asrcli.errors import RecordingError

if TYPE_CHECKING:
    from asrcli.clock import Samples


def check_samples(samples: np.ndarray) -> None:
    """Hold the samples of a whole recording or span to what the models can take.

    Args:
        samples: expected float32 [n_samples], finite, in [-1, 1], n_samples >= `MIN_SAMPLES`.

    Raises:
        RecordingError: they are not; the message names the first thing wrong.
    """
    _check_shape(samples)
    check_length(len(samples))
    _check_range(samples)


def check_mel(mel: np.ndarray, bands: int) -> None:
    """Hold the log-mel features of a span to what a recogniser can take.

    Args:
        mel: expected float32 [n_frames, bands], finite, at least one frame.
        bands: how many values a frame has.

    Raises:
        RecordingError: they are not.
    """
    if mel.dtype != np.float32 or mel.ndim != 2 or mel.shape[1] != bands or not len(mel):
        found = f"{mel.dtype} {list(mel.shape)}"
        raise RecordingError(f"features are {found}, not float32 [n, {bands}]")
    if not np.isfinite(mel).all():
        raise RecordingError("features are not all finite")


def span_length(sound: np.ndarray) -> Samples:
    """The length of a span given as float32 [n_samples] or [n_frames, 80]; see `SpanAudio`."""
    if sound.ndim == 1:
        return len(sound)
    # Both ends lie on the grid of frames, and as many more begin in the span as a frame reaches on.
    return (len(sound) + MIN_SAMPLES // FRAME_SHIFT) * FRAME_SHIFT


def check_block(samples: np.ndarray) -> None:
    """Hold a piece of a recording, float32 [n_samples], to the same but for its length.

    Raises:
        RecordingError: it is not what `check_samples` expects.
    """
    _check_shape(samples)
    if len(samples):
        _check_range(samples)


def check_length(count: int) -> None:
    """Hold the number of samples of a recording to what the models can take.

    Raises:
        RecordingError: they are too few.
    """
    if count < MIN_SAMPLES:
        raise RecordingError(f"{count} samples are too few for a model")


def _check_shape(samples: np.ndarray) -> None:
    if samples.dtype != np.float32:
        raise RecordingError(f"samples are {samples.dtype}, not float32")
    if samples.ndim != 1:
        raise RecordingError(f"samples have {samples.ndim} dimensions, not one")


def _check_range(samples: np.ndarray) -> None:
    # One pass each, without a temporary of the size of the recording.
    low, high = float(samples.min()), float(samples.max())
    if not (np.isfinite(low) and np.isfinite(high)):
        raise RecordingError("samples are not all finite")
    if low < -1.0 or high > 1.0:
        raise RecordingError("samples leave the range from -1 to 1")
