"""The lean way through an FSMN against FunASR's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from asrcli.engines import vendor
from asrcli.engines.features import low_frame_rate
from asrcli.engines.fsmn import Fsmn, Product, neighbours

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asrcli.engines.fsmn import Memory

WIDTH = 20


@pytest.fixture(autouse=True)
def no_gradients() -> Iterator[None]:
    with torch.inference_mode():
        yield


def random(*shape: int, seed: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def network(lorder: int = 6, lstride: int = 1, layers: int = 3) -> Any:
    """FunASR's module with random weights that keep its outputs apart."""
    encoder = vendor.load("models.fsmn_vad_streaming.encoder").FSMN(
        input_dim=WIDTH,
        input_affine_dim=9,
        fsmn_layers=layers,
        linear_dim=15,
        proj_dim=8,
        lorder=lorder,
        rorder=0,
        lstride=lstride,
        rstride=0,
        output_affine_dim=7,
        output_dim=5,
    )
    for seed, weight in enumerate(encoder.parameters()):
        weight.copy_(random(*weight.shape, seed=seed) * 0.4)
    return encoder.eval()


def normalisation() -> tuple[torch.Tensor, torch.Tensor]:
    return random(WIDTH, seed=90) - 11.0, random(WIDTH, seed=91).abs() * 0.2


def frames(count: int, seed: int = 70) -> torch.Tensor:
    """As high as log-mel energies are, so that the normalisation matters."""
    return random(count, WIDTH, seed=seed) * 3.0 + 11.0


def theirs(encoder: Any, stacked: torch.Tensor, cache: dict[str, torch.Tensor]) -> torch.Tensor:
    shift, scale = normalisation()
    scores: torch.Tensor = encoder(((stacked + shift) * scale)[None], cache)[0]
    return scores


def through(encoder: Any, pieces: list[torch.Tensor]) -> torch.Tensor:
    ours, memory = Fsmn(encoder, *normalisation()), dict[int, torch.Tensor]()
    return torch.cat([ours.forward(piece, memory) for piece in pieces])


@pytest.mark.parametrize("count", [1, 2, 5, 6, 40, 333])
@pytest.mark.parametrize(("lorder", "lstride"), [(6, 1), (20, 1), (4, 3), (1, 1)])
def test_scores_are_funasrs(lorder: int, lstride: int, count: int) -> None:
    encoder = network(lorder, lstride)
    wanted = theirs(encoder, frames(count), {})
    assert wanted.std() > 0.05
    torch.testing.assert_close(through(encoder, [frames(count)]), wanted, atol=1e-5, rtol=0)


def test_memory_is_carried_as_funasr_carries_it() -> None:
    encoder, cache = network(), dict[str, torch.Tensor]()
    pieces = [frames(count, seed) for seed, count in enumerate((7, 1, 3, 30, 2, 100))]
    wanted = torch.cat([theirs(encoder, piece, cache) for piece in pieces])
    torch.testing.assert_close(through(encoder, pieces), wanted, atol=1e-5, rtol=0)
    forgetful = torch.cat([through(encoder, [piece]) for piece in pieces])
    assert not torch.allclose(forgetful, wanted, atol=1e-3)


@given(st.lists(st.integers(1, 25), min_size=1, max_size=8))
@settings(max_examples=30, deadline=None)
def test_pieces_change_nothing(sizes: list[int]) -> None:
    with torch.inference_mode():
        encoder, whole = network(lorder=4, lstride=2), frames(sum(sizes))
        pieces = list(torch.split(whole, sizes))
        once = through(encoder, [whole])
        torch.testing.assert_close(through(encoder, pieces), once, atol=1e-5, rtol=0)


def test_memory_does_not_grow() -> None:
    ours, memory = Fsmn(network(layers=2), *normalisation()), dict[int, torch.Tensor]()
    for count in (500, 1, 50):
        ours.forward(frames(count), memory)
        assert [kept.untyped_storage().nbytes() for kept in memory.values()] == [5 * 8 * 4] * 2


def test_what_a_call_was_given_is_left_alone() -> None:
    encoder = network()
    before = [weight.clone() for weight in encoder.parameters()]
    ours, memory = Fsmn(encoder, *normalisation()), dict[int, torch.Tensor]()
    stacked = frames(30)
    first = ours.forward(stacked, memory)
    again: Memory = {}
    assert torch.equal(stacked, frames(30))
    assert torch.equal(ours.forward(stacked, again), first)
    assert all(torch.equal(a, b) for a, b in zip(before, encoder.parameters(), strict=True))


def test_layers_without_anything_between_are_one_product() -> None:
    layers = [torch.nn.Linear(6, 4), torch.nn.Linear(4, 7), torch.nn.Linear(7, 3)]
    x = random(11, 6, seed=1)
    wanted = layers[2](layers[1](layers[0](x * 0.5 - 2.0)))
    scale = torch.full((6,), 0.5)
    folded = Product(*layers, shift=torch.full((6,), -4.0), scale=scale)(x)
    torch.testing.assert_close(folded, wanted, atol=1e-5, rtol=0)


@pytest.mark.parametrize("stack", [1, 2, 4, 5, 7])
@pytest.mark.parametrize("count", [1, 2, 3, 40])
def test_neighbours_are_those_of_the_recogniser(count: int, stack: int) -> None:
    rows = random(count, 6, seed=count)
    assert torch.equal(neighbours(rows, stack), low_frame_rate(rows, stack=stack, step=1))
