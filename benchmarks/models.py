"""The weights that everyone computes with.

The published model cannot be shipped. Its speed can: a model of the same shape with random
weights does the same work for the same sound, provided that it hears about as many tokens.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

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
        return find_model(name, offline=True).path
    folder = work / "full-size"
    if not (folder / "ready").exists():
        write_seaco(folder, Size())
        set_token_rate(folder, pieces)
        (folder / "ready").touch()
    return folder


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
