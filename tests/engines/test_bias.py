"""The hotword branch: ours against FunASR's, and what must not matter to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch

from asrcli.engines.bias import MOST_WORDS, NEVER, BiasBranch, Memory, choose, in_words
from asrcli.engines.device import Device
from asrcli.engines.padding import Padding
from asrcli.engines.products import Products
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


def branch_of(model: Any) -> BiasBranch:
    return BiasBranch(model, NO_BIAS, Products(Device("cpu", "fp32")))


def queries(*lengths: int) -> tuple[torch.Tensor, torch.Tensor, Padding]:
    generator = torch.Generator().manual_seed(2)
    shape = (len(lengths), max(lengths), TINY.width)
    padding = Padding.of(lengths, max(lengths), torch.device("cpu"))
    acoustic, hidden = (padding.clear(torch.randn(shape, generator=generator)) for _ in range(2))
    return acoustic, hidden, padding


def heard_in(tokens: int) -> torch.Tensor:
    """What a recogniser may have heard: log-probabilities."""
    generator = torch.Generator().manual_seed(3)
    return torch.log_softmax(4 * torch.randn((tokens, TINY.vocabulary), generator=generator), -1)


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
    branch = branch_of(model)
    acoustic, hidden, padding = queries(9)
    memory = branch.compile(words, [1.0] * count)
    ours, proposed = branch.propose(memory, heard_in(9), acoustic, hidden, padding)
    theirs = funasr(model, words, acoustic, hidden)[0]
    assert torch.allclose(torch.log_softmax(ours, dim=-1), theirs, atol=1e-4)
    assert not (proposed & (theirs.argmax(-1) == NO_BIAS)).any()


@pytest.mark.parametrize("count", [5, MOST_WORDS, MOST_WORDS + 1, 300])
def test_an_utterance_gets_the_same_alone(model: Any, count: int) -> None:
    branch = branch_of(model)
    memory = branch.compile(word_list(count), [1.0] * count)
    lengths = (4, 11, 7)
    acoustic, hidden, padding = queries(*lengths)
    heard = heard_in(sum(lengths))
    together, used = branch.propose(memory, heard, acoustic, hidden, padding)
    start = 0
    for row, length in enumerate(lengths):
        part = slice(start, start + length)
        one = Padding.of([length], length, torch.device("cpu"))
        said, meant = (query[row : row + 1, :length] for query in (acoustic, hidden))
        alone, wanted = branch.propose(memory, heard[part], said, meant, one)
        assert torch.allclose(together[part], alone, atol=1e-4)
        assert torch.equal(used[part], wanted)
        start += length


def every_pair() -> list[tuple[int, ...]]:
    """A list that holds whatever two tokens are written side by side."""
    return [(a, b) for a in range(TINY.vocabulary) for b in range(TINY.vocabulary)]


def test_what_the_branch_proposes_is_used_where_it_spells_a_word(model: Any) -> None:
    branch = branch_of(model)
    every = branch.compile(every_pair(), [1.0] * TINY.vocabulary**2)
    scores, used = branch.propose(every, heard_in(15), *queries(4, 11))
    assert torch.equal(used, scores.argmax(-1) != NO_BIAS)
    assert used.any()


def test_what_spells_no_word_is_not_used(model: Any) -> None:
    branch = branch_of(model)
    memory = branch.compile([(NO_BIAS, NO_BIAS), (NO_BIAS, 3, NO_BIAS)], [1.0, 1.0])
    assert not branch.propose(memory, heard_in(15), *queries(4, 11))[1].any()


@pytest.mark.parametrize(
    ("written", "lengths", "expected"),
    [
        ([3, 4, 5, 9], [4], [1, 1, 0, 0]),
        ([9, 5, 6, 7], [4], [0, 1, 1, 1]),
        ([3, 4, 3, 4], [4], [1, 1, 1, 1]),
        ([3, 4, 3, 4], [3, 1], [1, 1, 0, 0]),
        ([3, 4, 3, 4], [0, 2, 2], [1, 1, 1, 1]),
        ([9, 5, 6, 7], [2, 2], [0, 0, 0, 0]),
        ([4, 3, 9, 5], [4], [0, 0, 0, 0]),
        ([3, 3, 4, 4], [4], [0, 1, 1, 0]),
        ([], [0], []),
    ],
)
def test_words_in_a_text(
    model: Any, written: list[int], lengths: list[int], expected: list[int]
) -> None:
    memory = branch_of(model).compile([(3, 4), (5, 6, 7)], [1.0, 1.0])
    found = in_words(memory, torch.tensor(written), lengths)
    assert found.int().tolist() == expected


def long_list(model: Any, **heavy: float) -> Memory:
    """300 words, those of `heavy` (`w17=50.0`) with a weight of their own."""
    weights = [heavy.get(f"w{place}", 1.0) for place in range(300)]
    return branch_of(model).compile(word_list(300), weights)


def chosen_by(memory: Memory, heard: torch.Tensor, *lengths: int) -> list[list[int]]:
    chosen: list[list[int]] = choose(memory, heard, lengths).tolist()
    return chosen


def test_each_utterance_chooses_its_own_words(model: Any) -> None:
    rows = chosen_by(long_list(model), heard_in(22), 4, 11, 7)
    assert [len(set(row)) for row in rows] == [MOST_WORDS + 1] * 3
    assert [row[-1] for row in rows] == [300] * 3
    assert set(rows[0]) != set(rows[1])


def fit(word: tuple[int, ...], heard: torch.Tensor) -> float:
    """The rank of a word, told the slow way."""
    return max(
        sum(
            max(float(heard[place + offset, token]), NEVER)
            if place + offset < len(heard)
            else NEVER
            for offset, token in enumerate(word)
        )
        / len(word)
        for place in range(len(heard))
    )


@pytest.mark.parametrize("length", [1, 2, 9])
def test_the_words_that_fit_best_are_chosen(model: Any, length: int) -> None:
    heard = heard_in(length)
    row = chosen_by(long_list(model), heard, length)[0][:-1]
    fits = [fit(word, heard) for word in word_list(300)]
    left_out = [fits[place] for place in range(300) if place not in row]
    assert min(fits[place] for place in row) >= max(left_out) - 1e-4


def test_a_word_that_was_nearly_heard_passes_any_number_of_others(model: Any) -> None:
    word = word_list(300)[123]
    heard = torch.full((12, TINY.vocabulary), -15.0)
    for place, token in enumerate(word, start=5):
        # Another character won; this one is merely possible.
        heard[place, token] = -6.0
    assert 123 in chosen_by(long_list(model), heard, 12)[0]


def test_what_another_utterance_holds_is_not_heard(model: Any) -> None:
    heard = heard_in(15)
    before = chosen_by(long_list(model), heard, 4, 11)
    heard[4:] = 0.0
    after = chosen_by(long_list(model), heard, 4, 11)
    assert after[0] == before[0]
    assert after[1] != before[1]


def test_an_utterance_without_tokens_has_a_choice_too(model: Any) -> None:
    rows = chosen_by(long_list(model), heard_in(5), 0, 5)
    assert [len(set(row)) for row in rows] == [MOST_WORDS + 1] * 2


def test_a_heavy_word_passes_the_filter(model: Any) -> None:
    heard = heard_in(6)
    fits = [fit(word, heard) for word in word_list(300)]
    just_missed = sorted(range(300), key=lambda place: -fits[place])[MOST_WORDS]
    assert just_missed not in chosen_by(long_list(model), heard, 6)[0]
    heavy = long_list(model, **{f"w{just_missed}": 50.0})
    assert just_missed in chosen_by(heavy, heard, 6)[0]


def test_a_weight_of_two_is_the_word_twice(model: Any) -> None:
    words = word_list(6)
    branch = branch_of(model)
    asked = queries(8)
    twice = branch.compile([*words, words[2]], [1.0] * 7)
    weighted = branch.compile(words, [1.0, 1.0, 2.0, 1.0, 1.0, 1.0])
    heard = heard_in(8)
    assert torch.allclose(
        branch.propose(twice, heard, *asked)[0],
        branch.propose(weighted, heard, *asked)[0],
        atol=1e-4,
    )
