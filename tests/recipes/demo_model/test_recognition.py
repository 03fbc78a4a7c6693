from __future__ import annotations

from random import Random
from typing import Any

import numpy as np
import pytest
import torch

from recipes.demo_model import recognition
from recipes.demo_model.dataset import Clip
from recipes.demo_model.model import EOS, build_model
from recipes.demo_model.recognition import Scales, collate
from recipes.demo_model.train import learning_rate, trained_parameters

SCALES = Scales(torch.zeros(560), torch.full((560,), 0.1))


def clip(seed: int, count: int) -> Clip:
    frames = np.random.default_rng(seed).standard_normal((count * 20 + 30, 80))
    starts = tuple(range(0, 200 * count, 200))
    ids = tuple(3 + (seed + index) % 10 for index in range(count))
    ends = tuple(start + 200 for start in starts)
    return Clip(frames.astype(np.float16), ids, "字" * count, starts, ends, ())


@pytest.fixture(scope="module")
def model() -> Any:
    torch.set_num_threads(1)
    return build_model(20)


def test_a_batch_pads_and_ends_every_text() -> None:
    batch = collate([clip(1, 3), clip(2, 5)], SCALES, None)
    assert batch.frames.shape == (2, 22, 560)
    assert batch.lengths.tolist() == [15, 22]
    assert batch.counts.tolist() == [4, 6]
    assert batch.labels[0].tolist()[3:] == [EOS, -1, -1]
    assert batch.frame_labels[0, 15:].tolist() == [-1] * 7


def test_augmentation_changes_sound_only() -> None:
    plain = collate([clip(1, 3)], SCALES, None)
    spoiled = collate([clip(1, 3)], SCALES, Random(4))
    assert not torch.equal(plain.frames, spoiled.frames)
    torch.testing.assert_close(plain.coarse, spoiled.coarse)
    torch.testing.assert_close(plain.labels, spoiled.labels)


def test_as_many_embeddings_as_tokens_whatever_the_weights() -> None:
    encoded = torch.randn(2, 12, 4)
    counts = torch.tensor([3, 5])
    embeddings = recognition.token_embeddings(encoded, torch.rand(2, 12) + 0.01, counts)
    assert embeddings.shape == (2, 5, 4)
    assert bool(embeddings[0, 2].abs().sum() > 0)
    assert bool((embeddings[0, 3:] == 0).all())


def test_the_sampler_shows_nothing_at_ratio_zero(model: Any) -> None:
    batch = collate([clip(1, 4)], SCALES, None)
    encoded, embeddings = torch.randn(1, 19, 144), torch.randn(1, 5, 144)
    mixed, right = recognition.glance(model, encoded, batch, embeddings, 0.0)
    torch.testing.assert_close(mixed, embeddings)
    assert 0.0 <= float(right) <= 1.0
    shown, _ = recognition.glance(model, encoded, batch, embeddings, 50.0)
    assert not torch.allclose(shown, embeddings)


def test_the_distance_is_zero_at_the_target_only() -> None:
    weights = torch.rand(2, 9)
    mask = torch.ones(2, 9)
    assert float(recognition._distance(weights, weights.cumsum(dim=1), mask)) < 1e-5
    assert float(recognition._distance(weights, weights.cumsum(dim=1) + 0.5, mask)) > 0.4


def test_a_few_steps_learn_two_clips() -> None:
    torch.set_num_threads(1)
    model = build_model(20, seed=1)
    parameters = trained_parameters(model)
    optimiser = torch.optim.AdamW(parameters, lr=2e-3)
    batch = collate([clip(1, 3), clip(5, 3)], SCALES, None)
    totals = []
    for _ in range(8):
        total, parts = recognition.loss(model, batch, ratio=0.5, timed=1)
        optimiser.zero_grad()
        total.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        totals.append(float(total.detach()))
        assert set(parts) == {"frame", "token", "count", "coarse", "fine", "right"}
    assert totals[-1] < 0.8 * totals[0]


def test_the_hotword_branch_is_not_trained_in_stage_one(model: Any) -> None:
    chosen = {id(parameter) for parameter in trained_parameters(model)}
    for name, parameter in model.named_parameters():
        outside = name.startswith(("seaco_decoder.", "bias_encoder.", "hotword_output_layer."))
        assert (id(parameter) in chosen) is not outside


def test_the_rate_rises_then_falls() -> None:
    rates = [learning_rate(step, step / 1000, 1.0) for step in range(1001)]
    assert rates[0] < 0.01
    top = max(range(1001), key=rates.__getitem__)
    assert 100 < top < 200
    assert all(a >= b for a, b in zip(rates[top:], rates[top + 1 :], strict=False))
    assert rates[-1] == pytest.approx(0.01)
