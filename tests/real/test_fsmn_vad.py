"""The published VAD: what it hears in speech-like sound, and that it decides as FunASR does."""

from __future__ import annotations

import io
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import soundfile
import soxr
import torch

from asrcli.engines import vendor
from asrcli.engines.fsmn_vad import FsmnVad
from asrcli.engines.weights import read_config

if TYPE_CHECKING:
    from pathlib import Path

    from asrcli.values import FloatArray

pytestmark = pytest.mark.real

SENTENCES = (
    "今天天气很好",
    "我们一起去公园散步",
    "昨天下了一场大雨，路上很滑",
    "请大家注意安全",
    "你好",
    "这个价格是一百二十三块钱",
)
ESPEAK = shutil.which("espeak-ng")
VOICES = ("syllables", pytest.param("espeak", marks=pytest.mark.skipif(not ESPEAK, reason="none")))


def syllables(seed: int, count: int) -> FloatArray:
    """Speech-like sound: a buzz of glottal pulses through three wandering resonances."""
    generator = np.random.default_rng(seed)
    parts = []
    for _ in range(count):
        length = int(generator.uniform(0.15, 0.3) * 16_000)
        time = np.arange(length) / 16_000
        pitch = generator.uniform(100, 220) * (1 + generator.uniform(-0.3, 0.3) * time / 0.3)
        phase = 2 * np.pi * np.cumsum(pitch) / 16_000
        formants = generator.uniform((300, 900, 2_200), (800, 2_000, 3_000))
        sound = np.zeros(length)
        for harmonic in range(1, 30):
            hertz = harmonic * pitch.mean()
            gain = sum(1 / (1 + ((hertz - formant) / 120) ** 2) for formant in formants)
            sound += gain * np.sin(harmonic * phase)
        envelope = np.sin(np.pi * np.arange(length) / length) ** 0.5
        parts += [sound / np.abs(sound).max() * envelope * 0.4, np.zeros(length // 8)]
    return np.concatenate(parts).astype(np.float32)


def espeak(text: str, speed: int) -> FloatArray:
    command = [str(ESPEAK), "-v", "cmn", "-s", str(speed), "--stdout", text]
    wav = subprocess.run(command, capture_output=True, check=True).stdout
    samples, rate = soundfile.read(io.BytesIO(wav), dtype="float32")
    resampled: FloatArray = soxr.resample(samples, rate, 16_000)
    return resampled


def talk(voice: str, seed: int, utterances: int, noise: float = 1e-3) -> FloatArray:
    """Utterances with pauses of all lengths between them, over noise."""
    generator = np.random.default_rng(seed)
    parts = [np.zeros(32_000, np.float32)]
    for _ in range(utterances):
        if voice == "espeak":
            text = SENTENCES[generator.integers(len(SENTENCES))]
            spoken = espeak(text, int(generator.integers(110, 260)))
        else:
            spoken = syllables(int(generator.integers(1 << 30)), int(generator.integers(2, 20)))
        pause = np.zeros(int(generator.uniform(0.05, 2.5) * 16_000), np.float32)
        parts += [spoken * np.float32(generator.uniform(0.1, 1)), pause]
    clean = np.concatenate(parts)
    noisy = clean + generator.normal(0, noise, len(clean))
    return np.clip(noisy, -1, 1).astype(np.float32)


def load(folder: Path, max_silence_ms: int = 800) -> FsmnVad:
    return FsmnVad(folder, max_silence_ms=max_silence_ms, name="fsmn-vad", sha256="f" * 64)


@pytest.fixture
def funasr(fsmn_vad_folder: Path) -> tuple[Any, Any]:
    """FunASR's own model class and frontend, without its hard cut of long segments."""
    vendor.load("models.fsmn_vad_streaming.encoder")
    config = read_config(fsmn_vad_folder)
    conf = {**config["model_conf"], "max_single_segment_time": 10**9}
    model = vendor.load("models.fsmn_vad_streaming.model").FsmnVADStreaming(
        encoder="FSMN", encoder_conf=config["encoder_conf"], **conf
    )
    model.load_state_dict(torch.load(fsmn_vad_folder / "model.pt", weights_only=True))
    frontend = vendor.load("frontends.wav_frontend").WavFrontendOnline(
        cmvn_file=str(fsmn_vad_folder / "am.mvn"), **config["frontend_conf"]
    )
    return model.eval(), frontend


def funasr_segments(
    funasr: tuple[Any, Any], samples: FloatArray, max_silence_ms: int
) -> list[list[int]]:
    model, frontend = funasr
    with torch.inference_mode():
        results, _ = model.inference(
            [torch.from_numpy(samples)],
            key=["a"],
            frontend=frontend,
            cache={},
            max_end_silence_time=max_silence_ms,
            dynamic_silence=False,
            device="cpu",
        )
    segments: list[list[int]] = results[0]["value"]
    return segments


@pytest.mark.parametrize(
    ("noise", "max_silence_ms"), [(1e-5, 800), (1e-3, 200), (1e-3, 455), (2e-2, 800), (2e-2, 2_000)]
)
@pytest.mark.parametrize("voice", VOICES)
def test_decides_as_funasr_does(
    fsmn_vad_folder: Path,
    funasr: tuple[Any, Any],
    voice: str,
    noise: float,
    max_silence_ms: int,
) -> None:
    samples = talk(voice, seed=int(noise * 1e5) + max_silence_ms, utterances=30, noise=noise)
    regions = load(fsmn_vad_folder, max_silence_ms).speech(samples)
    assert len(samples) > 16_000 * 60
    assert regions
    wanted = funasr_segments(funasr, samples, max_silence_ms)
    assert [[start // 16, end // 16] for start, end in regions] == wanted


@pytest.mark.parametrize("voice", VOICES)
def test_the_same_speech_gives_the_same_regions_anywhere(fsmn_vad_folder: Path, voice: str) -> None:
    vad = load(fsmn_vad_folder)
    samples = talk(voice, seed=1, utterances=12)
    # Digital silence, so that what the network hears is the same before the speech everywhere.
    samples[:24_000] = 0.0
    wanted = vad.speech(samples)
    assert len(wanted) >= 3
    for seconds in (10, 20, 30, 60):
        shift = seconds * 16_000
        moved = vad.speech(np.concatenate([np.zeros(shift, np.float32), samples]))
        assert [(start - shift, end - shift) for start, end in moved] == list(wanted)


@pytest.mark.parametrize("voice", VOICES)
def test_speech_lies_inside_the_regions(fsmn_vad_folder: Path, voice: str) -> None:
    spoken = syllables(5, 12) if voice == "syllables" else espeak(SENTENCES[1], 160)
    quiet = np.zeros(32_000, np.float32)
    samples = np.concatenate([quiet, spoken, quiet, spoken, quiet])
    regions = load(fsmn_vad_folder).speech(samples)
    assert len(regions) == 2
    for (start, end), lead in zip(regions, (32_000, 64_000 + len(spoken)), strict=True):
        assert start <= lead + 1_600
        assert end >= lead + len(spoken) - 3_200
        assert end - start <= len(spoken) + 16_000


@pytest.mark.parametrize("loudness", [0.0, 1e-4, 0.05])
def test_no_speech_is_heard_where_there_is_none(fsmn_vad_folder: Path, loudness: float) -> None:
    noise = np.random.default_rng(0).normal(0, loudness, 16_000 * 20)
    assert load(fsmn_vad_folder).speech(noise.astype(np.float32)) == ()
