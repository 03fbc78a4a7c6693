"""The way through SANM layers (Gao et al. 2020, https://arxiv.org/abs/2006.01713).

The weights are FunASR's modules', the arithmetic is theirs too; what differs is how little is
moved around it. Products come from `products`, attention is one fused kernel, the memory block
reads frames where they lie, and padding is cleared only where it could reach a frame: before a
convolution, and among the keys of an attention. Sums of layers stay float32 in every format.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

    from asrcli.engines.padding import Padding
    from asrcli.engines.products import Products


class Norm:
    """Layer normalisation of float32 into the format of the products."""

    def __init__(self, norm: Any, dtype: torch.dtype) -> None:
        self._shape, self._eps, self._dtype = norm.normalized_shape, norm.eps, dtype
        self._weight, self._bias = norm.weight.detach(), norm.bias.detach()

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """[..., dim] -> [..., dim]."""
        from torch.nn.functional import layer_norm

        x = x.float()
        return layer_norm(x, self._shape, self._weight, self._bias, self._eps).to(self._dtype)


class MemoryBlock:
    """FSMN: every channel filtered along time, and the frame itself (its filter's middle + 1)."""

    def __init__(self, attention: Any, products: Products) -> None:
        import torch

        left, right = attention.pad_fn.padding
        taps = attention.fsmn_block.weight.detach().clone()
        taps[:, :, left] += 1.0
        self._left, self._right = left, right
        taps = taps[:, :, None].to(products.dtype)
        self._taps = taps.contiguous(memory_format=torch.channels_last)

    def __call__(self, frames: torch.Tensor) -> torch.Tensor:
        """[batch, frames, dim] -> the same shape; the padding must be zero."""
        from torch.nn.functional import conv2d, pad

        # As a picture of one row with its channels last: that is how frames lie in memory.
        picture = frames.transpose(1, 2)[:, :, None]
        edge = min(self._left, self._right)
        if self._left != self._right:
            picture = pad(picture, (self._left - edge, self._right - edge))
        filtered = conv2d(picture, self._taps, padding=(0, edge), groups=len(self._taps))
        return filtered[:, :, 0].transpose(1, 2)


class EncoderLayer:
    """Attention with a memory block beside it, then two products."""

    def __init__(self, layer: Any, products: Products) -> None:
        attention, forward = layer.self_attn, layer.feed_forward
        self._heads = attention.h
        self._residual = layer.in_size == layer.size
        self._norms = Norm(layer.norm1, products.dtype), Norm(layer.norm2, products.dtype)
        self._split = products.linear(attention.linear_q_k_v)
        self._join = products.linear(attention.linear_out)
        self._memory = MemoryBlock(attention, products)
        self._widen = products.linear(forward.w_1, relu=True)
        self._narrow = products.linear(forward.w_2)

    def __call__(
        self, x: torch.Tensor, padding: Padding, keys: torch.Tensor | None
    ) -> torch.Tensor:
        """float32 [batch, frames, dim] -> the same shape; `keys` as `Padding.keys` gives them."""
        mixed = self._split(self._norms[0](x))
        query, key, value = mixed.chunk(3, dim=-1)
        padding.clear(value)
        seen = self._join(attend(query, key, value, self._heads, keys)) + self._memory(value)
        x = x + seen if self._residual else seen.float()
        return x + self._narrow(self._widen(self._norms[1](x)))


class Encoder:
    """FunASR's `SANMEncoder`."""

    def __init__(self, encoder: Any, products: Products) -> None:
        self._embed, self._scale = encoder.embed, encoder.output_size() ** 0.5
        layers = [*encoder.encoders0, *encoder.encoders]
        self._layers = [EncoderLayer(layer, products) for layer in layers]
        self._norm = encoder.after_norm
        self._dtype = products.dtype

    def __call__(self, frames: torch.Tensor, padding: Padding) -> torch.Tensor:
        """float32 [batch, frames, stacked dim] -> float32 [batch, frames, dim], padding zero."""
        keys = padding.keys(self._dtype)
        x = self._embed(frames * self._scale)
        for layer in self._layers:
            x = layer(x, padding, keys)
        return padding.clear(self._norm(x))


class DecoderLayer:
    """Two products, a memory block over the tokens, then attention to something else."""

    def __init__(self, layer: Any, products: Products) -> None:
        self._first = Norm(layer.norm1, products.dtype)
        self._widen = products.linear(layer.feed_forward.w_1, relu=True)
        self._inner = Norm(layer.feed_forward.norm, products.dtype)
        self._narrow = products.linear(layer.feed_forward.w_2)
        self._attends = layer.self_attn is not None
        if not self._attends:
            return
        self._second, self._third = (Norm(n, products.dtype) for n in (layer.norm2, layer.norm3))
        self._memory = MemoryBlock(layer.self_attn, products)
        attention = layer.src_attn
        self.heads = attention.h
        self._ask = products.linear(attention.linear_q)
        self._offer = products.linear(attention.linear_k_v)
        self._join = products.linear(attention.linear_out)

    def own(self, tokens: torch.Tensor, padding: Padding) -> torch.Tensor:
        """The layer up to its look elsewhere: float32 [batch, tokens, dim]."""
        inner = padding.clear(self._second(self.forward(tokens)))
        return tokens + self._memory(inner)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """The two products alone: all that the last layer of a decoder does."""
        return self._narrow(self._inner(self._widen(self._first(tokens))))

    def ask(self, tokens: torch.Tensor) -> torch.Tensor:
        """Queries [batch, tokens, dim]."""
        return self._ask(self._third(tokens))

    def offer(self, memory: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Keys and values [..., dim] of what is looked at, in the format of the products."""
        key, value = self._offer(memory).chunk(2, dim=-1)
        return key, value

    def join(self, tokens: torch.Tensor, seen: torch.Tensor) -> torch.Tensor:
        """What was seen [batch, tokens, dim], added to the tokens."""
        return tokens + self._join(seen)


class Decoder:
    """FunASR's `ParaformerSANMDecoder`: all tokens at once, looking at all frames."""

    def __init__(self, decoder: Any, products: Products) -> None:
        self._layers = [DecoderLayer(layer, products) for layer in decoder.decoders]
        self._last = [DecoderLayer(layer, products) for layer in decoder.decoders3]
        self._norm, self._output = decoder.after_norm, products.linear(decoder.output_layer)
        self._dtype = products.dtype

    def hidden(
        self, tokens: torch.Tensor, padding: Padding, encoded: torch.Tensor, frames: Padding
    ) -> torch.Tensor:
        """The last hidden states, float32 [batch, tokens, dim].

        Args:
            tokens: float32 [batch, tokens, dim], what CIF gathered.
            padding: of the tokens.
            encoded: float32 [batch, frames, dim], what the encoder made.
            frames: their padding.
        """
        memory, keys = encoded.to(self._dtype), frames.keys(self._dtype)
        for layer in self._layers:
            tokens = layer.own(tokens, padding)
            key, value = layer.offer(memory)
            tokens = layer.join(tokens, attend(layer.ask(tokens), key, value, layer.heads, keys))
        for layer in self._last:
            tokens = layer.forward(tokens)
        hidden: torch.Tensor = self._norm(tokens.float())
        return hidden

    def scores(self, hidden: torch.Tensor) -> torch.Tensor:
        """float32 [..., vocabulary], before the softmax."""
        return self._output(hidden.to(self._dtype)).float()


def attend(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    heads: int,
    keys: torch.Tensor | None,
) -> torch.Tensor:
    """Scaled dot-product attention, [batch, positions, heads * dim] each, without a copy."""
    from torch.nn.functional import scaled_dot_product_attention

    query, key, value = (
        part.view(*part.shape[:-1], heads, -1).transpose(1, 2) for part in (query, key, value)
    )
    seen = scaled_dot_product_attention(query, key, value, attn_mask=keys)
    return seen.transpose(1, 2).flatten(2)
