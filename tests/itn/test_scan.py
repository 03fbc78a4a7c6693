"""The written style, held to a table of pairs, to guarded phrases and to what is always true."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asrcli.itn import Edit, Style, Wishes, rewrite, written
from asrcli.itn.numerals import NUMERALS
from tests.itn.table import EVERY_PAIR, PAIRS, PHRASES, accuracy, wrong

MARKS = "，。？、"
FRAMES = (("", ""), ("他说", "就好"), ("我觉得", "，对吧"), ("，", "。"), ("这是", "的"))


# What people say around numbers, so that made-up text meets the rules often.
WORDS = [
    *"零一二三四五六七八九十百千万亿两幺半点年月日号时分秒个块毛元角米斤度岁到至多几来第负比加等于",
    *("百分之", "分之", "小时", "分钟", "公里", "下午", "早上", "周三", "一共", "万一", "一点"),
    *("张三", "我们", "iPhone ", "A", "京A", "，", "。", " ", "2025", "3.5", "10:05", "%"),
]
texts = st.lists(st.sampled_from(WORDS), max_size=12).map("".join)
spoken_texts = st.lists(
    st.sampled_from([spoken for spoken, _ in EVERY_PAIR]), min_size=1, max_size=4
).map("，".join)


def test_the_table_is_broad() -> None:
    assert len(set(EVERY_PAIR)) == len(EVERY_PAIR) >= 400
    kinds = "dates times durations money large percent ranges counts measures runs guards"
    assert set(kinds.split()) <= set(PAIRS)
    assert all(len(PAIRS[kind]) >= 30 for kind in kinds.split())
    assert len(set(PHRASES)) == len(PHRASES) >= 400


@pytest.mark.parametrize("kind", PAIRS)
def test_every_pair_of_a_kind(kind: str) -> None:
    assert wrong(PAIRS[kind]) == []


def test_accuracy() -> None:
    failed = wrong(EVERY_PAIR)
    assert 1 - len(failed) / len(EVERY_PAIR) >= 0.99, failed


def test_accuracy_is_told_kind_by_kind() -> None:
    told = accuracy({"good": [("三点半", "3:30")], "bad": [("三点半", "3点半"), ("十五", "15")]})
    assert [line.split() for line in told.splitlines()] == [
        ["kind", "pairs", "right", "accuracy"],
        ["good", "1", "1", "100.00%"],
        ["bad", "2", "1", "50.00%"],
        ["all", "3", "2", "66.67%"],
        ["三点半:", "3:30,", "not", "3点半"],
    ]


@pytest.mark.parametrize(("before", "after"), FRAMES)
def test_guarded_phrases_stay_words(before: str, after: str) -> None:
    texts = [f"{before}{phrase}{after}" for phrase in PHRASES]
    assert [written(text) for text in texts if rewrite(text)] == []


def test_a_number_is_the_same_between_marks() -> None:
    assert wrong([(f"好的，{spoken}。", f"好的，{text}。") for spoken, text in EVERY_PAIR]) == []


@given(texts | spoken_texts)
def test_edits_are_ordered_disjoint_and_inside(text: str) -> None:
    position = 0
    for edit in rewrite(text):
        assert position <= edit.start < edit.end <= len(text)
        position = edit.end


@given(texts | spoken_texts)
def test_edits_touch_numbers_only(text: str) -> None:
    """Every edit takes at least one numeral or joins two; marks and Latin letters are left."""
    for edit in rewrite(text):
        taken = text[edit.start : edit.end]
        assert not set(taken) & set(MARKS + " ")
        assert not any(char.isascii() for char in taken)
        assert set(taken) & set(NUMERALS + "点号分秒又半刻过年月时")


@given(texts | spoken_texts)
def test_written_text_is_left_alone(text: str) -> None:
    once = written(text)
    assert written(once) == once


@given(st.text(alphabet="0123456789.,:%-年月日号点元 aZ我", max_size=20))
def test_digits_pass_through(text: str) -> None:
    assert rewrite(text) == ()


@given(st.text(max_size=30))
def test_any_text_can_be_read(text: str) -> None:
    if not set(text) & set(NUMERALS):
        assert rewrite(text) == ()
    else:
        written(text)


@given(spoken_texts, spoken_texts)
def test_a_mark_ends_every_number(left: str, right: str) -> None:
    assert written(f"{left}。{right}") == f"{written(left)}。{written(right)}"


def test_components_are_edits_of_their_own() -> None:
    assert rewrite("二零二五年三月十五号") == (
        Edit(0, 4, "2025"),
        Edit(5, 6, "3"),
        Edit(7, 9, "15"),
        Edit(9, 10, "日"),
    )


def test_text_without_a_numeral_has_no_edits() -> None:
    assert rewrite("") == ()
    assert rewrite("这个东西很好") == ()


@pytest.mark.parametrize(
    ("spoken", "expected"),
    [
        ("二零二五年三月十五号", "2025-03-15"),
        ("二零二五年三月五日", "2025-03-05"),
        ("下午三点半", "15:30"),
        ("早上九点", "09:00"),
        ("晚上十二点", "00:00"),
        ("十点零五分", "10:05"),
        ("三点四十五分二十秒", "03:45:20"),
        ("一千二百三十四元", "¥1234"),
        ("两万八千块钱", "¥28000"),
        ("三点五亿元", "¥3.5亿"),
        ("中午十二点半", "12:30"),
        ("二零二五年三月十五号下午三点半", "2025-03-15 15:30"),
        ("三月五号三点", "03-05 03:00"),
        ("三点钟", "03:00"),
        ("今天下午三点多", "今天下午3点多"),
        ("三块五毛二", "¥3.52"),
        ("一百二十三块四毛五分", "¥123.45"),
        ("三块五毛钱", "¥3.5"),
        ("三块五一斤", "¥3.5一斤"),
        ("三十块一斤", "¥30一斤"),
        ("三块五个", "¥3五个"),
        ("凌晨两点", "02:00"),
        ("晚上十一点一刻", "23:15"),
        ("中午一点", "13:00"),
        ("我们下午三点到五点半开会", "我们15:00到17:30开会"),
        ("上午九点半到十一点", "09:30到11:00"),
        ("三个人", "三个人"),
        ("百分之五", "5%"),
    ],
)
def test_iso_style(spoken: str, expected: str) -> None:
    got = written(spoken, style=Style.ISO)
    assert got == expected
    assert written(got, style=Style.ISO) == got


def test_a_phrase_may_be_left_out_in_either_style() -> None:
    wishes = Wishes(replace=(("嗯", ""),))
    assert written("三月五号嗯三点", style=Style.ISO, wishes=wishes) == "03-05 03:00"
    assert written("三月五号嗯三点", wishes=wishes) == "3月5日3点"


def test_the_users_list_wins_over_rules_and_guards() -> None:
    wishes = Wishes(keep=("三点",), replace=(("三点半会", "3:30会"), ("张三", "Zhang 3")))
    assert written("三点半会在三点，张三来", wishes=wishes) == "3:30会在三点，Zhang 3来"
    assert written("没有数字", wishes=wishes) == "没有数字"
    assert written("十五号三点", wishes=wishes) == "15号三点"
