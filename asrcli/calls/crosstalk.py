"""What a channel picks up of the other one: found by its level alone, and left out of the text.

A line or an earpiece passes on the other voice weaker, a little later, and otherwise unchanged.
So the level of cross-talk follows that of the louder channel, moment by moment, at a constant
distance down to the channel's own noise; what somebody says at the same time does not.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from asrcli.calls.levels import FRAME_MS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from asrcli.clock import Millis
    from asrcli.values import Decoded, FloatArray, Track

    Levels: TypeAlias = npt.NDArray[np.float64]
    Marks: TypeAlias = npt.NDArray[np.bool_]
    Places: TypeAlias = npt.NDArray[np.intp]

_NEPER = math.log(10) / 10
"""Natural logarithm of a power ratio of 1 dB."""

WINDOW = 1_000 // FRAME_MS
"""A second: three to five syllables, so that two voices seldom rise and fall alike."""

LONGEST_DELAY = 300 // FRAME_MS
"""Echo of a telephone line returns within 300 ms."""

WEAKER_DB = tuple(range(6, 49, 3))
"""How much weaker cross-talk may be."""

STRAYS_DB = 3.0
"""How far the level of a second of cross-talk may be from what is expected: root mean square."""

MOVES_DB = 4.0
"""How much the expected level must move in a second, as a standard deviation: a second of even
noise is like any other."""

MARGIN_MS: Millis = 500
"""Half a window."""

DROWNED = 0.25
"""Share of a second in which the other channel must be louder for it to be looked at."""

QUIET_PERCENT = 5
"""The quietest frames of a channel, in percent, show its noise."""

LOUD_DB = 25.0
"""Frames of a span this far below its loudest ones are pauses, and say nothing."""

EXPLAINED = 0.7
"""Share of the loud frames that must be cross-talk for the whole to be."""


def without_crosstalk(
    lanes: Sequence[tuple[Track, list[Decoded]]],
) -> list[tuple[Track, list[Decoded]]]:
    """The lanes of a recording without the words that a louder lane explains."""
    levels = {place: track.levels for place, (track, _) in enumerate(lanes)}
    measured = {place: own for place, own in levels.items() if own is not None}
    if len(lanes) < 2 or len(measured) < len(lanes):
        return list(lanes)
    kept = suppressed({place: decoded for place, (_, decoded) in enumerate(lanes)}, measured)
    return [(track, kept[place]) for place, (track, _) in enumerate(lanes)]


def suppressed(
    decoded: Mapping[int, Sequence[Decoded]], levels: Mapping[int, FloatArray]
) -> dict[int, list[Decoded]]:
    """The same without the words that a louder channel explains.

    Args:
        decoded: for each channel what was recognised in its spans.
        levels: for each channel float32 [n_frames], dB, see `LevelMeter`.

    Returns:
        The spans in order without those that are cross-talk all over; of others only the words go
        that lie in cross-talk.
    """
    kept: dict[int, list[Decoded]] = {}
    for channel, spans in decoded.items():
        own = levels[channel]
        speech = np.zeros(len(own), np.bool_)
        for item in spans:
            # With the pauses around it even one word fills a window.
            beginning = max(0, item.span.start_ms - MARGIN_MS)
            speech[_frames(beginning, item.span.end_ms + MARGIN_MS)] = True
        others = [levels[other] for other in levels if other != channel]
        marks = explained(own, others, speech)
        kept[channel] = _without(spans, own, marks)
    return kept


def explained(own: FloatArray, others: Sequence[FloatArray], speech: Marks) -> Marks:
    """Where a channel only repeats a louder one.

    The way from one channel into another stays the same during a call: for each of the others
    the one delay and the one weakening count that explain the most.

    Args:
        own: float32 [n_frames], dB.
        others: the same of the other channels.
        speech: bool [n_frames], where to look.

    Returns:
        bool [n_frames].
    """
    marks = np.zeros(len(own), np.bool_)
    for other in others:
        length = min(len(own), len(other))
        if length < WINDOW:
            continue
        mine, theirs = _smoothed(own[:length]), _smoothed(other[:length])
        # Looking at a call without cross-talk costs next to nothing.
        places = np.flatnonzero(_drowned(mine, theirs) & speech[:length])
        if len(places) >= WINDOW:
            noise = float(np.percentile(mine, QUIET_PERCENT))
            marks[places] |= _best(mine[places], theirs, places, noise)
    return marks


def _drowned(mine: Levels, theirs: Levels) -> Marks:
    """Frames near which the other channel is louder for a good part of a second."""
    loudest = theirs.copy()
    for delay in range(1, LONGEST_DELAY + 1):
        loudest[delay:] = np.maximum(loudest[delay:], theirs[:-delay])
    louder = (loudest - mine >= WEAKER_DB[0]).astype(np.float64)
    return _inside(_means(louder) >= DROWNED, len(mine))


def _best(mine: Levels, theirs: Levels, places: Places, noise: float) -> Marks:
    """The most that one delay and one weakening explain, of the frames at `places`."""
    best = np.zeros(len(places), np.bool_)
    for delay in range(LONGEST_DELAY + 1):
        heard = theirs[np.maximum(places - delay, 0)]
        for weaker_db in WEAKER_DB:
            found = _follows(mine, heard - weaker_db, noise)
            if found.sum() > best.sum():
                best = found
    return best


def _follows(own: Levels, expected: Levels, noise: float) -> Marks:
    """Frames inside any window in which the level is the expected one, bool [n_frames]."""
    # What is expected adds up with the noise of the channel itself.
    there = np.logaddexp(expected * _NEPER, noise * _NEPER) / _NEPER
    strays = _means(np.square(own - there))
    moves = _means(np.square(there)) - np.square(_means(there))
    return _inside((strays <= STRAYS_DB**2) & (moves >= MOVES_DB**2), len(own))


def _inside(windows: Marks, length: int) -> Marks:
    """Frames that lie in any of the windows, which are counted by their first frames."""
    edges = np.zeros(length + 1, np.int64)
    edges[: len(windows)] += windows
    edges[WINDOW : WINDOW + len(windows)] -= windows
    return np.cumsum(edges)[:-1] > 0


def _smoothed(levels: FloatArray) -> Levels:
    """Over three frames: a syllable does not begin on the same frame in both channels."""
    power = np.exp(np.pad(levels.astype(np.float64), 1, mode="edge") * _NEPER)
    smooth: Levels = np.log(np.convolve(power, np.ones(3) / 3, "valid")) / _NEPER
    return smooth


def _means(values: Levels) -> Levels:
    """Of every window of `WINDOW` frames, float64 [n_frames - WINDOW + 1]."""
    sums = np.concatenate([[0.0], np.cumsum(values)])
    means: Levels = (sums[WINDOW:] - sums[:-WINDOW]) / WINDOW
    return means


def _without(spans: Sequence[Decoded], levels: FloatArray, marks: Marks) -> list[Decoded]:
    kept: list[Decoded] = []
    for item in spans:
        origin = item.span.start_ms
        if _is_crosstalk(origin, item.span.end_ms, levels, marks):
            if kept and kept[-1].span.forced_cut:
                # What it was cut from is gone: the next span goes on with nothing.
                kept[-1] = replace(kept[-1], span=replace(kept[-1].span, forced_cut=False))
            continue
        own = tuple(
            token
            for token in item.tokens
            if not _is_crosstalk(origin + token.start_ms, origin + token.end_ms, levels, marks)
        )
        kept.append(item if len(own) == len(item.tokens) else replace(item, tokens=own))
    return kept


def _is_crosstalk(start_ms: Millis, end_ms: Millis, levels: FloatArray, marks: Marks) -> bool:
    frames = _frames(start_ms, end_ms)
    heard = levels[frames]
    if not len(heard):
        return False
    loud = heard >= heard.max() - LOUD_DB
    return bool((marks[frames] & loud).sum() >= EXPLAINED * loud.sum())


def _frames(start_ms: Millis, end_ms: Millis) -> slice:
    return slice(start_ms // FRAME_MS, -(-end_ms // FRAME_MS))
