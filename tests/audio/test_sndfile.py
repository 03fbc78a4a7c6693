"""libsndfile: which files it may read, and what it says of the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from asrcli.audio.headers import SoundBytes, sound_bytes
from asrcli.audio.sndfile import BLOCK_FRAMES, open_sndfile
from asrcli.errors import RecordingError
from tests import audio_samples as audio

if TYPE_CHECKING:
    from pathlib import Path


def test_header_and_blocks(tmp_path: Path) -> None:
    both = audio.channels(audio.noise(5), audio.noise(5, seed=1))
    path = audio.write_sound(tmp_path / "a.wav", both, subtype="FLOAT")
    with open_sndfile(path, sound_bytes(path)) as sound:
        assert sound is not None
        assert sound.header.format == "wav float"
        assert (sound.header.rate_hz, sound.header.channels) == (16_000, 2)
        assert sound.header.duration_ms == 5000
        blocks = list(sound.blocks())
    assert all(len(block.samples) <= BLOCK_FRAMES for block in blocks)
    assert {block.rate_hz for block in blocks} == {16_000}
    assert np.array_equal(np.concatenate([block.samples for block in blocks]), both)


def without_length(path: Path) -> Path:
    """Make a FLAC like those written into a pipe."""
    data = bytearray(path.read_bytes())
    data[21] &= 0xF0
    data[22:26] = bytes(4)
    path.write_bytes(data)
    return path


def test_what_it_reads_badly_is_left_to_ffmpeg(tmp_path: Path) -> None:
    endless = without_length(audio.write(tmp_path / "a.flac", audio.noise(1)))
    mp3 = audio.write(tmp_path / "b.mp3", audio.noise(1))
    text = tmp_path / "c.wav"
    text.write_text("RIFF....WAVE")
    for path in (endless, mp3, text):
        with open_sndfile(path, None) as sound:
            assert sound is None


def test_a_missing_end_is_said_before_anything_is_decoded(tmp_path: Path) -> None:
    path = audio.write(tmp_path / "a.wav", audio.noise(2))
    with (
        pytest.raises(RecordingError, match=r"truncated: 2\.0 s of 4\.0 s"),
        open_sndfile(path, SoundBytes(128_000, 64_000)),
    ):
        pytest.fail("it was opened")
    with (
        pytest.raises(RecordingError, match="sound goes on after"),
        open_sndfile(path, SoundBytes(64_000, 64_000, stray=64_000)),
    ):
        pytest.fail("it was opened")


def test_damaged_flac_says_where(tmp_path: Path) -> None:
    path = audio.write(tmp_path / "a.flac", audio.noise(10))
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 200] = bytes(200)
    path.write_bytes(data)
    with (
        open_sndfile(path, None) as sound,
        pytest.raises(RecordingError, match=r"damaged: only [45]\.\d s of 10\.0 s") as caught,
    ):
        assert sound is not None
        list(sound.blocks())
    assert caught.value.__cause__ is not None
