"""Praat TextGrid: one interval tier for each channel, without holes from start to end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asrcli.segments.cutlist import seconds
from asrcli.segments.manifests.parts import channel_number

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from asrcli.segments.cutlist import CutList


def render(cuts: Sequence[CutList]) -> str:
    """The long text form; segments are numbered, what lies between them has an empty label."""
    return "\n".join(_lines(cuts)) + "\n"


def _lines(cuts: Sequence[CutList]) -> Iterator[str]:
    end = seconds(cuts[0].length)
    yield 'File type = "ooTextFile"'
    yield 'Object class = "TextGrid"'
    yield ""
    yield "xmin = 0"
    yield f"xmax = {end}"
    yield "tiers? <exists>"
    yield f"size = {len(cuts)}"
    yield "item []:"
    for place, cut in enumerate(cuts, 1):
        yield f"    item [{place}]:"
        yield '        class = "IntervalTier"'
        channel = channel_number(cut)
        yield f'        name = "{f"speech {channel}" if channel else "speech"}"'
        yield "        xmin = 0"
        yield f"        xmax = {end}"
        yield from _intervals(cut)


def _intervals(cut: CutList) -> Iterator[str]:
    stretches = list(cut.stretches())
    yield f"        intervals: size = {len(stretches)}"
    number = 0
    for place, (start, end, span) in enumerate(stretches, 1):
        number += span is not None
        yield f"        intervals [{place}]:"
        yield f"            xmin = {seconds(start)}"
        yield f"            xmax = {seconds(end)}"
        yield f'            text = "{f"{number:04}" if span else ""}"'
