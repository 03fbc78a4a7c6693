from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asrcli.acoustics import Sound
from asrcli.review.doubts import Doubt, doubts, unheard
from asrcli.values import SpeechSpan, Status, TimedSentence, Token, Transcript
from tests.values_samples import outcome, span, speech, timed, transcript

GOOD = Sound(-20.0, -55.0, 0.0)


def made(
    *sentences: TimedSentence, sound: Sound = GOOD, spans: tuple[SpeechSpan, ...] | None = None
) -> Transcript:
    """A transcript with one span around each sentence."""
    around = tuple(
        replace(span(k, s.start_ms, s.end_ms), sound=sound) for k, s in enumerate(sentences)
    )
    return replace(transcript(sentences), spans=around if spans is None else spans)


def sure(sentence: TimedSentence, *confidences: float) -> TimedSentence:
    """The sentence with these confidences for its first tokens."""
    own = [replace(t, confidence=c) for t, c in zip(sentence.tokens, confidences, strict=False)]
    return replace(sentence, tokens=(*own, *sentence.tokens[len(own) :]))


def reasons(found: tuple[Doubt, ...]) -> list[str]:
    return [reason.text for doubt in found for reason in doubt.reasons]


def test_good_speech_is_not_doubted() -> None:
    assert doubts(made(timed("我们今天讨论预算。"), timed("好的。", start_ms=3000))) == ()


@given(speech())
def test_speech_at_the_speed_of_people_is_not_doubted_for_its_speed(
    sentences: tuple[TimedSentence, ...],
) -> None:
    assert not [text for text in reasons(doubts(made(*sentences))) if "syllables" in text]


def test_low_confidence() -> None:
    (doubt,) = doubts(made(sure(timed("我们讨论预算"), *[0.5] * 6)))
    assert reasons((doubt,)) == ["low confidence 0.50"]
    assert (doubt.sentence, doubt.text, doubt.confidence) == (1, "我们讨论预算", 0.5)
    assert doubt.score == pytest.approx(0.5)


def test_low_confidence_in_one_place_of_a_sentence() -> None:
    sentence = timed("我们今天主要讨论市场的预算情况好吧大家")
    (doubt,) = doubts(made(sure(sentence, 0.9, 0.9, 0.2, 0.3, 0.4)))
    assert reasons((doubt,)) == ["low confidence 0.30 at 今天主"]
    assert doubt.score < 0.5


@pytest.mark.parametrize(("each_ms", "says"), [(80, "12.5"), (900, "1.1")])
def test_an_unusual_rate(each_ms: int, says: str) -> None:
    (doubt,) = doubts(made(timed("我们讨论预算", each_ms=each_ms)))
    assert reasons((doubt,)) == [f"{says} syllables a second"]
    assert doubt.rate == pytest.approx(float(says), abs=0.05)


def test_pauses_and_few_syllables_tell_no_rate() -> None:
    slow = timed("好的吗", each_ms=2000)
    assert doubts(made(slow)) == ()
    own = (Token("我", 0, 200, 0.9), *timed("们讨论", start_ms=9000).tokens)
    paused = replace(timed("我们讨论"), tokens=own, end_ms=9600)
    assert not [text for text in reasons(doubts(made(paused))) if "syllables" in text]


@pytest.mark.parametrize(
    ("text", "unit"),
    [("谢谢观看谢谢观看谢谢观看", "谢谢观看"), ("好对对对对对", "对"), ("我我我我我们", "我")],
)
def test_repetition(text: str, unit: str) -> None:
    assert reasons(doubts(made(timed(text)))) == [f"repeats {unit}"]


@pytest.mark.parametrize(
    "text", ["电话八八八八八八", "幺二幺二幺二", "对对对", "谢谢谢谢", "2000000"]
)
def test_what_people_do_repeat(text: str) -> None:
    assert doubts(made(timed(text))) == ()


def test_a_sentence_said_again() -> None:
    pair = timed("请订阅频道。"), timed("请订阅频道。", start_ms=2000)
    assert reasons(doubts(made(*pair))) == ["the same as the sentence before"]
    assert doubts(made(timed("好的。"), timed("好的。", start_ms=2000))) == ()
    other = replace(made(*pair), sentences=(replace(pair[0], channel=1), pair[1]))
    assert "the same as the sentence before" not in reasons(doubts(other))


@pytest.mark.parametrize(
    ("sound", "says"),
    [
        (Sound(-20.0, -55.0, 0.02), "clipped 2.0 %"),
        (Sound(-20.0, -26.0, 0.0), "noisy, SNR 6 dB"),
        (Sound(-52.0, -80.0, 0.0), "quiet -52 dB"),
    ],
)
def test_bad_sound(sound: Sound, says: str) -> None:
    (doubt,) = doubts(made(timed("我们讨论预算"), sound=sound))
    assert reasons((doubt,)) == [says]
    assert doubt.sound == sound


def test_the_worst_sound_of_a_sentence_counts() -> None:
    spans = (
        replace(span(0, 0, 600), sound=GOOD),
        replace(span(1, 600, 1200), sound=Sound(-20.0, -24.0, 0.1)),
        replace(span(2, 1200, 1800), sound=Sound(-20.0, -21.0, 0.5)),
    )
    (doubt,) = doubts(made(timed("我们讨论预算"), spans=(*spans[:2],)))
    assert doubt.sound == spans[1].sound
    assert doubts(made(timed("我们讨论预算"), spans=spans))[0].sound == spans[1].sound


def test_speech_without_text() -> None:
    blank = replace(span(1, 5000, 8000), sound=GOOD)
    around = span(0, 0, 1200)
    (doubt,) = doubts(made(timed("我们讨论预算"), spans=(around, blank)))
    assert reasons((doubt,)) == ["3.0 s of speech without text"]
    assert (doubt.sentence, doubt.text, doubt.confidence) == (None, "", None)
    assert (doubt.start_ms, doubt.end_ms) == (5000, 8000)
    cough = replace(blank, end=blank.start + 16 * 699)
    assert doubts(made(timed("我们讨论预算"), spans=(around, cough))) == ()


def test_a_hole_inside_a_span() -> None:
    pair = timed("我们讨论预算"), timed("好的", start_ms=5000)
    whole = span(0, 0, 5400)
    (doubt,) = doubts(made(*pair, spans=(whole,)))
    assert (doubt.start_ms, doubt.end_ms) == (1200, 5000)
    (at_end,) = doubts(made(pair[0], spans=(whole,)))
    assert (at_end.start_ms, at_end.end_ms) == (1200, 5400)


def test_a_long_pause_that_was_allowed_is_no_hole() -> None:
    pair = timed("我们讨论预算"), timed("好的", start_ms=5000)
    heard = made(*pair, spans=(span(0, 0, 5400),))
    patient = replace(heard.context, settings=(("max_silence", "4000"),))
    assert doubts(replace(heard, context=patient)) == ()


def test_channels_are_looked_at_apart() -> None:
    pair = replace(timed("我们讨论预算"), channel=0), replace(timed("我们讨论预算"), channel=1)
    spans = (
        replace(span(0, 0, 1200), channel=0, sound=GOOD),
        replace(span(0, 0, 1200), channel=1, sound=Sound(-20.0, -24.0, 0.0)),
        replace(span(1, 2000, 3000), channel=1),
    )
    both = replace(transcript(), sentences=pair, spans=spans, channel_names=("坐席", "客户"))
    found = doubts(both)
    assert [(d.channel, d.speaker, d.sentence) for d in found] == [
        (1, "客户", 2),
        (1, "客户", None),
    ]


def test_each_reason_makes_a_piece_more_doubtful() -> None:
    alone = doubts(made(sure(timed("我们讨论预算"), *[0.5] * 6)))[0].score
    noisy = made(sure(timed("我们讨论预算"), *[0.5] * 6), sound=Sound(-20.0, -26.0, 0.0))
    assert alone < doubts(noisy)[0].score < 1


@given(speech(), st.floats(-60, 0), st.floats(0, 60), st.floats(0, 1))
def test_scores_are_shares_and_pieces_are_in_order(
    sentences: tuple[TimedSentence, ...], level: float, snr: float, clipped: float
) -> None:
    found = doubts(made(*sentences, sound=Sound(level, level - snr, clipped)))
    assert all(0 < doubt.score < 1 for doubt in found)
    assert [d.start_ms for d in found] == sorted(d.start_ms for d in found)


def test_a_recording_that_gave_no_text_is_doubted_when_it_holds_speech() -> None:
    silent = outcome("a.wav", Status.EMPTY, "no words recognised")
    assert unheard(silent) == ()
    (doubt,) = unheard(replace(silent, speech_ms=4000, audio_ms=60_000))
    assert reasons((doubt,)) == ["4.0 s of speech without text"]
    assert (doubt.start_ms, doubt.end_ms, doubt.sentence) == (0, 60_000, None)


def test_an_hour_is_looked_through_quickly() -> None:
    sentences = [
        timed(f"我们讨论{'预算' if k % 2 else '市场'}", start_ms=1500 * k) for k in range(4000)
    ]
    assert doubts(made(*sentences)) == ()
