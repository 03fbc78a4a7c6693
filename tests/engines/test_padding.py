"""Padding is found, cleared and left out, and nothing else is."""

from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st

from asrcli.engines.padding import Padding

CPU = torch.device("cpu")


@given(st.lists(st.integers(0, 6), min_size=1, max_size=5), st.integers(0, 3))
def test_what_is_cleared_is_what_is_not_selected(lengths: list[int], spare: int) -> None:
    size = max(lengths) + spare
    padding = Padding.of(lengths, size, CPU)
    values = torch.arange(1.0, 1 + len(lengths) * size * 2).view(len(lengths), size, 2)
    wanted = torch.cat([row[:length] for row, length in zip(values, lengths, strict=True)])
    assert torch.equal(padding.select(values), wanted)
    cleared = padding.clear(values.clone())
    assert torch.equal(cleared != 0, padding.inside[:, :, None].expand_as(cleared))
    assert torch.equal(padding.select(cleared), wanted)


def test_some_columns_can_be_cleared_alone() -> None:
    padding = Padding.of([1, 2], 2, CPU)
    values = torch.ones(2, 2, 6)
    padding.clear(values[:, :, 4:])
    assert values[0, 1].tolist() == [1, 1, 1, 1, 0, 0]
    assert values.sum() == 24 - 2


def test_rows_of_one_length_need_no_mask() -> None:
    padding = Padding.of([3, 3], 3, CPU)
    assert padding.outside is None
    assert padding.keys(torch.float32) is None


def test_attention_never_looks_at_padding() -> None:
    keys = Padding.of([1, 3], 3, CPU).keys(torch.bfloat16)
    assert keys is not None
    assert keys.shape == (2, 1, 1, 3)
    assert keys.dtype == torch.bfloat16
    assert keys.flatten(1).tolist() == [[0, -torch.inf, -torch.inf], [0, 0, 0]]


def test_columns_can_be_split() -> None:
    padding = Padding.of([1, 2], 2, CPU).times(3)
    assert padding.lengths == (3, 6)
    assert padding.inside.int().tolist() == [[1, 1, 1, 0, 0, 0], [1] * 6]
