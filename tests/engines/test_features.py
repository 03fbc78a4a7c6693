"""Features held to Kaldi's own implementation and to FunASR's stacking."""

from __future__ import annotations

from typing import TYPE_CHECKING

import kaldi_native_fbank
import numpy as np
import pytest
import torch

from asrcli.clock import SAMPLE_RATE
from asrcli.engines import features, vendor
from asrcli.engines.base import frame_count
from asrcli.engines.features import (
    FRAME_LENGTH,
    N_MELS,
    fbank,
    low_frame_rate,
    low_frame_rates,
    read_cmvn,
)
from asrcli.errors import ModelError

if TYPE_CHECKING:
    from pathlib import Path


def kaldi(samples: np.ndarray) -> np.ndarray:
    """The same features from kaldi-native-fbank, set up as FunASR sets it up."""
    options = kaldi_native_fbank.FbankOptions()
    options.frame_opts.samp_freq = SAMPLE_RATE
    options.frame_opts.dither = 0.0
    options.frame_opts.window_type = "hamming"
    options.mel_opts.num_bins = N_MELS
    options.energy_floor = 0.0
    computer = kaldi_native_fbank.OnlineFbank(options)
    computer.accept_waveform(SAMPLE_RATE, (samples * 32768).tolist())
    computer.input_finished()
    return np.stack([computer.get_frame(i) for i in range(computer.num_frames_ready)])


def noise(seconds: float, level: float = 0.1) -> np.ndarray:
    generator = np.random.default_rng(0)
    return (generator.standard_normal(int(seconds * SAMPLE_RATE)) * level).astype(np.float32)


@pytest.mark.parametrize("level", [0.2, 1e-3])
def test_features_equal_kaldis(level: float) -> None:
    samples = noise(2.0, level)
    samples += np.sin(np.arange(len(samples)) / 9).astype(np.float32) * level
    assert np.abs(fbank(torch.from_numpy(samples)).numpy() - kaldi(samples)).max() < 2e-3


@pytest.mark.parametrize("shape", [(400,), (16_000,), (3, 9_999), (2, 3, 4_000)])
def test_blocks_change_no_bit(monkeypatch: pytest.MonkeyPatch, shape: tuple[int, ...]) -> None:
    samples = torch.randn(shape, generator=torch.Generator().manual_seed(1)) * 0.1
    kept = samples.clone()
    monkeypatch.setattr(features, "BLOCK_FRAMES", 10**9)
    whole = fbank(samples)
    for frames in (1, 7, 60):
        monkeypatch.setattr(features, "BLOCK_FRAMES", frames)
        assert torch.equal(fbank(samples), whole)
    assert torch.equal(samples, kept)


def test_digital_silence_has_kaldis_floor() -> None:
    samples = np.zeros(SAMPLE_RATE, dtype=np.float32)
    assert np.allclose(fbank(torch.from_numpy(samples)).numpy(), kaldi(samples))


@pytest.mark.parametrize("count", [FRAME_LENGTH, FRAME_LENGTH + 159, FRAME_LENGTH + 160, 16_001])
def test_no_partial_frame(count: int) -> None:
    frames = fbank(torch.zeros(count))
    assert frames.shape == (1 + (count - FRAME_LENGTH) // 160, N_MELS)


def test_features_of_a_part_are_part_of_the_features() -> None:
    samples = torch.from_numpy(noise(1.0))
    whole = fbank(samples)
    part = fbank(samples[1600:8000])
    assert torch.allclose(whole[10 : 10 + len(part)], part, atol=1e-4)


@pytest.mark.parametrize(("stack", "step"), [(7, 6), (5, 1)])
def test_stacking_equals_funasrs(stack: int, step: int) -> None:
    theirs = vendor.load("frontends.wav_frontend").apply_lfr
    for count in range(1, 40):
        frames = torch.randn(count, 4)
        wanted = theirs(frames.clone(), stack, step)
        assert torch.equal(low_frame_rate(frames, stack=stack, step=step), wanted)


def write_cmvn(path: Path, shift: str, scale: str) -> Path:
    path.write_text(
        f"<Nnet>\n<AddShift> 2 2\n<LearnRateCoef> 0 [ {shift} ]\n"
        f"<Rescale> 2 2\n<LearnRateCoef> 0 [ {scale} ]\n</Nnet>\n"
    )
    return path


def test_cmvn_is_read(tmp_path: Path) -> None:
    shift, scale = read_cmvn(write_cmvn(tmp_path / "am.mvn", "-8.5 1", "0.25 2"), 2)
    assert shift.tolist() == [-8.5, 1.0]
    assert scale.tolist() == [0.25, 2.0]


@pytest.mark.parametrize(
    ("shift", "scale"), [("1", "1 2"), ("1 2", "1 2 3"), ("1 x", "1 2"), ("1 nan", "1 2")]
)
def test_a_cmvn_of_another_shape_is_an_error(tmp_path: Path, shift: str, scale: str) -> None:
    with pytest.raises(ModelError, match=r"am\.mvn"):
        read_cmvn(write_cmvn(tmp_path / "am.mvn", shift, scale), 2)


def test_a_missing_or_foreign_cmvn_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be read"):
        read_cmvn(tmp_path / "am.mvn", 2)
    (tmp_path / "am.mvn").write_text("hello")
    with pytest.raises(ModelError, match="AddShift"):
        read_cmvn(tmp_path / "am.mvn", 2)


@pytest.mark.parametrize("samples", [0, 399, 400, 559, 560, 16_000])
def test_frames_are_counted_before_they_are_made(samples: int) -> None:
    frames = len(fbank(torch.zeros(samples))) if samples >= FRAME_LENGTH else 0
    assert frame_count(samples) == frames


def test_a_padded_batch_gives_every_span_its_own_features() -> None:
    generator = torch.Generator().manual_seed(6)
    spans = [torch.randn(length, generator=generator) * 0.1 for length in (400, 9_000, 5_555)]
    padded = torch.nn.utils.rnn.pad_sequence(spans, batch_first=True)
    counts = [frame_count(len(span)) for span in spans]
    together = low_frame_rates(fbank(padded), counts, stack=7, step=6)
    for row, span in zip(together, spans, strict=True):
        alone = low_frame_rate(fbank(span), stack=7, step=6)
        assert torch.allclose(row[: len(alone)], alone, atol=1e-4)
