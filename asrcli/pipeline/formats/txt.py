"""Plain text, one sentence a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asrcli.pipeline.formats.parts import without_breaks

if TYPE_CHECKING:
    from asrcli.values import Transcript


def render(transcript: Transcript) -> str:
    """The written text; an empty document without sentences."""
    return "".join(f"{without_breaks(sentence.written)}\n" for sentence in transcript.sentences)
