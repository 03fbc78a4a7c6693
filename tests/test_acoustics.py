from __future__ import annotations

from asrcli.acoustics import Acoustics, Sound, Stereo


def test_how_far_speech_stands_above_the_noise() -> None:
    assert Sound(-20.0, -55.5, 0.0).snr_db == 35.5


def test_every_kind_of_stereo_can_be_read_by_people() -> None:
    assert all(kind.replace(" ", "").replace(",", "").isalpha() for kind in Stereo)


def test_the_loudest_of_one_channel_is_the_first() -> None:
    assert Acoustics(Stereo.MONO, 8_000).loudest == 0
