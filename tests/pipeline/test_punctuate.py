from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asrcli.errors import RecordingError
from asrcli.pipeline.punctuate import MAX_CHARACTERS, punctuate
from asrcli.values import HotwordSet, ModelInfo, Token
from tests.values_samples import decoded, decoded_spans, tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asrcli.values import Decoded, Sentence

MARK = re.compile("[，。？、]")


class Scripted:
    """A punctuator that gives the marks it was made with, and keeps what it was asked."""

    info = ModelInfo("punc", "scripted", "")

    def __init__(self, marks: Sequence[str]) -> None:
        self.given = tuple(marks)
        self.asked: list[tuple[str, ...]] = []

    def marks(self, words: Sequence[str]) -> tuple[str, ...]:
        self.asked.append(tuple(words))
        return self.given


def spoken(sentences: Sequence[Sentence]) -> list[str]:
    return [sentence.spoken for sentence in sentences]


def with_pauses(*parts: str | int) -> tuple[Token, ...]:
    """Characters of 200 ms each; a number is a pause in milliseconds."""
    own: list[Token] = []
    at = 0
    for part in parts:
        if isinstance(part, int):
            at += part
            continue
        own += tokens(part, start_ms=at)
        at += 200 * len(part)
    return tuple(own)


def assert_sound(sentences: Sequence[Sentence], spans: Sequence[Decoded]) -> None:
    """Invariant f and the rules of `TextMap`."""
    pieces = [piece for sentence in sentences for piece in sentence.pieces]
    assert pieces == [(item.span, token) for item in spans for token in item.tokens]
    for sentence in sentences:
        assert sentence.pieces
        assert sentence.written == sentence.spoken
        assert sentence.written_map == sentence.spoken_map
        assert len(sentence.spoken) == len(sentence.spoken_map)
        for before, after in pairwise(sentence.spoken_map):
            assert before[0] <= after[0]
            assert before[1] <= after[1]
        assert all(0 <= low < high <= len(sentence.pieces) for low, high in sentence.spoken_map)
        for index, (_, token) in enumerate(sentence.pieces):
            own = [
                character
                for character, origin in zip(sentence.spoken, sentence.spoken_map, strict=True)
                if origin == (index, index + 1)
            ]
            assert "".join(own[: len(token.text)]) == token.text
            assert all(character in "，。？、 " for character in own[len(token.text) :])


@given(decoded_spans())
def test_every_token_is_kept_without_a_model(spans: tuple[Decoded, ...]) -> None:
    assert_sound(punctuate(spans, None), spans)


@given(decoded_spans(lawful=False), st.data())
def test_every_token_is_kept_with_a_model(spans: tuple[Decoded, ...], data: st.DataObject) -> None:
    count = sum(len(item.tokens) for item in spans)
    marks = data.draw(
        st.lists(st.sampled_from(["", "，", "。", "？", "、"]), min_size=count, max_size=count)
    )
    sentences = punctuate(spans, Scripted(marks))
    assert_sound(sentences, spans)
    for sentence in sentences:
        assert sentence.spoken[-1] in "。？"


def test_no_words_make_no_sentence_and_ask_no_model() -> None:
    model = Scripted([])
    assert punctuate([], model) == ()
    assert punctuate([decoded(0, 0, ())], model) == ()
    assert model.asked == []


# With a punctuator


def test_a_sentence_ends_at_a_full_stop_or_question_mark() -> None:
    model = Scripted(["", "，", "", "。", "", "？", "", "。"])
    spans = [decoded(0, 0, tokens("你好大家")), decoded(1, 5000, tokens("好吗谢谢"))]
    assert spoken(punctuate(spans, model)) == ["你好，大家。", "好吗？", "谢谢。"]
    assert model.asked == [tuple("你好大家好吗谢谢")]


def test_a_pause_between_spans_alone_ends_no_sentence_of_a_model() -> None:
    spans = [decoded(0, 0, tokens("今天")), decoded(1, 9000, tokens("很好"))]
    (sentence,) = punctuate(spans, Scripted(["", "", "", "。"]))
    assert sentence.spoken == "今天很好。"
    assert [span.index for span, _ in sentence.pieces] == [0, 0, 1, 1]


@pytest.mark.parametrize("last", ["", "，", "、"])
def test_what_follows_the_last_full_stop_is_a_sentence(last: str) -> None:
    spans = [decoded(0, 0, tokens("好的再见"))]
    assert spoken(punctuate(spans, Scripted(["", "。", "", last]))) == ["好的。", "再见。"]


def test_a_model_that_miscounts_is_refused() -> None:
    with pytest.raises(RecordingError, match="gave 1 marks for 2 words; run again with --punc"):
        punctuate([decoded(0, 0, tokens("你好"))], Scripted(["。"]))


# Without


def test_sentences_end_at_pauses_between_spans() -> None:
    spans = [decoded(0, 0, tokens("大家好")), decoded(1, 2000, tokens("谢谢"))]
    assert spoken(punctuate(spans, None)) == ["大家好。", "谢谢。"]


def test_a_sentence_that_ends_in_the_question_particle_is_a_question() -> None:
    texts = ("有优惠吗", "吗是语气词", "还没呢")
    spans = [decoded(at, 4000 * at, tokens(text)) for at, text in enumerate(texts)]
    assert spoken(punctuate(spans, None)) == ["有优惠吗？", "吗是语气词。", "还没呢。"]


def test_a_forced_cut_ends_no_sentence() -> None:
    spans = [
        decoded(0, 0, tokens("我们今"), forced_cut=True),
        decoded(1, 700, tokens("天开会")),
        decoded(2, 3000, tokens("好")),
    ]
    assert spoken(punctuate(spans, None)) == ["我们今天开会。", "好。"]


def test_a_blank_span_after_a_forced_cut_ends_the_sentence() -> None:
    spans = [
        decoded(0, 0, tokens("我们"), forced_cut=True),
        decoded(1, 500, ()),
        decoded(2, 3000, tokens("好")),
    ]
    assert spoken(punctuate(spans, None)) == ["我们。", "好。"]


def test_a_clear_pause_inside_a_span_is_a_comma() -> None:
    spans = [decoded(0, 0, with_pauses("今天天气", 300, "不错", 299, "对吧"))]
    assert spoken(punctuate(spans, None)) == ["今天天气，不错对吧。"]


def test_a_pause_over_a_forced_cut_counts_from_token_to_token() -> None:
    spans = [
        decoded(0, 1000, tokens("今天"), forced_cut=True),
        decoded(1, 1500, tokens("很好", start_ms=200)),
    ]
    assert spoken(punctuate(spans, None)) == ["今天，很好。"]
    spans[1] = decoded(1, 1500, tokens("很好", start_ms=199))
    assert spoken(punctuate(spans, None)) == ["今天很好。"]


def test_a_long_sentence_breaks_at_its_longest_pauses() -> None:
    own = with_pauses("一" * 0 + "我" * 30, 150, "你" * 20, 250, "他" * 35)
    assert spoken(punctuate([decoded(0, 0, own)], None)) == [
        "我" * 30 + "。",
        "你" * 20 + "。",
        "他" * 35 + "。",
    ]


def test_a_short_sentence_is_not_broken() -> None:
    own = with_pauses("我" * 20, 250, "你" * (MAX_CHARACTERS - 20))
    assert len(punctuate([decoded(0, 0, own)], None)) == 1
    assert len(punctuate([decoded(0, 0, own)], None, max_characters=MAX_CHARACTERS - 1)) == 2


def test_of_equal_pauses_the_middle_one_breaks() -> None:
    own = with_pauses("我" * 10, 200, "你" * 10, 200, "他" * 10, 200, "她" * 11)
    assert [len(text) for text in spoken(punctuate([decoded(0, 0, own)], None))] == [21, 22]


def test_speech_without_a_pause_is_endured_for_a_while() -> None:
    own = with_pauses("我" * 30, 99, "你" * 30)
    assert len(punctuate([decoded(0, 0, own)], None)) == 1


def test_endless_speech_breaks_between_two_words() -> None:
    phrase = "市场部的同事介绍情况"
    texts = spoken(punctuate([decoded(0, 0, tokens(phrase * 30))], None))
    assert len(texts) > 1
    for text in texts:
        assert len(text) <= 2 * MAX_CHARACTERS + 1
        assert text.startswith(("市场部", "的", "同事", "介绍", "情况"))
        assert text.rstrip("。").endswith(("市场部", "的", "同事", "介绍", "情况"))


def test_endless_digits_stay_one_number() -> None:
    assert len(punctuate([decoded(0, 0, tokens("幺三八" * 100))], None)) == 1


@given(
    st.lists(st.sampled_from(["我们", "讨论", "达摩院", "一千二", "市场部"]), min_size=60),
    st.data(),
)
def test_no_sentence_is_longer_than_is_endured(parts: list[str], data: st.DataObject) -> None:
    own = with_pauses(*[p for part in parts for p in (part, data.draw(st.integers(0, 350)))])
    words = HotwordSet((("达摩院", 1.0), ("市场部", 1.0)))
    limit = data.draw(st.integers(8, 60))
    made = spoken(punctuate([decoded(0, 0, own)], None, max_characters=limit, hotwords=words))
    longest_number = 3 * max(len(run) for run in "".join(parts).split("我"))
    assert max(len(MARK.sub("", text)) for text in made) <= max(2 * limit, longest_number)
    joined = "|".join(MARK.sub("", text) for text in made)
    for word in ("达摩院", "市场部"):
        assert joined.count(word) == "".join(parts).count(word)


HOTWORDS = HotwordSet((("达摩院", 1.0), ("App Store", 2.0), ("院达", 1.0)))


@pytest.mark.parametrize("pause_ms", [300, 900, 2000])
def test_no_mark_stands_inside_a_hotword(pause_ms: int) -> None:
    own = with_pauses("请达", pause_ms, "摩", pause_ms, "院来")
    (text,) = spoken(punctuate([decoded(0, 0, own)], None, hotwords=HOTWORDS, max_characters=3))
    assert "达摩院" in text
    assert "达摩院" not in spoken(punctuate([decoded(0, 0, own)], None))[0]


def test_a_hotword_of_several_words_is_not_parted() -> None:
    own = (Token("app", 0, 300, 1.0), Token("store", 700, 1000, 1.0), Token("好", 1500, 1700, 1.0))
    (text,) = spoken(punctuate([decoded(0, 0, own)], None, hotwords=HOTWORDS))
    assert text == "app store，好。"


def test_a_hotword_goes_on_over_the_end_of_a_span_as_far_as_a_number_does() -> None:
    def over(pause_ms: int) -> list[str]:
        spans = [decoded(0, 0, tokens("请达摩")), decoded(1, 600 + pause_ms, tokens("院来"))]
        return spoken(punctuate(spans, None, hotwords=HOTWORDS))

    assert over(1500) == ["请达摩院来。"]
    assert over(2500) == ["请达摩。", "院来。"]


def test_a_model_may_not_part_a_hotword_either() -> None:
    marks = ["", "，", "。", "，", "。"]
    (text,) = spoken(
        punctuate([decoded(0, 0, tokens("请达摩院来"))], Scripted(marks), hotwords=HOTWORDS)
    )
    assert text == "请达摩院，来。"


def test_thousands_of_hotwords_are_looked_for_quickly() -> None:
    words = HotwordSet(tuple((f"词语{k}", 1.0) for k in range(20_000)))
    assert len(punctuate([decoded(0, 0, tokens("我们" * 10))], None, hotwords=words)) == 1


NUMBERS = ["一千二百三十四", "幺三八零零", "三点一四", "百分之九十五", "两万"]


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("pause_ms", [300, 700])
def test_no_mark_stands_inside_a_number(number: str, pause_ms: int) -> None:
    parts = [part for character in number for part in (character, pause_ms)]
    own = with_pauses("共", *parts, "元")
    text = spoken(punctuate([decoded(0, 0, own)], None, max_characters=3))
    assert any(number in one for one in text)


def test_a_long_sentence_is_not_broken_inside_a_number() -> None:
    own = with_pauses("我" * 30, 110, "幺三八", 290, "零零幺三八零零零")
    assert spoken(punctuate([decoded(0, 0, own)], None))[-1] == "幺三八零零幺三八零零零。"


def test_a_number_dictated_in_groups_is_one_sentence() -> None:
    def dictated(pause_ms: int, *groups: str) -> list[str]:
        spans, at = [], 0
        for index, group in enumerate(groups):
            spans.append(decoded(index, at, tokens(group)))
            at += 200 * len(group) + pause_ms
        return spoken(punctuate(spans, None))

    assert dictated(900, "电话幺三八", "零零幺三", "八零零零") == ["电话幺三八零零幺三八零零零。"]
    assert dictated(2001, "电话幺三八", "零零幺三") == ["电话幺三八。", "零零幺三。"]
    # A single digit on one side may as well be two things that are counted.
    assert dictated(900, "他是第一", "三四个人来了") == ["他是第一。", "三四个人来了。"]
    assert dictated(900, "一共二十", "三十人来了") == ["一共二十。", "三十人来了。"]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["打", "开", "hello", "world", "吧"], "打开hello world吧。"),
        (["a", "p", "p", "闪", "退"], "app闪退。"),
        (["a", "p", "p", "store"], "app store。"),
        (["用", "5", "g", "网"], "用5g网。"),
        (["iphone", "1", "5"], "iphone 15。"),
        (["café", "latte"], "café latte。"),
        (["don't", "go"], "don't go。"),
    ],
)
def test_spaces_stand_between_latin_words_only(texts: list[str], expected: str) -> None:
    (sentence,) = punctuate([decoded(0, 0, tokens(texts))], None)
    assert sentence.spoken == expected


def test_a_spelled_word_is_not_cut_by_a_pause() -> None:
    own = with_pauses("用", 400, "a", 400, "p", 400, "p")
    assert spoken(punctuate([decoded(0, 0, own)], None)) == ["用，app。"]


def test_a_mark_replaces_the_space_between_words() -> None:
    own = (Token("hello", 0, 300, 1.0), Token("world", 700, 1000, 1.0))
    assert spoken(punctuate([decoded(0, 0, own)], None)) == ["hello，world。"]


def test_a_space_and_a_mark_come_from_the_token_before() -> None:
    (sentence,) = punctuate([decoded(0, 0, tokens(["ok", "go", "了"]))], None)
    assert sentence.spoken == "ok go了。"
    assert sentence.spoken_map == (
        (0, 1), (0, 1), (0, 1), (1, 2), (1, 2), (2, 3), (2, 3),
    )  # fmt: skip


def test_a_long_recording_without_pauses_is_quick() -> None:
    own = with_pauses(*[part for _ in range(4000) for part in ("我们", 120)])
    sentences = punctuate([decoded(0, 0, own)], None)
    assert max(len(MARK.sub("", text)) for text in spoken(sentences)) <= MAX_CHARACTERS
