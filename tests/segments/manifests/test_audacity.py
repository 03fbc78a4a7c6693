from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given

from asrcli.segments.manifests.audacity import render
from tests.segments.cuts import cut_list, cut_lists

if TYPE_CHECKING:
    from asrcli.segments.cutlist import CutList


@given(cut_lists())
def test_what_is_read_back_is_what_was_written(cut: CutList) -> None:
    lines = [line.split("\t") for line in render([cut]).splitlines()]
    assert [
        (round(float(start) * 16_000), round(float(end) * 16_000)) for start, end, _ in lines
    ] == [(span.start, span.end) for span in cut.spans]


def test_labels_say_number_and_channel() -> None:
    assert render([cut_list((0, 16))]) == "0.000\t0.001\t0001\n"
    both = [cut_list((0, 16), channel=0), cut_list((32, 48), channel=1)]
    assert render(both) == "0.000\t0.001\t0001 c1\n0.002\t0.003\t0002 c2\n"
