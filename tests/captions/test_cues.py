from __future__ import annotations

import math
import re
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asrcli.captions.atoms import Grain, atoms
from asrcli.captions.check import Rule, check
from asrcli.captions.cues import LONGEST_LEAD_MS, cues
from asrcli.captions.lines import Page
from asrcli.captions.style import GRID_MS, CueStyle, display_cells
from asrcli.values import Cue, TimedSentence, Token
from tests.values_samples import HOTWORDS, STYLE, speech, timed

if TYPE_CHECKING:
    from collections.abc import Sequence

WHOLE = [*HOTWORDS, "1234", "95.5%", "13800138000", "hello", "app"]


def shown(sentences: Sequence[TimedSentence], style: CueStyle = STYLE) -> list[str]:
    return [cue.text for cue in cues(sentences, style)]


def times(made: Sequence[Cue]) -> list[tuple[int, int]]:
    return [(cue.start_ms, cue.end_ms) for cue in made]


def rules(made: Sequence[Cue], style: CueStyle = STYLE) -> set[Rule]:
    return {finding.rule for finding in check(made, style)}


def bare(text: str) -> str:
    return re.sub(r"[\s，。、]", "", text)


# What must always hold


@given(speech())
def test_normal_speech_breaks_no_limit(sentences: tuple[TimedSentence, ...]) -> None:
    assert check(cues(sentences, STYLE), STYLE) == ()


@given(speech(), st.integers(12, 24), st.integers(2, 3))
def test_other_styles_hold_too(
    sentences: tuple[TimedSentence, ...], width: int, lines: int
) -> None:
    style = CueStyle(width=width, lines=lines)
    assert check(cues(sentences, style), style) == ()


@given(speech(), st.integers(0, 300))
def test_all_times_can_be_written_in_every_format(
    sentences: tuple[TimedSentence, ...], gap_ms: int
) -> None:
    made = cues(sentences, CueStyle(gap_ms=gap_ms), end_ms=sentences[-1].end_ms + 3000)
    for cue in made:
        assert cue.start_ms % GRID_MS == cue.end_ms % GRID_MS == 0
        assert len(cue.line_starts) == len(cue.text.split("\n"))
        assert list(cue.line_starts) == sorted(cue.line_starts)
        assert all(ms % GRID_MS == 0 and cue.start_ms <= ms <= cue.end_ms for ms in cue.line_starts)


@given(
    speech(),
    st.builds(
        CueStyle,
        width=st.integers(6, 20),
        lines=st.integers(1, 3),
        min_ms=st.integers(200, 3000),
        max_ms=st.integers(3000, 9000),
        max_chars_per_s=st.floats(3, 12),
        gap_ms=st.integers(0, 400),
    ),
    st.integers(0, 2000),
)
def test_what_cannot_be_kept_is_only_the_time_to_read(
    sentences: tuple[TimedSentence, ...], style: CueStyle, tail_ms: int
) -> None:
    made = cues(sentences, style, end_ms=sentences[-1].end_ms + tail_ms)
    found = check(made, style, sentences=sentences)
    # A long number with its question mark may be wider than a narrow line.
    assert {one.rule for one in found if not one.forced} <= {Rule.MIN_TIME, Rule.SPEED}


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
    made = cues(sentences, STYLE, end_ms=end_ms)
    starts = {token.start_ms for sentence in sentences for token in sentence.tokens}
    assert all(
        min(abs(cue.start_ms - start) for start in starts) <= LONGEST_LEAD_MS for cue in made
    )
    assert made[0].start_ms <= sentences[0].start_ms
    assert sentences[-1].end_ms - GRID_MS < made[-1].end_ms <= end_ms
    # The last cue of a recording that ends with its last word may have too little time.
    assert rules(made) <= {Rule.MIN_TIME, Rule.SPEED}


@given(st.integers(1, 60), st.integers(1, 80), st.integers(4, 30), st.integers(1, 4))
def test_speech_too_fast_to_read_still_fits_its_lines_and_never_overlaps(
    count: int, each_ms: int, width: int, lines: int
) -> None:
    style = CueStyle(width=width, lines=lines)
    made = cues([timed("快" * count + "。", each_ms=each_ms)], style)
    assert rules(made, style) <= {Rule.MIN_TIME, Rule.SPEED, Rule.GAP}
    assert bare("".join(cue.text for cue in made)) == "快" * count


# Times


def test_a_short_cue_stays_in_the_silence_after_it() -> None:
    assert times(cues([timed("好。")], STYLE)) == [(0, 1000)]


def test_a_cue_that_takes_long_to_read_stays_longer() -> None:
    (made,) = cues([timed("我们今天讨论市场的预算。", each_ms=80)], STYLE)
    assert made.end_ms == 1230  # 11 characters at 9 a second


def test_a_cue_goes_before_the_next_comes() -> None:
    pair = [timed("我们开会吧。", each_ms=220), timed("大家好大家好。", start_ms=1170)]
    assert times(cues(pair, STYLE)) == [(0, 1090), (1170, 2370)]


def test_a_gap_that_would_flicker_is_closed() -> None:
    pair = [timed("我们开会吧来。"), timed("大家好大家好。", start_ms=1319)]
    assert times(cues(pair, STYLE))[0] == (0, 1230)
    pair[1] = timed("大家好大家好。", start_ms=1400)
    assert times(cues(pair, STYLE))[0] == (0, 1200)


def test_a_cue_comes_earlier_where_the_recording_ends_too_soon() -> None:
    pair = [timed("我们开会吧。"), timed("好。", start_ms=9000)]
    made = cues(pair, STYLE, end_ms=9300)
    assert times(made) == [(0, 1000), (8300, 9300)]


def test_the_start_is_not_moved_into_the_cue_before() -> None:
    made = cues([timed("好。")], STYLE, end_ms=500)
    assert times(made) == [(0, 500)]


def test_a_very_long_token_is_shown_for_the_longest_time_only() -> None:
    own = (Token("嗯", 0, 20_000, 0.9), Token("好", 20_000, 20_200, 0.9))
    made = TimedSentence(0, 20_200, "嗯好。", "嗯好。", ((0, 1), (1, 2), (1, 2)), own)
    assert times(cues([made], STYLE)) == [(0, 7000), (20_000, 21_000)]


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
    made = cues(pair, style)
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
    sentence = TimedSentence(0, 1700, f"用{word}吧", f"用{word}吧", origin, own)
    made = cues([sentence], style)
    assert word in [cue.text for cue in made]
    too_wide = [one for one in check(made, style, sentences=[sentence]) if one.rule is Rule.WIDTH]
    assert [one.forced for one in too_wide] == [True]


def test_no_sentences_have_no_cues() -> None:
    assert cues([], STYLE) == ()


def test_the_channel_is_carried() -> None:
    assert [cue.channel for cue in cues([replace(timed("好。"), channel=3)], STYLE)] == [3]


def test_words_stay_whole_where_the_limits_allow_it() -> None:
    text = "请市场部的同事介绍情况最后一起总结"
    for width in (6, 7, 8):
        for line in "\n".join(
            shown([timed(text, each_ms=260)], CueStyle(width=width, lines=1))
        ).split("\n"):
            assert all(
                word in line or not set(word) & set(line) for word in ("同事", "介绍", "情况")
            )


def test_a_word_is_broken_where_the_caption_could_not_be_read_otherwise() -> None:
    """Four characters at six a second: with whole words, one cue of two would be left alone."""
    style = CueStyle(width=3, lines=1, min_ms=400)
    made = cues([timed("请市场部来", each_ms=170)], style)
    assert check(made, style) == ()
    assert [cue.text for cue in made] == ["请市场", "部来"]


def test_a_cue_that_cannot_be_read_in_time_comes_earlier() -> None:
    pair = [timed("我们今天讨论预算。", start_ms=5000, each_ms=60), timed("好" * 30, start_ms=5620)]
    made = cues(pair, CueStyle(width=10), end_ms=60_000)
    assert made[0].start_ms == 5000 - (made[0].start_ms < 5000) * (5000 - made[0].start_ms)
    assert rules(made[:1], CueStyle(width=10)) == set()


def test_a_cue_waits_a_little_where_the_one_before_could_not_be_read() -> None:
    style = CueStyle(width=10, lines=1)
    pair = [timed("我们今天讨论预算啊。", each_ms=110), timed("好的。", start_ms=1000, each_ms=400)]
    first, second = cues(pair, style)
    assert first.end_ms - first.start_ms == 1000
    assert second.start_ms == first.end_ms + style.gap_ms == 1080
    assert check((first, second), style) == ()
    # Not where the next one would then have too little time itself.
    third = timed("请大家准时来吧。", start_ms=2080, each_ms=200)
    assert [cue.start_ms for cue in cues([*pair, third], style)] == [0, 1000, 2080]


# As good as can be


def broken(cuts: Sequence[int], sentence: TimedSentence, style: CueStyle) -> int | None:
    """How many cues of one way to cut a sentence are too brief; None where one does not fit."""
    material = atoms([sentence], cells=style.cells, limit_ms=math.inf, grain=Grain.CHARACTERS)
    count = 0
    for first, last in pairwise([0, *cuts, len(material)]):
        own = material[first:last]
        page = Page(style.cells, {None: 0})
        lines = [page.add(atom) for atom in own][-1]
        start = own[0].start_ms
        if len(own) > 1 and (lines > style.lines or own[-1].end_ms > start + style.max_ms):
            return None
        read = sum(atom.cells for atom in own[:-1]) + own[-1].shown_cells
        following = material[last].start_ms - style.gap_ms if last < len(material) else math.inf
        count += min(following, start + style.max_ms) - start < style.shown_ms(read)
    return count


@given(
    st.lists(st.integers(40, 400), min_size=1, max_size=9),
    st.lists(st.sampled_from([0, 0, 0, 300, 900]), min_size=9, max_size=9),
    st.integers(4, 6),
)
def test_no_other_cuts_break_fewer_limits(
    lengths: list[int], pauses: list[int], width: int
) -> None:
    style = CueStyle(width=width, lines=1)
    own, at = [], 0
    for length, pause in zip(lengths, pauses, strict=False):
        own.append(Token("快", at, at + length, 0.9))
        at += length + pause
    text = "快" * len(own)
    origin = tuple((k, k + 1) for k in range(len(own)))
    sentence = TimedSentence(0, own[-1].end_ms, text, text, origin, tuple(own))
    ways = (
        broken([k for k in range(1, len(own)) if chosen >> k & 1], sentence, style)
        for chosen in range(0, 2 ** len(own), 2)
    )
    fewest = min(count for count in ways if count is not None)
    brief = {one.cue for one in check(cues([sentence], style), style)}
    assert len(brief) <= fewest


# Several speakers

NAMES = ("坐席", "客户")


def call(*turns: tuple[int, int, str]) -> list[TimedSentence]:
    """Sentences of (channel, start, text), in the order of time."""
    return [replace(timed(text, start_ms=start), channel=channel) for channel, start, text in turns]


def test_each_turn_has_a_cue_of_its_own() -> None:
    made = cues(call((0, 0, "您好请讲。"), (1, 1500, "我要退款。")), STYLE, names=NAMES)
    assert [(cue.channel, cue.text, cue.turns) for cue in made] == [
        (0, "您好请讲", ()),
        (1, "我要退款", ()),
    ]


def test_who_speak_at_once_are_read_at_once() -> None:
    made = cues(
        call((0, 0, "您好这里是客服中心请讲。"), (1, 600, "对对我要退款。")), STYLE, names=NAMES
    )
    assert check(made, STYLE, names=NAMES) == ()
    assert made[0].turns == ((0, "您好这里是客服中心请讲"), (1, "对对我要退款"))
    assert made[0].text == "您好这里是客服中心请讲\n对对我要退款"


def test_what_one_says_after_a_long_silence_of_theirs_can_join_the_other() -> None:
    turns = [(0, 0, "您"), (1, 0, "喂"), (1, 20_000, "我要退款" * 3), (0, 22_450, "好。")]
    made = cues(call(*turns), STYLE, names=NAMES, end_ms=22_700)
    assert check(made, STYLE, names=NAMES) == ()
    assert made[-1].turns == ((1, "我要退款" * 3), (0, "好"))


def test_a_name_takes_its_place_on_the_line() -> None:
    style = CueStyle(width=8, lines=1)
    said = [replace(timed("一" * 20 + "。", each_ms=260), channel=0)]
    made = cues(said, style, names=NAMES)
    assert check(made, style, names=NAMES) == ()
    assert max(display_cells(cue.text) for cue in made) == 10
    assert max(display_cells(cue.text) for cue in cues(said, style)) > 10


@given(speech(), speech())
def test_two_speakers_keep_the_limits_their_words_and_their_order(
    one: tuple[TimedSentence, ...], other: tuple[TimedSentence, ...]
) -> None:
    both = [replace(s, channel=0) for s in one] + [replace(s, channel=1) for s in other]
    both.sort(key=lambda sentence: sentence.start_ms)
    made = cues(both, STYLE, names=NAMES)
    # Two who talk without a pause at the same time say more than anyone can read.
    assert rules_of_a_call(made) <= {Rule.MIN_TIME, Rule.SPEED, Rule.GAP}
    for channel, own in enumerate((one, other)):
        said = "".join(text for cue in made for who, text in cue.parts if who == channel)
        assert bare(said) == bare("".join(sentence.written for sentence in own))


def rules_of_a_call(made: Sequence[Cue]) -> set[Rule]:
    return {finding.rule for finding in check(made, STYLE, names=NAMES)}
