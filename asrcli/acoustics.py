"""What sound is like: a whole recording, and a stretch of speech in it."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Stereo(enum.StrEnum):
    """What the channels of a file are to each other."""

    MONO = "mono"
    DUAL = "one sound twice"
    INVERTED = "one sound, one channel inverted"
    ONE_SIDED = "one channel is silent"
    ROOM = "one scene"
    SPEAKERS = "a speaker on each channel"


@dataclass(frozen=True, slots=True)
class Acoustics:
    """What the sound of a whole file is like.

    `band_hz` is how far up it reaches, at most half the recogniser's rate: 4000 for a telephone,
    whatever rate its file has. `loudest` is the zero-based channel that holds the most sound.
    """

    stereo: Stereo
    band_hz: int
    loudest: int = 0


@dataclass(frozen=True, slots=True)
class Sound:
    """How good a stretch of sound is, measured while its samples were at hand.

    `level_db` is the level of the speech and `noise_db` that of what lies between the words, both
    in dB relative to full scale; `clipped` is the share of samples at full scale, 0 to 1.
    """

    level_db: float
    noise_db: float
    clipped: float

    @property
    def snr_db(self) -> float:
        """How far the speech stands above the noise."""
        return self.level_db - self.noise_db
