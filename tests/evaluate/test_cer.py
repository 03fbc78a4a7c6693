"""The counts are held to a second computation by another library and to the definition."""

from __future__ import annotations

import dataclasses
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from asrcli.evaluate.cer import ErrorCount, count_errors, plain, pooled

SMALL = st.text(alphabet="一二三四ab", max_size=12)
KINDS = ("substitutions", "deletions", "insertions")


def distance(reference: str, hypothesis: str) -> int:
    """The lowest cost with 3 for each deletion and insertion and 4 for each substitution."""
    return Levenshtein.distance(reference, hypothesis, weights=(3, 3, 4))


@pytest.mark.parametrize(
    ("reference", "hypothesis", "expected"),
    [
        ("", "", ErrorCount(0, 0, 0, 0)),
        ("您好", "您好", ErrorCount(0, 0, 0, 2)),
        ("您好", "你好", ErrorCount(1, 0, 0, 2)),
        ("您好", "好", ErrorCount(0, 1, 0, 2)),
        ("您好", "您好吗", ErrorCount(0, 0, 1, 2)),
        ("请问您好", "", ErrorCount(0, 4, 0, 4)),
        ("", "吗的", ErrorCount(0, 0, 2, 0)),
        ("我的订单号是三七", "我得订单是三七吗", ErrorCount(1, 1, 1, 8)),
    ],
)
def test_each_kind_of_error_is_told_apart(
    reference: str, hypothesis: str, expected: ErrorCount
) -> None:
    assert count_errors(reference, hypothesis) == expected


@given(SMALL, SMALL)
def test_no_cheaper_way_exists(reference: str, hypothesis: str) -> None:
    count = count_errors(reference, hypothesis)
    cost = 4 * count.substitutions + 3 * (count.deletions + count.insertions)
    assert cost == distance(reference, hypothesis)
    assert count.errors >= Levenshtein.distance(reference, hypothesis)


@given(st.text(max_size=30), st.text(max_size=30))
def test_the_counts_explain_both_lengths(reference: str, hypothesis: str) -> None:
    count = count_errors(reference, hypothesis)
    assert count.reference == len(reference)
    assert len(hypothesis) == len(reference) - count.deletions + count.insertions
    assert count.correct + count.substitutions + count.deletions == len(reference)
    assert count.correct >= 0
    assert all(getattr(count, kind) >= 0 for kind in KINDS)


@given(st.text(max_size=30), st.text(max_size=30))
def test_turned_around_the_way_costs_the_same(reference: str, hypothesis: str) -> None:
    assert distance(hypothesis, reference) == distance(reference, hypothesis)
    there, back = count_errors(reference, hypothesis), count_errors(hypothesis, reference)
    assert (there.errors == 0) == (back.errors == 0)
    assert there.deletions - there.insertions == back.insertions - back.deletions


def test_words_are_counted_as_well_as_characters() -> None:
    assert count_errors(["hello", "world"], ["hallo", "world"]) == ErrorCount(1, 0, 0, 2)


@given(st.text(max_size=30))
def test_a_text_has_no_errors_against_itself(text: str) -> None:
    assert count_errors(text, text) == ErrorCount(reference=len(text))


def test_the_rate_is_errors_over_the_reference() -> None:
    assert ErrorCount(1, 2, 3, 12).rate == pytest.approx(0.5)
    assert ErrorCount(0, 0, 6, 3).rate == pytest.approx(2.0)


def test_words_heard_in_silence_count_although_there_is_no_reference() -> None:
    assert ErrorCount().rate == 0.0
    assert count_errors("", "吗").rate == pytest.approx(1.0)


def test_a_pool_weighs_texts_by_their_length() -> None:
    pairs = [("一" * 98, "一" * 98), ("二三", "四五")]
    assert pooled(pairs).rate == pytest.approx(0.02)
    assert pooled([]) == ErrorCount()


@given(st.lists(st.tuples(SMALL, SMALL), max_size=5))
def test_a_pool_is_the_sum_of_its_texts(pairs: list[tuple[str, str]]) -> None:
    total = pooled(pairs)
    for field in dataclasses.fields(ErrorCount):
        parts = [getattr(count_errors(*pair), field.name) for pair in pairs]
        assert getattr(total, field.name) == sum(parts)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("您好，请问您的订单号是多少？", "您好请问您的订单号是多少"),
        ("  您 好 \n", "您好"),
        ("ＡＢＣ　１２３", "abc123"),
        ("WiFi", "wifi"),
        ("“三、四”——五…", "三四五"),
        ("价格（含税）：￥12.50", "价格含税¥1250"),
        ("\ufeff您\u200b好", "您好"),
        ("。，？！", ""),
    ],
)
def test_plain_keeps_what_can_be_heard(text: str, expected: str) -> None:
    assert plain(text) == expected


@given(st.text(max_size=40))
def test_plain_is_finished_after_one_time(text: str) -> None:
    once = plain(text)
    assert plain(once) == once
    assert not any(unicodedata.category(char)[0] in "PZC" for char in once)


@given(st.text(alphabet="一二三四五您好", max_size=20))
def test_plain_leaves_han_characters_alone(text: str) -> None:
    assert plain(text) == text
