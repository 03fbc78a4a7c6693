"""Cut lists for tests, and a strategy of any."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePosixPath

from hypothesis import strategies as st

from asrcli.segments.cutlist import CutList
from asrcli.values import SpeechSpan
from tests.values_samples import HASH, RELS, source

Region = tuple[int, int]


def cut_list(
    *regions: Region,
    length: int = 160_000,
    rel: str = "会议/三 月.wav",
    channel: int | None = None,
    forced: frozenset[int] = frozenset(),
) -> CutList:
    """Regions in samples at 16 kHz; `forced` names those that end at the limit."""
    spans = tuple(SpeechSpan(n, *region, n in forced) for n, region in enumerate(regions))
    return CutList(source(rel), HASH, length, 8_000, 1 if channel is None else 2, channel, spans)


def with_audio(cut: CutList) -> CutList:
    """The same with a file for each segment."""
    audio = tuple(PurePosixPath(f"会议/{n}.wav") for n in range(len(cut.spans)))
    return replace(cut, audio=audio)


@st.composite
def region_lists(draw: st.DrawFn, *, grid: int = 1) -> tuple[int, list[Region]]:
    """A recording's length, and ordered, disjoint regions inside it."""
    sizes = draw(st.lists(st.integers(0, 2_000), max_size=16))
    edges = [0]
    for size in sizes:
        edges.append(edges[-1] + size * grid)
    pairs = zip(edges[1::2], edges[2::2], strict=False)
    length = edges[-1] + draw(st.integers(0, 1_000))
    return length, [(start, end) for start, end in pairs if end > start]


@st.composite
def cut_lists(draw: st.DrawFn) -> CutList:
    """Any, of any file."""
    length, regions = draw(region_lists())
    spans = tuple(SpeechSpan(n, *region, draw(st.booleans())) for n, region in enumerate(regions))
    channel = draw(st.none() | st.integers(0, 7))
    origin = replace(source(), rel=PurePosixPath(draw(RELS)))
    return CutList(origin, HASH, length, 44_100, 2, channel, spans)
