"""Clips from disk, batches of similar length, and what the predictor is to learn from the times.

Frames of the encoder last 60 ms, those of the timing head 20 ms.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

import numpy as np
import torch
from asrcli.engines.features import N_MELS, low_frame_rate
from asrcli.engines.paraformer import FINE_FRAME_MS, FIRE_LEAD_MS
from torch.nn.utils.rnn import pad_sequence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy.typing as npt

FRAME_MS = 60
STACK, STEP = 7, 6
FIRST_CENTRE_MS = 12.5
"""Middle of the first 25 ms window; a stack is centred on every sixth window."""

END_FRAMES = 4
"""The end token takes its weight from the last frames of a clip, wherever speech ends."""

RISE_MS = 400.0
"""The timing head rises to a character through the one before it, but not through a whole pause.
A shorter rise leaves a flat stretch; a head that is a little too low waits until that is over."""

QUIET = -15.0
"""Below this a log-mel value is digital silence, which no gain changes."""

LONGEST_FRAMES = 500


@dataclass(frozen=True, slots=True)
class Clip:
    """A clip: where its frames lie, its token ids, and times in ms."""

    frames: npt.NDArray[np.float16]
    ids: tuple[int, ...]
    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    names: tuple[tuple[int, int], ...]

    @property
    def length(self) -> int:
        """Frames of 60 ms."""
        return -(-len(self.frames) // STEP)


@dataclass(frozen=True, slots=True)
class Targets:
    """What the frames of one clip are to say.

    labels int64 [frames]: the character spoken in each; coarse float32 [frames] and fine float32
    [3 * frames]: the number of characters that have fired by the end of each.
    """

    labels: torch.Tensor
    coarse: torch.Tensor
    fine: torch.Tensor


def read_shards(folder: Path, ids: Mapping[str, int]) -> list[Clip]:
    """All clips of the shards that are complete, in order of their names; frames stay on disk."""
    clips = []
    for index in sorted(folder.glob("*.json")):
        frames = np.load(index.with_suffix(".npy"), mmap_mode="r")
        for entry in json.loads(index.read_text(encoding="utf-8")):
            first = entry["offset"]
            clip = Clip(
                frames[first : first + entry["length"]],
                tuple(ids[char] for char in entry["text"]),
                entry["text"],
                tuple(entry["starts"]),
                tuple(entry["ends"]),
                tuple((a, b) for a, b in entry["names"]),
            )
            if clip.ids and clip.length <= LONGEST_FRAMES:
                clips.append(clip)
    return clips


def epoch(lengths: Sequence[int], *, seed: int, budget: int, workers: int) -> list[list[list[int]]]:
    """Batches of one pass over the clips.

    Args:
        lengths: frames of every clip.
        seed: decides the order.
        budget: padded frames in a batch.
        workers: batches that are computed at the same time and should take equally long.

    Returns:
        For every step one list of clip numbers for each worker.
    """
    random = Random(seed)
    order = list(range(len(lengths)))
    random.shuffle(order)
    # Not sorted strictly, so that a batch holds other company in every pass.
    order.sort(key=lambda index: lengths[index] * random.uniform(0.9, 1.1))
    batches: list[list[int]] = []
    current: list[int] = []
    longest = 0
    for index in order:
        longest = max(longest, lengths[index])
        if current and longest * (len(current) + 1) > budget:
            batches.append(current)
            current, longest = [], lengths[index]
        current.append(index)
    usable = len(batches) // workers * workers
    steps = [batches[first : first + workers] for first in range(0, usable, workers)]
    random.shuffle(steps)
    return steps


def targets(clip: Clip) -> Targets:
    """Frame labels and cumulative firing from the synthesiser's character times."""
    count, size = len(clip.ids), clip.length
    starts, ends = np.array(clip.starts, float), np.array(clip.ends, float)
    centres = np.arange(size) * FRAME_MS + FIRST_CENTRE_MS
    order = np.searchsorted(starts, centres, side="right") - 1
    inside = (order >= 0) & (centres < ends[np.clip(order, 0, count - 1)])
    labels = np.where(inside, np.array(clip.ids)[np.clip(order, 0, count - 1)], 0)
    edge = (np.arange(size) + 1) * FRAME_MS
    spans = np.clip((edge[:, None] - starts) / np.maximum(ends - starts, 1.0), 0.0, 1.0)
    tail = np.clip(np.arange(END_FRAMES - size + 1, END_FRAMES + 1) / END_FRAMES, 0.0, 1.0)
    return Targets(
        torch.from_numpy(labels),
        torch.from_numpy(spans.sum(axis=1) + tail).float(),
        torch.from_numpy(_fine(starts, ends, 3 * size)).float(),
    )


def _fine(starts: npt.NDArray[np.float64], ends: npt.NDArray[np.float64], size: int) -> np.ndarray:
    marks = np.append(starts, ends[-1]) + FIRE_LEAD_MS
    before = np.append(-np.inf, marks[:-1])
    rises = np.maximum(before, marks - RISE_MS)
    edges = (np.arange(size) + 1) * float(FINE_FRAME_MS)
    done = (edges[:, None] - rises) / np.maximum(marks - rises, 1.0)
    return np.asarray(np.clip(done, 0.0, 1.0).sum(axis=1))


def features(clip: Clip, shift: torch.Tensor, scale: torch.Tensor, gain: float) -> torch.Tensor:
    """Normalised, stacked features float32 [frames, 560]; `gain` is added to the log energies."""
    rows = torch.from_numpy(clip.frames.astype(np.float32))
    if gain:
        rows = torch.where(rows > QUIET, rows + gain, rows)
    return (low_frame_rate(rows, stack=STACK, step=STEP) + shift) * scale


def mask_bands(batch: torch.Tensor, random: Random, *, widest: int = 18) -> torch.Tensor:
    """Blank up to two mel bands of every clip: float32 [batch, frames, 560] in place."""
    view = batch.view(*batch.shape[:2], STACK, N_MELS)
    for row in view:
        for _ in range(random.choice((0, 1, 1, 2))):
            width = random.randint(1, widest)
            low = random.randint(0, N_MELS - width)
            row[:, :, low : low + width] = 0.0
    return batch


def padded(rows: Sequence[torch.Tensor], value: float = 0.0) -> torch.Tensor:
    """Tensors of different lengths in one, batch first."""
    return pad_sequence(list(rows), batch_first=True, padding_value=value)
