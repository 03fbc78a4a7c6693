"""Stage two: `python -m recipes.demo_model.train_hotwords WORK --steps N [--from MODEL_FOLDER]`.

The recogniser is frozen. What it makes of each clip is computed once and kept; only the bias
branch is trained on it, every clip with a list of its own.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import torch
from asrcli.engines.cif import integrate
from asrcli.engines.features import read_cmvn
from torch.nn.functional import cross_entropy

from recipes.demo_model.dataset import padded, read_shards
from recipes.demo_model.hotlists import Task, labels, make_task
from recipes.demo_model.lexicon import lexicon
from recipes.demo_model.model import BIAS_PARTS, SOS, build_model, token_list, warm_start
from recipes.demo_model.recognition import IGNORE, Scales, collate, inside, token_weights
from recipes.demo_model.team import Team, run_team
from recipes.demo_model.train import REPORT, learning_rate, minutes_of_work, save

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recipes.demo_model.dataset import Clip

LONGEST = 120
WINDOW = 480
"""A batch is drawn from so many clips of neighbouring length, so that little of it is padding."""

CACHE_BATCH = 24
CALM_WEIGHTS = (0.5, 0.15)
"""Weight of "no bias" in the loss, at the start and at the end. Most characters are on no list, so
the branch has to be talked into speaking; the program drops what spells no word of the list."""

SIZES = ((0.12, (1, 2, 3, 4)), (0.35, (2, 4, 8, 12)), (1.01, (4, 8, 12, 20, 30, 50)))
"""Sizes of the lists until each share of the run is done."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What the recogniser made of a clip: float16 [tokens + 1, dim] each."""

    acoustic: torch.Tensor
    hidden: torch.Tensor
    text: str
    names: tuple[tuple[int, int], ...]


def listen(model: Any, clips: Sequence[Clip], scales: Scales) -> list[Heard]:
    """Run the recogniser as in the program; clips whose length it misjudges are left out."""
    batch = collate(clips, scales, None)
    with torch.inference_mode():
        encoded = model.encoder(batch.frames, batch.lengths)[0]
        mask = inside(batch.lengths, encoded.shape[1])
        encoded = encoded * mask[:, :, None]
        weights = torch.nn.functional.pad(token_weights(model.predictor, encoded, mask), (0, 1))
        weights[torch.arange(len(clips)), batch.lengths] = model.predictor.tail_threshold
        acoustic, counts = integrate(torch.nn.functional.pad(encoded, (0, 0, 0, 1)), weights)
        sizes = torch.tensor(counts)
        hidden = model.decoder(encoded, batch.lengths, acoustic, sizes, return_hidden=True)[0]
    return [
        Heard(
            acoustic[row, :count].half().clone(), hidden[row, :count].half().clone(),
            clip.text, clip.names,
        )
        for row, (clip, count) in enumerate(zip(clips, counts, strict=True))
        if count == len(clip.ids) + 1
    ]  # fmt: skip


def chosen_clips(clips: list[Clip], count: int) -> list[Clip]:
    """Half of them with names, the shorter ones."""
    random = Random(5)
    short = [clip for clip in clips if clip.length <= LONGEST and len(clip.text) > 1]
    random.shuffle(short)
    named = [clip for clip in short if clip.names][: count // 2]
    plain = [clip for clip in short if not clip.names][: count - len(named)]
    return sorted(named + plain, key=lambda clip: clip.length)


def fill_cache(path: Path, model: Any, clips: list[Clip], scales: Scales) -> None:
    """Compute and keep what the recogniser makes of the clips."""
    heard: list[Heard] = []
    for first in range(0, len(clips), CACHE_BATCH):
        heard += listen(model, clips[first : first + CACHE_BATCH], scales)
    content = [(item.acoustic, item.hidden, item.text, item.names) for item in heard]
    temporary = path.with_suffix(".tmp")
    torch.save(content, temporary)
    temporary.replace(path)
    print(f"{len(heard)} of {len(clips)} clips kept", flush=True)


def read_cache(path: Path) -> list[Heard]:
    """What `fill_cache` wrote."""
    return [Heard(*entry) for entry in torch.load(path, weights_only=True)]


def draw(random: Random, heard: list[Heard], count: int) -> list[Heard]:
    """Clips for a batch; `heard` is in order of length."""
    first = random.randint(0, max(0, len(heard) - WINDOW))
    return random.sample(heard[first : first + WINDOW], count)


def branch_loss(
    model: Any, heard: Sequence[Heard], tasks: Sequence[Task], ids: dict[str, int], calm: float
) -> tuple[torch.Tensor, dict[str, float]]:
    """The loss of the bias branch on clips with lists of their own; `calm` weighs "no bias"."""
    unique: dict[str, int] = {"": 0}
    for task in tasks:
        for entry in task.words:
            unique.setdefault(entry, len(unique))
    spelled = [[SOS] if not entry else [ids[char] for char in entry] for entry in unique]
    sizes = torch.tensor([len(entry) for entry in spelled])
    encoded = model._hotword_representation(
        padded([torch.tensor(e) for e in spelled]).long(), sizes
    )
    lists = [[unique[entry] for entry in task.words] + [0] for task in tasks]
    memory = encoded[padded([torch.tensor(entry) for entry in lists])]
    memory_sizes = torch.tensor([len(entry) for entry in lists])
    counts = torch.tensor([len(item.acoustic) for item in heard])
    queries = (
        padded([h.acoustic.float() for h in heard]),
        padded([h.hidden.float() for h in heard]),
    )
    with torch.autocast("cpu", dtype=torch.bfloat16):
        both, _ = model.seaco_decoder(
            memory.repeat(2, 1, 1), memory_sizes.repeat(2), torch.cat(queries), counts.repeat(2)
        )
        acoustic, hidden = both.chunk(2)
        scores = model.hotword_output_layer(acoustic + hidden)
    rows = [torch.tensor([*labels(t, ids, model.NO_BIAS), model.NO_BIAS]) for t in tasks]
    wanted = padded(rows, IGNORE)
    real = wanted != IGNORE
    found, wanted = scores[real].float(), wanted[real]
    weights = torch.ones(found.shape[1])
    weights[model.NO_BIAS] = calm
    total = cross_entropy(found, wanted, weight=weights, label_smoothing=0.02)
    return total, {"loss": float(total.detach()), **_shares(found, wanted, model.NO_BIAS)}


def _shares(found: torch.Tensor, wanted: torch.Tensor, no_bias: int) -> dict[str, float]:
    """Listed characters that are found, and others that are changed."""
    best, listed = found.argmax(dim=1), wanted != no_bias
    hits = (best == wanted)[listed].float().mean()
    false = (best != no_bias)[~listed].float().mean()
    return {"found": float(hits.nan_to_num(1.0)), "false": float(false)}


class BranchTrainer:
    """One worker of stage two."""

    def __init__(self, team: Team, options: argparse.Namespace) -> None:
        """Build the model, from stage one or from the checkpoint of this stage."""
        self.team, self.rank = team, team.rank
        self.options: Any = options
        self.path: Path = options.work / "hotwords.pt"
        self.tokens = token_list(lexicon().characters)
        self.ids = {token: index for index, token in enumerate(self.tokens)}
        self.model = build_model(len(self.tokens))
        self.step, self.minutes = 0, 0.0
        recogniser = torch.load(options.work / "recogniser.pt", weights_only=True)
        self.base: int = recogniser["step"]
        state = self._checkpoint()
        known = 0
        if state is None and options.start:
            known = warm_start(self.model, self.tokens, options.start)
        spells = known == len(self.tokens)
        found = state["model"] if state else self._fresh(recogniser["model"], spells=spells)
        self.model.load_state_dict(found)
        self.model.requires_grad_(requires_grad=False)
        self.parameters = [
            parameter.requires_grad_()
            for name, parameter in self.model.named_parameters()
            if name.startswith(BIAS_PARTS)
        ]
        self.optimiser = torch.optim.AdamW(
            self.parameters, lr=options.rate, betas=(0.9, 0.98), weight_decay=0.01, fused=True
        )
        if state:
            self.optimiser.load_state_dict(state["optimiser"])
            self.step, self.minutes = state["step"], state["minutes"]
        self._clock = time.monotonic()

    def _checkpoint(self) -> dict[str, Any] | None:
        """Where this stage stopped; None where the recogniser has been trained on since."""
        if not self.path.exists():
            return None
        state: dict[str, Any] = torch.load(self.path, weights_only=True)
        return state if state.get("recogniser") == self.base else None

    def _fresh(self, found: dict[str, torch.Tensor], *, spells: bool) -> dict[str, torch.Tensor]:
        """At the start of the stage the branch is not the one that stage one carried along.

        `spells` says that it comes from an earlier model with the same characters.
        """
        kept = {name: value for name, value in found.items() if not name.startswith(BIAS_PARTS)}
        state: dict[str, torch.Tensor] = self.model.state_dict() | kept
        if not spells:
            # It can only write what it can spell: it begins with the recogniser's output layer.
            for part in ("weight", "bias"):
                weights = kept[f"decoder.output_layer.{part}"].clone()
                state[f"hotword_output_layer.{part}"] = weights
        return state

    def prepare(self) -> None:
        """Every worker listens to its share of the clips, once, and trains on those."""
        share = f"{self.base}-{self.rank}-of-{self.team.size}"
        cache: Path = self.options.work / f"heard-{share}.pt"
        if not cache.exists():
            shards = read_shards(self.options.work / "train", self.ids)
            clips = chosen_clips(shards, self.options.clips)[self.rank :: self.team.size]
            scales = Scales(*read_cmvn(self.options.work / "am.mvn", 560))
            self.model.eval()
            fill_cache(cache, self.model, clips, scales)
        self.team.wait()
        self.heard = read_cache(cache)
        self.model.train()

    @property
    def progress(self) -> float:
        """From 0 to 1."""
        if self.options.minutes:
            return self.minutes / float(self.options.minutes)
        return self.step / float(self.options.steps)

    def run(self) -> None:
        """Train to the end."""
        self.prepare()
        self._clock = started = saved = time.monotonic()
        sums: dict[str, float] = defaultdict(float)
        while self.progress < 1:
            for name, value in self._update(Random(1000 * self.step + self.rank)).items():
                sums[name] += value
            self.step += 1
            if self.step % REPORT == 0 and self.rank == 0:
                pace = REPORT / (time.monotonic() - started)
                shown = " ".join(f"{name} {value / REPORT:.4f}" for name, value in sums.items())
                print(
                    f"step {self.step} {time.strftime('%H:%M:%S')} {pace:.2f}/s {shown}", flush=True
                )
                started = time.monotonic()
            if self.step % REPORT == 0:
                sums.clear()
            if time.monotonic() - saved > 120:
                self._save()
                saved = time.monotonic()
        self._save()

    def _update(self, random: Random) -> dict[str, float]:
        for group in self.optimiser.param_groups:
            group["lr"] = learning_rate(self.step, self.progress, self.options.rate)
        chosen = draw(random, self.heard, self.options.batch)
        size = random.choice(next(sizes for share, sizes in SIZES if self.progress < share))
        pool = [item.text[a:b] for item in chosen for a, b in item.names]
        low, high = CALM_WEIGHTS
        calm = low + (high - low) * min(1.0, self.progress)
        tasks = [make_task(random, item.text, item.names, size, pool) for item in chosen]
        total, parts = branch_loss(self.model, chosen, tasks, self.ids, calm)
        self.optimiser.zero_grad(set_to_none=False)
        total.backward()  # type: ignore[no-untyped-call]
        now = time.monotonic()
        self.minutes += minutes_of_work(self._clock, now)
        self._clock = now
        self.minutes = self.team.average(self.parameters, self.step, self.minutes)
        torch.nn.utils.clip_grad_norm_(self.parameters, 5.0)
        self.optimiser.step()
        return parts

    def _save(self) -> None:
        if self.rank == 0:
            content = {"model": self.model.state_dict(), "optimiser": self.optimiser.state_dict()}
            place = {"step": self.step, "minutes": self.minutes, "recogniser": self.base}
            save(self.path, content | place)


def work(team: Team, options: argparse.Namespace) -> None:
    """One worker."""
    BranchTrainer(team, options).run()


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("work", type=Path)
    parser.add_argument("--from", dest="start", type=Path, help="a model folder to start from")
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--minutes", type=float, help="plan by time instead of steps")
    parser.add_argument("--rate", type=float, default=1.5e-3)
    parser.add_argument("--batch", type=int, default=48)
    parser.add_argument("--clips", type=int, default=6000)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    room = sum(item.numel() for item in build_model(len(lexicon().characters) + 5).parameters())
    run_team(work, options, room)


if __name__ == "__main__":
    main()
