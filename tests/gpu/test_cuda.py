"""The recogniser on a CUDA device: the same text as on the CPU."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from asrcli.clock import SAMPLE_RATE
from asrcli.engines.device import Device, resolve_device
from asrcli.engines.features import fbank
from asrcli.engines.paraformer import Paraformer
from asrcli.values import HotwordSet, Token
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


def test_a_batch_follows_free_memory() -> None:
    assert Device("cuda:0", "fp32").batch_seconds() >= 60
