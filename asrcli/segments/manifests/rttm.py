"""RTTM (NIST Rich Transcription): who spoke when, as diarization tools read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asrcli.segments.cutlist import seconds
from asrcli.segments.manifests.parts import channel_number, in_time, recording_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asrcli.segments.cutlist import CutList


def render(cuts: Sequence[CutList]) -> str:
    """A SPEAKER line for each segment; the channels of a call are its speakers."""
    lines = []
    for cut, _, span in in_time(cuts):
        channel = channel_number(cut)
        # The file is one recording, whichever channel: the field after it names that.
        name = recording_id(cut).removesuffix(f"_c{channel}")
        speaker = f"channel{channel}" if channel else "speech"
        lines.append(
            f"SPEAKER {name} {channel or 1} {seconds(span.start)} {seconds(span.length)} "
            f"<NA> <NA> {speaker} <NA> <NA>\n"
        )
    return "".join(lines)
