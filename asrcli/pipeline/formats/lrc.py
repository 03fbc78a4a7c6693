"""LRC, the lines that audio players show beside a recording: `[mm:ss.xx]text`.

A line stays until the next one begins, so that an empty line ends one that a silence follows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from asrcli.captions.labels import label
from asrcli.pipeline.formats.parts import shown_path, without_breaks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asrcli.clock import Millis
    from asrcli.values import Cue, Transcript

SILENCE_MS: Millis = 1000
"""A pause between two captions from which on nothing is shown."""


class _Line(NamedTuple):
    start_ms: Millis
    text: str


def render(transcript: Transcript) -> str:
    """The title, the length, and every line of the captions at the time of its first word."""
    title = without_breaks(shown_path(transcript.source.rel)).replace("]", "］")
    minutes, seconds = divmod(round(transcript.duration_ms / 1000), 60)
    lines = sorted(_lines(transcript), key=lambda line: line.start_ms)
    shown = "".join(f"[{_clock_time(line.start_ms)}]{line.text}\n" for line in lines)
    return f"[ti:{title}]\n[length:{minutes:02d}:{seconds:02d}]\n{shown}"


def _lines(transcript: Transcript) -> Iterator[_Line]:
    for cue in transcript.cues:
        yield from _of_cue(cue, transcript)
    ends = [cue.end_ms for cue in transcript.cues]
    following = [*(cue.start_ms for cue in transcript.cues[1:]), None]
    for end_ms, start_ms in zip(ends, following, strict=False):
        if start_ms is None or start_ms - end_ms >= SILENCE_MS:
            yield _Line(end_ms, "")


def _of_cue(cue: Cue, transcript: Transcript) -> Iterator[_Line]:
    texts = [
        (label(transcript.channel_names, channel) if first else "") + line
        for channel, text in cue.parts
        for first, line in _numbered(text)
    ]
    starts = cue.line_starts or (cue.start_ms,) * len(texts)
    for start_ms, text in zip(starts, texts, strict=True):
        yield _Line(start_ms, without_breaks(text))


def _numbered(text: str) -> Iterator[tuple[bool, str]]:
    """Each line, and whether it is the first."""
    for number, line in enumerate(text.split("\n")):
        yield number == 0, line


def _clock_time(ms: Millis) -> str:
    """`mm:ss.xx`, with as many digits for the minutes as they need."""
    minutes, rest = divmod(ms, 60_000)
    return f"{minutes:02d}:{rest // 1000:02d}.{rest % 1000 // 10:02d}"
