"""The weights that everyone computes with.

The published model cannot be shipped. Its speed can: a model of the same shape with random
weights does the same work for the same sound, provided that it hears about as many tokens.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import numpy as np
import torch
from safetensors.torch import load_file

from asrcli.clock import SAMPLE_RATE
from asrcli.engines.device import Device
from asrcli.engines.hub import find_model
from asrcli.engines.paraformer import Paraformer
from tests.engines.seaco_folder import Size, write_seaco

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from asrcli.values import FloatArray

FULL, DEMO = "full", "demo"
TOKENS_PER_SECOND = 4.0
STEPS = 7


def model_folder(name: str, work: Path, pieces: Sequence[FloatArray]) -> Path:
    """The folder of `demo`, of `full` (written into `work` once), or the folder given."""
    if name != FULL:
        return with_checkpoint(find_model(name, offline=True).path, work)
    folder = work / "full-size"
    if not (folder / "ready").exists():
        write_seaco(folder, Size())
        # FunASR reads from this file which file is what.
        names = find_model(DEMO, offline=True).path / "configuration.json"
        (folder / names.name).write_bytes(names.read_bytes())
        set_token_rate(folder, pieces)
        (folder / "ready").touch()
    return folder


def with_checkpoint(folder: Path, work: Path) -> Path:
    """The folder itself, or a copy with a `model.pt` in it: FunASR cannot read safetensors."""
    weights, checkpoint = folder / "model.safetensors", "model.pt"
    if not weights.exists() or (folder / checkpoint).exists():
        return folder
    copy = work / folder.name
    shutil.copytree(folder, copy, dirs_exist_ok=True, ignore=shutil.ignore_patterns(weights.name))
    torch.save(load_file(weights), copy / checkpoint)
    return copy


def set_token_rate(
    folder: Path, pieces: Sequence[FloatArray], rate: float = TOKENS_PER_SECOND
) -> float:
    """Shift the predictor's bias until speech gives `rate` tokens a second.

    Returns:
        The rate that was reached.
    """
    speech = np.concatenate(list(pieces))[: 20 * SAMPLE_RATE]
    model = Paraformer(folder, device=Device("cpu", "fp32"), name=FULL, sha256="")
    with torch.inference_mode():
        frames, padding = model._features([speech])
        encoded = model._encode(frames, padding)
        bias = model._model.predictor.cif_output.bias
        low, high = bias.item() - 8.0, bias.item() + 8.0
        reached = 0.0
        for _ in range(2 * STEPS):
            bias.fill_((low + high) / 2)
            weights = model._token_weights(encoded, padding)[1]
            reached = float(weights.sum()) * SAMPLE_RATE / len(speech)
            low, high = (low, bias.item()) if reached > rate else (bias.item(), high)
    state = torch.load(folder / "model.pt", weights_only=True)
    state["predictor.cif_output.bias"] = bias.clone()
    torch.save(state, folder / "model.pt")
    return reached
