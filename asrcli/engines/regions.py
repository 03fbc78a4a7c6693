"""From a decision for every frame to regions of speech, frame by frame's result without the frames.

FunASR's state machine looks at each frame; here only the frames are visited at which something
happens, which numpy finds. It goes on from one piece of a recording to the next.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from asrcli.clock import Millis

    Flags: TypeAlias = npt.NDArray[np.bool_]
    Frames: TypeAlias = tuple[int, int]

FRAME_MS: Millis = 10

_PIECE = 1_000
"""Frames looked at together: each region that ends makes the counts of the rest anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """When speech begins and ends; everything but the margin counts frames of 10 ms.

    A frame is speech where its probability of speech exceeds that of silence by `margin`. Of the
    last `window` frames at least `onset` must be speech for speech to begin, and at most `release`
    for silence to begin. A region starts `look_back` frames before speech begins; it ends when the
    silence has lasted `patience` frames, the last `trim` of which do not belong to it.
    """

    margin: float
    window: int
    onset: int
    release: int
    look_back: int
    patience: int
    trim: int

    @classmethod
    def read(cls, conf: Mapping[str, Any], max_silence_ms: Millis) -> Rule:
        """From the `model_conf` of a checkpoint, with our own longest silence.

        Raises:
            KeyError: a setting is missing.
            TypeError, ValueError: one is not a number.
        """

        def frames(name: str) -> int:
            return int(conf[name]) // FRAME_MS

        # Before silence begins, the window has already been mostly silent for a while.
        wait_ms = max_silence_ms - int(conf["speech_to_sil_time_thres"])
        return cls(
            margin=float(conf["speech_noise_thres"]),
            window=frames("window_size_ms"),
            onset=frames("sil_to_speech_time_thres"),
            release=frames("speech_to_sil_time_thres"),
            look_back=frames("window_size_ms") + frames("lookback_time_start_point"),
            patience=max(1, math.ceil(wait_ms / FRAME_MS)),
            trim=max(0, wait_ms // FRAME_MS - frames("lookahead_time_end_point") - 1),
        )


class RegionFinder:
    """Finds the regions of one recording, piece by piece; the pieces do not matter.

    `open` is where the region began that goes on, or None.
    """

    def __init__(self, rule: Rule) -> None:
        self._rule = rule
        self._recent: Flags = np.zeros(rule.window - 1, bool)
        """The last decisions, those before the end of the last region taken as silence."""
        self._taken = 0
        self._voiced = False
        self._silent_from = 0
        self._free_from = 0
        self.open: int | None = None

    @property
    def reaches(self) -> int:
        """The open region ends at this frame or later, or where the recording does."""
        quiet = self._taken if self._voiced else self._silent_from
        return min(self._taken, self._end(quiet + self._rule.patience))

    @property
    def settled(self) -> int:
        """No region that is still to come starts before this frame."""
        if self.open is not None:
            return self.open
        return max(self._free_from, self._taken - self._rule.look_back)

    def feed(self, speech: Flags) -> list[Frames]:
        """Take the decisions for the next frames, bool [n_frames].

        Returns:
            (start, end) in frames of the regions that ended, half-open, ordered, disjoint.
        """
        regions: list[Frames] = []
        for first in range(0, len(speech), _PIECE):
            regions += self._advance(speech[first : first + _PIECE])
        return regions

    def finish(self) -> list[Frames]:
        """The recording has ended: so does a region that was still open."""
        last = [] if self.open is None else [(self.open, self._taken)]
        self.open = None
        return last

    def _advance(self, speech: Flags) -> list[Frames]:
        """One piece; places in it count from its first frame."""
        rule, regions = self._rule, []
        flags = np.concatenate([self._recent, speech])
        heard = _heard(flags, rule.window)
        at, count = 0, len(speech)
        while at < count:
            if self._voiced:
                at = _first(heard <= rule.release, at)
                if at < count:
                    self._voiced, self._silent_from = False, self._taken + at
            else:
                begins = _first(heard >= rule.onset, at)
                waits = self.open is not None
                at = self._silent_from + rule.patience - self._taken if waits else count
                if begins <= min(at, count - 1):
                    at = begins
                    self._begin(self._taken + at)
                elif at < count:
                    regions.append(self._finish(self._taken + at))
                    # The window never looks back over the end of a region.
                    flags[: at + rule.window] = False
                    heard = _heard(flags, rule.window)
            at += 1
        self._taken += count
        self._recent = flags[count:]
        return regions

    def _begin(self, now: int) -> None:
        self._voiced = True
        if self.open is None:
            self.open = max(self._free_from, now - self._rule.look_back)

    def _finish(self, now: int) -> Frames:
        start, self.open = self.open or 0, None
        self._free_from = self._end(now)
        return start, self._free_from

    def _end(self, now: int) -> int:
        """The end of a region whose silence has lasted long enough at this frame."""
        return now + 1 - self._rule.trim


def find_regions(speech: Flags, rule: Rule) -> list[Frames]:
    """Regions of speech from a decision for every frame.

    Args:
        speech: bool [n_frames].
        rule: when speech begins and ends.

    Returns:
        (start, end) in frames, half-open, ordered, disjoint. Speech that the recording cuts off
        ends with it.
    """
    finder = RegionFinder(rule)
    return finder.feed(speech) + finder.finish()


def _heard(flags: Flags, window: int) -> npt.NDArray[np.int64]:
    """How many of the last `window` frames were speech, for every frame that has so many."""
    total = np.concatenate([[0], np.cumsum(flags)])
    heard: npt.NDArray[np.int64] = total[window:] - total[:-window]
    return heard


def _first(true: Flags, at: int) -> int:
    """The first place from `at` on that is true; beyond the end if there is none."""
    place = at + int(true[at:].argmax())
    return place if true[place] else len(true)
