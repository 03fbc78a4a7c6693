"""The hotword branch of SeACo-Paraformer (Shi et al. 2024, https://arxiv.org/abs/2308.03266).

A small decoder lets every token position look at the encoded hotwords and proposes a character,
or "no bias"; where it proposes a character, that one replaces the recogniser's.

FunASR encodes the list anew for every batch and, above fifty words, lets the first utterance of a
batch choose the fifty for all. Here keys and values of all hotwords are computed once for a list,
and every utterance chooses its own, so the result cannot depend on the batch.

FunASR chooses by the attention that a word gets in the whole utterance. Attention is shared: the
more words there are, the less is left for the one that is said. Here words are ranked by what the
recogniser itself heard, one by one, so that a long list costs a word nothing. A rare name and the
common one that was written instead sound alike, so the rare one still ranks above the others.

FunASR writes whatever the branch proposes, and with any list at all the branch leans to rarer
characters: names that nobody listed change too. Here a proposal counts only where the text then
holds a whole word of the list, so that a list can change nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    import torch

MOST_WORDS = 50
"""Hotwords that the branch looks at together: what it was trained for; more are filtered."""

NEVER = -20.0
"""Log-probability of a character that was not heard: lower ones tell no more."""


@dataclass(frozen=True, slots=True, eq=False)
class Memory:
    """A compiled list of n words; the "no bias" entry comes last.

    keys, values: float32 [n + 1, heads, dim] for each layer; log_weights: float32 [n + 1]. A
    weight multiplies the attention that a word gets: 2 counts as if it stood in the list twice.
    by_length: for each length of words their places int64 [m] and token ids int64 [m, length].
    spelled: the words as token ids.
    """

    keys: tuple[torch.Tensor, ...]
    values: tuple[torch.Tensor, ...]
    log_weights: torch.Tensor
    by_length: tuple[tuple[torch.Tensor, torch.Tensor], ...]
    spelled: frozenset[tuple[int, ...]]


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
        by_length = _by_length(words, device)
        return Memory(tuple(keys), tuple(values), log_weights, by_length, frozenset(words))

    def propose(
        self,
        memory: Memory,
        heard: torch.Tensor,
        acoustic: torch.Tensor,
        hidden: torch.Tensor,
        mask: torch.Tensor,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """What the branch would write.

        Args:
            memory: the list in force.
            heard: float32 [batch, tokens, vocabulary], the recogniser's own log-probabilities.
            acoustic: float [batch, tokens, dim], the token embeddings.
            hidden: float [batch, tokens, dim], the recogniser's last hidden states.
            mask: float [batch, tokens, 1], 1 for real tokens.

        Returns:
            log-probabilities float32 [batch, tokens, vocabulary], and bool [batch, tokens]: true
            where the branch has a proposal that is part of a word of the list.
        """
        import torch

        keys = [layer_keys[None] for layer_keys in memory.keys]
        values = [layer_values[None] for layer_values in memory.values]
        log_weights = memory.log_weights[None]
        if len(memory.log_weights) - 1 > MOST_WORDS:
            chosen = choose(memory, heard, mask)
            keys = [layer_keys[chosen] for layer_keys in memory.keys]
            values = [layer_values[chosen] for layer_values in memory.values]
            log_weights = memory.log_weights[chosen]
        attended = self._attend(acoustic, mask, keys, values, log_weights)
        attended = attended + self._attend(hidden, mask, keys, values, log_weights)
        scores = self._model.hotword_output_layer(attended)
        log_probs = torch.log_softmax(scores.float(), dim=-1)
        proposed = log_probs.argmax(dim=-1)
        wanted = (proposed != self._no_bias) & (mask[:, :, 0] > 0)
        written = torch.where(wanted, proposed, heard.argmax(dim=-1))
        return log_probs, wanted & in_words(memory, written, mask)

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


def in_words(memory: Memory, written: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Which tokens belong to a word of the list that stands in the text.

    Args:
        memory: the list.
        written: int64 [batch, tokens], token ids.
        mask: float [batch, tokens, 1], 1 for real tokens, which come first.

    Returns:
        bool [batch, tokens]
    """
    import torch

    sizes = [ids.shape[1] for _, ids in memory.by_length]
    inside = torch.zeros(written.shape, dtype=torch.bool)
    lengths = mask[:, :, 0].sum(dim=1).long().tolist()
    for row, (ids, length) in enumerate(zip(written.tolist(), lengths, strict=True)):
        for first in range(length):
            for last in (first + size for size in sizes if first + size <= length):
                if tuple(ids[first:last]) in memory.spelled:
                    inside[row, first:last] = True
    return inside.to(written.device)


def choose(memory: Memory, heard: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """The words that each utterance may hold, and "no bias" behind them.

    A word's rank is the best mean log-probability of its tokens over all places in the utterance,
    and the logarithm of its weight.

    Args:
        memory: a list of more than `MOST_WORDS` words.
        heard: float32 [batch, tokens, vocabulary], log-probabilities.
        mask: float [batch, tokens, 1], 1 for real tokens, which come first.

    Returns:
        int64 [batch, MOST_WORDS + 1]: places in the list.
    """
    import torch

    words = len(memory.log_weights) - 1
    no_bias = torch.tensor([words], device=heard.device)
    rows = []
    for utterance, length in zip(heard, mask[:, :, 0].sum(dim=1).long().tolist(), strict=True):
        ranks = _fit(memory, utterance[:length]) + memory.log_weights[:words]
        rows.append(torch.cat([ranks.topk(MOST_WORDS).indices, no_bias]))
    return torch.stack(rows)


def _fit(memory: Memory, heard: torch.Tensor) -> torch.Tensor:
    """How well every word fits an utterance: float32 [words].

    `heard`: float32 [tokens, vocabulary]. A word may reach beyond the end.
    """
    import torch

    places = len(heard)
    fit = torch.full_like(memory.log_weights[:-1], NEVER)
    if not places:
        return fit
    for members, ids in memory.by_length:
        length = ids.shape[1]
        known = torch.nn.functional.pad(heard.clamp_min(NEVER), (0, 0, 0, length - 1), value=NEVER)
        total = torch.zeros(places, len(members), device=heard.device)
        for offset in range(length):
            total += known[offset : offset + places, ids[:, offset]]
        fit[members] = total.amax(dim=0) / length
    return fit


def _by_length(
    words: Sequence[tuple[int, ...]], device: torch.device
) -> tuple[tuple[torch.Tensor, torch.Tensor], ...]:
    """Places and token ids of the words of each length."""
    import torch

    groups: dict[int, list[int]] = {}
    for place, word in enumerate(words):
        groups.setdefault(len(word), []).append(place)
    return tuple(
        (
            torch.tensor(places, device=device),
            torch.tensor([words[place] for place in places], device=device),
        )
        for places in groups.values()
    )


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
