from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from asrcli.acoustics import Stereo
from asrcli.calls.stereo import ENOUGH_S, StereoMeter, channels_for
from tests.audio_samples import channels, noise, silence, speech_like

if TYPE_CHECKING:
    from asrcli.values import FloatArray

RATE_HZ = 8_000


def turns(seconds: float = 20.0) -> tuple[FloatArray, FloatArray]:
    """Two voices that take turns of two seconds, each over its own faint noise."""
    on = (np.arange(round(seconds * RATE_HZ)) // (2 * RATE_HZ)) % 2 == 0
    voices = [speech_like(seconds, RATE_HZ, seed=seed) for seed in (1, 2)]
    floor = [noise(seconds, RATE_HZ, amplitude=1e-4, seed=seed) for seed in (3, 4)]
    return voices[0] * on + floor[0], voices[1] * ~on + floor[1]


def kind_of(sound: FloatArray, piece: int = 1_000) -> Stereo:
    meter = StereoMeter()
    for start in range(0, len(sound), piece):
        meter.add(sound[start : start + piece], RATE_HZ)
    return meter.kind()


class TestKinds:
    def test_two_speakers(self) -> None:
        assert kind_of(channels(*turns())) is Stereo.SPEAKERS

    @pytest.mark.parametrize("leak_db", [-40, -25, -12, -6])
    def test_two_speakers_who_leak_into_each_other(self, leak_db: int) -> None:
        left, right = turns()
        leak = np.float32(10 ** (leak_db / 20))
        assert kind_of(channels(left + leak * right, right + leak * left)) is Stereo.SPEAKERS

    def test_two_speakers_of_whom_one_only_listens(self) -> None:
        left, _ = turns()
        faint = noise(20.0, RATE_HZ, amplitude=1e-3)
        late = np.concatenate([silence(0.01, RATE_HZ), left])[: len(left)]
        assert kind_of(channels(left, late * np.float32(0.05) + faint)) is Stereo.SPEAKERS

    @pytest.mark.parametrize("gain", [1.0, 0.2])
    @pytest.mark.parametrize("hiss", [0.0, 1e-3])
    def test_one_sound_twice(self, gain: float, hiss: float) -> None:
        voice = speech_like(5.0, RATE_HZ)
        copy = voice * np.float32(gain) + noise(5.0, RATE_HZ, amplitude=hiss)
        assert kind_of(channels(voice, copy)) is Stereo.DUAL
        assert kind_of(channels(voice, -copy)) is Stereo.INVERTED

    def test_one_scene(self) -> None:
        voice = speech_like(10.0, RATE_HZ)
        late = np.concatenate([silence(0.004, RATE_HZ), voice])[: len(voice)]
        hiss = [noise(10.0, RATE_HZ, amplitude=2e-3, seed=seed) for seed in (1, 2)]
        room = channels(voice + hiss[0], late * np.float32(0.7) + hiss[1])
        assert kind_of(room) is Stereo.ROOM

    @pytest.mark.parametrize("silent", [0, 1])
    def test_a_silent_channel(self, silent: int) -> None:
        pair = [speech_like(5.0, RATE_HZ), silence(5.0, RATE_HZ)]
        assert kind_of(channels(pair[silent], pair[1 - silent])) is Stereo.ONE_SIDED

    def test_digital_silence_is_one_sound(self) -> None:
        assert kind_of(np.zeros((RATE_HZ, 2), np.float32)) is Stereo.DUAL

    def test_one_channel_or_nothing(self) -> None:
        assert kind_of(speech_like(1.0, RATE_HZ)[:, None]) is Stereo.MONO
        assert StereoMeter().kind() is Stereo.MONO

    def test_a_conference_of_three(self) -> None:
        left, right = turns()
        assert kind_of(channels(left, right, silence(20.0, RATE_HZ))) is Stereo.SPEAKERS
        assert kind_of(channels(silence(20.0, RATE_HZ), left, right)) is Stereo.SPEAKERS
        assert kind_of(channels(left, left, left)) is Stereo.DUAL
        assert kind_of(channels(left, left, silence(20.0, RATE_HZ))) is Stereo.DUAL


class TestPieces:
    @pytest.mark.parametrize("piece", [7, 399, 100_000])
    def test_how_the_sound_is_cut_up_changes_nothing(self, piece: int) -> None:
        sound = channels(*turns(6.0))
        meters = []
        for size in (1_000, piece):
            meter = StereoMeter()
            for start in range(0, len(sound), size):
                meter.add(sound[start : start + size], RATE_HZ)
            meters.append(meter)
        assert meters[0].kind() is meters[1].kind()
        levels = [np.concatenate(meter._levels) for meter in meters]
        np.testing.assert_allclose(levels[0], levels[1], rtol=1e-5, atol=1e-12)

    def test_a_buffer_that_is_used_again(self) -> None:
        sound = channels(*turns(6.0))
        meter, buffer = StereoMeter(), np.empty((333, 2), np.float32)
        for start in range(0, len(sound) - 333, 333):
            buffer[:] = sound[start : start + 333]
            meter.add(buffer, RATE_HZ)
        assert meter.kind() is Stereo.SPEAKERS

    def test_what_is_no_number_does_not_matter(self) -> None:
        sound = channels(*turns(6.0))
        sound[100] = np.nan
        sound[200] = np.inf
        sound[300] = 1e30
        assert kind_of(sound) is Stereo.SPEAKERS

    def test_ten_minutes_are_enough(self) -> None:
        meter = StereoMeter()
        meter.add(np.zeros((RATE_HZ, 2), np.float32), RATE_HZ)
        assert not meter.enough
        meter.add(np.zeros((round(ENOUGH_S), 2), np.float32), 1)
        assert meter.enough


@pytest.mark.parametrize(
    ("kind", "loudest", "wanted"),
    [
        (Stereo.MONO, 0, "mix"),
        (Stereo.DUAL, 1, "mix"),
        (Stereo.ROOM, 1, "mix"),
        (Stereo.INVERTED, 1, "2"),
        (Stereo.ONE_SIDED, 0, "1"),
        (Stereo.SPEAKERS, 1, "split"),
    ],
)
def test_what_auto_takes(kind: Stereo, loudest: int, wanted: str) -> None:
    assert channels_for(kind, loudest) == wanted


def test_the_loudest_channel() -> None:
    meter = StereoMeter()
    assert meter.loudest == 0
    meter.add(channels(silence(1.0), noise(1.0)), 16_000)
    assert meter.loudest == 1
