from __future__ import annotations

import numpy as np
import pytest

from asrcli.clock import SAMPLE_RATE
from recipes.demo_model import sound
from recipes.demo_model.recordings import level, pcm, spoil, with_noise


def tone(seconds: float = 1.0, hertz: float = 800.0) -> sound.Sound:
    times = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return (0.3 * np.sin(2 * np.pi * hertz * times)).astype(np.float32)


def band(samples: sound.Sound, low: float, high: float) -> float:
    spectrum = np.abs(np.fft.rfft(samples)) ** 2
    hertz = np.fft.rfftfreq(len(samples), 1 / SAMPLE_RATE)
    return float(spectrum[(hertz >= low) & (hertz < high)].sum() / spectrum.sum())


@pytest.mark.parametrize("codec", sound.CODECS)
def test_a_telephone_keeps_the_length_the_band_and_the_time(codec: str) -> None:
    random = np.random.default_rng(1)
    speech = tone() * np.repeat(random.random(20), SAMPLE_RATE // 20).astype(np.float32)
    heard = sound.telephone(random, speech, codec=codec)
    assert heard.shape == speech.shape
    assert heard.dtype == np.float32
    shifts = range(-80, 81)
    best = max(shifts, key=lambda shift: float(np.dot(np.roll(heard, -shift), speech)))
    assert abs(best) <= 32  # two milliseconds


def test_nothing_above_the_telephone_band_remains() -> None:
    random = np.random.default_rng(2)
    noise = (0.1 * random.standard_normal(SAMPLE_RATE)).astype(np.float32)
    heard = sound.telephone(random, noise, codec="none")
    assert band(heard, 4100, 8000) < 1e-3
    assert band(heard, 400, 3300) > 0.8


@pytest.mark.parametrize("kind", sound.NOISES)
def test_noise_has_unit_power_and_is_the_same_everywhere(kind: str) -> None:
    bank = sound._noise_bank(kind)
    assert np.sqrt(np.mean(bank**2)) == pytest.approx(1.0, abs=1e-3)
    assert np.isfinite(bank).all()


def test_noise_longer_than_the_bank() -> None:
    length = (sound.NOISE_SECONDS + 3) * SAMPLE_RATE
    assert len(sound.noise(np.random.default_rng(0), length)) == length


def test_a_room_rings_on_but_does_not_move_the_speech() -> None:
    click = np.zeros(SAMPLE_RATE, np.float32)
    click[2000] = 1.0
    wet = sound.reverberate(np.random.default_rng(0), click)
    assert int(np.argmax(np.abs(wet))) == 2000
    assert np.abs(wet[:1990]).max() < 1e-6
    assert np.abs(wet[2100:4000]).max() > 1e-4


def test_the_signal_to_noise_ratio_is_what_was_asked_for() -> None:
    speech = tone()
    noisy = with_noise(np.random.default_rng(0), speech, 10.0)
    ratio = np.mean(speech**2) / np.mean((noisy - speech) ** 2)
    assert 10 * np.log10(ratio) == pytest.approx(10.0, abs=1.5)


def test_level_sets_the_peak_and_leaves_silence_alone() -> None:
    assert np.abs(level(tone(), -6.0)).max() == pytest.approx(10 ** (-6 / 20), rel=1e-4)
    assert not level(np.zeros(100, np.float32), -6.0).any()


def test_sixteen_bits() -> None:
    samples = pcm(np.array([-2.0, -1e-6, 0.5, 2.0], np.float32))
    assert samples.dtype == np.float32
    assert np.abs(samples).max() <= 1.0
    np.testing.assert_array_equal(samples * 32768, np.round(samples * 32768))


def test_spoiling_is_decided_by_the_seed_and_keeps_the_contract() -> None:
    speech = tone(0.7)
    results = [spoil(np.random.default_rng(seed), speech) for seed in range(25)]
    for seed, result in enumerate(results):
        assert result.shape == speech.shape
        assert np.isfinite(result).all()
        assert np.abs(result).max() <= 1.0
        if seed < 3:
            np.testing.assert_array_equal(result, spoil(np.random.default_rng(seed), speech))
