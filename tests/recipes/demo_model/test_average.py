from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

import pytest
import torch

from recipes.demo_model import average
from recipes.demo_model.train import EARLIER

if TYPE_CHECKING:
    from pathlib import Path


def checkpoint(value: float, step: int) -> dict[str, object]:
    model = {"weight": torch.full((2, 3), value), "count": torch.tensor(step)}
    return {"model": model, "step": step, "minutes": 1.0}


@pytest.fixture
def work(tmp_path: Path) -> Path:
    torch.save(checkpoint(1.0, 80), tmp_path / EARLIER)
    torch.save(checkpoint(2.0, 100), tmp_path / "recogniser.pt")
    return tmp_path


def options(work: Path, share: float = 0.4) -> argparse.Namespace:
    return argparse.Namespace(work=work, share=share)


def test_the_mean_takes_the_place_of_the_later(work: Path) -> None:
    average.work(options(work))
    found = torch.load(work / "recogniser.pt", weights_only=True)
    assert torch.allclose(found["model"]["weight"], torch.full((2, 3), 1.6))
    assert (int(found["model"]["count"]), found["step"], found["minutes"]) == (100, 101, 1.0)
    last = torch.load(work / "recogniser-last.pt", weights_only=True)
    assert torch.equal(last["model"]["weight"], torch.full((2, 3), 2.0))


def test_a_mean_is_made_once(work: Path) -> None:
    average.work(options(work))
    with pytest.raises(SystemExit, match="a mean already"):
        average.work(options(work))
    last = torch.load(work / "recogniser-last.pt", weights_only=True)
    assert last["step"] == 100


def test_all_or_nothing_of_the_earlier() -> None:
    earlier, later = {"weight": torch.ones(3)}, {"weight": torch.zeros(3)}
    assert torch.equal(average.mean(earlier, later, 0.0)["weight"], later["weight"])
    assert torch.equal(average.mean(earlier, later, 1.0)["weight"], earlier["weight"])
