"""How far an error rate could be off because other recordings might have been chosen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from asrcli.evaluate.cer import ErrorCount

    IntArray: TypeAlias = npt.NDArray[np.int64]

SEED = 2004
CONFIDENCE = 0.95
MOST_RESAMPLES = 10_000
FEWEST_RESAMPLES = 1_000
_DRAWS = 50_000_000
"""About a second of work; more files get fewer resamples."""
_DRAWS_AT_ONCE = 1_000_000


@dataclass(frozen=True, slots=True)
class Interval:
    """Both ends of a 95 % confidence interval, as rates, and how many resamples it rests on."""

    low: float
    high: float
    resamples: int


def bootstrap(counts: Sequence[ErrorCount], *, seed: int = SEED) -> Interval | None:
    """The percentile bootstrap over files of the pooled rate (Bisani and Ney, ICASSP 2004).

    Whole files are drawn with replacement, as many as there are, because the errors inside one
    file hang together. The same counts and seed give the same interval.

    Args:
        counts: errors of each file.
        seed: of the drawing.

    Returns:
        None for fewer than two files: one file says nothing about others.
    """
    if len(counts) < 2:
        return None
    errors = np.array([count.errors for count in counts], dtype=np.int64)
    lengths = np.array([count.reference for count in counts], dtype=np.int64)
    resamples = min(MOST_RESAMPLES, max(FEWEST_RESAMPLES, _DRAWS // len(counts)))
    rates = _resampled(errors, lengths, resamples, seed)
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(rates, [tail, 1 - tail])
    return Interval(float(low), float(high), resamples)


def _resampled(
    errors: IntArray, lengths: IntArray, resamples: int, seed: int
) -> npt.NDArray[np.float64]:
    """The pooled rate of every resample, float64 [resamples].

    Args:
        errors: int64 [n_files].
        lengths: int64 [n_files], of the references.
        resamples: how many.
        seed: of the drawing.
    """
    random = np.random.default_rng(seed)
    files = len(errors)
    at_once = max(1, _DRAWS_AT_ONCE // files)
    parts = []
    for start in range(0, resamples, at_once):
        chosen = random.integers(files, size=(min(at_once, resamples - start), files))
        parts.append(errors[chosen].sum(axis=1) / np.maximum(lengths[chosen].sum(axis=1), 1))
    return np.concatenate(parts)
