"""Pieces of any rate become one array at 16 kHz."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asrcli.audio import resample
from asrcli.audio.resample import Gatherer, Resampler
from asrcli.errors import RecordingError
from tests import audio_samples as audio

if TYPE_CHECKING:
    from asrcli.values import FloatArray


def through(*pieces: tuple[FloatArray, int]) -> FloatArray:
    """Everything that comes out."""
    resampler = Resampler()
    parts = [resampler.add(piece, rate_hz) for piece, rate_hz in pieces]
    parts.append(resampler.finish())
    assert resampler.length == sum(map(len, parts))
    return np.concatenate(parts)


@given(
    rate_hz=st.sampled_from([8_000, 16_000, 44_100, 48_000]),
    cuts=st.lists(st.integers(0, 20_000), max_size=8),
)
@settings(max_examples=30)
def test_the_result_does_not_depend_on_the_pieces(rate_hz: int, cuts: list[int]) -> None:
    sound = audio.noise(20_000 / rate_hz, rate_hz, amplitude=0.9)
    parts = through(*((piece, rate_hz) for piece in np.split(sound, sorted(cuts))))
    assert np.array_equal(parts, through((sound, rate_hz)))


@given(rate_hz=st.integers(1_000, 384_000), frames=st.integers(0, 5_000))
@settings(max_examples=60)
def test_the_length(rate_hz: int, frames: int) -> None:
    sound = through((np.zeros(frames, np.float32), rate_hz))
    assert abs(len(sound) - frames * 16_000 / rate_hz) <= 1


def test_the_rate_may_change_on_the_way() -> None:
    rates = (8_000, 16_000, 48_000, 8_000)
    samples = through(*((audio.tone(1, rate_hz), rate_hz) for rate_hz in rates))
    assert len(samples) == 64_000
    for start in range(0, 64_000, 16_000):
        second = samples[start + 500 : start + 15_500]
        assert np.abs(second).max() == pytest.approx(0.5, abs=0.01)
        spectrum = np.abs(np.fft.rfft(second * np.hanning(len(second)), 16_000))
        assert np.argmax(spectrum) == 440


@pytest.mark.parametrize("expected", [0, 10, 10**7])
def test_the_guess_does_not_matter(expected: int) -> None:
    sound = audio.noise(100)
    gatherer = Gatherer(expected)
    for start in range(0, len(sound), 7_777):
        gatherer.add(sound[start : start + 7_777])
    samples = gatherer.finish()
    assert np.array_equal(samples, sound)
    assert samples.base is None, "a view would keep the spare room alive"


def test_the_result_is_its_own_and_read_only() -> None:
    sound = audio.noise(1)
    gatherer = Gatherer()
    gatherer.add(sound)
    samples = gatherer.finish()
    sound[:] = 0
    assert samples.any()
    with pytest.raises(ValueError, match="read-only"):
        samples[0] = 1


@pytest.mark.parametrize("rate_hz", [16_000, 8_000, 44_100])
def test_full_scale_stays_inside(rate_hz: int) -> None:
    square = np.sign(audio.tone(1, rate_hz, 1000)).astype(np.float32)
    silence = np.zeros(2 * rate_hz, np.float32)
    samples = through((square * np.float32(1.2), rate_hz), (silence, rate_hz))
    assert samples.max() == 1
    assert samples.min() == -1


def test_wrong_scale_is_told_from_some_loud_samples() -> None:
    sound = np.full(16_000, 0.1, np.float32)
    sound[:7_000] = 3
    assert through((sound, 16_000)).max() == 1
    sound[:9_000] = 3
    with pytest.raises(RecordingError, match="wrongly scaled"):
        through((sound, 16_000))


def test_the_longest_recording(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resample, "LONGEST_H", 1 / 3600)
    resampler = Resampler()
    resampler.add(audio.tone(1), 16_000)
    with pytest.raises(RecordingError, match="longer than"):
        resampler.add(audio.tone(0.1), 16_000)


def test_nothing_added() -> None:
    assert len(Gatherer().finish()) == len(through()) == 0
