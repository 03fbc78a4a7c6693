"""Reading recordings: every format, every rate, and one clear reason for what cannot be read."""

from __future__ import annotations

import hashlib
import os
import re
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from asrcli.acoustics import Acoustics, Stereo
from asrcli.errors import RecordingError
from asrcli.files import content_hash
from asrcli.pipeline.load import OpenRecording, Probe, load, probe
from tests import audio_samples as audio

if TYPE_CHECKING:
    from collections.abc import Callable

    from asrcli.values import FloatArray, Recording, Track

ENCODED = sorted(audio.ENCODERS)
PLAIN = {
    "pcm16.wav": "PCM_16",
    "pcm24.wav": "PCM_24",
    "pcm32.wav": "PCM_32",
    "u8.wav": "PCM_U8",
    "float.wav": "FLOAT",
    "double.wav": "DOUBLE",
    "alaw.wav": "ALAW",
    "mulaw.wav": "ULAW",
    "ima.wav": "IMA_ADPCM",
    "ms.wav": "MS_ADPCM",
    "gsm.wav": "GSM610",
    "a.flac": None,
    "a.aiff": None,
    "a.caf": None,
    "a.au": None,
    "a.w64": None,
    "vorbis.ogg": "VORBIS",
    "a.mp3": None,
}


def read(path: Path, channels: str = "mix") -> Recording:
    recording = load(audio.source(path), channels=channels)
    check_invariants(recording)
    return recording


def check_invariants(recording: Recording) -> None:
    samples = recording.samples
    assert samples.dtype == np.float32
    assert samples.ndim == 1
    assert samples.flags.c_contiguous
    assert not samples.flags.writeable
    assert np.isfinite(samples).all()
    assert np.abs(samples).max() <= 1
    assert len(samples) >= 1600


def reason(path: Path, channels: str = "mix") -> str:
    with pytest.raises(RecordingError) as caught:
        load(audio.source(path), channels=channels)
    text = str(caught.value)
    assert text
    assert "\n" not in text
    assert len(text) < 100
    return text


def strength(samples: FloatArray, hz: float) -> float:
    """Amplitude of one frequency in the middle of a recording."""
    middle = samples[1600:-1600].astype(np.float64)
    wave = np.exp(-2j * np.pi * hz * np.arange(len(middle)) / 16_000)
    return float(2 * abs(np.mean(middle * np.hanning(len(middle)) * 2 * wave)))


# --- what can be read


@pytest.mark.parametrize("name", PLAIN)
def test_every_plain_format(tmp_path: Path, name: str) -> None:
    path = audio.write_sound(tmp_path / name, audio.tone(2), subtype=PLAIN[name])
    recording = read(path)
    assert abs(recording.duration_ms - 2000) <= 50
    assert strength(recording.samples, 440) == pytest.approx(0.5, abs=0.02)
    assert recording.source_rate_hz == 16_000
    assert recording.source_channels == 1
    assert recording.channel is None
    assert recording.repaired == 0


@pytest.mark.parametrize("container", ["RF64", "WAVEX"])
def test_other_kinds_of_wav(tmp_path: Path, container: str) -> None:
    sound = audio.channels(audio.tone(1), audio.noise(1))
    path = audio.write_sound(tmp_path / "a.wav", sound, container=container)
    assert read(path, "2").samples == pytest.approx(sound[:, 1], abs=1e-4)


@pytest.mark.parametrize("codec", ["libmp3lame", "adpcm_ima_wav", "pcm_s32le", "pcm_f64le"])
def test_codecs_inside_wav(tmp_path: Path, codec: str) -> None:
    recording = read(audio.write_encoded(tmp_path / "a.wav", audio.tone(2), codec=codec))
    assert 1980 <= recording.duration_ms <= 2130
    assert strength(recording.samples, 440) == pytest.approx(0.5, rel=0.1)


@pytest.mark.parametrize("suffix", ENCODED)
def test_every_encoded_format(tmp_path: Path, suffix: str) -> None:
    path = audio.write_encoded(tmp_path / f"a{suffix}", audio.tone(2))
    recording = read(path)
    assert 1980 <= recording.duration_ms <= 2130
    assert strength(recording.samples, 440) == pytest.approx(0.5, rel=0.2)
    assert recording.source_rate_hz == audio.ENCODERS[suffix][1] or 16_000


@pytest.mark.parametrize("suffix", [".mp3", ".m4a", ".webm", ".mkv"])
def test_time_is_kept_by_lossy_formats(tmp_path: Path, suffix: str) -> None:
    sound = audio.bursts([(1.0, 1.5)], 2.5)
    recording = read(audio.write_encoded(tmp_path / f"a{suffix}", sound))
    loud = np.flatnonzero(np.abs(recording.samples) > 0.1)
    assert loud[0] == pytest.approx(16_000, abs=16 * 30)
    assert loud[-1] == pytest.approx(24_000, abs=16 * 30)


@given(
    values=st.lists(st.integers(-32768, 32767), max_size=50),
    name=st.sampled_from(["a.wav", "a.flac", "a.aiff", "a.caf"]),
)
@settings(max_examples=20)
def test_16_khz_mono_passes_unchanged(
    tmp_path_factory: pytest.TempPathFactory, values: list[int], name: str
) -> None:
    raw = np.concatenate([np.array(values, np.int16), np.arange(1600, dtype=np.int16)])
    path = audio.write_sound(tmp_path_factory.mktemp("exact") / name, raw, subtype="PCM_16")
    assert np.array_equal(read(path).samples, raw.astype(np.float32) / 32768)


def test_24_bit_passes_unchanged(tmp_path: Path) -> None:
    raw = np.random.default_rng(1).integers(-(2**23), 2**23, 5000).astype(np.int32)
    path = audio.write_sound(tmp_path / "a.wav", raw << 8, subtype="PCM_24")
    assert np.array_equal(read(path).samples, raw.astype(np.float32) / 2**23)


@given(
    rate_hz=st.sampled_from([4_000, 8_000, 11_025, 16_000, 22_050, 44_100, 48_000, 96_000, 192_000])
    | st.integers(4_000, 192_000),
    channels=st.integers(1, 8),
    length_ms=st.integers(100, 1500),
    extra=st.integers(0, 50),
    pick=st.integers(0, 8),
)
@settings(max_examples=40)
def test_any_rate_channels_and_length(
    tmp_path_factory: pytest.TempPathFactory,
    rate_hz: int,
    channels: int,
    length_ms: int,
    extra: int,
    pick: int,
) -> None:
    frames = length_ms * rate_hz // 1000 + 1 + extra
    sound = np.random.default_rng(frames).uniform(-1, 1, (frames, channels)).astype(np.float32)
    path = tmp_path_factory.mktemp("any") / "a.wav"
    audio.write_sound(path, sound, rate_hz, subtype="FLOAT")
    channel = "mix" if pick == 0 or pick > channels else str(pick)
    recording = read(path, channel)
    assert abs(len(recording.samples) - frames * 16_000 / rate_hz) <= 2
    assert (recording.source_rate_hz, recording.source_channels) == (rate_hz, channels)
    assert recording.channel == (None if channel == "mix" else pick - 1)


@given(
    rate_hz=st.integers(8_000, 192_000),
    hz=st.integers(100, 3_500),
    amplitude=st.floats(0.05, 0.9),
)
@settings(max_examples=25)
def test_a_sine_keeps_its_frequency_and_amplitude(
    tmp_path_factory: pytest.TempPathFactory, rate_hz: int, hz: int, amplitude: float
) -> None:
    path = tmp_path_factory.mktemp("sine") / "a.wav"
    audio.write_sound(path, audio.tone(1, rate_hz, hz, amplitude), rate_hz, subtype="FLOAT")
    samples = read(path).samples
    assert strength(samples, hz) == pytest.approx(amplitude, rel=0.01)
    spectrum = np.abs(np.fft.rfft(samples[:16_000] * np.hanning(len(samples[:16_000]))))
    assert abs(int(np.argmax(spectrum)) - hz) <= 1


def test_what_16_khz_cannot_hold_is_filtered_out(tmp_path: Path) -> None:
    path = audio.write_sound(tmp_path / "a.wav", audio.tone(1, 48_000, 11_000), 48_000)
    assert np.abs(read(path).samples[200:-200]).max() < 1e-3


def test_the_mix_is_the_mean_of_all_channels(tmp_path: Path) -> None:
    each = [audio.noise(0.5, seed=seed, amplitude=0.9) for seed in range(4)]
    path = audio.write_sound(tmp_path / "a.wav", audio.channels(*each), subtype="FLOAT")
    assert read(path).samples == pytest.approx(np.mean(each, axis=0), abs=1e-6)


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".avi"])
@pytest.mark.parametrize("rate_hz", [16_000, 8_000])
def test_a_channel_equals_that_channel_alone(tmp_path: Path, suffix: str, rate_hz: int) -> None:
    left, right = audio.tone(1, rate_hz), audio.noise(1, rate_hz)
    both = audio.write(tmp_path / f"both{suffix}", audio.channels(left, right), rate_hz)
    for number, alone in (("1", left), ("2", right)):
        one = audio.write(tmp_path / f"{number}{suffix}", alone, rate_hz)
        recording = read(both, number)
        assert np.array_equal(recording.samples, read(one).samples)
        assert recording.channel == int(number) - 1
        assert recording.source_channels == 2


def test_a_channel_that_is_not_there(tmp_path: Path) -> None:
    mono = audio.write(tmp_path / "a.wav", audio.tone(1))
    assert reason(mono, "2") == "has 1 channel, so there is no channel 2"
    stereo = audio.write(tmp_path / "b.m4a", audio.channels(audio.tone(1), audio.tone(1)))
    assert reason(stereo, "3") == "has 2 channels, so there is no channel 3"


def test_the_hash_is_that_of_the_content(tmp_path: Path) -> None:
    path = audio.write(tmp_path / "a.wav", audio.tone(1))
    assert read(path).sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("suffix", [".mp3", ".flac", ".m4a", ".opus"])
def test_a_wrong_name_does_not_matter(tmp_path: Path, suffix: str) -> None:
    path = audio.write(tmp_path / f"a{suffix}", audio.tone(1))
    right = read(path).samples
    wrong = path.rename(tmp_path / "a.wav")
    assert np.array_equal(read(wrong).samples, right)


@pytest.mark.parametrize("suffix", [".wav", ".m4a", ".opus"])
@pytest.mark.parametrize("name", ["会议 1", "http:x", "10:30 a?b", "-x", "😀", "concat:a"])
def test_any_name_can_be_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, suffix: str
) -> None:
    monkeypatch.chdir(tmp_path)
    made = audio.write(tmp_path / f"made{suffix}", audio.tone(1))
    assert len(read(made.rename(Path(f"{name}{suffix}"))).samples) >= 15_900


@pytest.mark.parametrize("suffix", [".wav", ".m4a"])
def test_a_name_that_is_not_utf8_can_be_opened(tmp_path: Path, suffix: str) -> None:
    made = audio.write(tmp_path / f"made{suffix}", audio.tone(1))
    raw = os.fsencode(tmp_path) + b"/\xb2\xe2" + suffix.encode()
    os.rename(os.fsencode(made), raw)  # noqa: PTH104
    assert len(read(Path(os.fsdecode(raw))).samples) >= 15_900


def test_memory_holds_one_copy(tmp_path: Path) -> None:
    import tracemalloc

    path = audio.write_sound(tmp_path / "a.wav", np.zeros(44_100 * 240, np.int16), 44_100)
    read(audio.write(tmp_path / "warm.wav", audio.tone(1, 8_000), 8_000))
    tracemalloc.start()
    samples = read_raw(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(samples) == 16_000 * 240
    assert peak < 1.3 * samples.nbytes


def read_raw(path: Path) -> FloatArray:
    return load(audio.source(path), channels="mix").samples


# --- bad samples


@pytest.mark.parametrize("subtype", ["FLOAT", "DOUBLE"])
@pytest.mark.parametrize("rate_hz", [16_000, 44_100])
def test_nan_and_infinity_become_silence_and_are_counted(
    tmp_path: Path, subtype: str, rate_hz: int
) -> None:
    sound = audio.tone(1, rate_hz).astype(np.float64)
    sound[[5, 500]] = np.nan
    sound[[7, 700, 7000]] = np.inf, -np.inf, np.inf
    recording = read(audio.write_sound(tmp_path / "a.wav", sound, rate_hz, subtype=subtype))
    assert recording.repaired == 5
    if rate_hz == 16_000:
        assert not recording.samples[[5, 7, 500, 700, 7000]].any()
    assert strength(recording.samples, 440) == pytest.approx(0.5, abs=0.02)


def test_only_the_chosen_channel_is_repaired(tmp_path: Path) -> None:
    bad = audio.tone(1)
    bad[3] = np.nan
    path = audio.write_sound(
        tmp_path / "a.wav", audio.channels(audio.tone(1), bad), subtype="FLOAT"
    )
    assert [read(path, channels).repaired for channels in ("1", "2", "mix")] == [0, 1, 1]


@pytest.mark.parametrize("rate_hz", [16_000, 44_100])
def test_wild_samples_are_clipped(tmp_path: Path, rate_hz: int) -> None:
    sound = audio.tone(1, rate_hz, amplitude=0.9)
    sound[1000:1010] = 3e38
    sound[2000] = -1.5
    recording = read(audio.write_sound(tmp_path / "a.wav", sound, rate_hz, subtype="FLOAT"))
    assert recording.samples.max() == 1
    assert recording.repaired == 0


def test_unscaled_int16_is_refused(tmp_path: Path) -> None:
    sound = audio.tone(1) * 32767
    path = audio.write_sound(tmp_path / "a.wav", sound.astype(np.float32), subtype="FLOAT")
    assert "wrongly scaled" in reason(path)


# --- what cannot be read


def test_an_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.touch()
    assert reason(path) == "the file is empty"


@pytest.mark.parametrize("suffix", [".wav", ".mp3", ".m4a", ".ogg"])
@pytest.mark.parametrize(
    "content",
    [
        "这不是录音，这是一个文本文件。\n" * 50,
        "hello",
        "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nother.ts\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile other.wav\n",
        "1\n00:00:00,000 --> 00:00:02,000\nhello\n",
        "<html><body>404</body></html>",
        "\0" * 10_000,
    ],
    ids=["chinese", "short", "playlist", "concat", "subtitles", "html", "zeros"],
)
def test_text_in_disguise(tmp_path: Path, suffix: str, content: str) -> None:
    audio.write(tmp_path / "other.wav", audio.tone(1))
    audio.write(tmp_path / "other.ts", audio.tone(1))
    path = tmp_path / f"a{suffix}"
    path.write_text(content, encoding="utf-8")
    assert reason(path) == "not audio, or of an unknown format"


@pytest.mark.parametrize("seed", range(20))
def test_random_bytes(tmp_path: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    path = tmp_path / "a.wav"
    path.write_bytes(rng.bytes(int(rng.integers(1, 50_000))))
    reason(path)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".webm", ".ts"])
def test_a_video_without_sound(tmp_path: Path, suffix: str) -> None:
    container = "matroska" if suffix == ".webm" else None
    path = tmp_path / f"a{suffix}"
    audio.write_encoded(path, audio.silence(0), video_s=1, container=container)
    assert reason(path) == "no sound in it: it has no audio track"


@pytest.mark.parametrize("suffix", [".wav", ".w64", ".aiff"])
def test_no_samples(tmp_path: Path, suffix: str) -> None:
    assert reason(audio.write(tmp_path / f"a{suffix}", audio.silence(0))).startswith("no sound")


@pytest.mark.parametrize(
    ("rate_hz", "suffix"), [(16_000, ".wav"), (8_000, ".wav"), (16_000, ".flac")]
)
def test_too_short(tmp_path: Path, rate_hz: int, suffix: str) -> None:
    path = audio.write(tmp_path / f"a{suffix}", audio.tone(0.05, rate_hz), rate_hz)
    assert reason(path) == "too short: 50 ms, at least 100 ms are needed"
    assert read(audio.write(tmp_path / "b.wav", audio.tone(0.1))).duration_ms == 100


@pytest.mark.parametrize(
    "name", ["pcm16.wav", "a.aiff", "a.au", "a.caf", "a.w64", "alaw.wav", "ms.wav", "ima.wav"]
)
def test_truncated_plain_files_say_how_much_is_missing(tmp_path: Path, name: str) -> None:
    path = audio.write_sound(tmp_path / name, audio.noise(10), subtype=PLAIN[name])
    audio.cut(path, 0.32)
    assert re.fullmatch(r"truncated: 3\.[12] s of (10\.[01]|9\.9) s", reason(path))


@pytest.mark.parametrize("suffix", [".mp3", ".mkv", ".webm", ".wma", ".avi"])
def test_truncated_encoded_files_say_how_much_is_missing(tmp_path: Path, suffix: str) -> None:
    path = audio.cut(audio.write(tmp_path / f"a{suffix}", audio.noise(10)), 0.5)
    assert re.fullmatch(r"truncated: [45]\.\d s of (10\.\d|9\.[89]) s", reason(path))


def test_a_few_milliseconds_less_are_no_truncation(tmp_path: Path) -> None:
    path = audio.write(tmp_path / "a.wav", audio.noise(1))
    path.write_bytes(path.read_bytes()[: -16 * 2 * 100])
    assert read(path).duration_ms == 900


def test_a_truncated_flac_is_damaged(tmp_path: Path) -> None:
    path = audio.cut(audio.write(tmp_path / "a.flac", audio.noise(10)), 0.5)
    assert reason(path).startswith("damaged: only ")


def test_an_mp4_that_was_never_closed(tmp_path: Path) -> None:
    path = audio.cut(audio.write(tmp_path / "a.m4a", audio.noise(5)), 0.9)
    assert "its index is missing" in reason(path)


def test_a_vanished_file(tmp_path: Path) -> None:
    path = audio.write(tmp_path / "a.wav", audio.tone(1))
    source = audio.source(path)
    path.unlink()
    with pytest.raises(RecordingError, match="gone: it was deleted"):
        load(source, channels="mix")


def during(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Let something happen to the file between hashing and decoding."""

    def hashed(path: Path) -> str:
        digest = content_hash(path)
        act()
        return digest

    monkeypatch.setattr("asrcli.files.content_hash", hashed)


def test_a_file_that_vanishes_while_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = audio.write(tmp_path / "a.wav", audio.tone(1))
    during(monkeypatch, path.unlink)
    assert reason(path).startswith("gone")


def test_a_file_that_changes_while_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = audio.write(tmp_path / "a.wav", audio.tone(1))
    during(monkeypatch, lambda: audio.write(path, audio.tone(2)))
    assert reason(path).startswith("changed while it was read")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (PermissionError(13, "Permission denied"), "cannot be read: Permission denied"),
        (OSError(5, "Input/output error"), "cannot be read: Input/output error"),
        (MemoryError(), "does not fit into memory; split it"),
    ],
)
def test_what_the_system_refuses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, said: str
) -> None:
    path = audio.write(tmp_path / "a.wav", audio.tone(1))

    def refuse(*_: Any) -> str:
        raise error

    monkeypatch.setattr("asrcli.files.content_hash", refuse)
    with pytest.raises(RecordingError) as caught:
        load(audio.source(path), channels="mix")
    assert str(caught.value) == said
    assert caught.value.__cause__ is error


def test_things_that_are_no_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.wav")
    (tmp_path / "broken.wav").symlink_to("nowhere")
    (tmp_path / "folder.wav").mkdir()
    assert reason(tmp_path / "pipe.wav").startswith("not a file")
    assert reason(tmp_path / "broken.wav") == "a broken link to nowhere"
    assert reason(tmp_path / "folder.wav") == "a folder, not a recording"


def wav_header(rate_hz: int, channels: int, data_bytes: int, bits: int = 16) -> bytes:
    step = channels * bits // 8
    form = struct.pack(
        "<HHIIHH", 1, channels, rate_hz, rate_hz * step & 0xFFFF_FFFF, step & 0xFFFF, bits
    )
    riff = struct.pack("<4sI4s4sI", b"RIFF", 0xFFFF_FFFF, b"WAVE", b"fmt ", 16)
    return riff + form + struct.pack("<4sI", b"data", data_bytes)


@pytest.mark.parametrize(
    ("rate_hz", "channels"), [(10**9, 1), (0, 1), (10, 1), (16_000, 0), (16_000, 65_535)]
)
def test_absurd_headers(tmp_path: Path, rate_hz: int, channels: int) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(wav_header(rate_hz, channels, 64_000) + bytes(64_000))
    assert reason(path).startswith(("damaged", "its audio track", "too short"))


@pytest.mark.parametrize("claimed", [2**31 - 1000, 10**9])
def test_a_header_that_claims_hours(tmp_path: Path, claimed: int) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(wav_header(16_000, 1, claimed) + bytes(64_000))
    if claimed < 2**30:
        assert reason(path).startswith("truncated: 2.0 s of ")
    else:
        assert read(path).duration_ms == 2000  # what a program writes that has no end yet


def test_a_flac_that_claims_2_to_the_31_samples(tmp_path: Path) -> None:
    path = audio.write(tmp_path / "a.flac", audio.noise(2))
    data = bytearray(path.read_bytes())
    data[22:26] = struct.pack(">I", 2**31)
    path.write_bytes(data)
    assert reason(path).startswith("damaged: only 1.0 s of 134217.7 s")


def test_headers_of_streams_without_an_end_are_believed(tmp_path: Path) -> None:
    raw = (audio.noise(2) * 32767).astype("<i2").tobytes()
    for claimed in (0, 0xFFFF_FFFF, 0x7FFF_FFFF):
        path = tmp_path / f"{claimed}.wav"
        path.write_bytes(wav_header(16_000, 1, claimed) + raw)
        assert read(path).samples.tobytes() == (
            (np.frombuffer(raw, "<i2").astype(np.float32) / 32768).tobytes()
        )


def test_sound_beyond_what_the_header_states(tmp_path: Path) -> None:
    raw = (audio.noise(2) * 32767).astype("<i2").tobytes()
    path = tmp_path / "a.wav"
    path.write_bytes(wav_header(16_000, 1, len(raw)) + raw + raw)
    assert reason(path) == "damaged header: sound goes on after 2.0 s"
    path.write_bytes(wav_header(16_000, 1, len(raw)) + raw + b"LIST" + bytes(4) + bytes(9_000))
    assert read(path).duration_ms == 2000


@given(st.data())
@settings(max_examples=60)
def test_damage_anywhere_is_a_reason_or_a_recording(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Whatever happens to a file's bytes, nothing but a RecordingError comes out."""
    name = data.draw(st.sampled_from(["a.wav", "a.flac", "a.mp3", "a.m4a", "a.mkv", "a.opus"]))
    content = bytearray(damage_base(tmp_path_factory, name))
    start = data.draw(st.integers(0, min(400, len(content) - 1)) | st.integers(0, len(content) - 1))
    junk = data.draw(st.binary(min_size=1, max_size=12))
    content[start : start + len(junk)] = junk
    path = tmp_path_factory.mktemp("damage") / name
    path.write_bytes(content)
    try:
        read(path)
    except RecordingError as error:
        assert "\n" not in str(error)


_BASES: dict[str, bytes] = {}


def damage_base(folders: pytest.TempPathFactory, name: str) -> bytes:
    if name not in _BASES:
        _BASES[name] = audio.write(folders.mktemp("base") / name, audio.noise(0.5)).read_bytes()
    return _BASES[name]


def test_nothing_is_printed(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for suffix in (".mp3", ".m4a", ".ogg", ".mkv", ".flac", ".wav"):
        path = audio.write(tmp_path / f"a{suffix}", audio.noise(5))
        content = bytearray(path.read_bytes())
        content[len(content) // 2 : len(content) // 2 + 300] = bytes(300)
        path.write_bytes(content[: len(content) * 3 // 4])
        reason(path)
    assert capfd.readouterr() == ("", "")


# --- probe


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".mp3", ".m4a", ".mkv", ".opus", ".wma"])
def test_probe_agrees_with_load(tmp_path: Path, suffix: str) -> None:
    path = audio.write(tmp_path / f"a{suffix}", audio.channels(audio.tone(3), audio.tone(3)))
    seen, recording = probe(audio.source(path)), read(path)
    assert seen.duration_ms == pytest.approx(recording.duration_ms, abs=130)
    assert seen.rate_hz == recording.source_rate_hz
    assert seen.channels == recording.source_channels


def test_probe_names_formats(tmp_path: Path) -> None:
    wav = audio.write_sound(tmp_path / "a.wav", audio.tone(1, 8_000), 8_000, subtype="ALAW")
    assert probe(audio.source(wav)) == Probe(1000, 8_000, 1, "wav alaw")
    m4a = audio.write(tmp_path / "a.m4a", audio.tone(1))
    assert probe(audio.source(m4a)).format == "mp4 aac"


def test_probe_says_what_load_would(tmp_path: Path) -> None:
    (tmp_path / "empty.wav").touch()
    (tmp_path / "text.wav").write_text("text")
    (tmp_path / "broken.wav").symlink_to("nowhere")
    audio.write(tmp_path / "short.wav", audio.tone(0.01))
    audio.write(tmp_path / "none.wav", audio.silence(0))
    audio.cut(audio.write(tmp_path / "cut.wav", audio.noise(5)), 0.5)
    audio.write_encoded(tmp_path / "video.mp4", audio.silence(0), video_s=1)
    for path in sorted(tmp_path.iterdir()):
        with pytest.raises(RecordingError) as caught:
            probe(audio.source(path))
        assert str(caught.value) == reason(path)


def test_probe_does_not_decode(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def read_nothing(*_: Any, **__: Any) -> Any:
        pytest.fail("samples were read")

    path = audio.write(tmp_path / "a.wav", audio.tone(1))
    monkeypatch.setattr(soundfile.SoundFile, "read", read_nothing)
    assert probe(audio.source(path)).duration_ms == 1000


# What is measured on the way


def read_in_pieces(path: Path, channels: str) -> tuple[Track, ...]:
    with OpenRecording(audio.source(path), channels=channels) as sound:
        for _ in sound.blocks():
            pass
        return sound.finish()


def a_call(rate_hz: int = 8_000) -> FloatArray:
    """Two voices that take turns of a second."""
    on = (np.arange(6 * rate_hz) // rate_hz) % 2 == 0
    left, right = (audio.speech_like(6, rate_hz, seed=seed) for seed in (1, 2))
    return audio.channels(left * on, right * ~on) + audio.noise(6, rate_hz, 1e-4)[:, None]


@pytest.mark.parametrize("suffix", [".wav", ".mp3", ".m4a", ".opus"])
def test_two_speakers_are_told_from_one_sound_twice(tmp_path: Path, suffix: str) -> None:
    call = audio.write(tmp_path / f"call{suffix}", a_call(16_000), 16_000)
    voice = audio.speech_like(6, 16_000)
    twice = audio.write(tmp_path / f"twice{suffix}", audio.channels(voice, voice), 16_000)
    for channels in ("mix", "1", "split"):
        found = [read_in_pieces(path, channels)[0].acoustics for path in (call, twice)]
        assert [one.stereo for one in found if one] == [Stereo.SPEAKERS, Stereo.DUAL]


def test_what_auto_takes(tmp_path: Path) -> None:
    voice, quiet = audio.speech_like(3), audio.silence(3)
    for name, sound, wanted in (
        ("call", a_call(16_000), [0, 1]),
        ("mono", voice, [None]),
        ("twice", audio.channels(voice, voice), [None]),
        ("inverted", audio.channels(voice, -voice * np.float32(0.5)), [0]),
        ("one-sided", audio.channels(quiet, voice), [1]),
    ):
        path = audio.write_sound(tmp_path / f"{name}.wav", sound)
        assert [track.channel for track in read_in_pieces(path, "auto")] == wanted


def test_levels_are_measured_where_channels_stand_alone(tmp_path: Path) -> None:
    path = audio.write_sound(tmp_path / "a.wav", a_call(16_000))
    mixed, (left, right) = read_in_pieces(path, "mix"), read_in_pieces(path, "split")
    assert mixed[0].levels is None
    assert left.levels is not None
    assert right.levels is not None
    assert len(left.levels) == len(right.levels) == 300
    assert left.levels[:50].mean() > right.levels[:50].mean() + 20


@pytest.mark.parametrize(
    ("suffix", "codec"), [(".amr", ""), (".wav", "pcm_alaw"), (".wav", "pcm_mulaw")]
)
def test_telephone_codecs_are_telephone_sound(tmp_path: Path, suffix: str, codec: str) -> None:
    voice = audio.speech_like(3, 8_000)
    path = audio.write_encoded(tmp_path / f"a{suffix}", voice, 8_000, codec=codec)
    (track,) = read_in_pieces(path, "auto")
    assert track.acoustics == Acoustics(Stereo.MONO, 4_000)
    assert track.source_rate_hz == 8_000


@pytest.mark.parametrize("codec", ["pcm_alaw", "pcm_mulaw"])
def test_the_channels_of_a_telephone_call_stand_alone(tmp_path: Path, codec: str) -> None:
    path = audio.write_encoded(tmp_path / "a.wav", a_call(), 8_000, codec=codec)
    assert [track.channel for track in read_in_pieces(path, "auto")] == [0, 1]


def test_lanes_are_the_channels_read_alone(tmp_path: Path) -> None:
    path = audio.write_sound(tmp_path / "a.wav", a_call())
    with OpenRecording(audio.source(path), channels="split") as sound:
        lanes = [np.concatenate(blocks) for blocks in zip(*sound.blocks(), strict=True)]
    for lane, channel in zip(lanes, "12", strict=True):
        assert np.array_equal(lane, read(path, channel).samples)


def test_a_damaged_file_is_refused_before_auto_has_decided(tmp_path: Path) -> None:
    path = audio.cut(audio.write_sound(tmp_path / "a.wav", a_call()), 0.5)
    with pytest.raises(RecordingError, match="truncated"):
        read_in_pieces(path, "auto")


# In pieces


def test_what_was_not_read_to_its_end_has_no_tracks(tmp_path: Path) -> None:
    path = audio.write_sound(tmp_path / "a.wav", audio.tone(3))
    with OpenRecording(audio.source(path), channels="mix") as sound:
        next(sound.blocks())
        with pytest.raises(ValueError, match="not read to its end"):
            sound.finish()


def test_pieces_are_small_however_long_the_file_is(tmp_path: Path) -> None:
    path = audio.write_sound(tmp_path / "a.wav", audio.tone(60))
    with OpenRecording(audio.source(path), channels="split") as sound:
        assert sound.lanes == (None,)
        sizes = [len(samples) for (samples,) in sound.blocks()]
    assert max(sizes) <= 2 * 16_384
    assert sum(sizes) == 60 * 16_000


def test_damage_shows_after_the_pieces_before_it(tmp_path: Path) -> None:
    whole = audio.write_sound(tmp_path / "a.flac", audio.noise(30))
    came = 0
    with OpenRecording(audio.source(audio.cut(whole, 0.6)), channels="mix") as sound:
        with pytest.raises(RecordingError):
            for (samples,) in sound.blocks():
                came += len(samples)
        with pytest.raises(ValueError, match="not read to its end"):
            sound.finish()
    assert 0 < came < 30 * 16_000


def test_the_hash_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = audio.write_sound(tmp_path / "a.wav", audio.tone(1))
    asked: list[Path] = []

    def hashed(file: Path) -> str:
        asked.append(file)
        return "f" * 64

    monkeypatch.setattr("asrcli.files.content_hash", hashed)
    sound = OpenRecording(audio.source(path), channels="mix")
    assert sound.sha256 == "f" * 64
    with sound:
        list(sound.blocks())
        assert [track.sha256 for track in sound.finish()] == ["f" * 64]
    assert asked == [path]
