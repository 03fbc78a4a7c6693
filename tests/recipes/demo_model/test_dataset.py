from __future__ import annotations

import json
from random import Random
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from recipes.demo_model import dataset
from recipes.demo_model.dataset import Clip

if TYPE_CHECKING:
    from pathlib import Path


def clip(starts: list[int], ends: list[int], *, length_ms: int = 3000) -> Clip:
    frames = np.zeros((length_ms // 10, 80), np.float16)
    ids = tuple(range(3, 3 + len(starts)))
    return Clip(frames, ids, "字" * len(ids), tuple(starts), tuple(ends), ())


def test_labels_name_the_character_under_each_frame_and_leave_pauses_blank() -> None:
    labels = dataset.targets(clip([300, 500, 1500], [500, 700, 1800])).labels.tolist()
    assert labels[2] == 0  # 132 ms
    assert labels[6] == 3  # 372 ms
    assert labels[10] == 4  # 612 ms
    assert labels[16] == 0  # 972 ms, in the pause
    assert labels[27] == 5  # 1632 ms
    assert labels[-1] == 0


@st.composite
def clips(draw: st.DrawFn) -> Clip:
    durations = draw(st.lists(st.tuples(st.integers(0, 900), st.integers(80, 400)), min_size=1))
    starts, ends, now = [], [], 0
    for pause, length in durations[:40]:
        starts.append(now + pause)
        now += pause + length
        ends.append(now)
    return clip(starts, ends, length_ms=now + draw(st.integers(60, 2000)))


@given(clips())
def test_weights_rise_to_the_characters_and_the_end(example: Clip) -> None:
    wanted = dataset.targets(example)
    size, count = example.length, len(example.ids)
    assert wanted.labels.shape == wanted.coarse.shape == (size,)
    assert wanted.fine.shape == (3 * size,)
    for total in (wanted.coarse, wanted.fine):
        assert bool((torch.diff(total) >= -1e-5).all())
        assert float(total[0]) >= 0
    assert float(wanted.coarse[-1]) == pytest.approx(count + 1, abs=1e-4)
    assert set(wanted.labels.tolist()) <= {0, *example.ids}


def test_the_timing_head_fires_when_a_character_begins_and_is_flat_in_a_pause() -> None:
    fine = dataset.targets(clip([300, 500, 1500], [500, 700, 1800])).fine
    # The frame that ends 30 ms after a start is the first to have reached the next number.
    for order, start in enumerate((300, 500, 1500), 1):
        fired = int(torch.searchsorted(fine, torch.tensor(order - 1e-3)))
        assert abs((fired + 1) * 20 - 30 - start) <= 20
    assert fine[30:54].tolist() == pytest.approx([2.0] * 24, abs=1e-4)


def test_an_epoch_uses_every_clip_at_most_once_within_the_budget() -> None:
    lengths = [Random(3).randint(5, 200) for _ in range(500)]
    steps = dataset.epoch(lengths, seed=1, budget=600, workers=2)
    used = [index for step in steps for batch in step for index in batch]
    assert len(used) == len(set(used))
    assert len(used) >= 480  # what no worker could share is left for the next pass
    for step in steps:
        assert len(step) == 2
        for batch in step:
            longest = max(lengths[index] for index in batch)
            assert len(batch) == 1 or longest * len(batch) <= 600
    assert steps == dataset.epoch(lengths, seed=1, budget=600, workers=2)
    assert steps != dataset.epoch(lengths, seed=2, budget=600, workers=2)


def test_shards_read_back(tmp_path: Path) -> None:
    frames = np.arange(80 * 80, dtype=np.float16).reshape(80, 80)
    np.save(tmp_path / "a.npy", frames)
    entry = {
        "offset": 20,
        "length": 30,
        "text": "你好",
        "starts": [0, 100],
        "ends": [100, 200],
        "names": [[0, 2]],
        "voice": "m1",
    }
    silent = {**entry, "text": "", "starts": [], "ends": [], "names": []}
    (tmp_path / "a.json").write_text(json.dumps([entry, silent]))
    np.save(tmp_path / "b.npy", frames)  # its texts are not there: not finished
    found = dataset.read_shards(tmp_path, {"你": 3, "好": 4})
    assert len(found) == 1
    assert found[0].ids == (3, 4)
    assert found[0].length == 5
    assert found[0].names == ((0, 2),)
    np.testing.assert_array_equal(found[0].frames, frames[20:50])


def test_gain_leaves_digital_silence_alone() -> None:
    rows = np.full((12, 80), -15.9, np.float16)
    rows[6:] = 3.0
    example = Clip(rows, (3,), "字", (0,), (60,), ())
    zero, one = torch.zeros(560), torch.ones(560)
    plain = dataset.features(example, zero, one, 0.0)
    loud = dataset.features(example, zero, one, 1.0)
    assert plain.shape == (2, 560)
    silent = plain < -15
    torch.testing.assert_close(loud[silent], plain[silent])
    torch.testing.assert_close(loud[~silent], plain[~silent] + 1.0)


def test_masks_blank_whole_bands_in_every_stacked_frame() -> None:
    batch = torch.ones(8, 5, 560)
    dataset.mask_bands(batch, Random(1))
    view = batch.view(8, 5, 7, 80)
    blank = view == 0
    assert bool(blank.any())
    assert bool((blank == blank[:, :1, :1]).all())
    assert int(blank[:, 0, 0].sum(dim=1).max()) <= 36
