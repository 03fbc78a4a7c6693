"""Dates: what is a year, a month, a day, and what only looks like one."""

from __future__ import annotations

import calendar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asrcli.itn import Style, written
from asrcli.itn.dates import write_year
from tests.itn.test_numerals import ONES, speak


@given(st.dates())
def test_every_date(day: object) -> None:
    year, month, number = str(day).split("-")
    spoken = "".join(ONES[int(digit)] for digit in year)
    for suffix in "日号":
        text = f"{spoken}年{speak_day(int(month))}月{speak_day(int(number))}{suffix}"
        assert written(text) == f"{year}年{int(month)}月{int(number)}日"
        assert written(text, style=Style.ISO) == f"{year}-{month}-{number}"


def speak_day(value: int) -> str:
    """十五, not 一十五."""
    words = speak(value)
    return words.removeprefix("一") if 10 <= value < 20 else words


@pytest.mark.parametrize("month", range(1, 13))
def test_every_day_of_a_month(month: int) -> None:
    for day in range(1, calendar.monthrange(2024, month)[1] + 1):
        spoken = f"{speak_day(month)}月{speak_day(day)}号"
        assert written(f"会议在{spoken}开") == f"会议在{month}月{day}日开"


@pytest.mark.parametrize(
    ("words", "year"),
    [("二零二五", "2025"), ("九八", "98"), ("两千零八", "2008"), ("两千", "2000"), ("三百", None)],
)
def test_years(words: str, year: str | None) -> None:
    assert write_year(words) == year


@pytest.mark.parametrize(
    ("spoken", "expected"),
    [
        ("七八年", "七八年"),
        ("七八年出生", "78年出生"),
        ("七八年三月", "78年3月"),
        ("三四年", "三四年"),
        ("零三年", "03年"),
        ("三月十五", "3月15"),
        ("三月十五个人", "3月15个人"),
        ("三月五天", "3月5天"),
        ("十三月", "13月"),
        ("二月三十二号", "2月32号"),
        ("农历五月初五", "农历五月初五"),
        ("五月初五", "五月初五"),
        ("六月六号线", "6月6号线"),
        ("第三号", "第三号"),
        ("三月零五号", "3月5日"),
    ],
)
def test_what_is_no_whole_date(spoken: str, expected: str) -> None:
    assert written(spoken) == expected


def test_iso_leaves_what_has_no_day() -> None:
    assert written("二零二五年三月", style=Style.ISO) == "2025年3月"
    assert written("三月十五号", style=Style.ISO) == "03-15"
    assert written("十五号", style=Style.ISO) == "15号"
