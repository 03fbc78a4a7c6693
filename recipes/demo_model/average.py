"""Between the stages: `python -m recipes.demo_model.average WORK [--share S]`.

The mean of two checkpoints of one training is better than the later one alone (Izmailov et al.
2018, https://arxiv.org/abs/1803.05407). `recogniser.pt` becomes that mean; what it was is kept as
`recogniser-last.pt`.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import torch

from recipes.demo_model.train import EARLIER, save

SHARE = 0.4


def mean(
    earlier: dict[str, torch.Tensor], later: dict[str, torch.Tensor], share: float
) -> dict[str, torch.Tensor]:
    """Every weight between the two, `share` of the way back to the earlier; counters stay."""
    return {
        name: torch.lerp(weight, earlier[name], share) if weight.is_floating_point() else weight
        for name, weight in later.items()
    }


def work(options: argparse.Namespace) -> None:
    """Put the mean in the place of the later checkpoint.

    Raises:
        SystemExit: it is there already.
    """
    path: Path = options.work / "recogniser.pt"
    later: dict[str, Any] = torch.load(path, weights_only=True)
    if later.get("share"):
        raise SystemExit(f"{path} is a mean already")
    earlier: dict[str, Any] = torch.load(options.work / EARLIER, weights_only=True)
    save(options.work / "recogniser-last.pt", later)
    model = mean(earlier["model"], later["model"], options.share)
    # Another step, so that a hotword branch of the one is not taken for a branch of the other.
    save(path, later | {"model": model, "share": options.share, "step": later["step"] + 1})


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("work", type=Path)
    parser.add_argument("--share", type=float, default=SHARE, help="of the earlier checkpoint")
    work(parser.parse_args())


if __name__ == "__main__":
    main()
