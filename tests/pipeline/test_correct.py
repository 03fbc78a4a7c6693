"""Aliases always, near misses only where asked for, everything recorded, times untouched."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asrcli.pipeline.correct import correct
from asrcli.values import Decoded, HotwordSet, SpeechSpan, Token

SPAN = SpeechSpan(3, 16_000, 48_000)
NAMES = HotwordSet((("张玮", 1.0),))
ALIASES = HotwordSet((("达摩院", 1.0), ("打磨院", 1.0)), (), "", (("打磨院", "达摩院"),))


def heard(text: str, confidence: float = 0.4) -> Decoded:
    tokens = (
        Token(character, 200 * place, 200 * place + 180, confidence)
        for place, character in enumerate(text)
    )
    return Decoded(SPAN, tuple(tokens))


def text(decoded: Decoded) -> str:
    return "".join(token.text for token in decoded.tokens)


def test_a_near_miss_is_mended_and_recorded() -> None:
    mended = correct(heard("请找张伟经理"), NAMES, threshold=0.6)
    assert text(mended) == "请找张玮经理"
    (one,) = mended.corrections
    assert (one.text, one.replaced, one.hotword) == ("玮", "伟", "张玮")
    assert (one.start_ms, one.end_ms) == (600, 780)


@pytest.mark.parametrize(("confidence", "threshold"), [(0.4, 0.0), (0.7, 0.6), (0.6, 0.6)])
def test_what_is_sure_or_was_not_asked_for_stays(confidence: float, threshold: float) -> None:
    decoded = heard("请找张伟经理", confidence)
    assert correct(decoded, NAMES, threshold=threshold) is decoded


def test_what_is_to_be_kept_is_kept() -> None:
    decoded = heard("多么伟大张伟")
    assert text(correct(heard("张伟大"), NAMES, threshold=0.6)) == "张玮大"
    assert text(correct(heard("张伟大"), NAMES, threshold=0.6, keep=("伟大",))) == "张伟大"
    assert text(correct(decoded, NAMES, threshold=0.6, keep=("伟大",))) == "多么伟大张玮"


@pytest.mark.parametrize("threshold", [0.0, 0.6])
def test_an_alias_is_always_written_as_its_word(threshold: float) -> None:
    mended = correct(heard("打磨院在杭州", 0.99), ALIASES, threshold=threshold)
    assert text(mended) == "达摩院在杭州"
    assert [(one.replaced, one.score) for one in mended.corrections] == [("打磨院", 1.0)]


def test_a_blank_span_and_an_empty_list_are_left() -> None:
    assert correct(Decoded(SPAN, ()), NAMES, threshold=1.0).tokens == ()
    decoded = heard("请找张伟")
    assert correct(decoded, HotwordSet(), threshold=1.0) is decoded


@given(st.text("请找张伟玮打磨达院在", max_size=12), st.floats(0, 1), st.floats(0, 1))
def test_times_and_span_never_change(spoken: str, confidence: float, threshold: float) -> None:
    words = HotwordSet(NAMES.words + ALIASES.words, (), "", ALIASES.aliases)
    decoded = heard(spoken, confidence)
    mended = correct(decoded, words, threshold=threshold)
    assert mended.span == decoded.span
    if decoded.tokens:
        assert mended.tokens[0].start_ms == decoded.tokens[0].start_ms
        assert mended.tokens[-1].end_ms <= decoded.tokens[-1].end_ms
    for one in mended.corrections:
        assert one.replaced in spoken
        assert one.text in text(mended)
