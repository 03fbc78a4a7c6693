"""English numbers among Chinese words: digits where they can be nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asrcli.itn import rewrite, written

ONES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
TEENS = (
    *("ten", "eleven", "twelve", "thirteen", "fourteen"),
    *("fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")


def speak(value: int, joint: str = " ") -> str:
    for scale, word in ((1000, "thousand"), (100, "hundred")):
        if value >= scale:
            high, low = divmod(value, scale)
            rest = f"{joint}{speak(low, joint)}" if low else ""
            return f"{speak(high, joint)} {word}{rest}"
    if value < 20:
        return (*ONES, *TEENS)[value]
    return TENS[value // 10 - 2] + (f" {ONES[value % 10]}" if value % 10 else "")


@given(st.integers(21, 999_999).filter(lambda value: " " in speak(value)))
def test_every_number_of_several_words(value: int) -> None:
    assert written(f"一共{speak(value)}个user") == f"一共{value}个user"
    assert written(speak(value, " and ")).replace(" and ", "") == str(value)


@given(st.integers(0, 100), st.text("0123456789", min_size=1, max_size=4))
def test_every_decimal_and_percentage(whole: int, fraction: str) -> None:
    tail = " ".join(ONES[int(digit)] for digit in fraction)
    assert written(f"大概{speak(whole)} percent") == f"大概{whole}%"
    assert written(f"version {speak(whole)} point {tail}。") == f"version {whole}.{fraction}。"


@given(st.text("0123456789", min_size=4, max_size=12))
def test_every_run_of_digits(run: str) -> None:
    words = " ".join(ONES[int(digit)] for digit in run)
    assert written(f"PIN是{words}吗") == f"PIN是{run}吗"


@pytest.mark.parametrize(
    ("spoken", "expected"),
    [
        ("iPhone fifteen pro", "iPhone 15 pro"),
        ("升级到Windows ten了", "升级到Windows 10了"),
        ("version two", "version 2"),
        ("Version One point zero point three", "Version 1.0.3"),
        ("我在seven eleven买的", "我在seven eleven买的"),
        ("one plus手机", "one plus手机"),
        ("give me five", "give me five"),
        ("one two three开始", "one two three开始"),
        ("我喜欢seventeen的歌", "我喜欢seventeen的歌"),
        ("nineteen eighty four这本书", "1984这本书"),
        ("twenty twenty five的目标", "2025的目标"),
        ("five percent的人", "5%的人"),
        ("one hundred percent", "100%"),
        ("two hundred and five", "205"),
        ("five and six", "five and six"),
        ("twenty five and thirty six", "25 and 36"),
        ("attention和someone和tense", "attention和someone和tense"),
        ("two-factor认证", "two-factor认证"),
        ("twenty hundred", "2000"),
        ("hundred days", "hundred days"),
        ("ten twenty", "ten twenty"),
        ("三百个user和two hundred个admin", "300个user和200个admin"),
    ],
)
def test_words_in_their_context(spoken: str, expected: str) -> None:
    assert written(spoken) == expected


def test_edits_of_both_languages_are_in_order() -> None:
    edits = rewrite("two hundred个和三百个还有twenty five个和十五个")
    assert [edit.text for edit in edits] == ["200", "300", "25", "15"]
    assert [edit.start for edit in edits] == sorted(edit.start for edit in edits)
