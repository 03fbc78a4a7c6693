"""FFmpeg: no packet lost in silence, and every sound at its time."""

from __future__ import annotations

import socket
import struct
from typing import TYPE_CHECKING, Any

import av
import numpy as np
import pytest

from asrcli.audio import ffmpeg
from asrcli.audio.ffmpeg import open_ffmpeg
from asrcli.audio.headers import HEAD_BYTES, is_known, sound_bytes
from asrcli.errors import RecordingError
from tests import audio_samples as audio

if TYPE_CHECKING:
    from pathlib import Path

    from asrcli.values import FloatArray


def read(path: Path) -> FloatArray:
    """All samples of the first channel, at the file's own rate."""
    known = is_known(path.read_bytes()[:HEAD_BYTES])
    with open_ffmpeg(path, sound_bytes(path), known=known) as sound:
        return np.concatenate([block.samples[:, 0] for block in sound.blocks()])


def reason(path: Path) -> str:
    with pytest.raises(RecordingError) as caught:
        read(path)
    return str(caught.value)


def sounding_s(samples: FloatArray, rate_hz: int = 16_000) -> tuple[float, float]:
    loud = np.flatnonzero(np.abs(samples) > 0.1)
    return loud[0] / rate_hz, loud[-1] / rate_hz


@pytest.mark.parametrize("suffix", [".mkv", ".mp4", ".ts"])
def test_sound_that_starts_after_the_picture_keeps_its_time(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    audio.write_encoded(path, audio.tone(3), late_s=2, video_s=6)
    samples = read(path)
    assert sounding_s(samples) == pytest.approx((2, 5), abs=0.07)
    assert not samples[: 16_000 * 2 - 1_100].any()


@pytest.mark.parametrize("suffix", [".mkv", ".mp4", ".ts", ".wma"])
def test_a_pause_without_packets_is_silence(tmp_path: Path, suffix: str) -> None:
    path = audio.write_encoded(tmp_path / f"a{suffix}", audio.tone(4), gaps_s=[(2, 3)])
    samples = read(path)
    assert sounding_s(samples) == pytest.approx((0, 7), abs=0.13)
    assert np.abs(samples[round(2.3 * 16_000) : round(4.7 * 16_000)]).max() < 1e-3


def test_many_short_pauses_do_not_add_up(tmp_path: Path) -> None:
    gaps = [(second / 2, 0.3) for second in range(1, 8)]
    path = audio.write_encoded(tmp_path / "a.webm", audio.tone(4), gaps_s=gaps)
    samples = read(path)
    assert len(samples) / 48_000 == pytest.approx(4 + 7 * 0.3, abs=0.1)


def test_a_recording_that_starts_late_in_a_longer_one(tmp_path: Path) -> None:
    path = audio.write_encoded(tmp_path / "a.webm", audio.tone(2), late_s=3600)
    assert len(read(path)) / 48_000 == pytest.approx(2, abs=0.05)


def test_a_clock_that_jumps_by_hours_is_damage(tmp_path: Path) -> None:
    path = audio.write_encoded(tmp_path / "a.mkv", audio.tone(4), gaps_s=[(2, 20_000)])
    assert reason(path) == "damaged: 20000.0 s missing at 2.0 s"


def test_a_gap_torn_into_matroska_is_damage(tmp_path: Path) -> None:
    path = audio.write(tmp_path / "a.webm", audio.noise(20))
    data = bytearray(path.read_bytes())
    middle = len(data) // 4
    data[middle : middle + 2_000] = np.random.default_rng(0).bytes(2_000)
    path.write_bytes(data)
    assert reason(path).startswith("damaged: ")


def test_a_page_lost_from_ogg_is_damage(tmp_path: Path) -> None:
    path = audio.write(tmp_path / "a.opus", audio.noise(10))
    pages = path.read_bytes().split(b"OggS")
    path.write_bytes(b"OggS".join(pages[:6] + pages[7:]))
    assert reason(path) == "damaged: 1.0 s missing at 3.0 s"


def test_ogg_cut_between_pages_is_whole(tmp_path: Path) -> None:
    path = audio.write(tmp_path / "a.opus", audio.noise(10))
    pages = path.read_bytes().split(b"OggS")
    path.write_bytes(b"OggS".join(pages[:6]))
    assert len(read(path)) / 48_000 == pytest.approx(3, abs=0.1)
    path.write_bytes(b"OggS".join(pages[:6]) + b"OggS" + pages[6][:50])
    assert reason(path).startswith("truncated: the file breaks off after 3.0 s")


def aac_packets(path: Path) -> list[int]:
    """Where each ADTS packet starts."""
    with av.open(str(path)) as container:
        return [
            packet.pos for packet in container.demux() if packet.size and packet.pos is not None
        ]


def test_a_packet_broken_in_the_middle_is_damage(tmp_path: Path) -> None:
    path = audio.write(tmp_path / "a.aac", audio.noise(5))
    starts = aac_packets(path)
    data = bytearray(path.read_bytes())
    at = starts[len(starts) // 2] + 20
    data[at : at + 60] = b"\xff" * 60
    path.write_bytes(data)
    assert reason(path).startswith("damaged: cannot be decoded at 2.")


def test_half_a_packet_at_the_end_is_forgiven(tmp_path: Path) -> None:
    path = audio.write(tmp_path / "a.aac", audio.noise(5))
    whole, starts = read(path), aac_packets(path)
    path.write_bytes(path.read_bytes()[: starts[-10] + 40])
    assert 0 < len(whole) - len(read(path)) <= 12 * 1024


def test_a_stream_cut_out_of_a_longer_one(tmp_path: Path) -> None:
    for suffix in (".mp3", ".aac", ".ts", ".ac3"):
        path = audio.write(tmp_path / f"a{suffix}", audio.noise(5))
        path.write_bytes(path.read_bytes()[7_777:])
        assert len(read(path)) > 2 * 16_000


def test_a_torn_beginning_is_short(tmp_path: Path) -> None:
    path = audio.write(tmp_path / "a.aac", audio.noise(5))
    starts = aac_packets(path)
    for broken, forgiven in ((2, True), (20, False)):
        data = bytearray(path.read_bytes())
        for start in starts[:broken]:
            data[start + 9 : start + 60] = b"\xff" * 51
        torn = tmp_path / f"{broken}.aac"
        torn.write_bytes(data)
        if forgiven:
            assert len(read(torn)) > 4.8 * 16_000
        else:
            assert reason(torn) == "damaged: cannot be decoded at 0.0 s"


def test_mp3_files_joined_together(tmp_path: Path) -> None:
    path = audio.write(tmp_path / "a.mp3", audio.tone(2))
    path.write_bytes(path.read_bytes() * 2)
    assert len(read(path)) >= 4 * 16_000


def test_sound_may_be_shorter_than_the_picture(tmp_path: Path) -> None:
    for suffix in (".mkv", ".mp4", ".ts"):
        path = audio.write_encoded(tmp_path / f"a{suffix}", audio.tone(2), video_s=6)
        assert len(read(path)) / 16_000 == pytest.approx(2, abs=0.13)


def test_a_cut_video_is_truncated(tmp_path: Path) -> None:
    path = audio.write_encoded(tmp_path / "a.mkv", audio.tone(6), video_s=6)
    assert reason(audio.cut(path, 0.5)).startswith("truncated: ")
    fast = tmp_path / "b.mp4"
    audio.write_encoded(fast, audio.tone(6), video_s=6, options={"movflags": "faststart"})
    assert reason(audio.cut(fast, 0.5)).startswith("truncated: ")


def test_a_fragmented_mp4(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    flags = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}
    audio.write_encoded(path, audio.tone(6), options=flags)
    assert len(read(path)) / 16_000 == pytest.approx(6, abs=0.13)
    assert reason(audio.cut(path, 0.5)).startswith("truncated: ")


def test_a_playlist_is_not_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_network(*_: Any) -> None:
        pytest.fail("a socket was opened")

    monkeypatch.setattr(socket.socket, "connect", no_network)
    audio.write(tmp_path / "other.ts", audio.tone(2))
    for line in ("other.ts", "http://127.0.0.1:9/x.ts"):
        path = tmp_path / "a.m3u8"
        path.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n{line}\n#EXT-X-ENDLIST\n")
        assert reason(path) == "not audio, or of an unknown format"


def test_tags_that_are_not_utf8_do_no_harm(tmp_path: Path) -> None:
    path = audio.write(tmp_path / "a.mp3", audio.tone(1))
    title = b"\0" + "会议".encode("gb18030")
    frame = b"TIT2" + struct.pack(">IH", len(title), 0) + title
    path.write_bytes(b"ID3\x03\0\0\0\0\0" + bytes([len(frame)]) + frame + path.read_bytes())
    assert len(read(path)) == 16_000


def test_a_codec_that_is_not_known(tmp_path: Path) -> None:
    path = audio.write(tmp_path / "a.mkv", audio.tone(1))
    data = path.read_bytes()
    assert b"A_AAC" in data
    path.write_bytes(data.replace(b"A_AAC", b"A_XYZ"))
    assert reason(path).startswith("its audio track is")


@pytest.mark.parametrize(
    ("codec", "step"),
    [("pcm_u8", 2**-7), ("pcm_s16le", 2**-15), ("pcm_s32le", 2**-23), ("pcm_f64le", 2**-23)],
)
def test_every_kind_of_sample_has_full_scale_at_one(
    tmp_path: Path, codec: str, step: float
) -> None:
    sound = audio.channels(audio.tone(1), audio.noise(1, amplitude=0.99))
    path = audio.write_encoded(tmp_path / "a.mkv", sound, codec=codec)
    assert read(path) == pytest.approx(sound[:, 0], abs=1.01 * step)


def test_blocks_are_pieces_of_the_same_sound(tmp_path: Path) -> None:
    sound = audio.channels(audio.noise(5), audio.noise(5, seed=1))
    path = audio.write_encoded(tmp_path / "a.mkv", sound, codec="pcm_s16le")
    with open_ffmpeg(path, None, known=True) as opened:
        assert (opened.header.rate_hz, opened.header.channels) == (16_000, 2)
        assert opened.header.duration_ms == 5000
        blocks = list(opened.blocks())
    assert all(block.samples.dtype == np.float32 for block in blocks)
    assert all(block.samples.shape[1] == 2 for block in blocks)
    assert sum(len(block.samples) for block in blocks) == 80_000
    assert len(blocks) <= 80_000 // ffmpeg.BLOCK_FRAMES + 1
