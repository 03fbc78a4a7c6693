"""Everything about one recording as JSON; `asrcli/assets/transcript.schema.json` describes it.

Times are seconds with 3 decimals. Characters of a text are counted in Unicode code points.
"""

from __future__ import annotations

import functools
import json
from typing import TYPE_CHECKING, Any, TypeAlias

from asrcli.calls.notes import notes
from asrcli.calls.statistics import call_statistics, overlaps
from asrcli.clock import ms_to_seconds
from asrcli.pipeline.formats.parts import shown_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asrcli.clock import Millis
    from asrcli.values import (
        Correction,
        HotwordSet,
        RunContext,
        TimedSentence,
        Token,
        Transcript,
    )

    Json: TypeAlias = dict[str, Any]


def render(transcript: Transcript) -> str:
    """The document with one sentence a line: easy to read, to search and to compare."""
    sentences = ",\n".join(f"    {compact(sentence)}" for sentence in _sentences(transcript))
    body = f"[\n{sentences}\n  ]" if sentences else "[]"
    members = (
        _members(_origin(transcript)),
        _terms_as_members(transcript.context),
        _members(_figures(transcript)),
        f'  "sentences": {body}',
    )
    return "{\n" + ",\n".join(members) + "\n}\n"


def _members(some: Json) -> str:
    """The members of an object on lines of their own, without its braces."""
    text = json.dumps(some, ensure_ascii=False, allow_nan=False, indent=2)
    return text.removeprefix("{\n").removesuffix("\n}")


@functools.lru_cache(maxsize=4)
def _terms_as_members(context: RunContext) -> str:
    """The same for all recordings of a folder; a list of 5,000 hotwords takes 13 ms."""
    return _members(_terms(context))


def compact(value: object) -> str:
    """JSON on one line without spaces."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def document(transcript: Transcript) -> Json:
    """What the schema describes, as plain values; `sentences` comes last."""
    return {
        **_origin(transcript),
        **_terms(transcript.context),
        **_figures(transcript),
        "sentences": list(_sentences(transcript)),
    }


def _origin(transcript: Transcript) -> Json:
    return {
        "schema_version": transcript.schema_version,
        "source": {
            "file": shown_path(transcript.source.rel),
            "sha256": transcript.sha256,
            "duration": ms_to_seconds(transcript.duration_ms),
            "rate": transcript.source_rate_hz,
            "channels": transcript.source_channels,
            "channel": _number(transcript.channel),
            "channel_names": list(transcript.channel_names),
            **_sound(transcript),
        },
    }


def _terms(context: RunContext) -> Json:
    """What was in force."""
    return {
        "settings": dict(context.settings),
        "settings_sha256": context.settings_sha256,
        "models": [
            {"role": model.role, "name": model.name, "sha256": model.sha256}
            for model in context.models
        ],
        "hotwords": _hotwords(context.hotwords),
    }


def _figures(transcript: Transcript) -> Json:
    """What is said of the text as a whole."""
    coverage = transcript.coverage
    return {
        "coverage": {
            "speech": ms_to_seconds(coverage.speech_ms),
            "text": ms_to_seconds(coverage.text_ms),
            "last_char": ms_to_seconds(coverage.last_char_ms),
        },
        "confidence": round(transcript.confidence, 3),
        "corrections": [_correction(one) for one in transcript.corrections],
        "call": _call(transcript),
    }


def _sentences(transcript: Transcript) -> Iterator[Json]:
    found = overlaps(transcript.sentences)
    for sentence, overlap_ms in zip(transcript.sentences, found, strict=True):
        yield _sentence(sentence, transcript, overlap_ms)


def _sound(transcript: Transcript) -> Json:
    acoustics = transcript.acoustics
    return {
        "stereo": None if acoustics is None else str(acoustics.stereo),
        "band": None if acoustics is None else acoustics.band_hz,
        "notes": list(notes(transcript)),
    }


def _call(transcript: Transcript) -> Json | None:
    if not transcript.lanes:
        return None
    found = call_statistics(transcript.sentences, transcript.lanes, transcript.duration_ms)
    return {
        "silence_ratio": round(found.silence_ratio, 4),
        "overlap": ms_to_seconds(found.overlap_ms),
        "speakers": [
            {
                "channel": share.channel + 1,
                "speaker": transcript.speaker(share.channel) or None,
                "talk": ms_to_seconds(share.talk_ms),
                "talk_ratio": round(share.talk_ratio, 4),
                "longest_monologue": ms_to_seconds(share.longest_monologue_ms),
                "interruptions": share.interruptions,
            }
            for share in found.shares
        ],
    }


def _hotwords(hotwords: HotwordSet) -> Json:
    return {
        "words": [{"text": text, "weight": weight} for text, weight in hotwords.words],
        "aliases": [{"alias": alias, "word": word} for alias, word in hotwords.aliases],
        "dropped": [
            {"line": word.line, "text": word.text, "reason": word.reason}
            for word in hotwords.dropped
        ],
        "sha256": hotwords.sha256,
    }


def _number(channel: int | None) -> int | None:
    """A channel as people count it."""
    return None if channel is None else channel + 1


def _sentence(sentence: TimedSentence, transcript: Transcript, overlap_ms: Millis) -> Json:
    return {
        "start": ms_to_seconds(sentence.start_ms),
        "end": ms_to_seconds(sentence.end_ms),
        "text": sentence.written,
        "spoken": sentence.spoken,
        "channel": _number(sentence.channel),
        "speaker": transcript.speaker(sentence.channel) or None,
        "overlap": ms_to_seconds(overlap_ms),
        "confidence": round(sentence.confidence, 3),
        "hotwords": list(sentence.hotwords),
        "tokens": [_token(token) for token in sentence.tokens],
        "text_tokens": [list(tokens) for tokens in sentence.written_map],
    }


def _correction(one: Correction) -> Json:
    return {
        "start": ms_to_seconds(one.start_ms),
        "end": ms_to_seconds(one.end_ms),
        "text": one.text,
        "replaced": one.replaced,
        "hotword": one.hotword,
        "score": round(one.score, 3),
    }


def _token(token: Token) -> Json:
    return {
        "text": token.text,
        "start": ms_to_seconds(token.start_ms),
        "end": ms_to_seconds(token.end_ms),
        "confidence": round(token.confidence, 3),
        "biased": token.biased,
    }
