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
    from collections.abc import Sequence

    import torch

FIRE_SLACK = 1e-4
"""The timing head fires this much before a whole number, as it was trained to."""


def integrate(hidden: torch.Tensor, weights: torch.Tensor) -> tuple[torch.Tensor, list[int]]:
    """Token embeddings.

    Args:
        hidden: float [batch, frames, dim].
        weights: float32 [batch, frames], >= 0, zero outside a span.

    Returns:
        embeddings float32 [batch, most tokens, dim], zero beyond a span's tokens, and the number
        of tokens of each span, on the host.
    """
    import torch

    # float64: over a minute of frames a float32 sum drifts far enough to move a token border.
    end = torch.cumsum(weights.double(), dim=1)
    start = end - weights.double()
    totals = torch.floor(end[:, -1]).long()
    counts: list[int] = totals.tolist()
    first = torch.arange(max(counts), device=weights.device)[None, :, None]
    overlap = torch.minimum(end[:, None], first + 1) - torch.maximum(start[:, None], first)
    overlap = overlap.clamp_min(0.0) * (first < totals[:, None, None])
    return overlap.float() @ hidden.float(), counts


def fire_frames(weights: torch.Tensor, counts: Sequence[int]) -> torch.Tensor:
    """The frame in which each token fires, the weights scaled so that they add up to the tokens.

    Args:
        weights: float32 [batch, frames], >= 0, zero outside a span.
        counts: number of tokens of each span.

    Returns:
        int64 [batch, most tokens]; entries beyond a span's tokens are meaningless.
    """
    import torch

    total = torch.cumsum(weights.double(), dim=1)
    wanted = torch.tensor(counts, dtype=torch.float64, device=weights.device)
    total = total * (wanted / total[:, -1].clamp_min(1e-9))[:, None]
    marks = torch.arange(1, max(counts) + 1, device=weights.device).double()
    marks = (marks * (1.0 - FIRE_SLACK)).expand(len(weights), -1).contiguous()
    return torch.searchsorted(total, marks).clamp_max(weights.shape[1] - 1)
