"""Stage 3: the stretches of a recording that are handed to the recogniser.

The VAD says where speech is; a stretch longer than the recogniser takes at once is cut at the
quietest point shortly before the limit, so that a cut seldom hits a word.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from asrcli.clock import SAMPLES_PER_MS, Millis, Samples, ms_to_samples, samples_to_ms
from asrcli.engines.base import MIN_SAMPLES
from asrcli.values import SpeechSpan

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from asrcli.engines.base import Vad
    from asrcli.values import FloatArray, Recording

MIN_LIMIT_MS: Millis = 100
"""The shortest limit that leaves room for a look-back and for two pieces a model can read."""

SMOOTHING_MS: Millis = 100
"""About half a Mandarin syllable: a shorter dip is a plosive inside a word, not a pause."""

LONGEST_LOOK_BACK_MS: Millis = 5_000
"""People pause for breath more often; looking further back only makes more and shorter pieces."""

SHORTEST_TAIL_MS: Millis = 500
"""What a cut leaves over at least: a scrap of a syllable is recognised badly."""

Region: TypeAlias = tuple[Samples, Samples]


def split(recording: Recording, vad: Vad, *, max_segment_ms: Millis) -> tuple[SpeechSpan, ...]:
    """Find speech and cut it into spans of at most `max_segment_ms`.

    Every sample that the VAD marks lies in exactly one span. Spans lie on the millisecond grid,
    except for an end at the very end of the recording, and hold at least `MIN_SAMPLES`.

    Args:
        recording: float32 [n_samples] at 16 kHz, at least `MIN_SAMPLES` long.
        vad: finds the stretches of speech, of any length.
        max_segment_ms: the longest span, at least `MIN_LIMIT_MS`.

    Returns:
        Spans in order, disjoint, inside the recording. One that ends at a cut is marked
        `forced_cut`, and the next one starts where it ends.

    Raises:
        RecordingError: the VAD refuses the samples.
        ValueError: `max_segment_ms` is too small to cut anything.
    """
    if max_segment_ms < MIN_LIMIT_MS:
        raise ValueError(f"max_segment_ms is {max_segment_ms}, must be at least {MIN_LIMIT_MS}")
    samples = recording.samples
    regions = _readable(vad.speech(samples), len(samples))
    pieces = (piece for region in regions for piece in _cut(samples, region, max_segment_ms))
    return tuple(SpeechSpan(index, *piece) for index, piece in enumerate(pieces))


def _readable(regions: Iterable[Region], length: Samples) -> list[Region]:
    """Grow regions to whole milliseconds and to `MIN_SAMPLES`; join those that then overlap."""
    done: list[Region] = []
    for start, end in regions:
        low, high = _grown(start, end, length)
        if done and low < done[-1][1]:
            before = done.pop()
            low, high = min(low, before[0]), max(high, before[1])
        done.append((low, high))
    return done


def _grown(start: Samples, end: Samples, length: Samples) -> Region:
    low = start - start % SAMPLES_PER_MS
    high = min(length, end + -end % SAMPLES_PER_MS)
    missing = MIN_SAMPLES - (high - low)
    if missing > 0:
        low = max(0, low - ms_to_samples(samples_to_ms(missing // 2)))
        high = min(length, low + MIN_SAMPLES)
        last_start = max(0, length - MIN_SAMPLES)
        low = min(low, last_start - last_start % SAMPLES_PER_MS)
    return low, high


def _cut(
    samples: FloatArray, region: Region, limit_ms: Millis
) -> Iterator[tuple[Samples, Samples, bool]]:
    """(start, end, whether a cut ends it) of the adjacent pieces of one region."""
    start, end = region
    while end - start > ms_to_samples(limit_ms):
        cut = _quietest(samples, *_look_back(start, end, limit_ms))
        yield start, cut, True
        start = cut
    yield start, end, False


def _look_back(start: Samples, end: Samples, limit_ms: Millis) -> Region:
    """Where a cut may fall: the last third of the limit, at most `LONGEST_LOOK_BACK_MS`.

    It ends early enough for the last piece of the region to hold `SHORTEST_TAIL_MS`, or a quarter
    of a short limit; so no sliver ever comes to be. Both ends are on the grid and may be used.
    """
    tail = ms_to_samples(min(SHORTEST_TAIL_MS, limit_ms // 4))
    last = end - tail
    high = min(start + ms_to_samples(limit_ms), last - last % SAMPLES_PER_MS)
    return high - ms_to_samples(min(LONGEST_LOOK_BACK_MS, limit_ms // 3)), high


def _quietest(samples: FloatArray, low: Samples, high: Samples) -> Samples:
    """The millisecond in [low, high] around which `SMOOTHING_MS` hold the least energy.

    The energy of each millisecond is weighted with a raised cosine, which makes the middle of a
    pause quieter than its edges. Of equal places the first is taken.

    Args:
        samples: float32 [n_samples]; beyond its ends counts what lies nearest.
        low: first place allowed, on the grid.
        high: last place allowed, on the grid.
    """
    half = ms_to_samples(SMOOTHING_MS // 2)
    first, last = max(0, low - half), min(len(samples), high + half)
    whole = samples[first : last - (last - first) % SAMPLES_PER_MS].astype(np.float64)
    energy = np.square(whole.reshape(-1, SAMPLES_PER_MS)).sum(axis=1)
    before = samples_to_ms(first - (low - half))
    missing = samples_to_ms(high - low) + SMOOTHING_MS - before - len(energy)
    padded = np.pad(energy, (before, missing), mode="edge")
    # An even number of weights is symmetric about the edge between two milliseconds: the cut.
    weights = np.hanning(SMOOTHING_MS + 2)[1:-1]
    smooth = np.convolve(padded, weights, mode="valid")
    return low + ms_to_samples(int(np.argmin(smooth)))
