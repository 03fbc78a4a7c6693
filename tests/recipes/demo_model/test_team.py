from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

import pytest
import torch

from recipes.demo_model.team import Team, alone, run_team

if TYPE_CHECKING:
    from pathlib import Path


def parameters(rank: int) -> list[torch.nn.Parameter]:
    made = [torch.nn.Parameter(torch.zeros(2, 3)), torch.nn.Parameter(torch.zeros(4))]
    made[0].grad = torch.full((2, 3), float(rank))
    made[1].grad = torch.arange(4.0) * (rank + 1)
    return made


def job(team: Team, options: argparse.Namespace) -> None:
    """Runs in a worker: three steps, each with other gradients."""
    for step in range(3):
        mine = parameters(team.rank + step)
        value = team.average(mine, step, 10.0 * team.rank + step)
        assert value == step
        torch.save([item.grad for item in mine], f"{options.folder}/{team.rank}-{step}.pt")


def test_all_workers_get_the_mean_and_the_first_ones_number(tmp_path: Path) -> None:
    run_team(job, argparse.Namespace(workers=2, folder=tmp_path), room=10)
    for step in range(3):
        first, second = (torch.load(tmp_path / f"{rank}-{step}.pt") for rank in (0, 1))
        torch.testing.assert_close(first, second)
        torch.testing.assert_close(first[0], torch.full((2, 3), step + 0.5))
        torch.testing.assert_close(first[1], torch.arange(4.0) * (step + 1.5))


def test_a_team_of_one_changes_nothing() -> None:
    mine = parameters(3)
    before = [item.grad.clone() for item in mine if item.grad is not None]
    assert alone().average(mine, 0, 7.0) == pytest.approx(7.0)
    alone().wait()
    torch.testing.assert_close([item.grad for item in mine], before)
