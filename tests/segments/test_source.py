from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile

from asrcli.errors import RecordingError
from asrcli.pipeline.load import OpenRecording
from asrcli.segments.cutlist import CutList
from asrcli.segments.source import original_sound
from asrcli.values import SpeechSpan
from tests.audio_samples import channels, noise, source, write, write_sound

if TYPE_CHECKING:
    from pathlib import Path

    from asrcli.values import FloatArray


def cut_of(path: Path, channel: str = "mix") -> CutList:
    """Two spans with gaps around them."""
    with OpenRecording(source(path), channels=channel) as sound:
        for _ in sound.blocks():
            pass
        (track,) = sound.finish()
    return CutList.of(track, (SpeechSpan(0, 1_600, 4_000), SpeechSpan(1, 4_000, 8_000)))


def together(path: Path, cut: CutList) -> FloatArray:
    sounds, _ = original_sound(source(path), "wav")
    pieces = list(sounds(cut))
    assert len(pieces) == 4
    return np.concatenate(pieces)


@pytest.mark.parametrize("rate_hz", [8_000, 11_025, 16_000, 44_100, 48_000])
def test_pieces_are_the_files_own_sound(tmp_path: Path, rate_hz: int) -> None:
    stereo = channels(noise(1.0, rate_hz, seed=1), noise(1.0, rate_hz, seed=2))
    path = write_sound(tmp_path / "a.wav", stereo, rate_hz)
    whole, _ = soundfile.read(path, dtype="float32")
    assert np.array_equal(together(path, cut_of(path)), whole)
    assert original_sound(source(path), "flac")[1].rate_hz == rate_hz


def test_one_channel_alone(tmp_path: Path) -> None:
    stereo = channels(noise(1.0, 8_000, seed=1), noise(1.0, 8_000, seed=2))
    path = write_sound(tmp_path / "a.wav", stereo, 8_000)
    whole, _ = soundfile.read(path, dtype="float32")
    assert np.array_equal(together(path, cut_of(path, "2")), whole[:, 1:])


@pytest.mark.parametrize("name", ["a.mp3", "a.m4a", "a.amr", "a.opus"])
def test_compressed_sound_is_decoded_alike_each_time(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / name, noise(1.0, 16_000))
    cut = cut_of(path)
    first, second = together(path, cut), together(path, cut)
    assert np.array_equal(first, second)
    _, encoding = original_sound(source(path), "wav")
    assert abs(len(first) * 16_000 // encoding.rate_hz - cut.length) <= 2


def test_bits_are_kept(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "a.wav", noise(1.0), subtype="PCM_24")
    assert original_sound(source(path), "wav")[1].subtype == "PCM_24"


def test_a_file_that_is_gone(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "a.wav", noise(1.0))
    sounds, _ = original_sound(source(path), "wav")
    cut = cut_of(path)
    path.unlink()
    with pytest.raises(RecordingError, match="cannot be read"):
        list(sounds(cut))
    with pytest.raises(RecordingError, match="cannot be read"):
        original_sound(source(path), "wav")


def test_a_file_that_grew(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "a.wav", noise(1.0))
    cut = replace(cut_of(path), length=15_000)
    with pytest.raises(RecordingError, match="changed while it was read"):
        together(path, cut)
