"""WebVTT captions (W3C, "WebVTT: The Web Video Text Tracks Format")."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from asrcli.pipeline.formats.parts import clock_time, without_breaks

if TYPE_CHECKING:
    from asrcli.values import Cue, Transcript


def render(transcript: Transcript) -> str:
    """The cues under the line that makes the file WebVTT; & < > stand as entities.

    A speaker with a name speaks in a voice span, `<v 坐席>您好`.
    """
    blocks = [
        f"{clock_time(cue.start_ms, '.')} --> {clock_time(cue.end_ms, '.')}\n"
        f"{_payload(cue, transcript)}\n"
        for cue in transcript.cues
    ]
    return "\n".join(["WEBVTT\n", *blocks])


def _payload(cue: Cue, transcript: Transcript) -> str:
    return "\n".join(
        _voice(transcript.speaker(channel)) + escape(text, quote=False)
        for channel, text in cue.parts
    )


def _voice(name: str) -> str:
    return f"<v {escape(without_breaks(name), quote=False)}>" if name else ""
