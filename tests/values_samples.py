"""Builders and hypothesis strategies for the values that travel between the stages."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path, PurePath, PurePosixPath
from typing import TYPE_CHECKING

import numpy as np
from hypothesis import strategies as st

from asrcli.captions.cues import cues
from asrcli.captions.style import CueStyle
from asrcli.clock import ms_to_samples
from asrcli.values import (
    Correction,
    Coverage,
    Decoded,
    DroppedHotword,
    HotwordSet,
    ModelInfo,
    Outcome,
    Recording,
    RunContext,
    Sentence,
    SourceFile,
    SpeechSpan,
    Status,
    TimedSentence,
    Token,
    Transcript,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

HASH = "0123456789abcdef" * 4
STYLE = CueStyle()


# Builders: one value each, with every detail that a test does not care about filled in.


def source(rel: str | PurePath = "a.wav") -> SourceFile:
    return SourceFile(Path("/in") / rel, PurePosixPath(rel), size_bytes=44, mtime_ns=1)


def recording(
    duration_ms: int, *, rel: str | PurePath = "a.wav", channel: int | None = None
) -> Recording:
    """Silence that takes no memory, however long."""
    samples = np.broadcast_to(np.float32(0), (ms_to_samples(duration_ms),))
    return Recording(source(rel), samples, channel, 8000, 2, HASH)


def span(index: int, start_ms: int, end_ms: int, *, forced_cut: bool = False) -> SpeechSpan:
    return SpeechSpan(index, ms_to_samples(start_ms), ms_to_samples(end_ms), forced_cut)


def tokens(
    texts: Sequence[str], *, start_ms: int = 0, each_ms: int = 200, gap_ms: int = 0
) -> tuple[Token, ...]:
    """One after the other at an even pace."""
    step = each_ms + gap_ms
    return tuple(
        Token(text, start_ms + k * step, start_ms + k * step + each_ms, 0.9)
        for k, text in enumerate(texts)
    )


def decoded(
    index: int, start_ms: int, own: Sequence[Token], *, forced_cut: bool = False
) -> Decoded:
    """A span that reaches 100 ms beyond its last token."""
    end_ms = start_ms + (own[-1].end_ms if own else 400) + 100
    return Decoded(span(index, start_ms, end_ms, forced_cut=forced_cut), tuple(own))


def sentence(text: str, *, at: SpeechSpan, own: Sequence[Token]) -> Sentence:
    """A sentence with its tokens in one span and one character of text for each."""
    origin = tuple((min(k, len(own) - 1), min(k, len(own) - 1) + 1) for k in range(len(text)))
    return Sentence(tuple((at, token) for token in own), text, origin, text, origin)


def timed(
    text: str,
    *,
    start_ms: int = 0,
    each_ms: int = 200,
    hotwords: Sequence[str] = (),
    spoken: str | None = None,
) -> TimedSentence:
    """A sentence in recording time: one token for each character, marks with the one before."""
    own: list[Token] = []
    origin: list[tuple[int, int]] = []
    for character in text:
        if not own or character not in "，。？、 ":
            at = start_ms + len(own) * each_ms
            own.append(Token(character, at, at + each_ms, 0.9))
        origin.append((len(own) - 1, len(own)))
    return TimedSentence(
        start_ms=start_ms,
        end_ms=own[-1].end_ms,
        spoken=text if spoken is None else spoken,
        written=text,
        written_map=tuple(origin),
        tokens=tuple(own),
        hotwords=tuple(hotwords),
    )


def context(words: Sequence[str] = ("达摩院",)) -> RunContext:
    return RunContext(
        settings=(("itn", "True"), ("max_segment", "30.0")),
        settings_sha256=HASH,
        models=(ModelInfo("vad", "fsmn-vad", HASH), ModelInfo("asr", "demo", HASH)),
        hotwords=HotwordSet(
            tuple((word, 1.0) for word in words),
            (DroppedHotword(3, "㍿", "no token"),),
            HASH,
            (("达魔院", "达摩院"),),
        ),
    )


def transcript(
    sentences: Sequence[TimedSentence] = (),
    *,
    rel: str | PurePath = "a.wav",
    channel: int | None = None,
    duration_ms: int | None = None,
) -> Transcript:
    last_ms = sentences[-1].end_ms if sentences else 0
    own = tuple(replace(one, channel=channel) for one in sentences)
    return Transcript(
        source=source(rel),
        sha256=HASH,
        duration_ms=last_ms + 1000 if duration_ms is None else duration_ms,
        source_rate_hz=8000,
        source_channels=2,
        channel=channel,
        sentences=own,
        cues=cues(own, STYLE),
        coverage=Coverage(last_ms, sum(s.end_ms - s.start_ms for s in sentences), last_ms),
        context=context(),
        corrections=(Correction(0, last_ms, "达摩院", "达魔院", "达摩院", 1.0),),
    )


def outcome(rel: str | PurePath, status: Status, reason: str = "") -> Outcome:
    return Outcome(source(rel), status, reason)


# Strategies: what the stages must hold against.

TOKEN_TEXTS = st.one_of(
    st.sampled_from([*"我们今天讨论市场的预算了零一二三十百万点幺分之aBp5", "hello", "app", "MP3"]),
    st.text(st.characters(exclude_categories=("Cs", "Cc", "Zs", "Zl", "Zp")), min_size=1),
)


@st.composite
def decoded_spans(draw: st.DrawFn, *, lawful: bool = True) -> tuple[Decoded, ...]:
    """The spans of one recording, some of them blank, some ended by a forced cut.

    Lawful tokens keep the recogniser's promise: in order and inside their span. Others have any
    times at all.
    """
    made: list[Decoded] = []
    at = 0
    for index in range(draw(st.integers(0, 5))):
        forced = bool(made) and made[-1].span.forced_cut
        start = at + (0 if forced else draw(st.integers(0, 3000)))
        length = draw(st.integers(25, 5000))
        count = draw(st.integers(0, 12))
        low, high = (0, length) if lawful else (-1000, length + 1000)
        ticks = draw(st.lists(st.integers(low, high), min_size=2 * count, max_size=2 * count))
        if lawful:
            ticks.sort()
        own = [
            Token(
                draw(TOKEN_TEXTS),
                ticks[2 * k],
                ticks[2 * k + 1],
                draw(st.floats(0, 1)),
                draw(st.booleans()),
            )
            for k in range(count)
        ]
        cut = span(index, start, start + length, forced_cut=draw(st.booleans()))
        made.append(Decoded(cut, tuple(own)))
        at = start + length
    return tuple(made)


@dataclass(frozen=True)
class _Unit:
    """What is said and how it is written; the written form comes from all its tokens."""

    spoken: tuple[str, ...]
    written: str


_UNITS = st.sampled_from(
    [
        *(_Unit((character,), character) for character in "我们今天讨论市场部的预算了请看这个"),
        _Unit(tuple("一千二百三十四"), "1234"),
        _Unit(tuple("百分之九十五点五"), "95.5%"),
        _Unit(tuple("幺三八零零幺三八零零零"), "13800138000"),
        _Unit(("hello",), "hello"),
        _Unit(("app",), "app"),
        _Unit(tuple("达摩院"), "达摩院"),
    ]
)

HOTWORDS = ("达摩院", "市场部")


@st.composite
def speech(draw: st.DrawFn) -> tuple[TimedSentence, ...]:
    """Sentences at the speed at which people talk: 3 to 6 syllables a second, with pauses."""
    made: list[TimedSentence] = []
    clock = draw(st.integers(0, 2000))
    for _ in range(draw(st.integers(1, 5))):
        each_ms = draw(st.integers(170, 330))
        units = draw(st.lists(_UNITS, min_size=1, max_size=45))
        own: list[Token] = []
        text, origin = "", list[tuple[int, int]]()
        for unit in units:
            if text and text[-1].isascii() and unit.written[0].isascii():
                text += " "
                origin.append((len(own) - 1, len(own)))
            first = len(own)
            for word in unit.spoken:
                length = each_ms * (2 if word.isascii() else 1)
                own.append(Token(word, clock, clock + length, 0.9))
                clock += length
            text += unit.written
            origin += [(first, len(own))] * len(unit.written)
            if draw(st.integers(0, 9)) == 0:
                clock += draw(st.integers(100, 700))
                text += "，"
                origin.append((len(own) - 1, len(own)))
        mark = draw(st.sampled_from("。？"))
        text = text.rstrip("，") + mark
        origin = [*origin[: len(text) - 1], (len(own) - 1, len(own))]
        spoken = "".join(token.text for token in own) + mark
        made.append(
            TimedSentence(
                start_ms=own[0].start_ms,
                end_ms=own[-1].end_ms,
                spoken=spoken,
                written=text,
                written_map=tuple(origin),
                tokens=tuple(own),
                hotwords=tuple(word for word in HOTWORDS if word in text),
            )
        )
        clock += draw(st.integers(0, 3000))
    return tuple(made)


@st.composite
def transcripts(draw: st.DrawFn) -> Transcript:
    """Transcripts with any text in them, also text that a format must escape."""
    clock = 0
    sentences: list[TimedSentence] = []
    for _ in range(draw(st.integers(0, 4))):
        text = draw(st.text(st.characters(codec="utf-8"), max_size=20)) + "字"
        clock += draw(st.integers(0, 10_000))
        each_ms = draw(st.integers(1, 500))
        words = draw(st.lists(st.text(min_size=1, max_size=5), max_size=2))
        made = timed(text, start_ms=clock, each_ms=each_ms, hotwords=words)
        sentences.append(made)
        clock = made.end_ms
    channel = draw(st.none() | st.integers(0, 7))
    return transcript(sentences, rel=draw(RELS), channel=channel)


RELS = st.one_of(
    st.sampled_from(["a.wav", "通话 录音/二〇二五/客户.mp3", "=cmd.wav", "-1.wav", "@x.wav"]),
    # Names as Linux gives them: bytes that need not be text.
    st.binary(min_size=1, max_size=12)
    .map(
        lambda name: (
            name.replace(b"\0", b"0").replace(b"/", b"-").decode("utf-8", "surrogateescape")
        )
    )
    .filter(lambda name: name not in {".", ".."}),
)
