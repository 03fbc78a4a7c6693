from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given

from asrcli.segments.manifests.rttm import render
from tests.segments.cuts import cut_list, cut_lists

if TYPE_CHECKING:
    from asrcli.segments.cutlist import CutList


@given(cut_lists())
def test_what_is_read_back_is_what_was_written(cut: CutList) -> None:
    found = []
    for line in render([cut]).splitlines():
        kind, _, _, start, length, *rest = line.split(" ")
        assert (kind, len(rest)) == ("SPEAKER", 5)
        at = round(float(start) * 16_000)
        found.append((at, at + round(float(length) * 16_000)))
    assert found == [(span.start, span.end) for span in cut.spans]


def test_lines() -> None:
    assert render([cut_list((16, 48), rel="三 月.wav")]) == (
        "SPEAKER 三%20月.wav 1 0.001 0.002 <NA> <NA> speech <NA> <NA>\n"
    )
    both = [cut_list((32, 48), rel="a.wav", channel=0), cut_list((0, 16), rel="a.wav", channel=1)]
    assert render(both) == (
        "SPEAKER a.wav 2 0.000 0.001 <NA> <NA> channel2 <NA> <NA>\n"
        "SPEAKER a.wav 1 0.002 0.001 <NA> <NA> channel1 <NA> <NA>\n"
    )
