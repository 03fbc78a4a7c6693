"""What happens to speech on its way: rooms, noise, telephone lines and codecs.

Everything takes and gives float32 [n_samples] at 16 kHz and draws from the generator it is given.
"""

from __future__ import annotations

import functools
import io
from typing import TYPE_CHECKING, Any, TypeAlias

import av
import numpy as np
import soxr
from asrcli.clock import SAMPLE_RATE
from scipy import signal  # type: ignore[import-untyped]

if TYPE_CHECKING:
    import numpy.typing as npt

    Sound: TypeAlias = npt.NDArray[np.float32]

TELEPHONE_RATE = 8000
NOISE_SECONDS = 40
NOISES = ("white", "pink", "brown", "hum", "babble")
CODECS = ("alaw", "mulaw", "mp3", "amr", "none")
CODEC_SHARES = (0.40, 0.25, 0.12, 0.08, 0.15)
AMR_RATE = 12_200


@functools.cache
def _noise_bank(kind: str) -> Sound:
    """A long stretch of noise with an RMS of 1, the same in every process."""
    random = np.random.default_rng(NOISES.index(kind))
    size = NOISE_SECONDS * SAMPLE_RATE
    white = random.standard_normal(size)
    if kind == "white":
        noise = white
    elif kind == "hum":
        times = np.arange(size) / SAMPLE_RATE
        tones = sum(np.sin(2 * np.pi * 50 * k * times + k) / k for k in range(1, 9))
        noise = tones + 0.3 * white
    else:
        slope = {"pink": 0.5, "brown": 1.0, "babble": 0.7}[kind]
        spectrum = np.fft.rfft(white)
        bins = np.arange(len(spectrum)) + 20.0 * NOISE_SECONDS
        noise = np.fft.irfft(spectrum / bins**slope, size)
        if kind == "babble":
            # Many voices at once: noise of the speech band that swells like syllables.
            band = signal.butter(2, (150, 3500), "bandpass", fs=SAMPLE_RATE, output="sos")
            swell = np.repeat(np.abs(random.standard_normal(size // 3200)), 3200)
            noise = signal.sosfilt(band, noise) * (
                0.5 + np.convolve(swell, np.hanning(1600), "same")
            )
    return _single(noise / np.sqrt(np.mean(noise**2)))


def _single(sound: npt.ArrayLike) -> Sound:
    return np.asarray(sound, dtype=np.float32)


def noise(random: np.random.Generator, length: int) -> Sound:
    """A stretch of some noise with an RMS near 1."""
    bank = _noise_bank(NOISES[random.integers(len(NOISES))])
    start = int(random.integers(len(bank)))
    repeats = -(-(start + length) // len(bank))
    return np.tile(bank, repeats)[start : start + length]


def reverberate(random: np.random.Generator, speech: Sound) -> Sound:
    """A small room: a direct path and a decaying tail of noise (RT60 of 0.1 to 0.45 s)."""
    seconds = random.uniform(0.1, 0.45)
    size = int(seconds * SAMPLE_RATE)
    decay = 10 ** (-3 * np.arange(size) / size)
    tail = random.standard_normal(size) * decay
    tail *= random.uniform(0.1, 0.45) / np.sqrt(np.sum(tail**2))
    tail[0] = 1.0
    wet = signal.oaconvolve(speech, tail.astype(np.float32))[: len(speech)]
    return np.asarray(wet, dtype=np.float32)


def telephone(random: np.random.Generator, speech: Sound, *, codec: str | None = None) -> Sound:
    """The band of a telephone line, 8 kHz, through a codec, back at 16 kHz and equally long."""
    low = random.uniform(200, 350)
    band = signal.butter(4, (low, 3400), "bandpass", fs=TELEPHONE_RATE, output="sos")
    narrow = soxr.resample(speech, SAMPLE_RATE, TELEPHONE_RATE, quality="MQ")
    narrow = np.clip(signal.sosfilt(band, narrow), -1.0, 1.0).astype(np.float32)
    name = codec or str(random.choice(CODECS, p=CODEC_SHARES))
    coded = _through(name, narrow)
    wide = soxr.resample(coded, TELEPHONE_RATE, SAMPLE_RATE, quality="MQ")
    return fitted(wide, len(speech))


def fitted(sound: Sound, length: int) -> Sound:
    """Cut or filled up with silence to a length."""
    return _single(np.pad(sound[:length], (0, max(0, length - len(sound)))))


def _through(codec: str, narrow: Sound) -> Sound:
    if codec == "alaw":
        return _expand_a(_round(_compress_a(narrow)))
    if codec == "mulaw":
        level = _round(np.sign(narrow) * np.log1p(255 * np.abs(narrow)) / np.log(256))
        return _single(np.sign(level) * (np.power(256.0, np.abs(level)) - 1) / 255)
    if codec == "mp3":
        return _encoded(narrow, "libmp3lame", "mp3", 24_000)
    if codec == "amr":
        return _encoded(narrow, "libopencore_amrnb", "amr", AMR_RATE)
    return narrow


def _round(level: Sound) -> Sound:
    """Eight bits."""
    return _single(np.round(level * 127) / 127)


A_LAW = 87.6


def _compress_a(sound: Sound) -> Sound:
    size = np.abs(sound)
    small = A_LAW * size
    large = 1 + np.log(np.maximum(A_LAW * size, 1e-9))
    level = np.where(size < 1 / A_LAW, small, large) / (1 + np.log(A_LAW))
    return _single(np.sign(sound) * level)


def _expand_a(level: Sound) -> Sound:
    size = np.abs(level) * (1 + np.log(A_LAW))
    sound = np.where(size < 1, size, np.exp(size - 1)) / A_LAW
    return _single(np.sign(level) * sound)


def _encoded(narrow: Sound, codec: str, container: str, bits: int) -> Sound:
    """There and back through a real codec; its delay is taken out by correlation."""
    file = io.BytesIO()
    # PyAV's types cannot say that an audio codec gives an audio stream.
    sink: Any = av.open(file, "w", format=container)
    with sink:
        stream = sink.add_stream(codec, rate=TELEPHONE_RATE)
        stream.bit_rate = bits
        stream.layout = "mono"
        pcm = (narrow * 32767).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(pcm[None], format="s16", layout="mono")
        frame.rate = TELEPHONE_RATE
        resampler = av.AudioResampler(
            format=stream.format, layout="mono", rate=TELEPHONE_RATE, frame_size=stream.frame_size
        )
        for part in (*resampler.resample(frame), *resampler.resample(None)):
            sink.mux(stream.encode(part))
        sink.mux(stream.encode(None))
    file.seek(0)
    return _aligned(_decoded(file), narrow)


def _decoded(file: io.BytesIO) -> Sound:
    back = av.AudioResampler(format="flt", layout="mono", rate=TELEPHONE_RATE)
    pieces: list[Sound] = []
    source: Any = av.open(file)
    with source:
        for decoded in source.decode(audio=0):
            pieces += [_single(part.to_ndarray()).reshape(-1) for part in back.resample(decoded)]
    sound: Sound = np.concatenate(pieces) if pieces else np.zeros(0, np.float32)
    return sound.astype(np.float32)


def _aligned(sound: Sound, original: Sound, most: int = 1600) -> Sound:
    """Shifted left by the delay at which it resembles the original most."""
    head = original[: 8 * TELEPHONE_RATE]
    match = signal.correlate(fitted(sound, len(head) + most), head, mode="valid", method="fft")
    return fitted(sound[int(np.argmax(match)) :], len(original))
