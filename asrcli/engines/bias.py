"""The hotword branch of SeACo-Paraformer (Shi et al. 2024, https://arxiv.org/abs/2308.03266).

A small decoder lets every token position look at the encoded hotwords and proposes a character,
or "no bias"; where it proposes a character, that one replaces the recogniser's.

FunASR encodes the list anew for every batch and, above fifty words, lets the first utterance of a
batch choose the fifty for all. Here keys and values of all hotwords are computed once for a list,
and every utterance chooses its own, so the result cannot depend on the batch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    import torch

MOST_WORDS = 50
"""Hotwords that the branch looks at together: what it was trained for; more are filtered."""


@dataclass(frozen=True, slots=True, eq=False)
class Memory:
    """A compiled list of n words; the "no bias" entry comes last.

    keys, values: float32 [n + 1, heads, dim] for each layer; log_weights: float32 [n + 1]. A
    weight multiplies the attention that a word gets: 2 counts as if it stood in the list twice.
    """

    keys: tuple[torch.Tensor, ...]
    values: tuple[torch.Tensor, ...]
    log_weights: torch.Tensor


class BiasBranch:
    """The branch of one loaded model (FunASR's `SeacoParaformer`)."""

    def __init__(self, model: Any, no_bias: int) -> None:
        """Use the model's own layers; `no_bias` is the id of its "no bias" token."""
        self._model = model
        self._layers = list(model.seaco_decoder.decoders)
        self._no_bias = no_bias

    def compile(self, words: Sequence[tuple[int, ...]], weights: Sequence[float]) -> Memory:
        """Encode a list.

        Args:
            words: token ids of each word, none empty.
            weights: one for each word, > 0.
        """
        import torch

        device = self._model.hotword_output_layer.weight.device
        entries = [*words, (self._model.sos,)]
        lengths = torch.tensor([len(entry) for entry in entries])
        padded = torch.zeros(len(entries), int(lengths.max()), dtype=torch.long)
        for row, entry in zip(padded, entries, strict=True):
            row[: len(entry)] = torch.tensor(entry)
        encoded = self._model._hotword_representation(padded.to(device), lengths)  # noqa: SLF001
        keys, values = [], []
        for layer in self._layers:
            attention = layer.src_attn
            both = attention.linear_k_v(encoded).unflatten(-1, (2, attention.h, attention.d_k))
            keys.append(both[:, 0])
            values.append(both[:, 1])
        log_weights = torch.tensor([*weights, 1.0], device=device).log()
        return Memory(tuple(keys), tuple(values), log_weights)

    def propose(
        self,
        memory: Memory,
        acoustic: torch.Tensor,
        hidden: torch.Tensor,
        mask: torch.Tensor,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """What the branch would write.

        Args:
            memory: the list in force.
            acoustic: float [batch, tokens, dim], the token embeddings.
            hidden: float [batch, tokens, dim], the recogniser's last hidden states.
            mask: float [batch, tokens, 1], 1 for real tokens.

        Returns:
            log-probabilities float32 [batch, tokens, vocabulary], and bool [batch, tokens]: true
            where the branch has a proposal.
        """
        import torch

        keys = [layer_keys[None] for layer_keys in memory.keys]
        values = [layer_values[None] for layer_values in memory.values]
        log_weights = memory.log_weights[None]
        if len(memory.log_weights) - 1 > MOST_WORDS:
            chosen = self._choose(memory, hidden, mask)
            keys = [layer_keys[chosen] for layer_keys in memory.keys]
            values = [layer_values[chosen] for layer_values in memory.values]
            log_weights = memory.log_weights[chosen]
        attended = self._attend(acoustic, mask, keys, values, log_weights)
        attended = attended + self._attend(hidden, mask, keys, values, log_weights)
        scores = self._model.hotword_output_layer(attended)
        log_probs = torch.log_softmax(scores.float(), dim=-1)
        return log_probs, log_probs.argmax(dim=-1) != self._no_bias

    def _choose(self, memory: Memory, hidden: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """int64 [batch, MOST_WORDS + 1]: the words that each utterance attends to most."""
        import torch

        query = hidden
        for layer, keys, values in zip(
            self._layers[:-1], memory.keys[:-1], memory.values[:-1], strict=True
        ):
            query = _through(layer, query, mask, keys[None], values[None], memory.log_weights[None])
        last = self._layers[-1]
        query = _self_part(last, query, mask)
        focus = _look(last, query, memory.keys[-1][None], memory.log_weights[None])
        received = (focus * mask[:, None]).sum(dim=(1, 2))[:, :-1]
        best = received.topk(MOST_WORDS, dim=-1).indices
        no_bias = torch.full_like(best[:, :1], received.shape[1])
        return torch.cat([best, no_bias], dim=-1)

    def _attend(
        self,
        query: torch.Tensor,
        mask: torch.Tensor,
        keys: Sequence[torch.Tensor],
        values: Sequence[torch.Tensor],
        log_weights: torch.Tensor,
    ) -> torch.Tensor:
        """The bias decoder's output for one kind of query: float [batch, tokens, dim]."""
        decoder = self._model.seaco_decoder
        for layer, layer_keys, layer_values in zip(self._layers, keys, values, strict=True):
            query = _through(layer, query, mask, layer_keys, layer_values, log_weights)
        for layer in decoder.decoders3:
            query = layer.feed_forward(layer.norm1(query))
        result: torch.Tensor = decoder.after_norm(query)
        return result


def _self_part(layer: Any, query: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """A decoder layer up to its look at the hotwords."""
    inner = layer.norm2(layer.feed_forward(layer.norm1(query)))
    result: torch.Tensor = query + layer.self_attn(inner, mask)[0]
    return result


def _look(
    layer: Any, query: torch.Tensor, keys: torch.Tensor, log_weights: torch.Tensor
) -> torch.Tensor:
    """Attention of every token position over the words: float32 [batch, heads, tokens, words].

    `keys`: [1 or batch, words, heads, dim]; `log_weights`: [1 or batch, words].
    """
    import torch

    attention = layer.src_attn
    asked = attention.linear_q(layer.norm3(query)).unflatten(-1, (attention.h, attention.d_k))
    scores = torch.einsum("bthd,bkhd->bhtk", asked * attention.d_k**-0.5, _spread(keys, asked))
    return torch.softmax(scores.float() + log_weights[:, None, None], dim=-1)


def _through(
    layer: Any,
    query: torch.Tensor,
    mask: torch.Tensor,
    keys: torch.Tensor,
    values: torch.Tensor,
    log_weights: torch.Tensor,
) -> torch.Tensor:
    """One layer of the bias decoder."""
    import torch

    query = _self_part(layer, query, mask)
    focus = _look(layer, query, keys, log_weights)
    seen = torch.einsum("bhtk,bkhd->bthd", focus.to(values.dtype), _spread(values, query))
    result: torch.Tensor = query + layer.src_attn.linear_out(seen.flatten(2))
    return result


def _spread(shared: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    """Give a tensor of one list for all the batch dimension of `like`, without copying."""
    return shared.expand(len(like), *shared.shape[1:])
