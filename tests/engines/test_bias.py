"""The hotword branch: ours against FunASR's, and what must not matter to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch

from asrcli.engines.bias import MOST_WORDS, BiasBranch
from asrcli.engines.seaco import build
from tests.engines.seaco_folder import TINY, write_seaco

if TYPE_CHECKING:
    from collections.abc import Iterator

NO_BIAS = TINY.vocabulary - 2


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = write_seaco(tmp_path_factory.mktemp("bias") / "seaco", seed=4)
    return build(folder, vocabulary=TINY.vocabulary)[0]


@pytest.fixture(autouse=True)
def no_gradients() -> Iterator[None]:
    with torch.inference_mode():
        yield


def word_list(count: int) -> list[tuple[int, ...]]:
    generator = torch.Generator().manual_seed(1)
    return [
        tuple(torch.randint(3, 60, (2 + i % 3,), generator=generator).tolist())
        for i in range(count)
    ]


def queries(*lengths: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(2)
    shape = (len(lengths), max(lengths), TINY.width)
    mask = (torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]).float()[:, :, None]
    acoustic = torch.randn(shape, generator=generator) * mask
    hidden = torch.randn(shape, generator=generator) * mask
    return acoustic, hidden, mask


def funasr(model: Any, words: list[tuple[int, ...]], acoustic: Any, hidden: Any) -> torch.Tensor:
    """FunASR's own branch for one utterance and at most fifty words: log-probabilities."""
    entries = [*words, (model.sos,)]
    lengths = torch.tensor([len(entry) for entry in entries])
    padded = torch.zeros(len(entries), int(lengths.max()), dtype=torch.long)
    for row, entry in zip(padded, entries, strict=True):
        row[: len(entry)] = torch.tensor(entry)
    selected = model._hotword_representation(padded, lengths)[None]
    sizes = torch.tensor([len(entries)]), torch.tensor([acoustic.shape[1]])
    one, _ = model.seaco_decoder(selected, sizes[0], acoustic, sizes[1])
    two, _ = model.seaco_decoder(selected, sizes[0], hidden, sizes[1])
    scores: torch.Tensor = model.hotword_output_layer(one + two)
    return torch.log_softmax(scores, dim=-1)


@pytest.mark.parametrize("count", [1, 7, MOST_WORDS])
def test_a_short_list_equals_funasrs_branch(model: Any, count: int) -> None:
    words = word_list(count)
    branch = BiasBranch(model, NO_BIAS)
    acoustic, hidden, mask = queries(9)
    ours, proposed = branch.propose(branch.compile(words, [1.0] * count), acoustic, hidden, mask)
    theirs = funasr(model, words, acoustic, hidden)
    assert torch.allclose(ours, theirs, atol=1e-4)
    assert torch.equal(proposed, theirs.argmax(-1) != NO_BIAS)


@pytest.mark.parametrize("count", [5, MOST_WORDS, MOST_WORDS + 1, 300])
def test_an_utterance_gets_the_same_alone(model: Any, count: int) -> None:
    branch = BiasBranch(model, NO_BIAS)
    memory = branch.compile(word_list(count), [1.0] * count)
    lengths = (4, 11, 7)
    acoustic, hidden, mask = queries(*lengths)
    together, _ = branch.propose(memory, acoustic, hidden, mask)
    for row, length in enumerate(lengths):
        part = slice(row, row + 1), slice(0, length)
        alone, _ = branch.propose(memory, acoustic[part], hidden[part], mask[part])
        assert torch.allclose(together[row, :length], alone[0], atol=1e-4)


def test_each_utterance_chooses_its_own_words(model: Any) -> None:
    branch = BiasBranch(model, NO_BIAS)
    memory = branch.compile(word_list(300), [1.0] * 300)
    _, hidden, mask = queries(4, 11, 7)
    chosen = branch._choose(memory, hidden * 3, mask)
    assert chosen.shape == (3, MOST_WORDS + 1)
    assert chosen[:, -1].tolist() == [300] * 3
    assert all(len(set(row)) == MOST_WORDS + 1 for row in chosen.tolist())
    assert set(chosen[0].tolist()) != set(chosen[1].tolist())


def test_a_heavy_word_passes_the_filter(model: Any) -> None:
    branch = BiasBranch(model, NO_BIAS)
    _, hidden, mask = queries(6)
    light = branch._choose(branch.compile(word_list(300), [1.0] * 300), hidden, mask)
    outsider = next(i for i in range(300) if i not in light[0].tolist())
    weights = [1.0] * 300
    weights[outsider] = 50.0
    heavy = branch._choose(branch.compile(word_list(300), weights), hidden, mask)
    assert outsider in heavy[0].tolist()


def test_a_weight_of_two_is_the_word_twice(model: Any) -> None:
    words = word_list(6)
    branch = BiasBranch(model, NO_BIAS)
    acoustic, hidden, mask = queries(8)
    twice = branch.compile([*words, words[2]], [1.0] * 7)
    weighted = branch.compile(words, [1.0, 1.0, 2.0, 1.0, 1.0, 1.0])
    assert torch.allclose(
        branch.propose(twice, acoustic, hidden, mask)[0],
        branch.propose(weighted, acoustic, hidden, mask)[0],
        atol=1e-4,
    )
