from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given

from asrcli.captions.atoms import Grain, atoms, occurrences
from asrcli.captions.style import display_cells
from asrcli.values import TimedSentence, Token
from tests.values_samples import speech, timed

LINE = 32


def texts(
    *sentences: TimedSentence, cells: int = LINE, grain: Grain = Grain.CHARACTERS
) -> list[str]:
    return [atom.text for atom in atoms(sentences, cells=cells, limit_ms=math.inf, grain=grain)]


@pytest.mark.parametrize(
    ("word", "text", "found"),
    [
        ("达摩院", "达摩院和达摩院", [(0, 3), (4, 7)]),
        ("app", "APP是app", [(0, 3), (4, 7)]),
        ("app", "apple", []),
        ("app", "snapp", []),
        ("5G网络", "用5g网络吧", [(1, 5)]),
        ("a.b", "axb a.b", [(4, 7)]),
        ("院", "", []),
    ],
)
def test_hotwords_are_found_as_words(word: str, text: str, found: list[tuple[int, int]]) -> None:
    assert occurrences(word, text) == found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("你好吗", ["你", "好", "吗"]),
        ("好，再见。", ["好，", "再", "见。"]),
        ("用hello吧", ["用", "hello", "吧"]),
        ("hello world", ["hello", "world"]),
        ("增长95.5%了", ["增", "长", "95.5%", "了"]),
        ("下午3:30到", ["下", "午", "3:30", "到"]),
        ("共1234元", ["共", "1234", "元"]),
        ("有350万人", ["有", "350万", "人"]),
        ("是1.35亿元", ["是", "1.35亿", "元"]),
        ("约2/3吧", ["约", "2/3", "吧"]),
        ("零下-5度", ["零", "下", "-5", "度"]),
        ("在192.168.1.1上", ["在", "192.168.1.1", "上"]),
        ("共三百二十七人", ["共", "三百二十七", "人"]),
        ("百分之九十五吧", ["百分之九十五", "吧"]),
        ("don't go", ["don't", "go"]),
        ("wi-fi好", ["wi-fi", "好"]),
        ("《书》好", ["《书》", "好"]),
        ("他说“好”了", ["他", "说", "“好”", "了"]),
        ("  好  吧 ", ["好", "吧"]),
    ],
)
def test_words_and_numbers_are_kept_whole(text: str, expected: list[str]) -> None:
    assert texts(timed(text)) == expected


def test_hotwords_are_kept_whole() -> None:
    made = timed("请达摩院看app store吧", hotwords=["达摩院", "App Store"])
    assert texts(made) == ["请", "达摩院", "看", "app store", "吧"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("请市场部的同事介绍情况", ["请", "市场部", "的", "同事", "介绍", "情况"]),
        ("用hello吧", ["用", "hello", "吧"]),
        ("共1234元现金。", ["共", "1234", "元", "现金。"]),
        ("明天，再见。", ["明天，", "再见。"]),
    ],
)
def test_words_of_the_dictionary_are_kept_whole(text: str, expected: list[str]) -> None:
    assert texts(timed(text), grain=Grain.WORDS) == expected


def test_a_word_of_the_dictionary_that_fits_no_line_may_be_broken() -> None:
    assert texts(timed("请中华人民共和国来"), grain=Grain.WORDS)[1] == "中华人民共和国"
    assert texts(timed("请中华人民共和国来"), cells=6, grain=Grain.WORDS)[1:3] == ["中", "华"]


def test_tokens_are_the_finest_grain() -> None:
    made = timed("请达摩院看13800app吧。", hotwords=["达摩院"])
    assert texts(made, grain=Grain.TOKENS) == [*"请达摩院看13800app", "吧。"]


def test_the_words_of_two_channels_are_taken_in_the_order_of_time() -> None:
    pair = [replace(timed("你好"), channel=0), replace(timed("对吗", start_ms=100), channel=1)]
    made = atoms(pair, cells=LINE, limit_ms=math.inf, grain=Grain.CHARACTERS)
    assert [(atom.channel, atom.text) for atom in made] == [
        (0, "你"), (1, "对"), (0, "好"), (1, "吗"),
    ]  # fmt: skip


def test_overlapping_hotwords_are_one() -> None:
    made = timed("去市场部门口", hotwords=["市场部", "部门口"])
    assert texts(made) == ["去", "市场部门口"]


def test_what_does_not_fit_a_line_falls_apart_into_tokens() -> None:
    made = timed("请市场部门来", hotwords=["市场部门"])
    assert texts(made, cells=8) == ["请", "市场部门", "来"]
    assert texts(made, cells=7) == [*"请市场部门来"]


def test_a_mark_that_is_not_shown_needs_no_room() -> None:
    made = timed("请市场部门，来", hotwords=["市场部门"])
    assert texts(made, cells=8) == ["请", "市场部门，", "来"]


def test_one_token_never_falls_apart() -> None:
    word = "incomprehensibilities"
    made = TimedSentence(0, 900, word, word, ((0, 1),) * len(word), (Token(word, 0, 900, 0.9),))
    assert texts(made, cells=8) == [word]


def test_characters_of_one_number_share_its_time() -> None:
    own = tuple(Token(c, 200 * k, 200 * k + 200, 0.9) for k, c in enumerate("三月十五号见"))
    made = TimedSentence(0, 1200, "三月十五号见", "3月15日见", ((0, 5),) * 5 + ((5, 6),), own)
    (date, meet) = atoms([made], cells=LINE, limit_ms=math.inf, grain=Grain.CHARACTERS)
    assert (date.text, date.start_ms, date.end_ms) == ("3月15日", 0, 1000)
    assert (meet.text, meet.start_ms, meet.end_ms) == ("见", 1000, 1200)


def test_characters_with_a_token_in_common_are_not_parted() -> None:
    own = tuple(Token(c, 200 * k, 200 * k + 200, 0.9) for k, c in enumerate("甲乙丙"))
    made = TimedSentence(0, 600, "甲乙丙", "子丑寅", ((0, 2), (1, 3), (2, 3)), own)
    assert texts(made) == ["子丑寅"]
    assert texts(made, cells=2) == ["子丑寅"]


def test_an_inserted_character_has_the_time_of_the_next_token() -> None:
    own = (Token("三", 0, 200, 0.9), Token("五", 300, 500, 0.9))
    made = TimedSentence(0, 500, "三五", "三 五", ((0, 1), (1, 1), (1, 2)), own)
    assert [
        (a.text, a.start_ms)
        for a in atoms([made], cells=LINE, limit_ms=math.inf, grain=Grain.CHARACTERS)
    ] == [
        ("三", 0),
        ("五", 300),
    ]


def test_what_starts_together_is_one_atom() -> None:
    own = (Token("你", 0, 100, 0.9), Token("好", 0, 100, 0.9), Token("吗", 100, 200, 0.9))
    made = TimedSentence(0, 200, "你好吗", "你好吗", ((0, 1), (1, 2), (2, 3)), own)
    assert texts(made) == ["你好", "吗"]


def test_nothing_starts_at_the_limit_or_after_it() -> None:
    made = timed("你好吗", each_ms=100)
    assert [a.text for a in atoms([made], cells=LINE, limit_ms=200, grain=Grain.CHARACTERS)] == [
        "你",
        "好吗",
    ]


def test_sentences_without_marks_are_told_apart_by_a_space() -> None:
    pair = atoms(
        [timed("好"), timed("对", start_ms=500)],
        cells=LINE,
        limit_ms=math.inf,
        grain=Grain.CHARACTERS,
    )
    assert [atom.gap for atom in pair] == [0, 1]
    pair = atoms(
        [timed("好。"), timed("对", start_ms=500)],
        cells=LINE,
        limit_ms=math.inf,
        grain=Grain.CHARACTERS,
    )
    assert [atom.gap for atom in pair] == [0, 0]


def test_breaks_cost_less_at_marks_and_pauses_than_inside_a_phrase() -> None:
    def cost(text: str) -> float:
        return atoms([timed(text)], cells=LINE, limit_ms=math.inf, grain=Grain.CHARACTERS)[
            0
        ].break_cost

    assert cost("好。对") < cost("好，对") < cost("好、对") < cost("好对") < cost("好的")
    assert cost("好对") < cost("5元") < cost("同事")
    own = (Token("好", 0, 200, 0.9), Token("对", 500, 700, 0.9))
    paused = TimedSentence(0, 700, "好对", "好对", ((0, 1), (1, 2)), own)
    assert atoms([paused], cells=LINE, limit_ms=math.inf, grain=Grain.CHARACTERS)[
        0
    ].break_cost < cost("好对")


def test_the_first_atom_of_a_sentence_is_known() -> None:
    made = atoms([timed("好对。"), timed("嗯好。", start_ms=900)], cells=LINE, limit_ms=math.inf)
    assert [(atom.text, atom.begins) for atom in made] == [
        ("好", True), ("对。", False), ("嗯", True), ("好。", False),
    ]  # fmt: skip


@given(speech())
def test_atoms_hold_the_text_in_order_of_time(sentences: tuple[TimedSentence, ...]) -> None:
    made = atoms(sentences, cells=LINE, limit_ms=math.inf, grain=Grain.CHARACTERS)
    written = "".join(sentence.written for sentence in sentences)
    assert "".join(atom.text for atom in made).replace(" ", "") == written.replace(" ", "")
    for before, after in pairwise(made):
        assert before.start_ms < after.start_ms
        assert before.end_ms <= after.start_ms
    for atom in made:
        assert atom.cells == display_cells(atom.text)
        assert atom.shown_cells == display_cells(atom.shown) > 0
        assert atom.text.startswith(atom.shown)
