from __future__ import annotations

import os
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asrcli.review.doubts import Doubt, Reason
from asrcli.review.worst import Worst, clip_path
from tests.values_samples import RELS, source

DOUBT = Doubt(source("a.wav"), None, "", 1, 0, 1000, "好", (Reason("x", 0.5),))


def doubt(severity: float, start_ms: int = 0) -> Doubt:
    return replace(DOUBT, start_ms=start_ms, reasons=(Reason("x", severity),))


def test_the_worst_come_first() -> None:
    worst = Worst()
    worst.add([doubt(0.2), doubt(0.9), doubt(0.5)], 0)
    assert [one.score for one in worst.doubts] == pytest.approx([0.9, 0.5, 0.2])


def test_equals_stand_in_the_order_of_the_run_and_of_time() -> None:
    worst = Worst()
    worst.add([doubt(0.5, 700)], 1)
    worst.add([doubt(0.5, 900), doubt(0.5, 800)], 0)
    assert [one.start_ms for one in worst.doubts] == [800, 900, 700]


@given(
    st.lists(st.lists(st.tuples(st.sampled_from([0.1, 0.5, 0.9]), st.integers(0, 3))), max_size=6),
    st.randoms(),
    st.integers(1, 5),
)
def test_who_comes_first_changes_nothing(
    files: list[list[tuple[float, int]]], random: st.DataObject, most: int
) -> None:
    made = [(place, [doubt(*one) for one in own]) for place, own in enumerate(files)]
    one, other = Worst(most), Worst(most)
    for place, own in made:
        one.add(own, place)
    random.shuffle(made)  # type: ignore[attr-defined]
    for place, own in made:
        other.add(own, place)
    assert one.doubts == other.doubts
    assert one.total == other.total == sum(map(len, files))
    assert len(one.doubts) == min(most, one.total)


def test_a_long_night_keeps_no_more_than_can_be_heard() -> None:
    worst = Worst(most=10)
    for place in range(100):
        worst.add([doubt(place / 200)] * 3, place)
    assert len(worst.doubts) == 10
    assert worst.total == 300
    assert worst.doubts[0].score == pytest.approx(99 / 200)


def test_a_clip_says_where_it_is_from() -> None:
    made = replace(DOUBT, source=source("外呼/客户 一.mp3"), start_ms=3_723_999)
    assert clip_path(7, made).as_posix() == "review/0007 1-02-04 外呼_客户 一.mp3.wav"


@given(RELS, st.integers(1, 1000))
def test_a_clip_has_a_name_that_every_disk_takes(rel: str, rank: int) -> None:
    path = clip_path(rank, replace(DOUBT, source=source(rel)))
    assert len(path.parts) == 2
    assert len(os.fsencode(path.name)) <= 255


def test_the_name_of_a_long_path_is_cut_at_the_front() -> None:
    made = replace(DOUBT, source=source("很" * 80 + "/甲.wav"))
    name = clip_path(1, made).name
    assert name.endswith("很很_甲.wav.wav")
    assert len(name.encode()) < 200
