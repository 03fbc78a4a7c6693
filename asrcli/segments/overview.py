"""What `--dry-run` shows of one recording: a line, a table and a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asrcli.pipeline.formats.parts import shown_path
from asrcli.segments.cutlist import seconds
from asrcli.segments.manifests.parts import channel_number, in_time
from asrcli.wording import one_line

if TYPE_CHECKING:
    from asrcli.segments.cutlist import CutList

HEADINGS = ("segment", "start", "end", "length", "ends")


def title(cut: CutList) -> str:
    """`a.wav, channel 1: 12 segments, 34.5 of 60.2 s are speech (57 %), 1 cut at the limit`."""
    channel = channel_number(cut)
    name = one_line(shown_path(cut.source.rel)) + (f", channel {channel}" if channel else "")
    count = len(cut.spans)
    share = cut.speech / cut.length if cut.length else 0.0
    parts = [
        f"{count} segment{'' if count == 1 else 's'}",
        f"{_tenths(cut.speech)} of {_tenths(cut.length)} s are speech ({100 * share:.0f} %)",
        f"{cut.cuts} cut at the limit",
    ]
    return f"{name}: {', '.join(parts)}"


def rows(cut: CutList) -> list[tuple[str, str, str, str, str]]:
    """Cells under `HEADINGS`, times in seconds."""
    return [
        (
            str(number),
            seconds(span.start),
            seconds(span.end),
            seconds(span.length),
            "cut" if span.forced_cut else "pause",
        )
        for number, (_, _, span) in enumerate(in_time([cut]), 1)
    ]


def _tenths(samples: int) -> str:
    return f"{float(seconds(samples)):.1f}"
