"""Strings that hold together, against plain counting and the definitions."""

from __future__ import annotations

from collections import Counter
from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asrcli.hotwords.cohesion import (
    LEAST_COUNT,
    LONGEST,
    coherent,
    cohesion,
    count_grams,
    freedom,
)

RUNS = st.lists(st.text("甲乙丙", min_size=1, max_size=12), min_size=1, max_size=6)


@given(RUNS)
def test_counts_are_those_of_plain_counting(runs: list[str]) -> None:
    plain = Counter(
        run[start : start + size]
        for run in runs
        for size in range(1, LONGEST + 1)
        for start in range(len(run) - size + 1)
    )
    found = count_grams(runs)
    expected = {g: n for g, n in plain.items() if n >= LEAST_COUNT or len(g) == 1}
    assert found.counts == expected
    assert found.total == sum(map(len, runs))


@given(RUNS)
def test_cohesion_is_never_above_one(runs: list[str]) -> None:
    grams = count_grams(runs)
    assert all(cohesion(gram, grams) <= 1 + 1e-9 for gram in grams.counts if len(gram) > 1)


def test_parts_that_never_stand_apart() -> None:
    grams = count_grams(["甲魔搭乙", "丙魔搭丁", "戊己", "庚辛"])
    assert cohesion("魔搭", grams) == pytest.approx(1.0)


def test_the_loosest_cut_counts() -> None:
    grams = count_grams(["甲乙丙", "甲乙丙", "甲乙", "甲乙", "甲", "甲乙", "丁戊己庚"])
    total, c = grams.total, grams.counts
    pmi = log(2 * total / (c["甲乙"] * c["丙"])), log(2 * total / (c["甲"] * c["乙丙"]))
    assert cohesion("甲乙丙", grams) == pytest.approx(min(pmi) / log(total / 2))


def test_freedom_is_the_entropy_of_the_poorer_side() -> None:
    free = freedom(["甲魔搭乙", "甲魔搭丙", "丁魔搭戊", "己魔搭庚"], frozenset({"魔搭"}))
    left = -(0.5 * log(0.5) + 2 * 0.25 * log(0.25))
    assert free["魔搭"] == pytest.approx(min(left, log(4)))


def test_every_end_of_a_run_is_a_neighbour_of_its_own() -> None:
    assert freedom(["魔搭"] * 4, frozenset({"魔搭"}))["魔搭"] == pytest.approx(log(4))
    mixed = freedom(["甲魔搭", "甲魔搭", "魔搭", "魔搭"], frozenset({"魔搭"}))["魔搭"]
    assert mixed == pytest.approx(0.5 * log(4) + 0.5 * log(2))


def test_a_part_of_a_word_is_not_free() -> None:
    runs = ["去魔搭社看", "来魔搭社吧", "在魔搭社好", "说魔搭社行"]
    assert freedom(runs, frozenset({"魔搭"}))["魔搭"] == 0.0
    assert set(coherent(runs, count_grams(runs))) == {"魔搭社"}


def test_characters_that_met_by_chance_are_no_word() -> None:
    runs = ["丙甲乙丁", "戊甲乙己", *["甲", "乙"] * 20]
    assert freedom(runs, frozenset({"甲乙"}))["甲乙"] == pytest.approx(log(2))
    assert coherent(runs, count_grams(runs)) == {}


@pytest.mark.parametrize("runs", [[], ["甲"], ["甲乙丙"]])
def test_too_little_text(runs: list[str]) -> None:
    assert coherent(runs, count_grams(runs)) == {}


def test_text_of_one_word_only() -> None:
    assert coherent(["魔搭", "魔搭", "魔搭"], count_grams(["魔搭"] * 3)) == {"魔搭": 3}
