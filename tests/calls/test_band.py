from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import soxr

from asrcli.calls.band import BandMeter
from tests.audio_samples import noise, silence

if TYPE_CHECKING:
    from asrcli.values import FloatArray


def speech(level: float = 0.3) -> FloatArray:
    """Noise that falls by 12 dB an octave, as the spectrum of speech roughly does."""
    white = np.random.default_rng(0).normal(0, 1, 160_000)
    spectrum = np.fft.rfft(white)
    hertz = np.fft.rfftfreq(len(white), 1 / 16_000)
    shaped = np.fft.irfft(spectrum / (1 + (hertz / 1_000) ** 2), len(white))
    sound: FloatArray = (level * shaped / np.abs(shaped).max()).astype(np.float32)
    return sound


def through_a_telephone(sound: FloatArray) -> FloatArray:
    """8 kHz and back, stored in 16 bits."""
    back = soxr.resample(soxr.resample(sound, 16_000, 8_000), 8_000, 16_000)
    stored: FloatArray = (np.round(back * 32_768) / 32_768).astype(np.float32)
    return stored


def band(sound: FloatArray, rate_hz: int = 16_000, piece: int = 1_000) -> int:
    meter = BandMeter()
    for start in range(0, len(sound), piece):
        meter.add(sound[start : start + piece])
    return meter.band_hz(rate_hz)


@pytest.mark.parametrize("level", [1.0, 0.1, 0.02])
def test_a_telephone_is_known_in_a_wideband_file(level: float) -> None:
    assert band(speech(level)) == 8_000
    assert band(through_a_telephone(speech(level))) == 4_000
    assert band(through_a_telephone(speech(level)), 44_100) == 4_000


@pytest.mark.parametrize(("rate_hz", "wanted"), [(8_000, 4_000), (6_000, 3_000), (11_025, 5_512)])
def test_a_rate_sets_a_limit(rate_hz: int, wanted: int) -> None:
    assert band(speech(), rate_hz) == wanted


def test_a_rate_between_says_nothing_about_what_it_cannot_hold() -> None:
    assert band(through_a_telephone(speech()), 9_000) == 4_500
    assert band(through_a_telephone(speech()), 11_025) == 4_000


@pytest.mark.parametrize("sound", [silence(2.0), silence(0.0), noise(0.05)])
def test_what_shows_nothing_is_taken_for_what_it_can_be(sound: FloatArray) -> None:
    assert band(sound) == 8_000


def test_how_the_sound_is_cut_up_changes_nothing() -> None:
    sound = speech()
    meters = []
    for piece in (1_000, 12_345):
        meter = BandMeter()
        for start in range(0, len(sound), piece):
            meter.add(sound[start : start + piece])
        meters.append(meter)
    np.testing.assert_allclose(meters[0]._power, meters[1]._power)
