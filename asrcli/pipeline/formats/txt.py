"""Plain text, one sentence a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asrcli.captions.labels import label
from asrcli.pipeline.formats.parts import without_breaks

if TYPE_CHECKING:
    from asrcli.values import Transcript


def render(transcript: Transcript) -> str:
    """The written text, behind the name of who says it; an empty document without sentences."""
    return "".join(
        f"{label(transcript.channel_names, sentence.channel)}{without_breaks(sentence.written)}\n"
        for sentence in transcript.sentences
    )
