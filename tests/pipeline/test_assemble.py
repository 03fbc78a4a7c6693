from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asrcli.acoustics import Acoustics, Stereo
from asrcli.captions.style import CueStyle
from asrcli.pipeline.assemble import assemble, recaptioned, together
from asrcli.pipeline.punctuate import punctuate
from asrcli.values import Correction, Decoded, Sentence, Token, Track
from tests.values_samples import (
    HASH,
    STYLE,
    context,
    decoded,
    decoded_spans,
    recording,
    sentence,
    source,
    span,
    tokens,
)

if TYPE_CHECKING:
    from asrcli.values import Transcript


def assembled(spans: tuple[Decoded, ...], duration_ms: int) -> Transcript:
    return assemble(
        recording(duration_ms),
        spans,
        punctuate(spans, None),
        context(),
        STYLE,
    )


@given(decoded_spans(lawful=False) | decoded_spans(), st.integers(0, 200))
def test_times_are_monotone_and_inside_their_parent(
    spans: tuple[Decoded, ...], tail_ms: int
) -> None:
    """Invariant e, whatever times the recogniser gave."""
    duration_ms = (spans[-1].span.end_ms if spans else 500) + tail_ms
    transcript = assembled(spans, duration_ms)
    all_tokens = [token for item in transcript.sentences for token in item.tokens]
    for before, after in pairwise(all_tokens):
        assert before.start_ms <= before.end_ms <= after.start_ms
    for item in transcript.sentences:
        assert item.start_ms == item.tokens[0].start_ms
        assert item.end_ms == item.tokens[-1].end_ms
    if all_tokens:
        assert all_tokens[0].start_ms >= 0
        assert all_tokens[-1].start_ms <= all_tokens[-1].end_ms <= duration_ms
    previous_end = 0
    for cue in transcript.cues:
        assert previous_end <= cue.start_ms <= cue.end_ms <= duration_ms
        previous_end = cue.end_ms
    assert transcript.coverage.last_char_ms <= duration_ms


@given(decoded_spans(lawful=False))
def test_tokens_are_covered_once_and_only_their_times_change(spans: tuple[Decoded, ...]) -> None:
    """Invariant f."""
    sentences = punctuate(spans, None)
    transcript = assembled(spans, spans[-1].span.end_ms if spans else 500)
    before = [token for item in spans for token in item.tokens]
    after = [token for item in transcript.sentences for token in item.tokens]
    assert [(t.text, t.confidence, t.biased) for t in after] == [
        (t.text, t.confidence, t.biased) for t in before
    ]
    assert [(s.spoken, s.written, s.written_map) for s in transcript.sentences] == [
        (s.spoken, s.written, s.written_map) for s in sentences
    ]


@given(decoded_spans())
def test_lawful_times_are_only_shifted(spans: tuple[Decoded, ...]) -> None:
    transcript = assembled(spans, spans[-1].span.end_ms if spans else 500)
    shifted = [t.shifted(item.span.start_ms) for item in spans for t in item.tokens]
    assert [t for s in transcript.sentences for t in s.tokens] == shifted


@given(decoded_spans())
def test_cues_hold_all_the_text(spans: tuple[Decoded, ...]) -> None:
    transcript = assembled(spans, spans[-1].span.end_ms if spans else 500)

    def bare(text: str) -> str:
        return "".join(c for c in text if not c.isspace() and c not in "，。、")

    written = "".join(item.written for item in transcript.sentences)
    assert bare("".join(cue.text for cue in transcript.cues)) == bare(written)


def test_tokens_of_one_sentence_keep_the_offsets_of_their_spans() -> None:
    spans = (
        decoded(0, 1000, tokens("你", start_ms=50), forced_cut=True),
        decoded(1, 1350, tokens("好", start_ms=20)),
    )
    (made,) = assembled(spans, 3000).sentences
    assert [(t.start_ms, t.end_ms) for t in made.tokens] == [(1050, 1250), (1370, 1570)]
    assert (made.start_ms, made.end_ms) == (1050, 1570)


def test_a_token_that_reaches_over_the_next_is_clamped() -> None:
    at = span(0, 100, 1100)
    own = (Token("你", 0, 400, 0.9), Token("好", 300, 500, 0.9))
    transcript = assemble(
        recording(2000), [Decoded(at, ())], [sentence("你好。", at=at, own=own)], context(), STYLE
    )
    times = [(t.start_ms, t.end_ms) for t in transcript.sentences[0].tokens]
    assert times == [(100, 400), (400, 600)]


def test_a_token_outside_its_span_is_brought_back() -> None:
    at = span(0, 1000, 2000)
    own = (Token("你", -300, 100, 0.9), Token("好", 900, 1500, 0.9), Token("吗", 1600, 1700, 0.9))
    transcript = assemble(
        recording(1950), [Decoded(at, ())], [sentence("你好吗", at=at, own=own)], context(), STYLE
    )
    times = [(t.start_ms, t.end_ms) for t in transcript.sentences[0].tokens]
    assert times == [(1000, 1100), (1900, 1950), (1950, 1950)]


def test_coverage_and_origin_are_stated() -> None:
    spans = (decoded(0, 500, tokens("你好")), decoded(1, 3000, ()), decoded(2, 5000, tokens("在")))
    transcript = assembled(spans, 9000)
    assert transcript.coverage.speech_ms == 500 + 500 + 300
    assert transcript.coverage.text_ms == 400 + 200
    assert transcript.coverage.last_char_ms == 5200
    assert transcript.duration_ms == 9000
    assert (transcript.source_rate_hz, transcript.source_channels) == (8000, 2)
    assert (transcript.sha256, transcript.channel) == (HASH, None)
    assert transcript.context == context()


def test_corrections_are_put_on_the_recordings_clock() -> None:
    one = Correction(40, 240, "玮", "伟", "张玮", 0.9)
    spans = (decoded(0, 500, tokens("你好")), decoded(1, 3000, tokens("张玮")))
    transcript = assembled((spans[0], replace(spans[1], corrections=(one,))), 9000)
    assert transcript.corrections == (replace(one, start_ms=3040, end_ms=3240),)


def test_a_recording_without_words_has_a_transcript_too() -> None:
    transcript = assembled((decoded(0, 500, ()),), 9000)
    assert (transcript.sentences, transcript.cues) == ((), ())
    assert transcript.coverage.last_char_ms == 0
    assert transcript.coverage.speech_ms == 500


def test_a_sentence_without_tokens_is_left_out() -> None:
    empty = Sentence((), "", (), "", ())
    transcript = assemble(recording(1000), [], [empty], context(), STYLE)
    assert transcript.sentences == ()


def test_the_channel_goes_into_the_cues() -> None:
    at = span(0, 0, 1000)
    made = sentence("你好。", at=at, own=tokens("你好"))
    transcript = assemble(recording(2000, channel=1), [Decoded(at, ())], [made], context(), STYLE)
    assert transcript.channel == 1
    assert [cue.channel for cue in transcript.cues] == [1]
    assert [one.channel for one in transcript.sentences] == [1]


def test_all_spans_are_kept_also_blank_ones() -> None:
    spans = (decoded(0, 500, tokens("你好")), decoded(1, 3000, ()))
    assert assembled(spans, 9000).spans == tuple(item.span for item in spans)


def test_captions_can_be_made_later_or_anew() -> None:
    spans = (decoded(0, 500, tokens("我们今天讨论市场的预算")),)
    with_them = assembled(spans, 9000)
    without = assemble(recording(9000), spans, punctuate(spans, None), context(), None)
    assert without.cues == ()
    assert recaptioned(without, STYLE) == with_them
    narrow = recaptioned(with_them, CueStyle(width=6))
    assert "\n" in narrow.cues[0].text
    assert replace(narrow, cues=()) == without


def call() -> Transcript:
    """Two speakers, each in a channel of their own; the second begins first."""
    made = []
    for channel, start_ms, text in ((0, 2000, "您好请讲"), (1, 500, "喂你好")):
        spans = (decoded(0, start_ms, tokens(text)), decoded(1, 6000 + channel, ()))
        own = recording(9000, channel=channel)
        made.append(assemble(own, spans, punctuate(spans, None), context(), None))
    return together(made, STYLE, names=("坐席", "客户"))


def test_channels_become_one_timeline() -> None:
    made = call()
    assert made.channel is None
    assert [(one.channel, one.spoken) for one in made.sentences] == [
        (1, "喂你好。"),
        (0, "您好请讲。"),
    ]
    assert [(one.channel, one.text) for one in made.cues] == [(1, "喂你好"), (0, "您好请讲")]
    assert [item.start_ms for item in made.spans] == [500, 2000, 6000, 6001]
    assert made.coverage.speech_ms == 900 + 700 + 2 * 500
    assert made.coverage.last_char_ms == 2800
    assert [made.speaker(cue.channel) for cue in made.cues] == ["客户", "坐席"]
    assert made.lanes == (0, 1)


def test_one_channel_alone_is_a_timeline_too() -> None:
    spans = (decoded(0, 500, tokens("你好")),)
    alone = assembled(spans, 9000)
    assert together([alone], STYLE) == alone
    assert alone.lanes == ()


def test_what_was_measured_on_the_sound_stays_with_the_text() -> None:
    acoustics = Acoustics(Stereo.ONE_SIDED, 4_000, 1)
    track = Track(source(), 16_000, 1, 8_000, 2, HASH, acoustics=acoustics)
    assert assemble(track, [], [], context(), None).acoustics == acoustics


@pytest.mark.parametrize(
    ("words", "spoken", "written", "found"),
    [
        (["达摩院", "市场部"], "欢迎来到达摩院。", "欢迎来到达摩院。", ["达摩院"]),
        (["b", "达摩", "达摩院"], "达摩院。", "达摩院。", ["达摩", "达摩院"]),
        (["三二七项目"], "三二七项目。", "327项目。", ["三二七项目"]),
        (["327项目"], "三二七项目。", "327项目。", ["327项目"]),
        (["App"], "打开app吧。", "打开app吧。", ["App"]),
        (["app"], "打开apple吧。", "打开apple吧。", []),
        (["app store"], "用app store买。", "用app store买。", ["app store"]),
        (["C++"], "会c++吗？", "会c++吗？", ["C++"]),
        (["院达"], "达摩院。", "达摩院。", []),
    ],
)
def test_hotwords_in_the_text_are_listed(
    words: list[str], spoken: str, written: str, found: list[str]
) -> None:
    at = span(0, 0, 2000)
    own = tokens("一二三")
    made = Sentence(
        tuple((at, token) for token in own),
        spoken,
        ((0, 1),) * len(spoken),
        written,
        ((0, 1),) * len(written),
    )
    transcript = assemble(recording(2000), [Decoded(at, ())], [made], context(words), STYLE)
    assert transcript.sentences[0].hotwords == tuple(found)
