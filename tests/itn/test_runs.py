"""Digits read out: one run stays one run, whatever they are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asrcli.itn import rewrite, written
from tests.itn.test_numerals import ONES

numbers = st.text("0123456789", min_size=4, max_size=18).filter(lambda run: run[0] == "1")


def read_out(run: str) -> str:
    return "".join(ONES[int(digit)] for digit in run).replace("一", "幺")


@given(numbers)
def test_every_run_is_one_edit(run: str) -> None:
    (edit,) = rewrite(f"号码是{read_out(run)}。")
    assert edit.text == run
    assert edit.end - edit.start == len(run)


@given(st.lists(st.integers(0, 255), min_size=3, max_size=5))
def test_every_chain(parts: list[int]) -> None:
    spoken = "点".join("".join(ONES[int(digit)] for digit in str(part)) for part in parts)
    assert written(f"地址是{spoken}") == f"地址是{'.'.join(map(str, parts))}"


@pytest.mark.parametrize(
    ("spoken", "expected"),
    [
        ("尾号三二五六一共三百", "尾号3256一共300"),
        ("编号零零七一个", "编号007一个"),
        ("三四五楼", "三四五楼"),
        ("三四", "三四"),
        ("尾号三四", "尾号34"),
        ("零五", "05"),
        ("孤零零", "孤零零"),
        ("京A八B二三五", "京A8B235"),
        ("五G和四K", "5G和4K"),
        ("重五 kg", "重5 kg"),
        ("A一座", "A1座"),
        ("QQ一下", "QQ一下"),
        ("iPhone 八", "iPhone 8"),
        ("iPhone 八个", "iPhone 八个"),
        ("APP 一共", "APP 一共"),
        ("八点九点十点", "8点9点10点"),
        ("一点一点地", "一点一点地"),
        ("七五折", "75折"),
        ("八零后", "80后"),
        ("三四折", "三四折"),
        ("幺", "幺"),
    ],
)
def test_runs_in_their_context(spoken: str, expected: str) -> None:
    assert written(spoken) == expected
