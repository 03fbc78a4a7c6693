"""Tab-separated sentences with whole milliseconds, for programs: `start_ms end_ms text`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asrcli.pipeline.formats.parts import table

if TYPE_CHECKING:
    from asrcli.values import Transcript

COLUMNS = ("start_ms", "end_ms", "text")


def render(transcript: Transcript) -> str:
    """A header and one line for each sentence."""
    rows = [(str(s.start_ms), str(s.end_ms), s.written) for s in transcript.sentences]
    return table(COLUMNS, rows, separator="\t", header=True)
