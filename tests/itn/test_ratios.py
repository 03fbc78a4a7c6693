"""Percent, fractions, signs, ranges and sums."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asrcli.itn import Edit, rewrite, written
from asrcli.itn.ratios import write_value
from tests.itn.test_dates import speak_day
from tests.itn.test_numerals import ONES

small = st.integers(1, 99)


@given(small, st.integers(0, 9))
def test_every_percentage(value: int, tenth: int) -> None:
    words = speak_day(value)
    assert written(f"百分之{words}") == f"{value}%"
    assert written(f"百分之{words}点{ONES[tenth]}") == f"{value}.{tenth}%"
    assert written(f"百分之{words}到百分之{words}") == f"{value}%到{value}%"


@given(small, st.integers(2, 99))
def test_every_fraction(top: int, bottom: int) -> None:
    assert written(f"{speak_day(bottom)}分之{speak_day(top)}") == f"{top}/{bottom}"


@given(small, small, st.sampled_from("到至"))
def test_every_range(low: int, high: int, to: str) -> None:
    spoken = f"{speak_day(low)}{to}{speak_day(high)}"
    for unit in ("天", "个人", "公里", "名", "岁", ""):
        assert written(spoken + unit) == f"{low}{to}{high}{unit}"


@given(small, small)
def test_sums(left: int, right: int) -> None:
    spoken = f"{speak_day(left)}加{speak_day(right)}等于{speak_day(left + right)}"
    assert written(spoken) == f"{left}加{right}等于{left + right}"


@given(small)
def test_signs(value: int) -> None:
    words = speak_day(value)
    assert written(f"零下{words}度") == f"-{value}度"
    assert written(f"负{words}") == f"-{value}"
    assert written(f"不分胜负{words}度") == f"不分胜负{value}度"


@pytest.mark.parametrize(
    ("words", "text"),
    [("三", "3"), ("三点五", "3.5"), ("二零二五", "2025"), ("三四", None), ("十几", None)],
)
def test_values(words: str, text: str | None) -> None:
    assert write_value(words) == text


@pytest.mark.parametrize(
    ("spoken", "expected"),
    [
        ("百分之百", "100%"),
        ("百分之几", "百分之几"),
        ("百分之三四十", "百分之三四十"),
        ("百分之三到五", "3%到5%"),
        ("百分之三到五个人", "3%到五个人"),
        ("百分百", "百分百"),
        ("三分之一到三分之二", "1/3到2/3"),
        ("万分之三", "3/10000"),
        ("两又三分之一", "2又1/3"),
        ("三到五百", "三到五百"),
        ("三到五万", "3到5万"),
        ("三到七八个", "三到七八个"),
        ("达到五个", "达到五个"),
        ("第三到第八", "第三到第八"),
        ("第九到第十二", "第九到第12"),
        ("八点到十点", "8点到10点"),
        ("三到五月", "3到5月"),
        ("三比二", "3比2"),
        ("不等于零", "不等于零"),
        ("正负五度", "正负5度"),
    ],
)
def test_relations_in_their_context(spoken: str, expected: str) -> None:
    assert written(spoken) == expected


def test_a_percentage_is_one_edit_because_its_parts_change_places() -> None:
    assert rewrite("增长百分之五") == (Edit(2, 6, "5%"),)
