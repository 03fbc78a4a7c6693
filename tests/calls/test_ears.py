from __future__ import annotations

import numpy as np
import pytest

from asrcli.acoustics import Acoustics, Stereo
from asrcli.calls.ears import Ears
from asrcli.calls.levels import LevelMeter
from tests.audio_samples import channels, noise, silence, speech_like


def turns() -> np.ndarray:
    """Two voices that take turns."""
    left = np.concatenate([speech_like(3.0, seed=1), silence(3.0)])
    right = np.concatenate([silence(3.0), speech_like(3.0, seed=2)])
    return channels(left + noise(6.0, amplitude=1e-4), right + noise(6.0, amplitude=1e-4, seed=1))


@pytest.mark.parametrize("block", [160, 1_153, 16_000, 100_000])
def test_a_call(block: int) -> None:
    sound, ears = turns(), Ears(2)
    for start in range(0, len(sound), block):
        piece = sound[start : start + block]
        ears.hear_file(piece, 16_000)
        ears.hear_lanes([piece[:, 0], piece[:, 1]])
    acoustics, levels = ears.finish(16_000)
    assert acoustics.stereo is Stereo.SPEAKERS
    for own, samples in zip(levels, sound.T, strict=True):
        meter = LevelMeter()
        meter.add(samples)
        np.testing.assert_allclose(own, meter.levels(), rtol=1e-5)


def test_one_channel_needs_no_levels() -> None:
    ears = Ears(1)
    ears.hear_file(noise(1.0)[:, None], 16_000)
    ears.hear_lanes([noise(1.0)])
    assert ears.finish(16_000) == (Acoustics(Stereo.MONO, 8_000), [])


def test_a_file_without_sound() -> None:
    assert Ears(1).finish(8_000) == (Acoustics(Stereo.MONO, 4_000), [])
    ears = Ears(2)
    ears.hear_lanes([silence(0.0), silence(0.0)])
    _, levels = ears.finish(8_000)
    assert [len(own) for own in levels] == [0, 0]


def test_a_rate_or_a_layout_that_changes_on_the_way() -> None:
    ears = Ears(1)
    ears.hear_file(channels(silence(0.5), noise(0.5)), 16_000)
    ears.hear_file(channels(silence(0.5), noise(0.5)), 8_000)
    assert ears.finish(8_000)[0].stereo is Stereo.ONE_SIDED
    ears = Ears(1)
    ears.hear_file(channels(noise(0.5), noise(0.5), silence(0.5)), 16_000)
    ears.hear_file(channels(silence(0.5), noise(0.5)), 16_000)
    assert ears.finish(16_000)[0] == Acoustics(Stereo.ONE_SIDED, 8_000, 1)
