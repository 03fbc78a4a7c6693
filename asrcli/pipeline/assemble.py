"""Stage 8, Sentence... -> Transcript: the only place that adds span offsets.

After it every time counts from the start of the recording: token, sentence and cue times never
decrease and lie inside the recording, whatever the recogniser said.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from asrcli.captions.atoms import occurrences
from asrcli.captions.cues import cues
from asrcli.clock import samples_to_ms
from asrcli.values import Coverage, TimedSentence, Track, Transcript

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from asrcli.captions.style import CueStyle
    from asrcli.clock import Millis
    from asrcli.values import (
        Decoded,
        HotwordSet,
        Recording,
        RunContext,
        Sentence,
        SpeechSpan,
        Token,
    )


def assemble(
    recording: Recording | Track,
    decoded: Sequence[Decoded],
    sentences: Sequence[Sentence],
    context: RunContext,
    style: CueStyle | None,
) -> Transcript:
    """Put sentences and cues on the recording's clock.

    Args:
        recording: whose samples were decoded; only its length and origin are read.
        decoded: all speech that was found, also where no words were heard; only the spans and
            the corrections are read.
        sentences: in order; their tokens count from the starts of their spans.
        context: what was in force for the run; its hotwords are looked for in the text.
        style: the limits of the captions; None where nobody asked for any.

    Returns:
        Everything that the renderers need. No token is dropped or moved past another.
    """
    duration_ms = recording.duration_ms
    timed = _timed(sentences, recording, context.hotwords)
    coverage = Coverage(
        speech_ms=samples_to_ms(sum(item.span.length for item in decoded)),
        text_ms=sum(sentence.end_ms - sentence.start_ms for sentence in timed),
        last_char_ms=timed[-1].end_ms if timed else 0,
    )
    made = Transcript(
        source=recording.source,
        sha256=recording.sha256,
        duration_ms=duration_ms,
        source_rate_hz=recording.source_rate_hz,
        source_channels=recording.source_channels,
        channel=recording.channel,
        sentences=timed,
        cues=(),
        coverage=coverage,
        context=context,
        corrections=tuple(
            one.shifted(item.span.start_ms) for item in decoded for one in item.corrections
        ),
        spans=tuple(item.span for item in decoded),
        acoustics=recording.acoustics if isinstance(recording, Track) else None,
    )
    return made if style is None else recaptioned(made, style)


def recaptioned(transcript: Transcript, style: CueStyle) -> Transcript:
    """The same transcript with captions of another style; nothing is decoded for it."""
    made = cues(
        transcript.sentences,
        style,
        names=transcript.channel_names,
        end_ms=transcript.duration_ms,
    )
    return replace(transcript, cues=made)


def together(
    channels: Sequence[Transcript], style: CueStyle | None, *, names: Sequence[str] = ()
) -> Transcript:
    """The channels of one recording as one timeline.

    Args:
        channels: what was made of each channel, at least one.
        style: the limits of the captions; None where nobody asked for any.
        names: of the speakers, in the order of the file's channels; empty where none were given.

    Returns:
        A transcript without a channel of its own: every sentence and every span says in which it
        was heard. They come in the order of their starts.
    """
    coverage = Coverage(
        speech_ms=sum(one.coverage.speech_ms for one in channels),
        text_ms=sum(one.coverage.text_ms for one in channels),
        last_char_ms=max(one.coverage.last_char_ms for one in channels),
    )
    made = replace(
        channels[0],
        duration_ms=max(one.duration_ms for one in channels),
        channel=None,
        # Sorting is stable: who is earlier in the file comes first where two begin together.
        sentences=tuple(
            sorted((s for one in channels for s in one.sentences), key=lambda s: s.start_ms)
        ),
        cues=(),
        coverage=coverage,
        corrections=tuple(
            sorted((c for one in channels for c in one.corrections), key=lambda c: c.start_ms)
        ),
        channel_names=tuple(names),
        spans=tuple(sorted((s for one in channels for s in one.spans), key=lambda s: s.start)),
        lanes=tuple(one.channel for one in channels if one.channel is not None),
    )
    return made if style is None else recaptioned(made, style)


def _timed(
    sentences: Sequence[Sentence], recording: Recording | Track, hotwords: HotwordSet
) -> tuple[TimedSentence, ...]:
    filled = [sentence for sentence in sentences if sentence.pieces]
    tokens = _on_one_clock((piece for s in filled for piece in s.pieces), recording.duration_ms)
    folded = [(word, word.casefold()) for word, _ in hotwords.words]
    timed: list[TimedSentence] = []
    first = 0
    for sentence in filled:
        own = tuple(tokens[first : first + len(sentence.pieces)])
        first += len(own)
        timed.append(
            TimedSentence(
                start_ms=own[0].start_ms,
                end_ms=own[-1].end_ms,
                spoken=sentence.spoken,
                written=sentence.written,
                written_map=sentence.written_map,
                tokens=own,
                hotwords=_heard(folded, sentence),
                channel=recording.channel,
            )
        )
    return tuple(timed)


def _on_one_clock(pieces: Iterable[tuple[SpeechSpan, Token]], duration_ms: Millis) -> list[Token]:
    """The tokens in recording time: inside their spans, none before or into another."""
    placed: list[Token] = []
    earliest = 0
    for span, token in pieces:
        origin = span.start_ms
        latest = min(span.end_ms, duration_ms)
        start = min(max(origin + token.start_ms, origin, earliest), max(latest, earliest))
        end = max(start, min(origin + token.end_ms, latest))
        if placed and placed[-1].end_ms > start:
            placed[-1] = placed[-1].at(placed[-1].start_ms, start)
        placed.append(token.at(start, end))
        earliest = start
    return placed


def _heard(folded: Sequence[tuple[str, str]], sentence: Sentence) -> tuple[str, ...]:
    """The hotwords that stand in the sentence, in the order of the list."""
    texts = (sentence.spoken, sentence.written)
    lowered = "\n".join(texts).casefold()
    # The plain search sorts out nearly all of a list of thousands before a pattern is needed.
    return tuple(
        word
        for word, key in folded
        if key in lowered and any(occurrences(word, text) for text in texts)
    )
