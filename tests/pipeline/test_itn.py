"""The stage: every written character keeps its tokens, times never change."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asrcli.itn import Style, Wishes
from asrcli.pipeline.itn import normalise, wishes_of
from asrcli.values import HotwordSet, Sentence, SpeechSpan, Token
from tests.itn.table import EVERY_PAIR, PHRASES
from tests.itn.test_scan import WORDS

MARKS = "，。？、"
texts = st.lists(st.sampled_from(WORDS), min_size=1, max_size=12).map("".join)
pairs = st.sampled_from([spoken for spoken, _ in EVERY_PAIR])
styles = st.sampled_from(Style)


def sentence(text: str, *, characters_a_token: int = 1) -> Sentence:
    """A sentence of 100 ms tokens; a mark belongs to the token before it."""
    span = SpeechSpan(0, 0, 16 * 100 * (len(text) + 1))
    tokens: list[Token] = []
    origin: list[tuple[int, int]] = []
    for index, char in enumerate(text):
        if not tokens or (char not in MARKS and index % characters_a_token == 0):
            start = 100 * len(tokens)
            tokens.append(Token("", start, start + 100, 0.9))
        origin.append((len(tokens) - 1, len(tokens)))
    pieces = tuple((span, token) for token in tokens)
    return Sentence(pieces, text, tuple(origin), text, tuple(origin))


def tokens_of(result: Sentence, written: str) -> tuple[int, int]:
    """The range of tokens of a stretch of the written text."""
    start = result.written.index(written)
    ranges = result.written_map[start : start + len(written)]
    return ranges[0][0], ranges[-1][1]


def spoken_in_words(text: str) -> Sentence:
    """A sentence as the recogniser makes it: a token for each Chinese character and Latin word."""
    span = SpeechSpan(0, 0, 16 * 100 * (len(text) + 1))
    tokens: list[Token] = []
    origin: list[tuple[int, int]] = []
    for match in re.finditer(rf"[A-Za-z0-9']+|[{MARKS} ]|.", text):
        if not tokens or match[0] not in f"{MARKS} ":
            tokens.append(Token(match[0], 100 * len(tokens), 100 * len(tokens) + 100, 0.9))
        origin += [(len(tokens) - 1, len(tokens))] * len(match[0])
    pieces = tuple((span, token) for token in tokens)
    return Sentence(pieces, text, tuple(origin), text, tuple(origin))


def faults(result: Sentence) -> list[str]:
    """What is wrong with the map of a written text; nothing, if all is well."""
    found = []
    starts = [start for start, _ in result.written_map]
    ends = [end for _, end in result.written_map]
    if len(result.written_map) != len(result.written):
        found.append("not one range for each character")
    if starts != sorted(starts) or ends != sorted(ends):
        found.append("not monotone")
    if not all(0 <= start < end <= len(result.pieces) for start, end in result.written_map):
        found.append("an empty range or one outside")
    covered = {index for start, end in result.written_map for index in range(start, end)}
    if covered != set(range(len(result.pieces))):
        found.append("a token without a character")
    return found


@given(texts | pairs, styles, st.integers(1, 3))
def test_the_map_is_complete_and_monotone(text: str, style: Style, size: int) -> None:
    assert faults(normalise(sentence(text, characters_a_token=size), style=style)) == []


@given(st.lists(pairs | st.sampled_from(PHRASES), min_size=2, max_size=6), st.data(), styles)
def test_the_map_across_clauses(clauses: list[str], data: st.DataObject, style: Style) -> None:
    marks = [data.draw(st.sampled_from([*MARKS, "", " ok ", " iPhone "])) for _ in clauses]
    text = "".join(part for pair in zip(clauses, marks, strict=True) for part in pair)
    result = normalise(spoken_in_words(text), style=style)
    assert faults(result) == []
    assert [char for char in result.written if char in MARKS] == [c for c in text if c in MARKS]


@pytest.mark.parametrize("style", Style)
def test_the_map_of_every_pair(style: Style) -> None:
    for spoken, _ in EVERY_PAIR:
        for text in (spoken, f"好，{spoken}。", f"ok {spoken} ok"):
            result = normalise(spoken_in_words(text), style=style)
            assert faults(result) == [], text


def test_latin_words_are_tokens_of_their_own() -> None:
    result = normalise(spoken_in_words("用iPhone fifteen和twenty five percent的人。"))
    assert result.written == "用iPhone 15和25%的人。"
    assert tokens_of(result, "iPhone") == (1, 2)
    assert tokens_of(result, "15") == (2, 3)
    assert tokens_of(result, "25%") == (4, 7)
    assert tokens_of(result, "人。") == (8, 9)


def test_a_sentence_that_is_all_number() -> None:
    result = normalise(sentence("一千二百三十四"))
    assert (result.written, result.written_map) == ("1234", ((0, 7),) * 4)
    run = normalise(sentence("幺三八零零"))
    assert (run.written, run.written_map) == ("13800", tuple((n, n + 1) for n in range(5)))


@given(texts | pairs)
def test_nothing_else_changes(text: str) -> None:
    before = sentence(text)
    after = normalise(before)
    assert after.pieces == before.pieces
    assert (after.spoken, after.spoken_map) == (before.spoken, before.spoken_map)


@given(st.text("我们今天去看看吧，。 abc", min_size=1))
def test_without_numbers_the_map_is_kept(text: str) -> None:
    before = sentence(text)
    assert normalise(before) == before


def test_components_keep_their_own_tokens() -> None:
    result = normalise(sentence("今天是二零二五年三月十五号。"))
    assert result.written == "今天是2025年3月15日。"
    assert tokens_of(result, "2025") == (3, 7)
    assert [result.written_map[index] for index in range(3, 7)] == [(3, 4), (4, 5), (5, 6), (6, 7)]
    assert tokens_of(result, "3月") == (8, 10)
    assert tokens_of(result, "15") == (10, 12)
    assert tokens_of(result, "日。") == (12, 13)


def test_a_percentage_has_all_its_tokens() -> None:
    result = normalise(sentence("涨百分之五"))
    assert result.written == "涨5%"
    assert result.written_map == ((0, 1), (1, 5), (1, 5))


def test_a_number_has_the_tokens_of_its_words() -> None:
    result = normalise(sentence("有一千二百三十四元"))
    assert result.written == "有1234元"
    assert result.written_map == ((0, 1), *[(1, 8)] * 4, (8, 9))


@pytest.mark.parametrize(
    ("text", "expected"),
    [("嗯三个人", ((0, 2), (2, 3), (3, 4))), ("三嗯个人", ((0, 2), (2, 3), (3, 4)))],
)
def test_words_that_are_left_out_keep_their_tokens(
    text: str, expected: tuple[tuple[int, int], ...]
) -> None:
    result = normalise(sentence(text), wishes=Wishes(replace=(("嗯", ""),)))
    assert result.written == "三个人"
    assert result.written_map == expected


def test_a_sentence_can_be_left_out_whole() -> None:
    result = normalise(sentence("嗯"), wishes=Wishes(replace=(("嗯", ""),)))
    assert (result.written, result.written_map) == ("", ())


def test_styles_and_wishes_reach_the_grammar() -> None:
    spoken = sentence("下午三点半")
    assert normalise(spoken, style=Style.ISO).written == "15:30"
    assert normalise(spoken, wishes=Wishes(keep=("三点半",))).written == "下午三点半"


def test_an_empty_sentence() -> None:
    empty = Sentence((), "", (), "", ())
    assert normalise(empty) == empty


@pytest.mark.parametrize(
    ("hotword", "text", "expected"),
    [
        ("三点会", "三点会五点开", "三点会5点开"),
        ("十五号楼", "十五号楼和十六号楼", "十五号楼和16号楼"),
        ("三点", "十三点和三点", "13点和三点"),
        ("安捷", "安捷十五号", "安捷15号"),
    ],
)
def test_a_hotword_is_a_name(hotword: str, text: str, expected: str) -> None:
    wishes = wishes_of((), HotwordSet(((hotword, 1.0),)))
    assert normalise(sentence(text), wishes=wishes).written == expected


def test_a_hotword_without_a_number_costs_nothing() -> None:
    assert wishes_of((), HotwordSet((("安捷", 1.0),))) == Wishes()


def test_the_users_phrases_go_before_a_hotword() -> None:
    words = HotwordSet((("三点会", 1.0),))
    wishes = wishes_of(("replace: 三点会 => 3点例会", "keep: 五点"), words)
    assert normalise(sentence("三点会五点开"), wishes=wishes).written == "3点例会五点开"
