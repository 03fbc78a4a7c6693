"""WebVTT captions (W3C, "WebVTT: The Web Video Text Tracks Format")."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from asrcli.pipeline.formats.parts import clock_time

if TYPE_CHECKING:
    from asrcli.values import Transcript


def render(transcript: Transcript) -> str:
    """The cues under the line that makes the file WebVTT; & < > stand as entities."""
    blocks = [
        f"{clock_time(cue.start_ms, '.')} --> {clock_time(cue.end_ms, '.')}\n"
        f"{escape(cue.text, quote=False)}\n"
        for cue in transcript.cues
    ]
    return "\n".join(["WEBVTT\n", *blocks])
