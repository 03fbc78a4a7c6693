"""Audio for tests: made here, never recorded, written in any container and codec.

Every function that makes sound returns float32 in [-1, 1], [n_samples] for one channel. The same
arguments give the same samples.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

import av
import numpy as np
import numpy.typing as npt
import soundfile

from asrcli.values import SourceFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import TypeAlias

    from av import AudioStream
    from av.container import OutputContainer
    from av.stream import Stream

    from asrcli.values import FloatArray

    SomePacket: TypeAlias = av.Packet[Stream]

ENCODERS: Mapping[str, tuple[str, int]] = {
    ".mp3": ("libmp3lame", 0),
    ".m4a": ("aac", 0),
    ".mp4": ("aac", 0),
    ".mov": ("aac", 0),
    ".aac": ("aac", 0),
    ".ts": ("aac", 0),
    ".mkv": ("aac", 0),
    ".mka": ("aac", 0),
    ".webm": ("libopus", 48_000),
    ".opus": ("libopus", 48_000),
    ".ogg": ("libopus", 48_000),
    ".amr": ("libopencore_amrnb", 8_000),
    ".3gp": ("libopencore_amrnb", 8_000),
    ".wma": ("wmav2", 0),
    ".ac3": ("ac3", 48_000),
    ".avi": ("pcm_s16le", 0),
}
"""Codec for each ending written through FFmpeg, and the only rate it takes (0: any)."""

_BLOCK = 16_000


def tone(
    seconds: float, rate_hz: int = 16_000, hz: float = 440.0, amplitude: float = 0.5
) -> FloatArray:
    """A sine wave."""
    time_s = np.arange(round(seconds * rate_hz)) / rate_hz
    return (amplitude * np.sin(2 * np.pi * hz * time_s)).astype(np.float32)


def noise(
    seconds: float, rate_hz: int = 16_000, amplitude: float = 0.1, seed: int = 0
) -> FloatArray:
    """White noise."""
    samples = np.random.default_rng(seed).uniform(-amplitude, amplitude, round(seconds * rate_hz))
    return samples.astype(np.float32)


def silence(seconds: float, rate_hz: int = 16_000) -> FloatArray:
    """Zeros."""
    return np.zeros(round(seconds * rate_hz), np.float32)


def speech_like(seconds: float, rate_hz: int = 16_000, seed: int = 0) -> FloatArray:
    """A buzzing voice of four syllables a second: harmonics of a gliding pitch, with breath."""
    rng = np.random.default_rng(seed)
    time_s = np.arange(round(seconds * rate_hz)) / rate_hz
    pitch_hz = 140 + 30 * np.sin(2 * np.pi * 0.7 * time_s + rng.uniform(0, 6))
    phase = 2 * np.pi * np.cumsum(pitch_hz) / rate_hz
    voice = np.zeros_like(time_s)
    for harmonic in range(1, 25):
        centre = harmonic * 140
        strength = np.exp(-(((centre - 600) / 400) ** 2)) + np.exp(-(((centre - 1800) / 600) ** 2))
        if (harmonic + 1) * 200 < rate_hz / 2:
            voice += (0.05 + strength) * np.sin(harmonic * phase) / harmonic**0.5
    syllables = 0.35 + 0.65 * np.abs(np.sin(2 * np.pi * 2 * time_s)) ** 0.7
    sound = voice * syllables + rng.normal(0, 0.02, len(time_s))
    return (0.5 * sound / max(1e-9, float(np.max(np.abs(sound), initial=0)))).astype(np.float32)


def bursts(
    spans_s: Sequence[tuple[float, float]], total_s: float, rate_hz: int = 16_000, seed: int = 0
) -> FloatArray:
    """Speech-like sound in the given (start, end) seconds, very faint noise elsewhere."""
    sound = noise(total_s, rate_hz, amplitude=1e-4, seed=seed)
    for number, (start_s, end_s) in enumerate(spans_s):
        voice = speech_like(end_s - start_s, rate_hz, seed=seed + number)
        start = round(start_s * rate_hz)
        sound[start : start + len(voice)] = voice[: len(sound) - start]
    return sound


def channels(*each: FloatArray) -> FloatArray:
    """[n_samples, n_channels] from single channels."""
    return np.stack(each, axis=1)


def write_sound(
    path: Path,
    samples: npt.NDArray[np.generic],
    rate_hz: int = 16_000,
    *,
    subtype: str | None = None,
    container: str | None = None,
) -> Path:
    """Write through libsndfile; `subtype` and `container` are its names for them.

    In pieces: libsndfile crashes on Ogg given more than some seconds at once.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    count = 1 if samples.ndim == 1 else samples.shape[1]
    with soundfile.SoundFile(path, "w", rate_hz, count, subtype, format=container) as file:
        for start in range(0, len(samples), _BLOCK):
            file.write(samples[start : start + _BLOCK])
    return path


def write_encoded(
    path: Path,
    samples: FloatArray,
    rate_hz: int = 16_000,
    *,
    codec: str = "",
    container: str | None = None,
    options: Mapping[str, str] | None = None,
    late_s: float = 0.0,
    gaps_s: Iterable[tuple[float, float]] = (),
    video_s: float = 0.0,
) -> Path:
    """Write through FFmpeg; the codec follows from the ending unless it is named.

    Args:
        path: the file.
        samples: [n_samples] or [n_samples, n_channels].
        rate_hz: their rate; where the codec takes one rate only, they are resampled.
        codec: FFmpeg's name of the encoder.
        container: FFmpeg's name of the format.
        options: options of the format.
        late_s: the sound starts this long after the file's beginning.
        gaps_s: (after, length): packets from `after` on are put `length` seconds later.
        video_s: adds a picture track of this length; with no samples it is the only track.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    known, only_rate_hz = ENCODERS.get(path.suffix.lower(), ("", 0))
    with av.open(str(path), "w", format=container, options=dict(options or {})) as out:
        pictures = _picture_packets(out, video_s) if video_s else []
        sound: list[SomePacket] = []
        if len(samples):
            track = out.add_stream(codec or known, rate=only_rate_hz or rate_hz)
            assert isinstance(track, av.AudioStream)
            sound = _sound_packets(track, samples, rate_hz)
            base = track.codec_context.time_base
            for packet in sound:
                _delay(packet, late_s, tuple(gaps_s), base)
        for packet in sorted([*pictures, *sound], key=_time_s):
            out.mux(packet)
    return path


def write(path: Path, samples: FloatArray, rate_hz: int = 16_000) -> Path:
    """Write in whatever the ending asks for."""
    if path.suffix.lower() in ENCODERS:
        return write_encoded(path, samples, rate_hz)
    return write_sound(path, samples, rate_hz)


def cut(path: Path, share: float) -> Path:
    """Keep only the first part of a file."""
    data = path.read_bytes()
    path.write_bytes(data[: round(len(data) * share)])
    return path


def source(path: Path, rel: PurePath | None = None) -> SourceFile:
    """The file as discovery would hand it on."""
    try:
        facts = path.stat()
    except OSError:
        return SourceFile(path, rel or PurePath(path.name), 0, 0)
    return SourceFile(path, rel or PurePath(path.name), facts.st_size, facts.st_mtime_ns)


def _sound_packets(track: AudioStream, samples: FloatArray, rate_hz: int) -> list[SomePacket]:
    planes = samples[None] if samples.ndim == 1 else np.ascontiguousarray(samples.T)
    layout = {1: "mono", 2: "stereo", 6: "5.1"}[len(planes)]
    track.layout = layout
    if track.codec_context.name == "wmav2":
        track.bit_rate = 64_000
    frame = av.AudioFrame.from_ndarray(planes, format="fltp", layout=layout)
    frame.sample_rate, frame.pts, frame.time_base = rate_hz, 0, Fraction(1, rate_hz)
    turn = av.AudioResampler(format=track.format.name, layout=layout, rate=track.rate)
    packets = []
    for piece in (*turn.resample(frame), *turn.resample(None), None):
        packets += track.encode(piece)
    return packets


def _picture_packets(out: OutputContainer, seconds: float) -> list[SomePacket]:
    track = out.add_stream("mpeg4", rate=10)
    assert isinstance(track, av.VideoStream)
    track.width = track.height = 64
    track.pix_fmt = "yuv420p"
    packets = []
    for number in range(round(seconds * 10)):
        picture = av.VideoFrame.from_ndarray(
            np.random.default_rng(number).integers(0, 255, (64, 64, 3), np.uint8), format="rgb24"
        )
        packets += track.encode(picture)
    return packets + track.encode(None)


def _delay(
    packet: SomePacket,
    late_s: float,
    gaps_s: tuple[tuple[float, float], ...],
    base: Fraction | None,
) -> None:
    at_s = _time_s(packet)
    shift_s = late_s + sum(length for after, length in gaps_s if at_s >= after)
    time_base = packet.time_base or base
    if shift_s and time_base and packet.pts is not None and packet.dts is not None:
        packet.pts += round(shift_s / time_base)
        packet.dts += round(shift_s / time_base)


def _time_s(packet: SomePacket) -> float:
    return float((packet.dts or 0) * (packet.time_base or 0))
