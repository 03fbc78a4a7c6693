"""Reading numerals: every well-formed quantity to its value, everything else refused."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asrcli.itn.edits import apply
from asrcli.itn.numerals import (
    NUM,
    QUANTITY,
    cardinal,
    digits,
    quantity_edits,
    write_cardinal,
    write_number,
)

ONES = "零一二三四五六七八九"


def speak_section(value: int) -> str:
    """1 to 9999 as everybody says it, written apart from the code under test."""
    words, gap = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = value // unit % 10
        if digit == 0:
            gap = bool(words)
            continue
        words += ("零" if gap else "") + ONES[digit] + name
        gap = False
    return words


def speak(value: int) -> str:
    """1 to 10**12 - 1."""
    words = ""
    for unit, name in ((10**8, "亿"), (10**4, "万"), (1, "")):
        section = value // unit % 10**4
        if section == 0:
            continue
        words += ("零" if words and section < 1000 else "") + speak_section(section) + name
    return words


@given(st.integers(1, 10**12 - 1))
def test_every_spoken_quantity_is_read(value: int) -> None:
    assert cardinal(speak(value)) == value


@given(st.integers(1, 10**12 - 1))
def test_what_is_written_has_the_same_value(value: int) -> None:
    text = write_cardinal(speak(value), value)
    number, unit = re.fullmatch(r"([0-9.]+)([万亿]?)", text).groups()  # type: ignore[union-attr]
    scale = {"": 1, "万": 10**4, "亿": 10**8}[unit]
    whole, _, fraction = number.partition(".")
    assert len(fraction) <= 2
    assert int(whole + fraction) * scale == value * 10 ** len(fraction)


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("零", 0),
        ("两", 2),
        ("十", 10),
        ("十五", 15),
        ("一百十五", 115),
        ("一百五", 150),
        ("三千五", 3500),
        ("一万二", 12000),
        ("一万零二", 10002),
        ("三亿五", 350_000_000),
        ("两千零八", 2008),
        ("一万两千", 12000),
        ("十二万亿", 12 * 10**12),
    ],
)
def test_colloquial_quantities(words: str, value: int) -> None:
    assert cardinal(words) == value


@pytest.mark.parametrize(
    "words",
    [
        *("", "百", "千万", "三四", "三四百", "十七八", "二三十", "一百二三", "二零二五", "幺"),
        *(
            "一十百",
            "三百零五十",
            "二十零五",
            "一千五十",
            "百八十",
            "五千五百五百",
            "零五",
            "三百零零五",
        ),
        *("一万万", "亿五", "万一", "三十万零", "一亿零零五"),
    ],
)
def test_no_exact_quantity(words: str) -> None:
    assert cardinal(words) is None


def test_digits_read_out() -> None:
    assert digits("幺三八零〇") == "13800"
    assert write_number("幺三八") == "138"
    assert write_number("零五") == "05"
    assert write_number("三四") is None
    assert write_number("二十") == "20"


@pytest.mark.parametrize(
    ("value", "words", "text"),
    [
        (3_500_000, "三百五十万", "350万"),
        (135_000_000, "一亿三千五百万", "1.35亿"),
        (100_500_000, "一亿零五十万", "100500000"),
        (12_345, "一万二千三百四十五", "12345"),
        (12 * 10**12, "十二万亿", "12万亿"),
        (10**10, "一百亿", "100亿"),
    ],
)
def test_large_numbers(value: int, words: str, text: str) -> None:
    assert write_cardinal(words, value) == text


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("三点一四", "3.14"),
        ("三点五亿", "3.5亿"),
        ("二百六十八点五", "268.5"),
        ("零点零零五", "0.005"),
        ("一零一点五", "101.5"),
        ("三四点五", None),
    ],
)
def test_decimals(words: str, text: str | None) -> None:
    match = re.match(QUANTITY, words)
    assert match is not None
    edits = quantity_edits(match)
    assert (None if edits is None else apply(words, edits)) == text


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("五千克", "五"),
        ("五千瓦", "五"),
        ("三千米", "三千"),
        ("三百两", "三百"),
        ("两百", "两百"),
        ("两个", "两"),
    ],
)
def test_where_a_numeral_ends(text: str, number: str) -> None:
    match = re.match(NUM, text)
    assert match is not None
    assert match[0] == number
