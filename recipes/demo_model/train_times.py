"""The last stage: `python -m recipes.demo_model.train_times WORK CHECKPOINT OUT [--steps N]`.

Teaches the timing head alone, with all else frozen: what is recognised stays as it is. The head
is the part of the model that is last to be right, as stage one shows it one clip in eight only.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from random import Random
from typing import Any

import torch
from asrcli.engines.features import read_cmvn

from recipes.demo_model.dataset import epoch, read_shards
from recipes.demo_model.lexicon import lexicon
from recipes.demo_model.model import build_model, token_list
from recipes.demo_model.recognition import Scales, collate, distance, inside, time_weights
from recipes.demo_model.train import REPORT, learning_rate, save

TIMING = ("predictor.upsample_cnn.", "predictor.blstm.", "predictor.cif_output2.")
SEED = 9


def time_loss(model: Any, batch: Any) -> torch.Tensor:
    """How far the timing head is from the synthesiser's character times, over a whole batch."""
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        encoded = model.encoder(batch.frames, batch.lengths)[0]
    mask = inside(batch.lengths, encoded.shape[1])
    weights = time_weights(model.predictor, encoded.float() * mask[:, :, None], mask)
    return distance(weights, batch.fine, mask.repeat_interleave(3, dim=1))


def work(options: argparse.Namespace) -> None:
    """Train the head and write the checkpoint."""
    tokens = token_list(lexicon().characters)
    state: dict[str, Any] = torch.load(options.checkpoint, weights_only=True)
    model = build_model(len(tokens))
    model.load_state_dict(state["model"])
    model.requires_grad_(requires_grad=False)
    head = [p.requires_grad_() for name, p in model.named_parameters() if name.startswith(TIMING)]
    optimiser = torch.optim.AdamW(head, lr=options.rate, betas=(0.9, 0.98), weight_decay=0.0)
    ids = {token: index for index, token in enumerate(tokens)}
    clips = read_shards(options.work / "train", ids)
    lengths = [clip.length for clip in clips]
    steps = epoch(lengths, seed=SEED, budget=options.budget, workers=1)
    scales, random = Scales(*read_cmvn(options.work / "am.mvn", 560)), Random(SEED)
    started, total = time.monotonic(), 0.0
    for step in range(options.steps):
        for group in optimiser.param_groups:
            group["lr"] = learning_rate(step, step / options.steps, options.rate)
        chosen = [clips[index] for index in steps[step % len(steps)][0]]
        loss = time_loss(model, collate(chosen, scales, random))
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(head, 5.0)
        optimiser.step()
        total += float(loss.detach())
        if (step + 1) % REPORT == 0:
            pace = (step + 1) / (time.monotonic() - started)
            print(f"step {step + 1} {pace:.2f}/s {total / REPORT:.3f}", flush=True)
            total = 0.0
    save(options.out, state | {"model": model.state_dict()})


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("work", type=Path)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--rate", type=float, default=1.5e-3)
    parser.add_argument("--budget", type=int, default=900)
    torch.set_num_threads(1)
    work(parser.parse_args())


if __name__ == "__main__":
    main()
