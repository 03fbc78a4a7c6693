from __future__ import annotations

import argparse
import dataclasses
import json
from random import Random
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from recipes.demo_model import train, train_hotwords
from recipes.demo_model.dataset import read_shards
from recipes.demo_model.lexicon import lexicon
from recipes.demo_model.model import BIAS_PARTS, build_model, token_list, write_shape
from recipes.demo_model.team import alone
from tests.recipes.demo_model.test_pack import write_cmvn

if TYPE_CHECKING:
    from pathlib import Path

TEXT = "你好我叫王伟"
WEIGHTS = "model.safetensors"


@pytest.fixture
def work(tmp_path: Path, speech: None) -> Path:
    """A working folder with one tiny shard of noise."""
    torch.set_num_threads(1)
    write_cmvn(tmp_path / "am.mvn")
    folder = tmp_path / "train"
    folder.mkdir()
    random = np.random.default_rng(1)
    np.save(folder / "shard000.npy", random.standard_normal((900, 80)).astype(np.float16))
    starts = [200 * index for index in range(len(TEXT))]
    clips = [
        {
            "offset": 150 * number,
            "length": 150,
            "text": TEXT,
            "starts": starts,
            "ends": [start + 200 for start in starts],
            "names": [[4, 6]],
            "voice": "m1",
        }
        for number in range(6)
    ]
    (folder / "shard000.json").write_text(json.dumps(clips))
    return tmp_path


def test_few_rare_names_are_learnt_from(work: Path) -> None:
    ids = {token: index for index, token in enumerate(lexicon().characters)}
    clip = read_shards(work / "train", ids)[0]
    texts = [
        f"{opening}我叫{name}"
        for opening in "一二三四五六七八九十百千" * 8
        for name in ("王伟", "王玮")
    ]
    clips = [
        dataclasses.replace(clip, text=text * 2, names=((len(text) - 2, len(text)),))
        for text in dict.fromkeys(texts)
    ]
    plain = [dataclasses.replace(clip, text=one.text, names=()) for one in clips]
    kept = train.as_spelled(clips)
    assert {one.text for one in clips if "伟" in one.text} <= {one.text for one in kept}
    assert 0 <= sum("玮" in one.text for one in kept) <= 6
    assert train.as_spelled(plain) == plain


def options(work: Path, **changes: object) -> argparse.Namespace:
    usual: dict[str, object] = {
        "work": work,
        "start": None,
        "steps": 2,
        "minutes": None,
        "rate": 1e-3,
        "ratio": 0.5,
        "budget": 80,
        "workers": 1,
        "batch": 2,
        "clips": 6,
    }
    return argparse.Namespace(**(usual | changes))


def test_training_stops_at_the_last_step_and_goes_on_from_there(
    work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train.work(alone(), options(work))
    first = torch.load(work / "recogniser.pt", weights_only=True)
    assert first["step"] == 2
    train.work(alone(), options(work, steps=3))
    assert "goes on at step 2" in capsys.readouterr().out
    then = torch.load(work / "recogniser.pt", weights_only=True)
    assert then["step"] == 3
    name = "encoder.after_norm.weight"
    assert not torch.equal(first["model"][name], then["model"][name])
    assert not list(work.glob("*.tmp"))


def test_a_pause_of_the_machine_is_no_work() -> None:
    assert train.minutes_of_work(100.0, 103.0) == pytest.approx(0.05)
    assert train.minutes_of_work(100.0, 9_100.0) == train.LONGEST_STEP_S / 60


def test_a_checkpoint_is_kept_shortly_before_the_end(work: Path) -> None:
    train.work(alone(), options(work, steps=9))
    assert torch.load(work / train.EARLIER, weights_only=True)["step"] == 8


def test_a_plan_by_time_ends(work: Path) -> None:
    train.work(alone(), options(work, minutes=1e-4))
    assert torch.load(work / "recogniser.pt", weights_only=True)["minutes"] >= 1e-4


def test_stage_two_changes_the_branch_only(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    train.work(alone(), options(work, steps=1))
    before = torch.load(work / "recogniser.pt", weights_only=True)["model"]

    def every(model: object, clips: list[object], scales: object) -> list[train_hotwords.Heard]:
        # An untrained model hears any number of characters; the branch needs the right one.
        size = len(TEXT) + 1
        rows = [torch.randn(size, 144).half() for _ in range(2)]
        return [train_hotwords.Heard(rows[0], rows[1], TEXT, ((4, 6),)) for _ in clips]

    monkeypatch.setattr(train_hotwords, "listen", every)
    train_hotwords.work(alone(), options(work, steps=2))
    after = torch.load(work / "hotwords.pt", weights_only=True)
    assert after["step"] == 2
    for name, tensor in after["model"].items():
        if not name.startswith(BIAS_PARTS):
            torch.testing.assert_close(tensor, before[name])
    assert not torch.equal(
        after["model"]["bias_encoder.weight_ih_l0"], before["bias_encoder.weight_ih_l0"]
    )
    train_hotwords.work(alone(), options(work, steps=3))
    assert torch.load(work / "hotwords.pt", weights_only=True)["step"] == 3
    train.work(alone(), options(work, steps=2))
    train_hotwords.work(alone(), options(work, steps=1))
    # The recogniser went on, so the branch began anew.
    assert torch.load(work / "hotwords.pt", weights_only=True)["step"] == 1


def test_a_branch_that_knows_all_characters_is_gone_on_with(work: Path, tmp_path: Path) -> None:
    train.work(alone(), options(work, steps=1))
    fresh = train_hotwords.BranchTrainer(alone(), options(work)).model
    assert torch.equal(fresh.hotword_output_layer.bias, fresh.decoder.output_layer.bias)
    tokens = token_list(lexicon().characters)
    for known, kept in ((tokens, True), ([*tokens[:-3], "狸", *tokens[-2:]], False)):
        earlier = tmp_path / f"earlier-{kept}"
        write_shape(earlier, known)
        weights = build_model(len(tokens), seed=5).state_dict()
        save_file({name: tensor.clone() for name, tensor in weights.items()}, earlier / WEIGHTS)
        model = train_hotwords.BranchTrainer(alone(), options(work, start=earlier)).model
        theirs = weights["hotword_output_layer.weight"]
        assert torch.equal(model.hotword_output_layer.weight, theirs) is kept
        assert torch.equal(model.encoder.after_norm.bias, fresh.encoder.after_norm.bias)


def test_listening_keeps_only_clips_of_the_right_length(work: Path) -> None:
    trainer = train.Trainer(alone(), options(work))
    ids = {token: index for index, token in enumerate(trainer.tokens)}
    clips = read_shards(work / "train", ids)
    model = trainer.model.eval()
    heard = train_hotwords.listen(model, clips, trainer.scales)
    for item in heard:
        assert item.acoustic.shape == item.hidden.shape == (len(item.text) + 1, 144)
    assert len(heard) <= len(clips)
    assert len(trainer.tokens) == len(lexicon().characters) + 5


def test_a_batch_is_drawn_from_neighbours() -> None:
    rows = torch.zeros(2, 144)
    heard = [train_hotwords.Heard(rows, rows, str(length), ()) for length in range(2000)]
    for seed in range(20):
        drawn = [int(item.text) for item in train_hotwords.draw(Random(seed), heard, 48)]
        assert len(set(drawn)) == 48
        assert max(drawn) - min(drawn) < train_hotwords.WINDOW
    few = train_hotwords.draw(Random(1), heard[:5], 5)
    assert {item.text for item in few} == set("01234")
