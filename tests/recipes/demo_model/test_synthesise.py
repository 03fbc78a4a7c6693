from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from asrcli.engines.base import MIN_SAMPLES
from recipes.demo_model import synthesise
from recipes.demo_model.recordings import Spoken
from recipes.demo_model.testsets import training_texts

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("speech")


class Everything:
    """A VAD that takes the whole recording for speech."""

    def speech(self, samples: np.ndarray) -> tuple[tuple[int, int], ...]:
        return ((0, len(samples)),)


@pytest.fixture(autouse=True)
def easy_vad(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(synthesise, "open_vad", lambda folder: Everything())


def test_a_shard_holds_every_clip_in_one_array(tmp_path: Path) -> None:
    seconds = synthesise.make_shard(tmp_path / "shard", 5, 12, tmp_path)
    frames = np.load(tmp_path / "shard.npy")
    clips = json.loads((tmp_path / "shard.json").read_text(encoding="utf-8"))
    assert frames.dtype == np.float16
    assert sum(clip["length"] for clip in clips) == len(frames)
    assert seconds * 100 == pytest.approx(len(frames), rel=0.02)
    place = 0
    for clip in clips:
        assert clip["offset"] == place
        assert len(clip["starts"]) == len(clip["text"])
        place += clip["length"]
    assert training_texts(tmp_path) == {clip["text"] for clip in clips}
    assert not list(tmp_path.glob("*tmp*"))


def test_a_finished_shard_is_not_made_again(tmp_path: Path) -> None:
    path = tmp_path / "shard000"
    path.with_suffix(".json").write_text("[]")
    assert "already there" in synthesise._work((path, 1, 5, tmp_path))


def test_the_shortest_clip_has_features() -> None:
    samples = np.zeros(MIN_SAMPLES, np.float32)
    assert synthesise.features(Spoken(samples, "", (), ())).shape[1] == 80
