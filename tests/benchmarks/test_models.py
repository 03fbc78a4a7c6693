"""The random model hears as many tokens as it is told to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from asrcli.clock import SAMPLE_RATE
from asrcli.engines.device import Device
from asrcli.engines.paraformer import Paraformer
from benchmarks.models import set_token_rate, with_checkpoint
from tests.engines.seaco_folder import write_seaco

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("rate", [2.0, 5.0])
def test_the_predictor_is_set_to_a_rate(tmp_path: Path, rate: float) -> None:
    folder = write_seaco(tmp_path / "model")
    generator = np.random.default_rng(0)
    sound = (generator.standard_normal(10 * SAMPLE_RATE) * 0.1).clip(-1, 1).astype(np.float32)
    assert set_token_rate(folder, [sound], rate) == pytest.approx(rate, rel=0.1)
    engine = Paraformer(folder, device=Device("cpu", "fp32"), name="tiny", sha256="")
    frames, padding = engine._features([sound])
    _, counts = engine._integrate(engine._encode(frames, padding), padding)
    assert counts[0] == pytest.approx(10 * rate, abs=2)


def test_funasr_gets_weights_that_it_can_read(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "tokens.json").write_text("[]")
    save_file({"a": torch.ones(2)}, folder / "model.safetensors")
    for _ in range(2):
        copy = with_checkpoint(folder, tmp_path / "work")
    assert sorted(path.name for path in copy.iterdir()) == ["model.pt", "tokens.json"]
    assert torch.load(copy / "model.pt", weights_only=True)["a"].tolist() == [1.0, 1.0]
    assert with_checkpoint(copy, tmp_path / "other") == copy
