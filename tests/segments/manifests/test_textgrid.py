from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

from hypothesis import given

from asrcli.segments.manifests.textgrid import render
from tests.segments.cuts import Region, cut_list, cut_lists

if TYPE_CHECKING:
    from asrcli.segments.cutlist import CutList

Tier = list[tuple[int, int, str]]


def read(text: str) -> dict[str, Tier]:
    """A plain reader of the long form: tiers by name, times in samples."""
    lines = text.splitlines()
    assert lines[:3] == ['File type = "ooTextFile"', 'Object class = "TextGrid"', ""]
    tiers: dict[str, Tier] = {}
    for block in re.split(r"^    item \[\d+\]:$", text, flags=re.MULTILINE)[1:]:
        (name,) = re.findall(r'name = "(.*)"', block)
        found = re.findall(r'xmin = (\S+)\s+xmax = (\S+)\s+text = "(.*)"', block)
        tiers[name] = [
            (round(float(low) * 16_000), round(float(high) * 16_000), label)
            for low, high, label in found
        ]
        (size,) = re.findall(r"intervals: size = (\d+)", block)
        assert int(size) == len(found)
    (count,) = re.findall(r"^size = (\d+)$", text, flags=re.MULTILINE)
    assert int(count) == len(tiers)
    return tiers


def spoken(tier: Tier) -> list[Region]:
    return [(low, high) for low, high, label in tier if label]


@given(cut_lists())
def test_what_is_read_back_is_what_was_written(cut: CutList) -> None:
    (tier,) = read(render([cut])).values()
    assert spoken(tier) == [(span.start, span.end) for span in cut.spans]
    labels = [label for *_, label in tier if label]
    assert labels == [f"{n:04}" for n in range(1, len(cut.spans) + 1)]


@given(cut_lists())
def test_a_tier_has_no_holes(cut: CutList) -> None:
    (tier,) = read(render([cut])).values()
    edges = [0, *itertools.chain.from_iterable((low, high) for low, high, _ in tier), cut.length]
    assert edges[::2] == edges[1::2]
    assert all(low < high for low, high, _ in tier)


def test_every_channel_has_its_tier() -> None:
    both = [cut_list((0, 16), channel=0), cut_list((32, 48), channel=1)]
    tiers = read(render(both))
    assert {name: spoken(tier) for name, tier in tiers.items()} == {
        "speech 1": [(0, 16)],
        "speech 2": [(32, 48)],
    }
