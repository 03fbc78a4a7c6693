"""The lean way through the layers against FunASR's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch

from asrcli.engines import vendor
from asrcli.engines.device import Device
from asrcli.engines.padding import Padding
from asrcli.engines.products import Products
from asrcli.engines.sanm import Decoder, Encoder, MemoryBlock
from asrcli.engines.seaco import build
from tests.engines.seaco_folder import TINY, write_seaco

if TYPE_CHECKING:
    from collections.abc import Iterator

LENGTHS = (17, 30, 4)
TOKENS = (5, 9, 1)
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = write_seaco(tmp_path_factory.mktemp("sanm") / "seaco", seed=4)
    return build(folder, vocabulary=TINY.vocabulary)[0]


@pytest.fixture(autouse=True)
def no_gradients() -> Iterator[None]:
    with torch.inference_mode():
        yield


def products(precision: str = "fp32") -> Products:
    return Products(Device("cpu", precision))


def batch(lengths: tuple[int, ...], dim: int) -> tuple[torch.Tensor, Padding]:
    values = torch.randn(
        len(lengths), max(lengths), dim, generator=torch.Generator().manual_seed(2)
    )
    padding = Padding.of(lengths, max(lengths), CPU)
    return padding.clear(values), padding


def error(ours: torch.Tensor, theirs: torch.Tensor) -> float:
    return float((ours - theirs).norm() / theirs.norm())


@pytest.mark.parametrize(("precision", "limit"), [("fp32", 1e-5), ("bf16", 0.05), ("int8", 0.1)])
def test_the_encoder_is_funasrs(model: Any, precision: str, limit: float) -> None:
    frames, padding = batch(LENGTHS, 560)
    theirs = model.encoder(frames, torch.tensor(LENGTHS))[0]
    ours = Encoder(model.encoder, products(precision))(frames, padding)
    assert ours.dtype == torch.float32
    assert error(padding.select(ours), padding.select(theirs)) < limit
    assert not ours[0, LENGTHS[0] :].any()


@pytest.mark.parametrize(("precision", "limit"), [("fp32", 1e-5), ("bf16", 0.05), ("int8", 0.1)])
def test_the_decoder_is_funasrs(model: Any, precision: str, limit: float) -> None:
    encoded, frames = batch(LENGTHS, TINY.width)
    tokens, padding = batch(TOKENS, TINY.width)
    scores, hidden, _ = model.decoder(
        encoded,
        torch.tensor(LENGTHS),
        tokens,
        torch.tensor(TOKENS),
        return_hidden=True,
        return_both=True,
    )
    decoder = Decoder(model.decoder, products(precision))
    ours = decoder.hidden(tokens, padding, encoded, frames)
    assert error(padding.select(ours), padding.select(hidden)) < limit
    assert error(decoder.scores(padding.select(ours)), padding.select(scores)) < limit


def test_what_lies_in_the_padding_reaches_nobody(model: Any) -> None:
    encoder = Encoder(model.encoder, products())
    frames, padding = batch(LENGTHS, 560)
    clean = encoder(frames, padding)
    dirty = frames + 100.0 * ~padding.inside[:, :, None]
    assert torch.allclose(encoder(dirty, padding), clean, atol=1e-5)


@pytest.mark.parametrize(("kernel", "shift"), [(11, 0), (11, 3), (5, 2), (4, 0)])
def test_the_memory_block_is_funasrs(kernel: int, shift: int) -> None:
    attention = vendor.load("models.sanm.attention")
    theirs = attention.MultiHeadedAttentionSANMDecoder(16, 0.0, kernel, sanm_shfit=shift).eval()
    frames, padding = batch(LENGTHS, 16)
    wanted, _ = theirs(frames, padding.inside[:, :, None].float())
    ours = MemoryBlock(theirs, products())(frames)
    assert torch.allclose(padding.clear(ours.contiguous()), wanted, atol=1e-5)
