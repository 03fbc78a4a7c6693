"""Cutting loses nothing but spaces, and a word stays whole."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asrcli.evaluate.units import Unit, shown, tokens


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("我用iPhone15打 电话", ["我", "用", "iPhone15", "打", "电", "话"]),
        ("hello world", ["hello", "world"]),
        ("下午3:30，25.3%。", ["下", "午", "3:30", "，", "25.3%", "。"]),
        ("don't stop", ["don't", "stop"]),
        ("'quoted' -5 a-b", ["'", "quoted", "'", "-5", "a", "-", "b"]),
        ("yes,no 1,000", ["yes", ",", "no", "1,000"]),
        ("ひらカナ", ["ひ", "ら", "カ", "ナ"]),
        ("𠮷野〇々", ["𠮷", "野", "〇", "々"]),
        ("안녕 세계", ["안녕", "세계"]),
        ("naïve café", ["naïve", "café"]),
    ],
)
def test_mixed_text(text: str, expected: list[str]) -> None:
    assert list(tokens(text, Unit.MIXED)) == expected


@pytest.mark.parametrize(
    ("text", "spaces", "expected"),
    [
        ("我用 ok", False, ["我", "用", "o", "k"]),
        ("我用 \n ok", True, ["我", "用", " ", "o", "k"]),
        ("", True, []),
    ],
)
def test_characters(text: str, spaces: bool, expected: list[str]) -> None:
    assert list(tokens(text, Unit.CHAR, spaces=spaces)) == expected


def test_words() -> None:
    assert tokens(" 我们  用 iPhone 15 ", Unit.WORD) == ("我们", "用", "iPhone", "15")


@given(st.text(max_size=30), st.sampled_from(Unit))
def test_nothing_is_lost_but_spaces(text: str, unit: Unit) -> None:
    found = tokens(text, unit)
    assert "".join(found) == "".join(text.split())
    assert all(found)


@given(st.text(alphabet="您好订单号", max_size=20))
def test_chinese_is_the_same_in_characters_and_mixed(text: str) -> None:
    assert tokens(text, Unit.MIXED) == tokens(text, Unit.CHAR)


def test_every_unit_has_a_rate_and_a_meaning() -> None:
    assert [unit.rate for unit in Unit] == ["MER", "CER", "WER"]
    assert len({unit.meaning for unit in Unit}) == len(Unit)


def test_a_space_can_be_seen() -> None:
    assert (shown(" "), shown("好"), shown("")) == ("␣", "好", "")
