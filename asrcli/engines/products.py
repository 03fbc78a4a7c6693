"""Linear layers in the number format of a run.

Nearly all of a recogniser's work is the product of a matrix of frames and a matrix of weights.
This module decides how that product is computed: as float32; in half precision, the weights
converted once instead of at every call, and on CPUs also reordered once into the blocks that
their matrix units read; or in int8, the scale of the frames found at each call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import torch

    from asrcli.engines.device import Device

ROWS = 1_000
"""Frames in a usual batch: what the blocks of the weights are laid out for."""

INT8_ENGINES = ("onednn", "x86", "fbgemm", "qnnpack")
"""torch's int8 kernels, the one that knows matrix units first."""


class Product(Protocol):
    """`x @ weight.T + bias`, perhaps with a ReLU behind it."""

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """[..., inputs] -> [..., outputs], both of `Products.dtype`."""
        ...


class Products:
    """Makes the products of one model."""

    def __init__(self, device: Device) -> None:
        """Choose the format that `device.precision` names."""
        import torch

        self._device = device
        halves = {"bf16": torch.bfloat16, "fp16": torch.float16}
        self.dtype: torch.dtype = halves.get(device.precision, torch.float32)

    def linear(self, layer: torch.nn.Linear, *, relu: bool = False) -> Product:
        """The product of a layer; its own weights are left as they are."""
        bias: torch.Tensor | None = layer.bias
        return self.matrix(
            layer.weight.detach(), None if bias is None else bias.detach(), relu=relu
        )

    def matrix(
        self, weight: torch.Tensor, bias: torch.Tensor | None, *, relu: bool = False
    ) -> Product:
        """The product with float32 `weight` [outputs, inputs] and `bias` [outputs]."""
        import torch

        if self._device.precision == "int8":
            return _int8(weight, bias, relu)
        place = self._device.torch()
        weight = weight.to(place, self.dtype)
        bias = None if bias is None else bias.to(place, self.dtype)
        if self.dtype == torch.bfloat16 and _has_blocks(self._device):
            return _blocked(weight, bias, relu)
        return _plain(weight, bias, relu)


def _plain(weight: torch.Tensor, bias: torch.Tensor | None, relu: bool) -> Product:
    from torch.nn.functional import linear

    def product(x: torch.Tensor) -> torch.Tensor:
        result = linear(x, weight, bias)
        return result.relu_() if relu else result

    return product


def _has_blocks(device: Device) -> bool:
    """Whether torch has oneDNN's layer with reordered bfloat16 weights (x86 CPUs)."""
    import torch

    operators = ("_reorder_linear_weight", "_linear_pointwise", "_is_mkldnn_bf16_supported")
    if device.kind != "cpu" or not all(hasattr(torch.ops.mkldnn, name) for name in operators):
        return False
    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())  # noqa: SLF001


def _blocked(weight: torch.Tensor, bias: torch.Tensor | None, relu: bool) -> Product:
    import torch

    blocks = torch.ops.mkldnn._reorder_linear_weight(weight.contiguous(), ROWS)  # noqa: SLF001
    multiply = torch.ops.mkldnn._linear_pointwise  # noqa: SLF001
    behind = "relu" if relu else "none"

    def product(x: torch.Tensor) -> torch.Tensor:
        result: torch.Tensor = multiply(x, blocks, bias, behind, [], "")
        return result

    return product


def _int8(weight: torch.Tensor, bias: torch.Tensor | None, relu: bool) -> Product:
    """Weights scaled for each output, frames for each call (x86 and ARM CPUs)."""
    import warnings

    import torch

    # Scales of zero would divide by zero where a row of weights holds nothing.
    scales = (weight.abs().amax(dim=1) / 127.0).clamp_min(1e-12).double()
    zeros = torch.zeros(len(weight), dtype=torch.int64)
    before = torch.backends.quantized.engine
    torch.backends.quantized.engine = next(
        name for name in INT8_ENGINES if name in torch.backends.quantized.supported_engines
    )
    try:
        with warnings.catch_warnings():
            # torch announces a successor in another package; this one needs nothing more.
            warnings.simplefilter("ignore")
            rows = torch.quantize_per_channel(weight.contiguous(), scales, zeros, 0, torch.qint8)
        packed = torch.ops.quantized.linear_prepack(rows, bias)
    finally:
        torch.backends.quantized.engine = before
    operators = torch.ops.quantized
    multiply = operators.linear_relu_dynamic if relu else operators.linear_dynamic

    def product(x: torch.Tensor) -> torch.Tensor:
        result: torch.Tensor = multiply(x, packed)
        return result

    return product
