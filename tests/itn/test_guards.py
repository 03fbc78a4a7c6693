"""Guarded phrases: found where they stand alone, never inside a number."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asrcli.itn.guards import GUARDS, compile_guards, read_phrases
from asrcli.itn.scan import rewrite, written


def guarded(text: str) -> list[str]:
    return [match[0] for match in GUARDS.finditer(text)]


def test_the_data_holds_each_phrase_once() -> None:
    sections = read_phrases()
    assert set(sections) == {"phrases", "figures"}
    phrases = [phrase for section in sections.values() for phrase in section]
    assert len(set(phrases)) == len(phrases) > 300


@pytest.mark.parametrize(("before", "after"), [("", ""), ("他说", "，好吗")])
def test_every_phrase_stays_a_word(before: str, after: str) -> None:
    phrases = read_phrases()["phrases"]
    assert [phrase for phrase in phrases if rewrite(f"{before}{phrase}{after}")] == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("一起", ["一起"]),
        ("二十一起案件", []),
        ("双十一", ["双十一"]),
        ("二百五", ["二百五"]),
        ("二百五十", []),
        ("二百五块", []),
        ("周三十点", ["周三"]),
        ("星期二十二月三号", ["星期二"]),
        ("每周三十块", []),
        ("三周三天", []),
        ("周一二三", ["周一二三"]),
        ("十分感谢", ["十分"]),
        ("十分钟", []),
        ("三点十分", []),
        ("满分是十分", []),
        ("一块走", ["一块"]),
        ("一块钱", []),
        ("二十一块", []),
        ("切成三块", ["三块"]),
        ("有一天", ["一天"]),
        ("还有一天", []),
        ("第二十一天", []),
        ("快一点", ["一点"]),
        ("今晚一点", []),
        ("八月十五", ["八月十五"]),
        ("八月十五号", []),
        ("两个三十一共", ["一共"]),
        ("万一", ["万一"]),
        ("三万一千", []),
        ("张三三点来", ["张三"]),
        ("两张三十元", []),
        ("今年三十岁", []),
        ("大年三十", ["大年三十"]),
        ("人数九十", []),
        ("数九寒天", ["数九"]),
        ("适合十岁", []),
        ("山东四十件", []),
        ("东四十条", ["东四十条"]),
        ("每周三天", []),
        ("每周三", ["周三"]),
        ("第十三行", []),
        ("一点到两点之间", []),
        ("两点之间线段最短", ["两点之间"]),
        ("二十大报告", ["二十大"]),
        ("二十大约", []),
        ("三年二班", ["三年二班"]),
        ("十三年二班", []),
        ("神舟五号", ["神舟五号"]),
        ("六号线", []),
        ("十月一日", []),
        ("日复一日", ["复一日"]),
    ],
)
def test_where_a_guard_begins_and_ends(text: str, found: list[str]) -> None:
    assert guarded(text) == found


@given(st.sets(st.text("一二三上下文", min_size=1, max_size=4), min_size=1, max_size=8))
def test_the_longest_of_many_phrases_is_found(phrases: set[str]) -> None:
    pattern = compile_guards(phrases)
    for phrase in phrases:
        match = pattern.match(phrase)
        assert match is not None
        assert match[0] == phrase


NEIGHBOURS = [
    line.split()
    for line in (Path(__file__).parent / "neighbours.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]
BEFORE = [word for side, *words in NEIGHBOURS for word in words if side == "before"]
AFTER = [word for side, *words in NEIGHBOURS for word in words if side == "after"]
NUMBERS = (
    *(("二十三个人", "23个人"), ("三十五岁", "35岁"), ("三十岁", "30岁"), ("四十件", "40件")),
    *(("六十六次", "66次"), ("九百九十元", "990元"), ("五百米", "500米"), ("七十天", "70天")),
    *(("十二月三号", "12月3日"), ("两万步", "2万步"), ("一百三十斤", "130斤"), ("十一台", "11台")),
)


@pytest.mark.parametrize("word", BEFORE)
def test_no_guard_begins_inside_a_word(word: str) -> None:
    for spoken, expected in NUMBERS:
        assert written(f"{word}{spoken}") == f"{word}{expected}"


@pytest.mark.parametrize("word", AFTER)
def test_no_word_behind_a_number_changes_it(word: str) -> None:
    for spoken, expected in NUMBERS:
        assert written(f"{spoken}{word}") == f"{expected}{word}"
    tails = (("三块五", "3块5"), ("一米七", "1米7"), ("三楼", "3楼"), ("下午三点半", "下午3:30"))
    for spoken, expected in tails:
        assert written(f"{spoken}{word}") == f"{expected}{word}"


def test_no_phrases_guard_nothing() -> None:
    assert compile_guards([]).search("一心一意") is None
