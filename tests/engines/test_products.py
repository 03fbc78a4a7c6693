"""A product is the layer's own, as exactly as its number format allows."""

from __future__ import annotations

import pytest
import torch

from asrcli.engines import products
from asrcli.engines.device import Device
from asrcli.engines.products import Products

ERRORS = {"fp32": 1e-6, "bf16": 2e-2, "int8": 5e-2}


def layer(*, bias: bool = True) -> torch.nn.Linear:
    torch.manual_seed(3)
    return torch.nn.Linear(64, 48, bias=bias).eval()


def frames() -> torch.Tensor:
    return torch.randn(2, 9, 64, generator=torch.Generator().manual_seed(4))


@pytest.mark.parametrize("precision", list(ERRORS))
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("relu", [True, False])
def test_a_product_is_the_layers(precision: str, bias: bool, relu: bool) -> None:
    made = Products(Device("cpu", precision))
    one, x = layer(bias=bias), frames()
    with torch.inference_mode():
        wanted = one(x)
        result = made.linear(one, relu=relu)(x.to(made.dtype)).float()
    wanted = wanted.relu() if relu else wanted
    assert result.shape == wanted.shape
    assert float((result - wanted).norm() / wanted.norm()) < ERRORS[precision]


def test_without_blocks_half_precision_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    x = frames().bfloat16()
    with torch.inference_mode():
        blocked = Products(Device("cpu", "bf16")).linear(layer())(x)
        monkeypatch.setattr(products, "_has_blocks", lambda _device: False)
        plain = Products(Device("cpu", "bf16")).linear(layer())(x)
    assert torch.allclose(blocked.float(), plain.float(), atol=2e-2)


@pytest.mark.parametrize("precision", list(ERRORS))
def test_the_layers_weights_and_torchs_settings_are_left_alone(precision: str) -> None:
    one = layer()
    before = one.weight.detach().clone()
    engine = torch.backends.quantized.engine
    Products(Device("cpu", precision)).linear(one)
    assert torch.equal(one.weight, before)
    assert torch.backends.quantized.engine == engine


def test_a_row_of_zeros_is_no_trouble_in_int8() -> None:
    one = layer()
    with torch.inference_mode():
        one.weight[5] = 0.0
        result = Products(Device("cpu", "int8")).linear(one)(frames())
    assert torch.isfinite(result).all()


def test_blocks_are_for_cpus_that_have_them(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not products._has_blocks(Device("cuda:0", "bf16"))
    monkeypatch.setattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", lambda: False)
    assert not products._has_blocks(Device("cpu", "bf16"))
