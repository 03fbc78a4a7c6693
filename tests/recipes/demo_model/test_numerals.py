from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recipes.demo_model import numerals

if TYPE_CHECKING:
    from collections.abc import Callable

UNITS = {"十": 10, "百": 100, "千": 1000}


def value(spoken: str) -> int:
    """An independent reading of a spoken number."""
    total = section = digit = 0
    for char in spoken:
        if char in numerals.DIGITS:
            digit = numerals.DIGITS.index(char)
        elif char in UNITS:
            section += (digit or 1) * UNITS[char]
            digit = 0
        else:
            total = (total + section + digit) * {"万": 10**4, "亿": 10**8}[char]
            section = digit = 0
    return total + section + digit


@pytest.mark.parametrize(
    ("number", "spoken"),
    [
        (0, "零"),
        (10, "十"),
        (15, "十五"),
        (20, "二十"),
        (101, "一百零一"),
        (110, "一百一十"),
        (1001, "一千零一"),
        (10_015, "一万零一十五"),
        (20_300, "二万零三百"),
        (100_000, "十万"),
        (100_000_005, "一亿零五"),
    ],
)
def test_numbers_are_said_as_people_say_them(number: int, spoken: str) -> None:
    assert numerals.count(number) == spoken


@given(st.integers(0, 10**8 - 1))
def test_every_number_reads_back(number: int) -> None:
    assert value(numerals.count(number)) == number


@given(st.integers(0, 10**8 - 1))
def test_no_number_doubles_or_ends_in_zero(number: int) -> None:
    spoken = numerals.count(number)
    assert "零零" not in spoken
    assert spoken == "零" or not spoken.endswith("零")


def test_a_telephone_number_says_one_in_one_way_throughout() -> None:
    numbers = [numerals.telephone(random.Random(seed)) for seed in range(200)]
    assert all(not ("幺" in number and "一" in number) for number in numbers)
    assert any("幺" in number for number in numbers)
    assert any("一" in number for number in numbers)


def test_two_before_a_measure_word() -> None:
    counts = {numerals.quantity(random.Random(seed)) for seed in range(500)}
    assert "两" in counts
    assert "二" not in counts


@pytest.mark.parametrize(
    "make",
    [
        numerals.large,
        numerals.money,
        numerals.percent,
        numerals.day,
        numerals.year,
        numerals.full_date,
        numerals.clock,
        numerals.telephone,
        numerals.serial,
    ],
)
def test_every_maker_depends_on_its_seed_only(make: Callable[[random.Random], str]) -> None:
    first = [make(random.Random(seed)) for seed in range(50)]
    assert first == [make(random.Random(seed)) for seed in range(50)]
    assert len(set(first)) > 10
    assert all(text and all("一" <= char <= "鿿" for char in text) for text in first)
