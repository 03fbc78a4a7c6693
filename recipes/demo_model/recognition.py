"""The loss of stage one: recognition, number of characters and their times, without hotwords.

The predictor learns from the synthesiser's character times directly. Paraformer's own recipe has
to find the alignment itself and took ten times as many steps to leave its first plateau.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from asrcli.engines.cif import integrate
from torch.nn.functional import cross_entropy

from recipes.demo_model.dataset import features, mask_bands, padded, targets
from recipes.demo_model.model import EOS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from recipes.demo_model.dataset import Clip

IGNORE = -1
SMOOTHING = 0.1
LOCAL = 6.0
GAIN = 1.0
"""Largest change of the log energies: about 4 dB."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Padded features, lengths, labels with the end token, and targets for the frames."""

    frames: torch.Tensor
    lengths: torch.Tensor
    labels: torch.Tensor
    counts: torch.Tensor
    frame_labels: torch.Tensor
    coarse: torch.Tensor
    fine: torch.Tensor


@dataclass(frozen=True, slots=True)
class Scales:
    """The feature normalisation of `am.mvn`, float32 [560] each."""

    shift: torch.Tensor
    scale: torch.Tensor


def collate(clips: Sequence[Clip], scales: Scales, random: Random | None) -> Batch:
    """Bring clips together; `random` turns augmentation on."""
    gains = [random.uniform(-GAIN, GAIN) if random else 0.0 for _ in clips]
    rows = [
        features(clip, scales.shift, scales.scale, gain)
        for clip, gain in zip(clips, gains, strict=True)
    ]
    frames = padded(rows)
    if random:
        mask_bands(frames, random)
    wanted = [targets(clip) for clip in clips]
    labels = padded([torch.tensor([*clip.ids, EOS]) for clip in clips], IGNORE)
    return Batch(
        frames,
        torch.tensor([len(row) for row in rows]),
        labels,
        (labels != IGNORE).sum(dim=1),
        padded([item.labels for item in wanted], IGNORE),
        padded([item.coarse for item in wanted]),
        padded([item.fine for item in wanted]),
    )


def inside(lengths: torch.Tensor, size: int) -> torch.Tensor:
    """float32 [batch, size]: 1 inside each length."""
    return (torch.arange(size) < lengths[:, None]).float()


def token_weights(head: Any, encoded: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """CIF weights float32 [batch, frames]; the same computation as in the engine."""
    context = torch.relu(head.cif_conv1d(head.pad(encoded.transpose(1, 2)))).transpose(1, 2)
    return torch.sigmoid(head.cif_output(context)).squeeze(-1) * mask


def time_weights(head: Any, encoded: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Weights of the timing head float32 [batch, 3 * frames], of clips that are equally long."""
    fine = head.upsample_cnn(encoded.transpose(1, 2)).transpose(1, 2)
    weights = torch.sigmoid(head.cif_output2(head.blstm(fine)[0])).squeeze(-1)
    weights = torch.relu(weights * head.smooth_factor2 - head.noise_threshold2)
    return weights * mask.repeat_interleave(3, dim=1)


def token_embeddings(
    encoded: torch.Tensor, weights: torch.Tensor, counts: torch.Tensor
) -> torch.Tensor:
    """One embedding for each of `counts` tokens, the weights scaled to add up to them."""
    scaled = weights * (counts / weights.sum(dim=1).clamp_min(1e-3))[:, None]
    # A rounding error must not lose the last token.
    embeddings, _ = integrate(encoded, scaled * (1 + 1e-6))
    return embeddings[:, : int(counts.max())]


def glance(
    model: Any, encoded: torch.Tensor, batch: Batch, embeddings: torch.Tensor, ratio: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """Paraformer's sampler: some embeddings are replaced by those of the true characters.

    Returns:
        The mixed embeddings, and the share of characters right at first sight.
    """
    with torch.no_grad():
        first = model.decoder(encoded, batch.lengths, embeddings, batch.counts)[0].argmax(dim=-1)
        real = batch.labels != IGNORE
        wrong = ((first != batch.labels) & real).sum(dim=1)
        share = wrong * ratio / batch.counts
        shown = (torch.rand(first.shape) < share[:, None]) & real
        right = 1.0 - wrong.sum() / batch.counts.sum()
    truth = model.decoder.embed(batch.labels.clamp_min(0))
    return torch.where(shown[:, :, None], truth, embeddings), right


def loss(
    model: Any, batch: Batch, *, ratio: float, timed: int
) -> tuple[torch.Tensor, dict[str, float]]:
    """The loss of one batch.

    Args:
        model: from `build_model`.
        batch: from `collate`.
        ratio: of the sampler.
        timed: teach the timing head with every `timed`-th clip only: its recurrent layer is slow.

    Returns:
        The loss and its parts for the log.
    """
    with torch.autocast("cpu", dtype=torch.bfloat16):
        encoded = model.encoder(batch.frames, batch.lengths)[0]
        # Every other frame says enough, at half of the price of a large softmax.
        heard = batch.frame_labels != IGNORE
        heard[:, int(torch.randint(2, ())) :: 2] = False
        frame_scores = model.frame_head(encoded[heard])
    mask = inside(batch.lengths, encoded.shape[1])
    encoded = encoded.float() * mask[:, :, None]
    weights = token_weights(model.predictor, encoded, mask)
    embeddings = token_embeddings(encoded, weights, batch.counts)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        mixed, right = glance(model, encoded, batch, embeddings, ratio)
        scores = model.decoder(encoded, batch.lengths, mixed, batch.counts)[0]
    spoken = batch.labels != IGNORE
    fine_mask = mask[::timed]
    fine = time_weights(model.predictor, encoded[::timed], fine_mask)
    parts = {
        "frame": cross_entropy(frame_scores.float(), batch.frame_labels[heard]),
        "token": cross_entropy(
            scores[spoken].float(), batch.labels[spoken], label_smoothing=SMOOTHING
        ),
        "count": (weights.sum(dim=1) - batch.counts).abs().mean(),
        "coarse": _distance(weights, batch.coarse, mask),
        "fine": _distance(fine, batch.fine[::timed], fine_mask.repeat_interleave(3, dim=1)),
    }
    total = (
        0.7 * parts["frame"]
        + parts["token"]
        + 0.2 * parts["count"]
        + 0.2 * parts["coarse"]
        + 0.4 * parts["fine"]
    )
    values = {name: float(value.detach()) for name, value in parts.items()}
    return total, values | {"right": float(right)}


def _distance(weights: torch.Tensor, wanted: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """How far weights are from a target that is given as their cumulative sum.

    The sum alone has to agree, but its gradient reaches over the whole clip; every weight by
    itself says where to change.
    """
    steps = torch.diff(wanted, dim=1, prepend=torch.zeros_like(wanted[:, :1]))
    far = (weights.cumsum(dim=1) - wanted).abs() + LOCAL * (weights - steps).abs()
    return (far * mask).sum() / mask.sum()
