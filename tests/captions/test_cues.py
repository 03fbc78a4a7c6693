from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asrcli.captions.cues import CueStyle, check, cues
from asrcli.values import Cue, TimedSentence, Token
from tests.values_samples import HOTWORDS, STYLE, speech, timed

if TYPE_CHECKING:
    from collections.abc import Sequence

WHOLE = [*HOTWORDS, "1234", "95.5%", "13800138000", "hello", "app"]


def shown(sentences: Sequence[TimedSentence], style: CueStyle = STYLE) -> list[str]:
    return [cue.text for cue in cues(sentences, style, channel=None)]


def times(made: Sequence[Cue]) -> list[tuple[int, int]]:
    return [(cue.start_ms, cue.end_ms) for cue in made]


def bare(text: str) -> str:
    return re.sub(r"[\s，。、]", "", text)


# What must always hold


@given(speech())
def test_normal_speech_breaks_no_limit(sentences: tuple[TimedSentence, ...]) -> None:
    assert check(cues(sentences, STYLE, channel=None), STYLE) == ()


@given(speech(), st.integers(12, 24), st.integers(2, 3))
def test_other_styles_hold_too(
    sentences: tuple[TimedSentence, ...], width: int, lines: int
) -> None:
    style = CueStyle(width=width, lines=lines)
    assert check(cues(sentences, style, channel=None), style) == ()


@given(speech())
def test_no_character_is_lost_or_moved(sentences: tuple[TimedSentence, ...]) -> None:
    written = "".join(sentence.written for sentence in sentences)
    assert bare("".join(shown(sentences))) == bare(written)


@given(speech())
def test_nothing_is_broken_inside_a_word_a_number_or_a_hotword(
    sentences: tuple[TimedSentence, ...],
) -> None:
    written = " ".join(sentence.written for sentence in sentences)
    lines = [line for text in shown(sentences) for line in text.split("\n")]
    for whole in WHOLE:
        pattern = re.escape(whole)
        if whole.isascii():
            pattern = rf"(?<![0-9A-Za-z.]){pattern}(?![0-9A-Za-z.])"
        assert sum(len(re.findall(pattern, line)) for line in lines) == len(
            re.findall(pattern, written)
        )


@given(speech(), st.integers(0, 3000))
def test_each_cue_is_there_while_it_is_spoken(
    sentences: tuple[TimedSentence, ...], tail_ms: int
) -> None:
    """Each cue starts with its first token, and none outlasts the recording."""
    end_ms = sentences[-1].end_ms + tail_ms
    made = cues(sentences, STYLE, channel=None, end_ms=end_ms)
    starts = {token.start_ms for sentence in sentences for token in sentence.tokens}
    assert all(cue.start_ms in starts or cue.end_ms - cue.start_ms <= STYLE.min_ms for cue in made)
    assert made[0].start_ms <= sentences[0].start_ms
    assert sentences[-1].end_ms <= made[-1].end_ms <= end_ms
    overlaps = [line for line in check(made, STYLE) if "before" in line or "at most" in line]
    assert overlaps == []


@given(st.integers(1, 60), st.integers(1, 80), st.integers(4, 30), st.integers(1, 4))
def test_speech_too_fast_to_read_still_fits_its_lines_and_never_overlaps(
    count: int, each_ms: int, width: int, lines: int
) -> None:
    style = CueStyle(width=width, lines=lines)
    made = cues([timed("快" * count + "。", each_ms=each_ms)], style, channel=None)
    kinds = {line.split(" ms, ")[-1].split(" ")[0] for line in check(made, style)}
    assert kinds <= {"at", "to"}
    assert not any("lines" in line or "cells" in line for line in check(made, style))
    assert bare("".join(cue.text for cue in made)) == "快" * count


# Times


def test_a_short_cue_stays_in_the_silence_after_it() -> None:
    assert times(cues([timed("好。")], STYLE, channel=None)) == [(0, 1000)]


def test_a_cue_that_takes_long_to_read_stays_longer() -> None:
    (made,) = cues([timed("我们今天讨论市场的预算。", each_ms=80)], STYLE, channel=None)
    assert made.end_ms == 1223  # 11 characters at 9 a second


def test_a_cue_goes_before_the_next_comes() -> None:
    pair = [timed("我们开会吧。", each_ms=150), timed("大家好大家好。", start_ms=1000)]
    assert times(cues(pair, STYLE, channel=None)) == [(0, 1000), (1000, 2200)]


def test_a_gap_that_would_flicker_is_closed() -> None:
    pair = [timed("我们开会吧来。"), timed("大家好大家好。", start_ms=1319)]
    assert times(cues(pair, STYLE, channel=None))[0] == (0, 1319)
    pair[1] = timed("大家好大家好。", start_ms=1320)
    assert times(cues(pair, STYLE, channel=None))[0] == (0, 1200)


def test_a_cue_comes_earlier_where_the_recording_ends_too_soon() -> None:
    pair = [timed("我们开会吧。"), timed("好。", start_ms=9000)]
    made = cues(pair, STYLE, channel=None, end_ms=9300)
    assert times(made) == [(0, 1000), (8300, 9300)]


def test_the_start_is_not_moved_into_the_cue_before() -> None:
    made = cues([timed("好。")], STYLE, channel=None, end_ms=500)
    assert times(made) == [(0, 500)]


def test_a_very_long_token_is_shown_for_the_longest_time_only() -> None:
    own = (Token("嗯", 0, 20_000, 0.9), Token("好", 20_000, 20_200, 0.9))
    made = TimedSentence(0, 20_200, "嗯好。", "嗯好。", ((0, 1), (1, 2), (1, 2)), own)
    assert times(cues([made], STYLE, channel=None)) == [(0, 7000), (20_000, 21_000)]


def test_a_long_silence_is_a_break() -> None:
    own = (Token("嗯", 0, 200, 0.9), Token("好", 5000, 5200, 0.9))
    made = TimedSentence(0, 5200, "嗯好。", "嗯好。", ((0, 1), (1, 2), (1, 2)), own)
    assert shown([made]) == ["嗯", "好"]


# Cuts


def test_very_short_neighbours_share_a_cue() -> None:
    trio = [timed("好。"), timed("嗯。", start_ms=300), timed("对。", start_ms=600)]
    assert shown(trio) == ["好。嗯。对"]


def test_a_short_sentence_takes_the_beginning_of_a_full_one() -> None:
    """Alone it would flash for 0.3 s, and both together do not fit."""
    style = CueStyle(width=8, lines=1)
    pair = [timed("嗯。"), timed("我们今天讨论市场部的预算。", start_ms=300)]
    made = cues(pair, style, channel=None)
    assert check(made, style) == ()
    assert made[0].text.startswith("嗯。我")


def test_sentences_of_readable_length_have_a_cue_each() -> None:
    pair = [timed("我们今天开会。"), timed("请大家准时来。", start_ms=1500)]
    assert shown(pair) == ["我们今天开会", "请大家准时来"]


def test_cuts_prefer_marks() -> None:
    style = CueStyle(lines=1)
    text = "今天我们主要讨论预算，然后请市场部的同事介绍情况，最后一起总结。"
    assert shown([timed(text)], style) == [
        "今天我们主要讨论预算",
        "然后请市场部的同事介绍情况",
        "最后一起总结",
    ]


def test_cuts_without_marks_are_balanced() -> None:
    lengths = [len(text) for text in shown([timed("我" * 36 + "。")], CueStyle(lines=1))]
    assert sum(lengths) == 36
    assert max(lengths) - min(lengths) <= 1


def test_cuts_do_not_part_a_number_from_what_it_counts() -> None:
    style = CueStyle(width=6, lines=1)
    assert all(
        not re.search(r"\d$", text) for text in shown([timed("我们一起买了1234元东西")], style)
    )


# Lines


def test_text_that_fits_one_line_has_one() -> None:
    assert shown([timed("我" * 16 + "。")]) == ["我" * 16]


def test_two_lines_break_at_the_mark() -> None:
    assert shown([timed("今天我们主要讨论预算，请大家看一下。")]) == [
        "今天我们主要讨论预算\n请大家看一下"
    ]


def test_two_lines_break_at_the_mark_rather_than_in_the_middle() -> None:
    assert shown([timed("今天开会，请大家务必准时来参加谢谢。")]) == [
        "今天开会\n请大家务必准时来参加谢谢"
    ]


def test_two_lines_without_a_mark_are_balanced() -> None:
    assert shown([timed("我" * 20 + "。")]) == ["我" * 10 + "\n" + "我" * 10]


def test_a_space_at_a_line_break_is_dropped() -> None:
    style = CueStyle(width=4, lines=2)
    assert shown([timed("hello world")], style) == ["hello\nworld"]


def test_a_space_between_words_counts_for_the_width_only() -> None:
    style = CueStyle(width=5, lines=1)
    assert shown([timed("abcd efghi")], style) == ["abcd efghi"]
    assert shown([timed("abcd efghij")], style) == ["abcd", "efghij"]
    assert check([Cue(0, 1000, "ab " * 6)], CueStyle(max_chars_per_s=6)) == ()


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("好的。", "好的"),
        ("好的，", "好的"),
        ("好的、", "好的"),
        ("好吗？", "好吗？"),
        ("好，好。", "好，好"),
        ("。", "。"),
    ],
)
def test_marks_at_the_end_of_a_cue(written: str, expected: str) -> None:
    assert shown([timed(written)]) == [expected]


def test_a_word_too_wide_for_a_line_stays_whole_and_is_named() -> None:
    style = CueStyle(width=4, lines=1)
    word = "internationalisation"
    own = (Token("用", 0, 200, 0.9), Token(word, 200, 1500, 0.9), Token("吧", 1500, 1700, 0.9))
    origin = ((0, 1), *[(1, 2)] * len(word), (2, 3))
    made = cues(
        [TimedSentence(0, 1700, f"用{word}吧", f"用{word}吧", origin, own)], style, channel=None
    )
    assert word in [cue.text for cue in made]
    assert any("a line of 20 cells, at most 8" in line for line in check(made, style))


def test_no_sentences_have_no_cues() -> None:
    assert cues([], STYLE, channel=None) == ()


def test_the_channel_is_carried() -> None:
    assert [cue.channel for cue in cues([timed("好。")], STYLE, channel=3)] == [3]


# The check itself


@pytest.mark.parametrize(
    ("made", "named"),
    [
        (Cue(0, 2000, "一\n二\n三"), "cue 1: 3 lines, at most 2"),
        (Cue(0, 4000, "一" * 17), "cue 1: a line of 34 cells, at most 32"),
        (Cue(0, 999, "一"), "cue 1: 999 ms, at least 1000"),
        (Cue(0, 7001, "一"), "cue 1: 7001 ms, at most 7000"),
        (Cue(0, 1000, "一" * 10), "cue 1: 1000 ms, to be read in 1112"),
        (Cue(-1, 1000, "一"), "cue 1: starts at -1 ms, before 0"),
        (Cue(0, 1000, "一\n "), "cue 1: an empty line"),
    ],
)
def test_every_broken_limit_is_named(made: Cue, named: str) -> None:
    assert check([made], STYLE) == (named,)


def test_overlap_is_named() -> None:
    pair = [Cue(0, 2000, "一"), Cue(1999, 4000, "二")]
    assert check(pair, STYLE) == ("cue 2: starts at 1999 ms, before 2000",)


def test_nothing_is_named_where_nothing_is_wrong() -> None:
    pair = [Cue(0, 1000, "一" * 9), Cue(1000, 8000, "二 a" * 8 + "\n三")]
    assert check(pair, STYLE) == ()
