"""The recogniser on a CUDA device: the same text as on the CPU."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from asrcli.clock import SAMPLE_RATE
from asrcli.engines.device import Device, resolve_device
from asrcli.engines.features import fbank
from asrcli.engines.hub import find_model
from asrcli.engines.paraformer import Paraformer
from asrcli.evaluate.cer import pooled
from asrcli.pipeline.decode import decode
from asrcli.values import Batch, Decoded, HotwordSet, SpeechSpan, Token
from benchmarks.sounds import read_pieces
from tests.conftest import ROOT
from tests.engines.seaco_folder import COMMON, write_seaco

if TYPE_CHECKING:
    from pathlib import Path

    from asrcli.values import FloatArray

pytestmark = pytest.mark.gpu

LENGTHS = (0.9, 6.0, 0.03, 2.5, 13.7, 1.01)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_seaco(tmp_path_factory.mktemp("models") / "seaco")


def engine(folder: Path, device: str, precision: str = "fp32") -> Paraformer:
    return Paraformer(folder, device=Device(device, precision), name="tiny", sha256="")


def sounds() -> list[FloatArray]:
    generator = np.random.default_rng(7)
    return [
        (generator.standard_normal(int(length * SAMPLE_RATE)) * 0.1).clip(-1, 1).astype(np.float32)
        for length in LENGTHS
    ]


@pytest.fixture
def demo_folder() -> Path:
    return find_model("demo", offline=True).path


@pytest.fixture
def spans(demo_folder: Path) -> list[FloatArray]:
    """The speech of the example recordings, clean and with noise of 20 and 10 dB."""
    pieces = read_pieces(
        ROOT / "examples" / "recordings", find_model("fsmn-vad", offline=True).path
    )
    generator = np.random.default_rng(5)
    found = list(pieces)
    for decibel in (20, 10):
        for piece in pieces:
            level = float(np.sqrt(np.square(piece).mean())) * 10 ** (-decibel / 20)
            noisy = piece + generator.standard_normal(len(piece)) * level
            found.append(noisy.clip(-1, 1).astype(np.float32))
    return found


def words(count: int) -> HotwordSet:
    generator = np.random.default_rng(3)
    return HotwordSet(
        tuple(("".join(generator.choice(list(COMMON), 3)), 1.0) for _ in range(count))
    )


def texts(results: list[tuple[Token, ...]]) -> list[list[str]]:
    return [[token.text for token in tokens] for tokens in results]


def test_auto_takes_the_first_device() -> None:
    assert resolve_device("auto", "auto") == Device("cuda:0", "fp32")


def test_features_are_the_same() -> None:
    samples = torch.from_numpy(sounds()[1])
    assert torch.allclose(fbank(samples.cuda()).cpu(), fbank(samples), atol=1e-3)


@pytest.mark.parametrize("count", [0, 20, 120])
def test_text_and_batches_are_the_same(folder: Path, count: int) -> None:
    on_cpu, on_cuda = engine(folder, "cpu"), engine(folder, "cuda:0")
    for one in (on_cpu, on_cuda):
        one.set_hotwords(words(count))
    together = on_cuda.decode(sounds())
    assert texts(together) == texts([on_cuda.decode([one])[0] for one in sounds()])
    assert texts(together) == texts(on_cpu.decode(sounds()))


@pytest.mark.parametrize("precision", ["bf16", "fp16"])
def test_half_precision_runs(folder: Path, precision: str) -> None:
    half = engine(folder, "cuda:0", precision)
    half.set_hotwords(words(60))
    assert any(half.decode(sounds()))


@pytest.mark.real
@pytest.mark.parametrize("precision", ["bf16", "fp16"])
def test_half_precision_hears_what_fp32_hears(
    precision: str, spans: list[FloatArray], demo_folder: Path
) -> None:
    """0.05 points at most, over every example recording and noisier copies of it."""
    exact, half = (engine(demo_folder, "cuda:0", name) for name in ("fp32", precision))
    heard = [
        ["".join(token.text for token in tokens) for tokens in one.decode(spans)]
        for one in (exact, half)
    ]
    wanted = ["".join(t.text for t in engine(demo_folder, "cpu").decode([s])[0]) for s in spans]
    assert heard[0] == wanted
    errors = pooled(zip(heard[0], heard[1], strict=True))
    assert errors.reference > 1_000
    assert errors.rate <= 0.005
    assert abs(errors.insertions - errors.deletions) <= 0.0005 * errors.reference + 1


def test_times_are_the_same(folder: Path) -> None:
    on_cuda, on_cpu = (engine(folder, name).decode(sounds()) for name in ("cuda:0", "cpu"))
    for ours, theirs in zip(on_cuda, on_cpu, strict=True):
        for one, other in zip(ours, theirs, strict=True):
            assert abs(one.start_ms - other.start_ms) <= 20


def test_a_batch_follows_free_memory(folder: Path) -> None:
    assert engine(folder, "cuda:0").batch_seconds >= 60


def test_out_of_memory_costs_nothing_but_time(folder: Path) -> None:
    """A share of the device that holds the model and little more: everything is still heard."""
    wanted = texts(engine(folder, "cpu").decode(sounds()))
    small = engine(folder, "cuda:0")
    small.decode(sounds()[:1])
    torch.cuda.empty_cache()
    total = torch.cuda.get_device_properties(0).total_memory
    torch.cuda.set_per_process_memory_fraction((torch.cuda.memory_reserved(0) + (8 << 20)) / total)
    try:
        batch = [sound for sound in sounds() for _ in range(40)]
        spans = [(key, SpeechSpan(0, 0, len(sound))) for key, sound in enumerate(batch)]
        whole = Batch(tuple(spans), max(map(len, batch)))
        results = decode(whole, dict(zip(spans, batch, strict=True)), small)
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
    heard = [result.tokens for result in results if isinstance(result, Decoded)]
    assert texts(heard) == [one for one in wanted for _ in range(40)]
    assert small.batch_seconds < 1_200


def test_memory_is_given_back_and_its_peak_told(folder: Path) -> None:
    one = engine(folder, "cuda:0")
    one.decode(sounds())
    line = one.memory_peak()
    assert line.startswith("cuda:0: at most")
    assert torch.cuda.memory_reserved(0) <= torch.cuda.max_memory_reserved(0)
    del one
    gc.collect()
    torch.cuda.empty_cache()
    assert torch.cuda.memory_allocated(0) < 64 << 20
