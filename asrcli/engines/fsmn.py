"""The way through a feed-forward sequential memory network (https://arxiv.org/abs/1803.05030).

The weights are FunASR's module's; what differs is how little is moved around the products. Frames
stay rows in memory from the first product to the last, a product writes its rows behind those that
its memory block remembers, and what is linear is one product: the normalisation and the two layers
before the first ReLU, a frame and its filter, the last two layers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import torch

    Memory: TypeAlias = dict[int, torch.Tensor]
    """What each block remembers of a recording, by its number; empty at the start."""


class Product:
    """Affine layers without anything between them as one, folded in float64."""

    def __init__(
        self, *layers: Any, shift: torch.Tensor | None = None, scale: torch.Tensor | None = None
    ) -> None:
        """`(x + shift) * scale` goes through the layers; without the two, x itself."""
        weight, bias = layers[0].weight.detach().double(), layers[0].bias.detach().double()
        for layer in layers[1:]:
            after = layer.weight.detach().double()
            weight, bias = after @ weight, after @ bias + layer.bias.detach().double()
        if scale is not None:
            weight = weight * scale
        if shift is not None:
            bias = bias + weight @ shift.double()
        self._weight, self._bias = weight.float().t().contiguous(), bias.float()

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """float32 [n_frames, inputs] -> float32 [n_frames, outputs]."""
        import torch

        return torch.addmm(self._bias, x, self._weight)


class Block:
    """A product into few channels, each filtered along time, and a product back with a ReLU."""

    def __init__(self, block: Any) -> None:
        import torch

        memory = block.fsmn_block
        self._narrow = block.linear.linear.weight.detach().t().contiguous()
        self._widen = Product(block.affine.linear)
        self._stride = memory.lstride
        self._reach = (memory.lorder - 1) * memory.lstride
        # The frame itself is added to what the filter makes of it and of those before it.
        taps = memory.conv_left.weight.detach().transpose(2, 3).clone()
        taps[..., -1] += 1.0
        self._taps = taps.contiguous(memory_format=torch.channels_last)

    def __call__(
        self, x: torch.Tensor, before: torch.Tensor | None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Go on with the next frames.

        Args:
            x: float32 [n_frames, dim].
            before: the memory that the call before left; None at the start.

        Returns:
            float32 [n_frames, dim], and the memory, float32 [frames it reaches back, channels].
        """
        import torch
        from torch.nn.functional import conv2d

        channels = len(self._taps)
        rows = x.new_empty(self._reach + len(x), channels)
        rows[: self._reach] = 0.0 if before is None else before
        torch.mm(x, self._narrow, out=rows[self._reach :])
        # As a picture of one row with its channels last: that is how frames lie in memory. A view
        # that torch does not know as such (`rows.t()[None, :, None]`) would be copied twice.
        picture = rows[None, None].permute(0, 3, 1, 2)
        filtered = conv2d(picture, self._taps, dilation=(1, self._stride), groups=channels)
        widened = self._widen(filtered[0, :, 0].t()).relu_()
        # A copy, because the memory would keep all rows.
        return widened, rows[len(x) :].clone()


class Fsmn:
    """FunASR's `FSMN` that looks back only (`rorder` 0) and ends in a softmax."""

    def __init__(self, encoder: Any, shift: torch.Tensor, scale: torch.Tensor) -> None:
        """Take the weights of a loaded module.

        Args:
            encoder: FunASR's module, on the device on which frames will come.
            shift: of the normalisation, float32 [input dim], on the same device.
            scale: likewise; a normalised frame is `(frame + shift) * scale`.
        """
        self._first = Product(
            encoder.in_linear1.linear, encoder.in_linear2.linear, shift=shift, scale=scale
        )
        self._blocks = [Block(block) for block in encoder.fsmn]
        self._last = Product(encoder.out_linear1.linear, encoder.out_linear2.linear)

    def forward(self, stacked: torch.Tensor, memory: Memory) -> torch.Tensor:
        """Probabilities of the outputs for the next frames of a recording.

        Args:
            stacked: float32 [n_frames, input dim], not normalised; rows may overlap in memory.
            memory: what the calls before left, changed to what the next one needs.

        Returns:
            float32 [n_frames, output dim]; the sum of a row is 1.
        """
        x = self._first(stacked).relu_()
        for number, block in enumerate(self._blocks):
            x, memory[number] = block(x, memory.get(number))
        return self._last(x).softmax(dim=-1)


def neighbours(frames: torch.Tensor, stack: int) -> torch.Tensor:
    """Every frame among its neighbours: `features.low_frame_rate` of step 1 without its copies.

    Args:
        frames: float32 [n_frames, dim].
        stack: frames side by side in one row.

    Returns:
        float32 [n_frames, stack * dim]; a view whose rows overlap, so never to be written to.
    """
    import torch

    count, dim = frames.shape
    left = (stack - 1) // 2
    first, last = frames[:1].expand(left, -1), frames[-1:].expand(stack - 1 - left, -1)
    return torch.cat([first, frames, last]).as_strided((count, stack * dim), (dim, 1))
