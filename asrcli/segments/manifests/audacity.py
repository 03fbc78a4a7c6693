"""Audacity labels: `start TAB end TAB text`, for File > Import > Labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asrcli.segments.cutlist import seconds
from asrcli.segments.manifests.parts import channel_number, in_time

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asrcli.segments.cutlist import CutList


def render(cuts: Sequence[CutList]) -> str:
    """A line for each segment, labelled with its number and, where there are several, channel."""
    lines = []
    for number, (cut, _, span) in enumerate(in_time(cuts), 1):
        channel = channel_number(cut)
        label = f"{number:04}" + (f" c{channel}" if channel else "")
        lines.append(f"{seconds(span.start)}\t{seconds(span.end)}\t{label}\n")
    return "".join(lines)
