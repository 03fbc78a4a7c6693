"""`calls.csv`: who spoke how long in every call, a row for each channel of each call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asrcli.calls.notes import notes
from asrcli.calls.statistics import call_statistics
from asrcli.clock import ms_to_seconds
from asrcli.pipeline.formats.parts import shown_path, table
from asrcli.wording import harmless

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asrcli.clock import Millis
    from asrcli.values import Transcript

COLUMNS = (
    "file", "duration", "channel", "speaker", "talk", "talk_ratio", "longest_monologue",
    "interruptions", "silence_ratio", "overlap", "notes",
)  # fmt: skip


def header() -> str:
    """The first line of the table."""
    return _lines([], with_header=True)


def rows(transcript: Transcript) -> str:
    """A line for each channel, without a header; nothing for a recording that is no call.

    Times are seconds with 3 decimals. `talk_ratio` is the share of all that was spoken,
    `silence_ratio` that of the recording in which nobody speaks; the latter, `overlap` and `notes`
    are those of the whole call in each of its rows.
    """
    if not transcript.lanes:
        return ""
    found = call_statistics(transcript.sentences, transcript.lanes, transcript.duration_ms)
    whole = (_ratio(found.silence_ratio), _seconds(found.overlap_ms), "; ".join(notes(transcript)))
    return _lines(
        [
            (
                shown_path(transcript.source.rel),
                _seconds(transcript.duration_ms),
                str(share.channel + 1),
                transcript.speaker(share.channel),
                _seconds(share.talk_ms),
                _ratio(share.talk_ratio),
                _seconds(share.longest_monologue_ms),
                str(share.interruptions),
                *whole,
            )
            for share in found.shares
        ]
    )


def _seconds(ms: Millis) -> str:
    return f"{ms_to_seconds(ms):.3f}"


def _ratio(share: float) -> str:
    return f"{share:.4f}"


def _lines(rows: Sequence[Sequence[str]], *, with_header: bool = False) -> str:
    plain = [[harmless(cell) for cell in row] for row in rows]
    return table(COLUMNS, plain, separator=",", header=with_header)
