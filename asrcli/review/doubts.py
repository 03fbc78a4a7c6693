"""What speaks against a piece of text: the reasons for a person to hear it.

Every reason has a severity from 0 to 1. They are combined as if they were independent chances of an
error, 1 - (1 - a)(1 - b)..., so that a second reason makes a piece more doubtful and none makes it
less.
"""

from __future__ import annotations

import bisect
import math
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Generic, NamedTuple, Protocol, TypeVar

from asrcli.clock import Millis, ms_to_seconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from asrcli.acoustics import Sound
    from asrcli.values import (
        Outcome,
        SourceFile,
        SpeechSpan,
        TimedSentence,
        Token,
        Transcript,
    )

LOW_CONFIDENCE = 0.8
"""Below this mean a sentence is doubtful."""

LOW_STRETCH = 0.5
"""Below this mean of `STRETCH` tokens in a row a sentence is doubtful, however sure the rest is."""
STRETCH = 3

FASTEST, SLOWEST = 9.0, 1.5
"""Syllables a second outside of which nobody speaks for long; Mandarin is spoken at 4 to 6."""
FEWEST_FOR_A_RATE = 4
PAUSE_MS: Millis = 500
"""A longer pause does not count as time in which somebody spoke."""

LOWEST_SNR_DB = 10.0
LOWEST_LEVEL_DB = -45.0
MOST_CLIPPED = 0.001

BLANK_MS: Millis = 700
"""A span of this length holds a word; a shorter one may be a cough."""
HOLE_MS: Millis = 3000
"""No word for so long inside what the VAD took for speech."""

_REPEATED = re.compile(r"(.{2,20}?)\1{2,}|(.)\2{4,}")
_DIGITS = frozenset("零〇一二三四五六七八九幺0123456789")
_MARKS = re.compile(r"[\s，。？、]")


class _HasTimes(Protocol):
    @property
    def start_ms(self) -> Millis: ...

    @property
    def end_ms(self) -> Millis: ...


Timed = TypeVar("Timed", bound=_HasTimes)


class Reason(NamedTuple):
    """One thing that speaks against a piece, in words, and how much."""

    text: str
    severity: float


@dataclass(frozen=True, slots=True)
class Doubt:
    """A piece of a recording that a person should hear.

    `sentence` counts from 1, and is None for speech without text. `rate` is in syllables a second.
    """

    source: SourceFile
    channel: int | None
    speaker: str
    sentence: int | None
    start_ms: Millis
    end_ms: Millis
    text: str
    reasons: tuple[Reason, ...]
    confidence: float | None = None
    rate: float | None = None
    sound: Sound | None = None

    @property
    def score(self) -> float:
        """How doubtful the piece is, 0 to 1."""
        return 1 - math.prod(1 - reason.severity for reason in self.reasons)


def doubts(transcript: Transcript) -> tuple[Doubt, ...]:
    """Every doubtful piece of a recording, in order of time."""
    found = [*_of_sentences(transcript), *_without_text(transcript)]
    return tuple(sorted(found, key=lambda doubt: (doubt.start_ms, doubt.end_ms)))


class _Lane(Generic[Timed]):
    """The spans or the tokens of one channel, found by time."""

    def __init__(self, items: Iterable[Timed]) -> None:
        self._items = tuple(items)
        self._starts = [item.start_ms for item in self._items]
        self._ends = [item.end_ms for item in self._items]

    def over(self, start_ms: Millis, end_ms: Millis) -> tuple[Timed, ...]:
        """Those that share some time with this stretch."""
        first = bisect.bisect_right(self._ends, start_ms)
        return self._items[first : bisect.bisect_left(self._starts, end_ms)]


def unheard(outcome: Outcome) -> tuple[Doubt, ...]:
    """The doubt about a recording that holds speech and gave no text."""
    if outcome.speech_ms < BLANK_MS:
        return ()
    reason = _no_text(outcome.speech_ms)
    return (Doubt(outcome.source, None, "", None, 0, outcome.audio_ms, "", (reason,)),)


def _of_sentences(transcript: Transcript) -> Iterator[Doubt]:
    before: dict[int | None, str] = {}
    spans = {
        channel: _Lane(span for span in transcript.spans if span.channel == channel)
        for channel in {sentence.channel for sentence in transcript.sentences}
    }
    for number, sentence in enumerate(transcript.sentences, 1):
        said = _MARKS.sub("", sentence.spoken)
        rate = _rate(sentence.tokens)
        heard_in = spans[sentence.channel].over(sentence.start_ms, sentence.end_ms)
        sound = _worst([span.sound for span in heard_in if span.sound])
        reasons = (
            *_confidence_reasons(sentence),
            *_rate_reasons(rate),
            *_repetition_reasons(said, before.get(sentence.channel, "")),
            *(_sound_reasons(sound) if sound else ()),
        )
        before[sentence.channel] = said
        if reasons:
            yield Doubt(
                transcript.source,
                sentence.channel,
                transcript.speaker(sentence.channel),
                number,
                sentence.start_ms,
                sentence.end_ms,
                sentence.written,
                reasons,
                sentence.confidence,
                rate,
                sound,
            )


def _confidence_reasons(sentence: TimedSentence) -> Iterator[Reason]:
    if sentence.confidence < LOW_CONFIDENCE:
        yield Reason(f"low confidence {sentence.confidence:.2f}", 1 - sentence.confidence)
        return
    values = [token.confidence for token in sentence.tokens]
    windows = range(len(values) - STRETCH + 1)
    means = {k: sum(values[k : k + STRETCH]) / STRETCH for k in windows}
    if means and min(means.values()) < LOW_STRETCH:
        k = min(means, key=lambda at: means[at])
        heard = "".join(token.text for token in sentence.tokens[k : k + STRETCH])
        yield Reason(f"low confidence {means[k]:.2f} at {heard}", (1 - means[k]) / 2)


def _rate(tokens: Sequence[Token]) -> float | None:
    """Syllables a second, pauses left out; None for too few to tell."""
    syllables = sum(_syllables(token.text) for token in tokens)
    if syllables < FEWEST_FOR_A_RATE:
        return None
    pauses = sum(
        gap for left, right in pairwise(tokens) if (gap := right.start_ms - left.end_ms) > PAUSE_MS
    )
    spoken_ms = tokens[-1].end_ms - tokens[0].start_ms - pauses
    return syllables / ms_to_seconds(max(1, spoken_ms))


def _syllables(text: str) -> int:
    """One for a Chinese character; a Latin word has one for about three letters."""
    return math.ceil(len(text) / 3) if text.isascii() else len(text)


def _rate_reasons(rate: float | None) -> Iterator[Reason]:
    if rate is not None and not SLOWEST <= rate <= FASTEST:
        far = max(SLOWEST / max(rate, 0.01), rate / FASTEST)
        yield Reason(f"{rate:.1f} syllables a second", min(0.9, 0.3 * far))


def _repetition_reasons(said: str, before: str) -> Iterator[Reason]:
    for match in _REPEATED.finditer(said):
        unit = match[1] or match[2]
        if not set(unit) <= _DIGITS:
            yield Reason(f"repeats {unit}", 0.6)
            return
    if len(said) >= FEWEST_FOR_A_RATE and said == before:
        yield Reason("the same as the sentence before", 0.5)


def _worst(sounds: Sequence[Sound]) -> Sound | None:
    """The one with the most reasons to doubt what was heard in it."""
    return max(sounds, key=_badness, default=None)


def _badness(sound: Sound) -> tuple[float, float]:
    return sum(reason.severity for reason in _sound_reasons(sound)), -sound.snr_db


def _sound_reasons(sound: Sound) -> Iterator[Reason]:
    if sound.clipped > MOST_CLIPPED:
        yield Reason(f"clipped {100 * sound.clipped:.1f} %", min(0.8, 0.2 + 10 * sound.clipped))
    if sound.level_db < LOWEST_LEVEL_DB:
        yield Reason(f"quiet {sound.level_db:.0f} dB", 0.3)
    if sound.snr_db < LOWEST_SNR_DB:
        missing = LOWEST_SNR_DB - sound.snr_db
        yield Reason(f"noisy, SNR {sound.snr_db:.0f} dB", min(0.8, 0.2 + missing / 20))


def _without_text(transcript: Transcript) -> Iterator[Doubt]:
    """Speech in which nothing was recognised: whole spans, and long holes inside others."""
    pause_ms = int(dict(transcript.context.settings).get("max_silence", "0"))
    tokens = {
        channel: _Lane(t for s in transcript.sentences if s.channel == channel for t in s.tokens)
        for channel in {span.channel for span in transcript.spans}
    }
    for span in transcript.spans:
        spoken = tokens[span.channel].over(span.start_ms, span.end_ms)
        shortest = max(HOLE_MS, pause_ms + 1000) if spoken else BLANK_MS
        edges = [(0, span.start_ms), *((t.start_ms, t.end_ms) for t in spoken), (span.end_ms, 0)]
        for (_, start_ms), (end_ms, _) in pairwise(edges):
            if end_ms - start_ms >= shortest:
                yield _hole(transcript, span, start_ms, end_ms)


def _hole(transcript: Transcript, span: SpeechSpan, start_ms: Millis, end_ms: Millis) -> Doubt:
    reason = _no_text(end_ms - start_ms)
    return Doubt(
        transcript.source,
        span.channel,
        transcript.speaker(span.channel),
        None,
        start_ms,
        end_ms,
        "",
        (reason, *(_sound_reasons(span.sound) if span.sound else ())),
        sound=span.sound,
    )


def _no_text(length_ms: Millis) -> Reason:
    length_s = ms_to_seconds(length_ms)
    return Reason(f"{length_s:.1f} s of speech without text", min(0.9, 0.3 + length_s / 20))
