"""Money, measures, places, ordinals and counts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asrcli.itn import Style, written
from tests.itn.test_dates import speak_day
from tests.itn.test_numerals import ONES

amounts = st.integers(10, 9999).map(lambda value: (value, speak_day(value)))
digits = st.integers(1, 9)


@given(amounts, digits)
def test_every_price(amount: tuple[int, str], jiao: int) -> None:
    value, words = amount
    assert written(f"{words}元") == f"{value}元"
    assert written(f"{words}元", style=Style.ISO) == f"¥{value}"
    assert written(f"要{words}块{ONES[jiao]}") == f"要{value}块{jiao}"
    assert written(f"{words}块{ONES[jiao]}毛钱") == f"{value}块{jiao}毛钱"


@given(amounts, digits)
def test_every_decimal(amount: tuple[int, str], tenth: int) -> None:
    value, words = amount
    assert written(f"{words}点{ONES[tenth]}公斤") == f"{value}.{tenth}公斤"


@given(st.integers(1, 2), st.integers(1, 9), st.integers(0, 9))
def test_every_height(metres: int, tenth: int, hundredth: int) -> None:
    tail = ONES[tenth] + (ONES[hundredth] if hundredth else "")
    expected = f"{metres}米{tenth}{hundredth or ''}"
    assert written(f"身高{ONES[metres]}米{tail}") == f"身高{expected}"


@given(st.integers(1, 999))
def test_ordinals(value: int) -> None:
    words = speak_day(value)
    assert written(f"第{words}章") == (f"第{words}章" if value < 10 else f"第{value}章")


@given(st.integers(1, 40), st.integers(1, 9), st.integers(101, 999).filter(lambda n: n % 10))
def test_every_address(block: int, unit: int, room: int) -> None:
    spoken_room = "".join(ONES[int(digit)] for digit in str(room))
    spoken = f"{speak_day(block)}号楼{ONES[unit]}单元{spoken_room}室"
    assert written(spoken) == f"{block}号楼{unit}单元{room}室"


@pytest.mark.parametrize(
    ("spoken", "expected"),
    [
        ("三块五毛二", "3块5毛2"),
        ("十块零五毛", "10块零5毛"),
        ("三块五一斤", "3块5一斤"),
        ("三十块一斤", "30块一斤"),
        ("一斤三十块", "1斤30块"),
        ("三百块一天", "300块一天"),
        ("二十一天", "21天"),
        ("五百零一个", "501个"),
        ("三千一个月", "3000一个月"),
        ("两块五个", "2块五个"),
        ("三百两银子", "300两银子"),
        ("二两酒", "2两酒"),
        ("三两个", "三两个"),
        ("五斤八两", "5斤8两"),
        ("三十七度五左右", "37度5左右"),
        ("三度空间", "三度空间"),
        ("地下三层", "地下3层"),
        ("三层蛋糕", "三层蛋糕"),
        ("一栋楼", "一栋楼"),
        ("一栋二零一", "1栋201"),
        ("两室两厅一卫一厨", "2室2厅1卫1厨"),
        ("十来岁", "十来岁"),
        ("一千来个", "一千来个"),
        ("人数十人", "人数10人"),
        ("数十人", "数十人"),
        ("三百多万元", "300多万元"),
        ("十", "10"),
        ("合十", "合十"),
    ],
)
def test_amounts_in_their_context(spoken: str, expected: str) -> None:
    assert written(spoken) == expected
