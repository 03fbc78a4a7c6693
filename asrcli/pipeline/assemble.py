"""Stage 8, Sentence... -> Transcript: the only place that adds span offsets.

After it every time counts from the start of the recording: token, sentence and cue times never
decrease and lie inside the recording, whatever the recogniser said.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from asrcli.captions.atoms import occurrences
from asrcli.captions.cues import CueStyle, cues
from asrcli.clock import samples_to_ms
from asrcli.values import Coverage, TimedSentence, Transcript

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

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

__all__ = ["CueStyle", "assemble"]


def assemble(
    recording: Recording,
    decoded: Sequence[Decoded],
    sentences: Sequence[Sentence],
    context: RunContext,
    style: CueStyle,
) -> Transcript:
    """Put sentences and cues on the recording's clock.

    Args:
        recording: whose samples were decoded; only its length and origin are read.
        decoded: all speech that was found, also where no words were heard; only the spans and
            the corrections are read.
        sentences: in order; their tokens count from the starts of their spans.
        context: what was in force for the run; its hotwords are looked for in the text.
        style: the limits of the captions.

    Returns:
        Everything that the renderers need. No token is dropped or moved past another.
    """
    duration_ms = recording.duration_ms
    timed = _timed(sentences, duration_ms, context.hotwords)
    coverage = Coverage(
        speech_ms=samples_to_ms(sum(item.span.length for item in decoded)),
        text_ms=sum(sentence.end_ms - sentence.start_ms for sentence in timed),
        last_char_ms=timed[-1].end_ms if timed else 0,
    )
    return Transcript(
        source=recording.source,
        sha256=recording.sha256,
        duration_ms=duration_ms,
        source_rate_hz=recording.source_rate_hz,
        source_channels=recording.source_channels,
        channel=recording.channel,
        sentences=timed,
        cues=cues(timed, style, channel=recording.channel, end_ms=duration_ms),
        coverage=coverage,
        context=context,
        corrections=tuple(
            one.shifted(item.span.start_ms) for item in decoded for one in item.corrections
        ),
    )


def _timed(
    sentences: Sequence[Sentence], duration_ms: Millis, hotwords: HotwordSet
) -> tuple[TimedSentence, ...]:
    filled = [sentence for sentence in sentences if sentence.pieces]
    tokens = _on_one_clock((piece for s in filled for piece in s.pieces), duration_ms)
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
            )
        )
    return tuple(timed)


def _on_one_clock(pieces: Iterable[tuple[SpeechSpan, Token]], duration_ms: Millis) -> list[Token]:
    """The tokens in recording time: inside their spans, none before or into another."""
    placed: list[Token] = []
    earliest = 0
    for span, token in pieces:
        moved = token.shifted(span.start_ms)
        latest = min(span.end_ms, duration_ms)
        start = min(max(moved.start_ms, span.start_ms, earliest), max(latest, earliest))
        end = max(start, min(moved.end_ms, latest))
        if placed and placed[-1].end_ms > start:
            placed[-1] = replace(placed[-1], end_ms=start)
        placed.append(replace(moved, start_ms=start, end_ms=end))
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
