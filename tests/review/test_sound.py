from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asrcli.clock import SAMPLE_RATE
from asrcli.review.sound import SILENCE_DB, measure

if TYPE_CHECKING:
    from asrcli.values import FloatArray

SECONDS = 4


def words(*, level: float = 0.1, pause_share: float = 0.3) -> FloatArray:
    """Noise that comes and goes three times a second, as syllables do."""
    rng = np.random.default_rng(1)
    time = np.arange(SECONDS * SAMPLE_RATE) / SAMPLE_RATE
    on = (3 * time) % 1 > pause_share
    return (rng.standard_normal(len(time)) * level * on).astype(np.float32)


def with_noise(samples: FloatArray, snr_db: float) -> FloatArray:
    loud = samples[samples != 0]
    scale = float(np.sqrt(np.mean(np.square(loud)))) * 10 ** (-snr_db / 20)
    noise = np.random.default_rng(2).standard_normal(len(samples)) * scale
    return np.clip(samples + noise, -1, 1).astype(np.float32)


@pytest.mark.parametrize("snr_db", [10, 15, 20, 30])
def test_the_ratio_is_that_of_the_noise_that_was_added(snr_db: float) -> None:
    assert measure(with_noise(words(), snr_db)).snr_db == pytest.approx(snr_db, abs=1.5)


def test_more_noise_is_a_smaller_ratio() -> None:
    ratios = [measure(with_noise(words(), snr_db)).snr_db for snr_db in (0, 5, 10, 20, 40)]
    assert ratios == sorted(ratios)


def test_half_the_amplitude_is_six_decibels_less() -> None:
    noisy = with_noise(words(), 20)
    loud, quiet = measure(noisy), measure(noisy / np.float32(2))
    assert loud.level_db - quiet.level_db == pytest.approx(6.02, abs=0.01)
    assert loud.snr_db == pytest.approx(quiet.snr_db, abs=0.01)


def test_a_full_scale_sine_is_at_three_decibels_below() -> None:
    time = np.arange(SAMPLE_RATE) / SAMPLE_RATE
    sine = np.sin(2 * np.pi * 1000 * time).astype(np.float32)
    assert measure(sine).level_db == pytest.approx(-3.01, abs=0.01)


def test_clipped_samples_are_counted() -> None:
    samples = words(level=0.05)
    assert measure(samples).clipped == 0.0
    samples[:640] = 1.0
    samples[640:1280] = -1.0
    assert measure(samples).clipped == 1280 / len(samples)


def test_clipping_is_seen_in_speech_that_was_too_loud() -> None:
    assert measure(np.clip(words(level=0.3) * 4, -1, 1)).clipped > 0.05
    assert measure(words(level=0.15)).clipped == 0.0


@pytest.mark.parametrize("count", [0, 1, 100, 319, 320, 321, 16_001])
def test_silence_of_any_length_is_silent(count: int) -> None:
    sound = measure(np.zeros(count, np.float32))
    assert (sound.level_db, sound.noise_db, sound.clipped) == (SILENCE_DB, SILENCE_DB, 0.0)


@given(st.integers(1, 5000), st.floats(0, 1, width=32), st.integers(0, 99))
def test_every_measure_is_in_range(count: int, level: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    samples = (rng.uniform(-1, 1, count) * level).astype(np.float32)
    sound = measure(samples)
    assert SILENCE_DB <= sound.noise_db <= sound.level_db <= 0.01
    assert 0 <= sound.clipped <= 1


def test_the_samples_are_left_alone() -> None:
    samples = words()
    samples.flags.writeable = False
    before = samples.copy()
    measure(samples)
    assert np.array_equal(samples, before)
