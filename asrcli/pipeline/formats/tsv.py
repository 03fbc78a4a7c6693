"""Tab-separated sentences with whole milliseconds, for programs: `start_ms end_ms text`.

Where the channels' speakers have names, a column `speaker` stands before the text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asrcli.pipeline.formats.parts import table

if TYPE_CHECKING:
    from asrcli.values import Transcript

COLUMNS = ("start_ms", "end_ms", "text")


def render(transcript: Transcript) -> str:
    """A header and one line for each sentence."""
    named = bool(transcript.channel_names)
    rows = [
        (str(s.start_ms), str(s.end_ms), *([transcript.speaker(s.channel)] * named), s.written)
        for s in transcript.sentences
    ]
    columns = (*COLUMNS[:2], "speaker", *COLUMNS[2:]) if named else COLUMNS
    return table(columns, rows, separator="\t", header=True)
