"""One word and one weight at a time: what they become, or why they are refused."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asrcli.hotwords.rules import (
    HIGHEST_WEIGHT,
    LONGEST_WORD,
    NEUTRAL_WEIGHT,
    SHORTEST_WORD,
    Unusable,
    checked_text,
    checked_weight,
)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("　达摩院 ", "达摩院"),
        ("Ｈ２００", "H200"),
        ("5G", "5G"),
        ("C++", "C++"),
        ("A B", "A B"),
        ("㍿", "株式会社"),
    ],
)
def test_good_words(raw: str, expected: str) -> None:
    assert checked_text(raw) == expected


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("搭", "single character"),
        ("a", "single character"),
        ("", "empty"),
        ("。。", "no letter"),
        ("达 摩", "blank is inside"),
        ("达\n摩", "control"),
        ("达摩=>院", "arrow"),
        ("达摩＝＞院", "arrow"),
        ("摩" * (LONGEST_WORD + 1), "longer"),
        (None, "not a word"),
        (5, "not a word"),
    ],
)
def test_bad_words(raw: object, reason: str) -> None:
    with pytest.raises(Unusable, match=reason):
        checked_text(raw)


@given(st.text(max_size=LONGEST_WORD + 20))
def test_what_is_used_is_clean_and_stays_so(raw: str) -> None:
    try:
        text = checked_text(raw)
    except Unusable as reason:
        assert str(reason).isprintable()
        return
    assert SHORTEST_WORD <= len(text) <= LONGEST_WORD
    assert text.isprintable()
    assert unicodedata.normalize("NFKC", text) == text
    assert checked_text(text) == text


def test_weights() -> None:
    assert checked_weight(None) == NEUTRAL_WEIGHT
    assert checked_weight("2.5") == 2.5
    assert checked_weight(HIGHEST_WEIGHT) == HIGHEST_WEIGHT


@pytest.mark.parametrize("raw", ["", "x", "两", True, [1], float("nan")])
def test_what_is_no_number(raw: object) -> None:
    with pytest.raises(Unusable, match="not a number"):
        checked_weight(raw)


@pytest.mark.parametrize("raw", [0, -1, "1e-400", 100.1, "inf", float("-inf")])
def test_weights_out_of_range(raw: object) -> None:
    with pytest.raises(Unusable, match="not above 0"):
        checked_weight(raw)
