"""SubRip captions: numbered blocks with a comma before the milliseconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asrcli.captions.labels import labelled
from asrcli.pipeline.formats.parts import clock_time

if TYPE_CHECKING:
    from asrcli.values import Transcript


def render(transcript: Transcript) -> str:
    """The cues, numbered from 1; an empty document without cues."""
    return "\n".join(
        f"{number}\n{clock_time(cue.start_ms, ',')} --> {clock_time(cue.end_ms, ',')}\n"
        f"{labelled(cue, transcript.channel_names)}\n"
        for number, cue in enumerate(transcript.cues, 1)
    )
