"""What a file's own bytes say."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asrcli.audio.headers import (
    HEAD_BYTES,
    SoundBytes,
    for_libsndfile,
    is_known,
    mp3_states_length,
    ogg_is_cut,
    sound_bytes,
)
from tests import audio_samples as audio

if TYPE_CHECKING:
    from pathlib import Path

CHUNKED = ["a.wav", "a.aiff", "a.caf", "a.au", "a.w64"]


def head(path: Path) -> bytes:
    return path.read_bytes()[:HEAD_BYTES]


@pytest.mark.parametrize("name", CHUNKED)
def test_the_promise_and_what_is_there(tmp_path: Path, name: str) -> None:
    path = audio.write_sound(tmp_path / name, audio.tone(1))
    whole = sound_bytes(path)
    assert whole is not None
    assert whole.promised is not None
    assert whole.promised == whole.present == pytest.approx(32_000, abs=8)
    assert whole.stray == 0
    path.write_bytes(path.read_bytes()[:-10_000])
    cut = sound_bytes(path)
    assert cut is not None
    assert cut.promised == whole.promised
    assert whole.present - 10_000 <= cut.present <= whole.present - 5_000


def test_rf64_keeps_its_size_elsewhere(tmp_path: Path) -> None:
    path = audio.write_sound(tmp_path / "a.wav", audio.tone(1), container="RF64")
    data = path.read_bytes()
    assert data[:4] == b"RF64"
    # libsndfile writes small files with plain sizes; large ones have this mark instead.
    at = data.index(b"data") + 4
    path.write_bytes(data[:at] + b"\xff\xff\xff\xff" + data[at + 4 : -8_000])
    assert sound_bytes(path) == SoundBytes(32_000, 24_000)


def test_chunks_before_the_sound_are_passed(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    junk = struct.pack("<4sI", b"LIST", 5) + b"12345\0"  # padded to an even length
    sound = struct.pack("<4sI", b"data", 100) + bytes(60)
    path.write_bytes(struct.pack("<4sI4s", b"RIFF", 0, b"WAVE") + junk + sound)
    assert sound_bytes(path) == SoundBytes(100, 60)


@pytest.mark.parametrize("claimed", [0x7FFF_0000, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF])
def test_an_endless_size_promises_nothing(tmp_path: Path, claimed: int) -> None:
    path = tmp_path / "a.wav"
    sound = struct.pack("<4sI", b"data", claimed) + bytes(60)
    path.write_bytes(struct.pack("<4sI4s", b"RIFF", 0, b"WAVE") + sound)
    assert sound_bytes(path) == SoundBytes(None, 60)


@pytest.mark.parametrize(
    ("after", "stray"),
    [
        (b"", 0),
        (b"LIST\x04\0\0\0abcd", 0),
        (b"\x01\x02\xff\xfe" * 100, 400),
        (bytes(400), 0),  # padding
        (b"\xff", 0),
    ],
)
def test_bytes_behind_the_sound(tmp_path: Path, after: bytes, stray: int) -> None:
    path = tmp_path / "a.wav"
    sound = struct.pack("<4sI", b"data", 100) + bytes(100) + after
    path.write_bytes(struct.pack("<4sI4s", b"RIFF", 0, b"WAVE") + sound)
    assert sound_bytes(path) == SoundBytes(100, 100, stray)


@pytest.mark.parametrize("suffix", [".wma", ".avi"])
def test_containers_that_state_their_own_size(tmp_path: Path, suffix: str) -> None:
    path = audio.write(tmp_path / f"a{suffix}", audio.tone(2))
    whole = sound_bytes(path)
    assert whole is not None
    assert whole.promised == whole.present
    half = sound_bytes(audio.cut(path, 0.5))
    assert half is not None
    assert half.present == pytest.approx((half.promised or 0) / 2, rel=0.05)


@pytest.mark.parametrize("suffix", [".mp3", ".m4a", ".mkv", ".flac", ".ogg"])
def test_others_say_nothing(tmp_path: Path, suffix: str) -> None:
    assert sound_bytes(audio.write(tmp_path / f"a{suffix}", audio.tone(1))) is None


@given(st.binary(max_size=300), st.sampled_from([b"", b"RIFF", b"caff", b"riff", b".snd", b"FORM"]))
def test_no_bytes_break_the_reading(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, start: bytes
) -> None:
    path = tmp_path_factory.mktemp("junk") / "a"
    kind = {b"RIFF": b"1234WAVE", b"FORM": b"1234AIFF"}.get(start, b"")
    path.write_bytes(start + kind + data)
    stated = sound_bytes(path)
    assert stated is None or 0 <= stated.present <= len(start + kind + data)
    ogg_is_cut(path)
    mp3_states_length(path)


@given(
    present_ms=st.integers(0, 10**8), promised=st.integers(0, 10**10), present=st.integers(0, 10**9)
)
def test_the_whole_is_never_shorter_than_the_part(
    present_ms: int, promised: int, present: int
) -> None:
    assert SoundBytes(promised, present).whole_ms(present_ms) >= present_ms
    assert SoundBytes(None, present).whole_ms(present_ms) == present_ms


def test_seconds_follow_from_bytes() -> None:
    assert SoundBytes(1000, 320).whole_ms(3200) == 10_000
    assert SoundBytes(1000, 1000, stray=500).stray_ms(2000) == 1000
    assert SoundBytes(0, 0, stray=5).stray_ms(0) == 0


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.aiff", "a.caf", "a.au", "a.w64"])
def test_plain_samples_go_to_libsndfile(tmp_path: Path, name: str) -> None:
    start = head(audio.write_sound(tmp_path / name, audio.tone(1)))
    assert for_libsndfile(start)
    assert is_known(start)


@pytest.mark.parametrize(
    "suffix", [".mp3", ".m4a", ".ogg", ".mkv", ".webm", ".amr", ".wma", ".avi"]
)
def test_the_rest_goes_to_ffmpeg(tmp_path: Path, suffix: str) -> None:
    start = head(audio.write(tmp_path / f"a{suffix}", audio.tone(1)))
    assert not for_libsndfile(start)
    assert is_known(start)


def test_text_is_not_known() -> None:
    assert not is_known("这不是录音".encode())
    assert not is_known(b"")
    assert not for_libsndfile(b"RIFF1234WEBP")


@pytest.mark.parametrize("name", ["a.opus", "a.ogg"])
def test_ogg_ends_with_a_page(tmp_path: Path, name: str) -> None:
    path = audio.write(tmp_path / name, audio.noise(3))
    data = path.read_bytes()
    assert not ogg_is_cut(path)
    for length in np.linspace(1, len(data) - 1, 25).astype(int):
        path.write_bytes(data[:length])
        rest = data[length:]
        assert ogg_is_cut(path) == (not rest.startswith(b"OggS"))
    path.write_bytes(data + b"TAG a tag of another format")
    assert not ogg_is_cut(path)


def test_mp3_with_and_without_a_tag(tmp_path: Path) -> None:
    plain = audio.write_encoded(tmp_path / "a.mp3", audio.tone(1), options={"write_xing": "0"})
    assert not mp3_states_length(plain)
    tagged = audio.write(tmp_path / "b.mp3", audio.tone(1))
    assert mp3_states_length(tagged)
    cover = b"ID3\x04\0\0" + bytes([0, 0, 100, 0]) + bytes(100 * 128)
    data = tagged.read_bytes()
    tagged.write_bytes(cover + data)
    assert mp3_states_length(tagged)
