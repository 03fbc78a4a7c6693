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

from asrcli.engines.sanm import DecoderLayer, Norm, attend

if TYPE_CHECKING:
    from collections.abc import Sequence

    import torch

    from asrcli.engines.padding import Padding
    from asrcli.engines.products import Products

MOST_WORDS = 50
"""Hotwords that the branch looks at together: what it was trained for; more are filtered."""

NEVER = -20.0
"""Log-probability of a character that was not heard: lower ones tell no more."""


@dataclass(frozen=True, slots=True, eq=False)
class Memory:
    """A compiled list of n words; the "no bias" entry comes last.

    keys, values: float [1, n + 1, dim] for each layer; log_weights: float32 [n + 1]. A
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

    def __init__(self, model: Any, no_bias: int, products: Products) -> None:
        """Use the model's own layers; `no_bias` is the id of its "no bias" token."""
        self._model = model
        decoder = model.seaco_decoder
        self._layers = [DecoderLayer(layer, products) for layer in decoder.decoders]
        self._last = [DecoderLayer(layer, products) for layer in decoder.decoders3]
        self._norm, self._output = (
            Norm(decoder.after_norm, products.dtype),
            products.linear(model.hotword_output_layer),
        )
        self._dtype = products.dtype
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
        offers = [layer.offer(encoded[None].to(self._dtype)) for layer in self._layers]
        keys, values = zip(*offers, strict=True)
        log_weights = torch.tensor([*weights, 1.0], device=device).log()
        return Memory(keys, values, log_weights, _by_length(words, device), frozenset(words))

    def propose(
        self,
        memory: Memory,
        scores: torch.Tensor,
        acoustic: torch.Tensor,
        hidden: torch.Tensor,
        padding: Padding,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """What the branch would write.

        Args:
            memory: the list in force.
            scores: float32 [tokens, vocabulary], the recogniser's own before the softmax, for the
                tokens of all utterances one after the other.
            acoustic: float32 [batch, longest, dim], the token embeddings.
            hidden: float32 [batch, longest, dim], the recogniser's last hidden states.
            padding: of the tokens.

        Returns:
            Scores float32 [tokens, vocabulary], and bool [tokens]: true where the branch has a
            proposal that is part of a word of the list.
        """
        import torch

        keys, values, log_weights = memory.keys, memory.values, memory.log_weights[None]
        if len(memory.log_weights) - 1 > MOST_WORDS:
            chosen = choose(memory, torch.log_softmax(scores, dim=-1), padding.lengths)
            keys = tuple(layer_keys[0][chosen] for layer_keys in memory.keys)
            values = tuple(layer_values[0][chosen] for layer_values in memory.values)
            log_weights = memory.log_weights[chosen]
        weights = log_weights.to(self._dtype)[:, None, None]
        attended = self._attend(acoustic, padding, keys, values, weights)
        attended = attended + self._attend(hidden, padding, keys, values, weights)
        proposals = self._output(padding.select(attended)).float()
        proposed = proposals.argmax(dim=-1)
        wanted = proposed != self._no_bias
        written = torch.where(wanted, proposed, scores.argmax(dim=-1))
        return proposals, wanted & in_words(memory, written, padding.lengths)

    def _attend(
        self,
        query: torch.Tensor,
        padding: Padding,
        keys: Sequence[torch.Tensor],
        values: Sequence[torch.Tensor],
        weights: torch.Tensor,
    ) -> torch.Tensor:
        """The bias decoder's output for one kind of query: float [batch, tokens, dim]."""
        for layer, layer_keys, layer_values in zip(self._layers, keys, values, strict=True):
            query = layer.own(query, padding)
            key, value = (_spread(part, query) for part in (layer_keys, layer_values))
            seen = attend(layer.ask(query), key, value, layer.heads, weights)
            query = layer.join(query, seen)
        for layer in self._last:
            query = layer.forward(query)
        return self._norm(query)


def in_words(memory: Memory, written: torch.Tensor, lengths: Sequence[int]) -> torch.Tensor:
    """Which tokens belong to a word of the list that stands in the text.

    Args:
        memory: the list.
        written: int64 [tokens], token ids of all utterances one after the other.
        lengths: tokens of each utterance.

    Returns:
        bool [tokens]
    """
    import torch

    sizes = [ids.shape[1] for _, ids in memory.by_length]
    inside = torch.zeros(written.shape, dtype=torch.bool)
    ids = written.tolist()
    start = 0
    for length in lengths:
        end = start + length
        for first in range(start, end):
            for last in (first + size for size in sizes if first + size <= end):
                if tuple(ids[first:last]) in memory.spelled:
                    inside[first:last] = True
        start = end
    return inside.to(written.device)


def choose(memory: Memory, heard: torch.Tensor, lengths: Sequence[int]) -> torch.Tensor:
    """The words that each utterance may hold, and "no bias" behind them.

    A word's rank is the best mean log-probability of its tokens over all places in the utterance,
    and the logarithm of its weight.

    Args:
        memory: a list of more than `MOST_WORDS` words.
        heard: float32 [tokens, vocabulary], log-probabilities, one utterance after the other.
        lengths: tokens of each utterance.

    Returns:
        int64 [batch, MOST_WORDS + 1]: places in the list.
    """
    import torch

    words = len(memory.log_weights) - 1
    no_bias = torch.tensor([words], device=heard.device)
    rows = []
    for utterance in torch.split(heard, list(lengths)):
        ranks = _fit(memory, utterance) + memory.log_weights[:words]
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


def _spread(shared: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    """Give a tensor of one list for all the batch dimension of `like`, without copying."""
    return shared.expand(len(like), *shared.shape[1:])
