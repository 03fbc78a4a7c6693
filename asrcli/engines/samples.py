"""The gate before every model: native code crashes, hangs or invents text on what fails here."""

from __future__ import annotations

import numpy as np

from asrcli.engines.base import MIN_SAMPLES
from asrcli.errors import RecordingError


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
