"""The vectorised CIF against the definition, stepped frame by frame."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from asrcli.engines.cif import FIRE_SLACK, fire_frames, integrate


def stepped(hidden: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """One span, one frame at a time, as CIF is defined. float64 [tokens, dim]."""
    tokens = []
    level, held = 0.0, torch.zeros(hidden.shape[1], dtype=torch.float64)
    for frame, weight in zip(hidden.double(), weights.double().tolist(), strict=True):
        if level + weight < 1.0:
            level, held = level + weight, held + weight * frame
            continue
        used = 1.0 - level
        tokens.append(held + used * frame)
        level, held = weight - used, (weight - used) * frame
    return torch.stack(tokens) if tokens else torch.zeros(0, hidden.shape[1], dtype=torch.float64)


@st.composite
def weight_rows(draw: st.DrawFn) -> torch.Tensor:
    batch = draw(st.integers(1, 4))
    frames = draw(st.integers(1, 40))
    # Steps of 1/64 add up exactly, so that "reaches one" means the same in both computations.
    rows = [[draw(st.integers(0, 63)) / 64 for _ in range(frames)] for _ in range(batch)]
    return torch.tensor(rows, dtype=torch.float32)


@settings(max_examples=150, deadline=None)
@given(weight_rows(), st.integers(0, 1000))
def test_embeddings_equal_the_stepped_definition(weights: torch.Tensor, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    hidden = torch.randn(*weights.shape, 5, generator=generator)
    embeddings, counts = integrate(hidden, weights)
    assert embeddings.shape == (len(weights), max(counts), 5)
    for row in range(len(weights)):
        wanted = stepped(hidden[row], weights[row])
        assert counts[row] == len(wanted)
        assert torch.allclose(embeddings[row, : counts[row]].double(), wanted, atol=1e-5)
        assert not embeddings[row, counts[row] :].any()


def test_no_weight_gives_no_token() -> None:
    embeddings, counts = integrate(torch.ones(2, 7, 3), torch.zeros(2, 7))
    assert embeddings.shape == (2, 0, 3)
    assert counts == [0, 0]


@settings(max_examples=100, deadline=None)
@given(weight_rows(), st.integers(1, 12))
def test_every_token_fires_once_in_order(weights: torch.Tensor, tokens: int) -> None:
    weights = weights + 1 / 64
    frames = fire_frames(weights, [tokens] * len(weights))
    assert frames.shape == (len(weights), tokens)
    assert (frames >= 0).all()
    assert (frames < weights.shape[1]).all()
    assert (frames.diff(dim=1) >= 0).all()


def test_a_token_fires_where_the_sum_passes_a_whole_number() -> None:
    weights = torch.tensor([[0.5, 0.5, 0.0, 0.5, 0.5, 0.0]])
    assert fire_frames(weights, [2]).tolist() == [[1, 4]]


def test_weights_are_scaled_to_the_number_of_tokens() -> None:
    weights = torch.tensor([[0.1, 0.1, 0.1, 0.1]])
    assert fire_frames(weights, [2]).tolist() == [[1, 3]]


def test_spans_of_a_batch_do_not_meet() -> None:
    weights = torch.tensor([[0.5, 0.5, 0.5, 0.5], [0.25, 0.25, 0.0, 0.0]])
    counts = [2, 0]
    together = fire_frames(weights, counts)
    alone = fire_frames(weights[:1], counts[:1])
    assert together[0].tolist() == alone[0].tolist()


def test_silent_weights_stay_inside_the_frames() -> None:
    frames = fire_frames(torch.zeros(1, 5), [3])
    assert frames.tolist() == [[4, 4, 4]]


@pytest.mark.parametrize("count", [1, 7, 60])
def test_the_last_token_fires_despite_rounding(count: int) -> None:
    weights = torch.full((1, 997), count / 997)
    assert fire_frames(weights, [count])[0, -1] < 997
    assert 0 < FIRE_SLACK < 0.01
