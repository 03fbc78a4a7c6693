"""The alignment is held to sclite itself, to its stored counts and to another library's cost."""

from __future__ import annotations

import random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from asrcli.evaluate.align import GAP_COST, SUBSTITUTION_COST, Kind, Step, align
from tests.evaluate import sclite

TOKENS = st.lists(st.sampled_from(["我", "你", "好", "ok", "3:30"]), max_size=16)
NO_SCLITE = "sclite is not installed (Debian package sctk); its stored counts are tested instead"


def counts(reference: list[str], hypothesis: list[str]) -> sclite.Counts:
    kinds = [step.kind for step in align(reference, hypothesis)]
    correct, wrong, missing, extra = (kinds.count(kind) for kind in Kind)
    return correct, wrong, missing, extra


def test_the_stored_counts_of_sclite() -> None:
    rows = sclite.stored()
    assert len(rows) == sclite.STORED_PAIRS >= 500
    wrong = [(pair, told, counts(*pair)) for pair, told in rows if counts(*pair) != told]
    assert not wrong


def test_the_stored_pairs_tell_sclite_from_an_alignment_at_unit_cost() -> None:
    """Else the test above would hold for any library."""
    differing = 0
    for pair, (_, *errors) in sclite.stored():
        tags = [edit.tag for edit in Levenshtein.editops(*pair)]
        differing += [tags.count(tag) for tag in ("replace", "delete", "insert")] != errors
    assert differing > 20


@pytest.mark.skipif(sclite.command() is None, reason=NO_SCLITE)
def test_fresh_pairs_counted_by_sclite_now() -> None:
    pairs = sclite.random_pairs(seed=2026, number=1500)
    told = sclite.sclite_counts(pairs)
    wrong = [(pair, t) for pair, t in zip(pairs, told, strict=True) if counts(*pair) != t]
    assert not wrong


@pytest.mark.skipif(sclite.command() is None, reason=NO_SCLITE)
def test_the_stored_table_is_what_sclite_says() -> None:
    pairs = sclite.random_pairs(sclite.STORED_SEED, sclite.STORED_PAIRS)
    assert sclite.stored() == list(zip(pairs, sclite.sclite_counts(pairs), strict=True))


@pytest.mark.parametrize(
    ("reference", "hypothesis", "kinds"),
    [
        ("", "", ""),
        ("好", "", "D"),
        ("", "好", "I"),
        ("您好", "你好", "SC"),
        ("您好", "您好吗", "CCI"),
        ("请问您好", "请您好", "CDCC"),
        # At the same cost: the diagonal where it is among the cheapest.
        ("的的", "的", "DC"),
        ("的", "的的", "IC"),
        ("一二三", "三四五", "SSS"),
    ],
)
def test_which_way_is_taken(reference: str, hypothesis: str, kinds: str) -> None:
    steps = align(reference, hypothesis)
    assert "".join(step.kind.name[0] for step in steps) == kinds


@given(TOKENS, TOKENS)
@example(["我"] * 16, [])
def test_both_texts_can_be_read_off_the_steps(reference: list[str], hypothesis: list[str]) -> None:
    steps = align(reference, hypothesis)
    assert [step.reference for step in steps if step.reference] == reference
    assert [step.hypothesis for step in steps if step.hypothesis] == hypothesis
    for step in steps:
        assert step.kind is expected_kind(step)


def expected_kind(step: Step) -> Kind:
    if not step.reference:
        return Kind.INSERTION
    if not step.hypothesis:
        return Kind.DELETION
    return Kind.CORRECT if step.reference == step.hypothesis else Kind.SUBSTITUTION


@given(TOKENS, TOKENS)
def test_the_cost_is_the_lowest(reference: list[str], hypothesis: list[str]) -> None:
    _, wrong, missing, extra = counts(reference, hypothesis)
    cost = SUBSTITUTION_COST * wrong + GAP_COST * (missing + extra)
    weights = (GAP_COST, GAP_COST, SUBSTITUTION_COST)
    assert cost == Levenshtein.distance(reference, hypothesis, weights=weights)


@given(TOKENS, TOKENS, TOKENS)
def test_no_detour_is_shorter(first: list[str], second: list[str], third: list[str]) -> None:
    def cost(left: list[str], right: list[str]) -> int:
        _, wrong, missing, extra = counts(left, right)
        return SUBSTITUTION_COST * wrong + GAP_COST * (missing + extra)

    assert cost(first, third) <= cost(first, second) + cost(second, third)
    assert cost(first, second) == cost(second, first)


@given(TOKENS)
def test_a_text_is_itself(tokens: list[str]) -> None:
    assert align(tokens, tokens) == tuple(Step(Kind.CORRECT, t, t) for t in tokens)


@given(TOKENS, TOKENS, TOKENS)
def test_a_common_end_changes_nothing_before_it(
    reference: list[str], hypothesis: list[str], end: list[str]
) -> None:
    alone = align(reference, hypothesis)
    together = align([*reference, *end], [*hypothesis, *end])
    assert together[: len(alone)] == alone
    assert {step.kind for step in together[len(alone) :]} <= {Kind.CORRECT}


def test_an_hour_of_speech_is_aligned_without_a_square_of_memory() -> None:
    rng = random.Random(7)
    characters = [chr(0x4E00 + number) for number in range(500)]
    reference = rng.choices(characters, k=15_000)
    hypothesis = sclite.with_errors(random.Random(2), reference, characters)
    correct, wrong, missing, extra = counts(reference, hypothesis)
    assert correct + wrong + missing == len(reference)
    assert correct + wrong + extra == len(hypothesis)
    assert correct > 12_000
