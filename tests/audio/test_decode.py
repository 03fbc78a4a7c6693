"""Which decoder reads what."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from asrcli.audio.decode import open_sound
from asrcli.errors import RecordingError
from tests import audio_samples as audio


def open_files() -> int:
    return len(list(Path("/dev/fd").iterdir()))


@pytest.mark.parametrize(
    ("name", "decoder"),
    [
        ("a.wav", "SndfileSound"),
        ("a.flac", "SndfileSound"),
        ("a.aiff", "SndfileSound"),
        ("a.mp3", "FfmpegSound"),
        ("a.ogg", "FfmpegSound"),
        ("a.m4a", "FfmpegSound"),
        ("a.avi", "FfmpegSound"),
    ],
)
def test_by_content(tmp_path: Path, name: str, decoder: str) -> None:
    path = audio.write(tmp_path / name, audio.tone(1))
    misnamed = path.rename(tmp_path / "misnamed.wav")
    with open_sound(misnamed) as sound:
        assert type(sound).__name__ == decoder


def test_mp3_inside_wav_goes_to_ffmpeg(tmp_path: Path) -> None:
    path = audio.write_encoded(tmp_path / "a.wav", audio.tone(1), codec="libmp3lame")
    with open_sound(path) as sound:
        assert sound.header.format == "wav mp3float"


def test_a_wav_that_was_never_closed(tmp_path: Path) -> None:
    path = audio.write(tmp_path / "a.wav", audio.tone(1))
    data = path.read_bytes()
    at = data.index(b"data") + 4
    path.write_bytes(data[:at] + bytes(4) + data[at + 4 :])
    with open_sound(path) as sound:
        assert sum(len(block.samples) for block in sound.blocks()) == 16_000


@pytest.mark.parametrize("name", ["a.wav", "a.m4a", "text.wav"])
def test_the_file_is_closed(tmp_path: Path, name: str) -> None:
    path = audio.write(tmp_path / name, audio.tone(1))
    if name == "text.wav":
        path.write_text("text")
    before = open_files()
    with contextlib.suppress(RecordingError), open_sound(path) as sound:
        next(iter(sound.blocks()))
        assert open_files() == before + 1
    assert open_files() == before


def test_what_the_system_refuses_is_left_to_the_caller(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), open_sound(tmp_path / "missing.wav"):
        pytest.fail("it was opened")
