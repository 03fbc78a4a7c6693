"""Stage one: `python -m recipes.demo_model.train WORK --steps N [--from MODEL_FOLDER]`.

A checkpoint is written every two minutes; the command goes on from it.
"""

from __future__ import annotations

import argparse
import math
import time
from collections import defaultdict
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any
from zlib import crc32

import torch
from asrcli.engines.features import read_cmvn

from recipes.demo_model.dataset import epoch, read_shards
from recipes.demo_model.lexicon import lexicon
from recipes.demo_model.model import BIAS_PARTS, build_model, token_list, warm_start
from recipes.demo_model.recognition import Scales, collate, loss
from recipes.demo_model.sentences import is_rare
from recipes.demo_model.team import Team, run_team

if TYPE_CHECKING:
    from recipes.demo_model.dataset import Clip

WARM_UP = 150
REPORT = 50
TIMED = 8
"""One clip in so many teaches the timing head, whose recurrent layer is slow."""

RARE_KEPT = 8
"""One clip with a rare name in so many is learnt from."""

EARLIER, EARLY = "recogniser-earlier.pt", 0.88
"""A second checkpoint, for `average`, and how much of the run is done by then."""

LONGEST_STEP_S = 10.0
"""A longer one was a pause of the machine and does not count as training."""


def trained_parameters(model: Any) -> list[torch.nn.Parameter]:
    """Everything but the hotword branch."""
    return [
        parameter for name, parameter in model.named_parameters() if not name.startswith(BIAS_PARTS)
    ]


def as_spelled(clips: list[Clip]) -> list[Clip]:
    """The clips without most of those that hold a rare name.

    The shards hold as many rare names as usual ones, for stage two. A recogniser that heard all of
    them would not know which spelling is the usual one.
    """
    return [clip for clip in clips if not _is_spared(clip)]


def _is_spared(clip: Clip) -> bool:
    rare = any(is_rare(clip.text[first:last]) for first, last in clip.names)
    return rare and crc32(clip.text.encode()) % RARE_KEPT != 0


def minutes_of_work(begun: float, ended: float) -> float:
    """What one step adds to the minutes of a run; `begun` and `ended` are seconds on any clock."""
    return min(ended - begun, LONGEST_STEP_S) / 60


def learning_rate(step: int, progress: float, peak: float) -> float:
    """A short rise, then half a cosine down to a hundredth; `progress` runs from 0 to 1."""
    cosine = 0.5 * (1 + math.cos(math.pi * min(1.0, progress)))
    return peak * min(1.0, (step + 1) / WARM_UP) * (0.99 * cosine + 0.01)


def save(path: Path, content: dict[str, Any]) -> None:
    """Write a checkpoint whole or not at all."""
    temporary = path.with_suffix(".tmp")
    torch.save(content, temporary)
    temporary.replace(path)


class Trainer:
    """One worker: model, optimiser, and where in the data it stands."""

    def __init__(self, team: Team, options: argparse.Namespace) -> None:
        """Build the model, or read the checkpoint."""
        self.team, self.rank = team, team.rank
        self.options: Any = options
        self.path = options.work / "recogniser.pt"
        self.tokens = token_list(lexicon().characters)
        self.model = build_model(len(self.tokens))
        self.model.train()
        self.parameters = trained_parameters(self.model)
        self.optimiser = torch.optim.AdamW(
            self.parameters, lr=options.rate, betas=(0.9, 0.98), weight_decay=0.01, fused=True
        )
        self.step = self.epoch = self.place = 0
        self.minutes = 0.0
        self._clock = time.monotonic()
        if self.path.exists():
            self._resume()
        elif options.start:
            known = warm_start(self.model, self.tokens, options.start)
            self.say(f"{known} of {len(self.tokens)} tokens known")
        self.scales = Scales(*read_cmvn(options.work / "am.mvn", 560))
        self.random = Random(100 * self.step + self.rank)
        torch.manual_seed(100 * self.step + self.rank)

    def _resume(self) -> None:
        state = torch.load(self.path, weights_only=True)
        self.model.load_state_dict(state["model"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.step, self.epoch, self.place = state["step"], state["epoch"], state["place"]
        self.minutes = state.get("minutes", 0.0)
        self.say(f"goes on at step {self.step}")

    def say(self, line: str) -> None:
        """Print, once for all workers."""
        if self.rank == 0:
            print(line, flush=True)

    @property
    def progress(self) -> float:
        """How much of the run is done, by steps or by time: 1 at the end."""
        if self.options.minutes:
            return self.minutes / float(self.options.minutes)
        return self.step / float(self.options.steps)

    def run(self) -> None:
        """Train to the last step."""
        ids = {token: index for index, token in enumerate(self.tokens)}
        while self.progress < 1:
            clips = as_spelled(read_shards(self.options.work / "train", ids))
            lengths = [clip.length for clip in clips]
            steps = epoch(
                lengths, seed=self.epoch, budget=self.options.budget, workers=self.options.workers
            )
            self.say(f"epoch {self.epoch}: {sum(lengths) * 0.06 / 3600:.1f} h, {len(steps)} steps")
            self._pass(clips, steps)
            self.epoch, self.place = self.epoch + 1, 0
        self._save()

    def _pass(self, clips: list[Any], steps: list[list[list[int]]]) -> None:
        sums: dict[str, float] = defaultdict(float)
        started = saved = time.monotonic()
        for place in range(self.place, len(steps)):
            if self.progress >= 1:
                return
            chosen = [clips[index] for index in steps[place][self.rank]]
            before = self.progress
            for name, value in self._update(chosen).items():
                sums[name] += value
            self.step, self.place = self.step + 1, place + 1
            if before < EARLY <= self.progress:
                self._save(self.path.with_name(EARLIER))
            if self.step % REPORT == 0:
                pace = REPORT / (time.monotonic() - started)
                shown = " ".join(f"{name} {value / REPORT:.3f}" for name, value in sums.items())
                self.say(f"step {self.step} {time.strftime('%H:%M:%S')} {pace:.2f}/s {shown}")
                sums.clear()
                started = time.monotonic()
            if time.monotonic() - saved > 120:
                self._save()
                saved = time.monotonic()

    def _update(self, chosen: list[Any]) -> dict[str, float]:
        rate = learning_rate(self.step, self.progress, self.options.rate)
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        batch = collate(chosen, self.scales, self.random)
        total, parts = loss(self.model, batch, ratio=self.options.ratio, timed=TIMED)
        self.optimiser.zero_grad(set_to_none=False)
        total.backward()  # type: ignore[no-untyped-call]
        now = time.monotonic()
        self.minutes += minutes_of_work(self._clock, now)
        self._clock = now
        # All workers must agree on when to stop, so the clock of the first one counts.
        self.minutes = self.team.average(self.parameters, self.step, self.minutes)
        norm = torch.nn.utils.clip_grad_norm_(self.parameters, 5.0)
        if torch.isfinite(norm):
            self.optimiser.step()
        return parts | {"hours": float(batch.lengths.sum()) * 0.06 / 3600}

    def _save(self, path: Path | None = None) -> None:
        if self.rank == 0:
            save(
                path or self.path,
                {
                    "model": self.model.state_dict(),
                    "optimiser": self.optimiser.state_dict(),
                    "step": self.step,
                    "epoch": self.epoch,
                    "place": self.place,
                    "minutes": self.minutes,
                },
            )


def work(team: Team, options: argparse.Namespace) -> None:
    """One worker."""
    Trainer(team, options).run()


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("work", type=Path)
    parser.add_argument("--from", dest="start", type=Path, help="a model folder to start from")
    parser.add_argument("--steps", type=int, default=9000)
    parser.add_argument("--minutes", type=float, help="plan by time instead of steps")
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--ratio", type=float, default=0.5, help="of the sampler")
    parser.add_argument("--budget", type=int, default=1200, help="padded frames in a batch")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    room = sum(item.numel() for item in build_model(len(lexicon().characters) + 5).parameters())
    run_team(work, options, room)


if __name__ == "__main__":
    main()
