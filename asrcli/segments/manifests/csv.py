"""CSV: a row for each segment, and one for a recording without any."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asrcli.pipeline.formats.parts import shown_path, table
from asrcli.segments.cutlist import seconds
from asrcli.segments.manifests.parts import audio_of, channel_number, in_time
from asrcli.wording import harmless

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asrcli.segments.cutlist import CutList
    from asrcli.values import Outcome

COLUMNS = (
    "file", "channel", "segment", "start", "end", "duration", "start_sample", "end_sample", "ends",
    "audio", "status", "reason",
)  # fmt: skip


def header() -> str:
    """The first line of the table."""
    return table(COLUMNS, [], separator=",", header=True)


def render(cuts: Sequence[CutList]) -> str:
    """The rows of one recording.

    Times are seconds, samples count at 16 kHz; `ends` says whether a segment ends at a pause or
    at a cut because it reached the limit; `channel` and `segment` count from 1.
    """
    return _rows(
        [
            (
                shown_path(cut.source.rel),
                str(channel_number(cut) or ""),
                str(number),
                seconds(span.start),
                seconds(span.end),
                seconds(span.length),
                str(span.start),
                str(span.end),
                "cut" if span.forced_cut else "pause",
                audio_of(cut, index),
                "done",
                "",
            )
            for number, (cut, index, span) in enumerate(in_time(cuts), 1)
        ]
    )


def outcome_row(outcome: Outcome) -> str:
    """The one row of a recording without segments, with its status and the reason."""
    nothing = [""] * (len(COLUMNS) - 3)
    return _rows([(shown_path(outcome.source.rel), *nothing, outcome.status, outcome.reason)])


def _rows(rows: Sequence[Sequence[str]]) -> str:
    plain = [[harmless(cell) for cell in row] for row in rows]
    return table(COLUMNS, plain, separator=",", header=False)
