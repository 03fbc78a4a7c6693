"""Continuous integrate-and-fire without a loop over time.

CIF (Dong and Xu 2020, https://arxiv.org/abs/1905.11235) adds up a weight per frame and fires a
token each time the sum passes a whole number; a frame at the border is shared between the two
tokens. FunASR steps through the frames in Python. Here the same quantities come from one
cumulative sum: token k owns the stretch [k, k + 1) of it, and the part of frame t that belongs to
k is the overlap of that stretch with the frame's own stretch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

FIRE_SLACK = 1e-4
"""The timing head fires this much before a whole number, as it was trained to."""


def integrate(hidden: torch.Tensor, weights: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Token embeddings.

    Args:
        hidden: float [batch, frames, dim].
        weights: float32 [batch, frames], >= 0, zero outside a span.

    Returns:
        embeddings float32 [batch, most tokens, dim], zero beyond a span's tokens, and the number
        of tokens int64 [batch].
    """
    import torch

    # float64: over a minute of frames a float32 sum drifts far enough to move a token border.
    end = torch.cumsum(weights.double(), dim=1)
    start = end - weights.double()
    counts = torch.floor(end[:, -1]).long()
    first = torch.arange(int(counts.max()), device=weights.device)[None, :, None]
    overlap = torch.minimum(end[:, None], first + 1) - torch.maximum(start[:, None], first)
    overlap = overlap.clamp_min(0.0) * (first < counts[:, None, None])
    return overlap.float() @ hidden.float(), counts


def fire_frames(weights: torch.Tensor, counts: torch.Tensor) -> torch.Tensor:
    """The frame in which each token fires, the weights scaled so that they add up to the tokens.

    Args:
        weights: float32 [batch, frames], >= 0, zero outside a span.
        counts: int64 [batch], number of tokens of each span.

    Returns:
        int64 [batch, most tokens]; entries beyond a span's tokens are meaningless.
    """
    import torch

    total = torch.cumsum(weights.double(), dim=1)
    total = total * (counts / total[:, -1].clamp_min(1e-9))[:, None]
    marks = torch.arange(1, int(counts.max()) + 1, device=weights.device).double()
    marks = (marks * (1.0 - FIRE_SLACK)).expand(len(weights), -1).contiguous()
    return torch.searchsorted(total, marks).clamp_max(weights.shape[1] - 1)
