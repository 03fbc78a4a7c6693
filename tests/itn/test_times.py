"""Clock times and lengths of time, and the items that are counted with 点."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asrcli.itn import Style, written
from tests.itn.test_dates import speak_day
from tests.itn.test_numerals import ONES

hours = st.integers(2, 23)


def speak_minute(value: int) -> str:
    return f"零{ONES[value]}" if value < 10 else speak_day(value)


@given(hours, st.integers(1, 59))
def test_every_minute(hour: int, minute: int) -> None:
    spoken = f"{speak_day(hour)}点{speak_minute(minute)}分"
    assert written(spoken) == f"{hour}:{minute:02d}"
    assert written(f"我们{spoken}见") == f"我们{hour}:{minute:02d}见"
    assert written(spoken, style=Style.ISO) == f"{hour:02d}:{minute:02d}"


@given(hours, st.integers(10, 59), st.integers(1, 59))
def test_every_second(hour: int, minute: int, second: int) -> None:
    spoken = f"{speak_day(hour)}点{speak_day(minute)}分{speak_minute(second)}秒"
    assert written(spoken) == f"{hour}:{minute:02d}:{second:02d}"


@given(st.integers(1, 12), st.sampled_from(["下午", "早上", "晚上", "凌晨", "今晚", "上午"]))
def test_the_part_of_the_day_stays_a_word(hour: int, part: str) -> None:
    assert written(f"{part}{speak_day(hour)}点半") == f"{part}{hour}:30"
    assert written(f"{part}{speak_day(hour)}点") == f"{part}{hour}点"
    iso = written(f"{part}{speak_day(hour)}点半", style=Style.ISO)
    assert len(iso) == 5
    assert int(iso[:2]) % 12 == hour % 12


@pytest.mark.parametrize(
    ("spoken", "expected"),
    [
        ("三点", "3点"),
        ("一点", "一点"),
        ("明天一点", "明天1点"),
        ("十二点到一点半", "12点到1:30"),
        ("三点五", "3.5"),
        ("三点五分", "3:05"),
        ("打了三点五分", "打了3.5分"),
        ("三点五分钟", "3.5分钟"),
        ("三点五十", "3:50"),
        ("二十五点", "25点"),
        ("三点七十分", "3点70分"),
        ("一时半刻", "一时半刻"),
        ("十时三十分", "10:30"),
        ("他说了三点想法", "他说了三点想法"),
        ("以下两点", "以下两点"),
        ("还有三点钟的会", "还有3点钟的会"),
        ("分三点说明", "分三点说明"),
        ("三点过五分", "3:05"),
        ("平均三点五个人", "平均3.5个人"),
    ],
)
def test_hours_items_and_decimals(spoken: str, expected: str) -> None:
    assert written(spoken) == expected


@pytest.mark.parametrize("unit", ["分钟", "小时", "个小时", "天", "年", "个月", "秒", "个星期"])
def test_no_colon_in_a_length_of_time(unit: str) -> None:
    assert written(f"三{unit}零五秒") == f"3{unit}零5秒"
    assert written(f"二十{unit}") == f"20{unit}"
