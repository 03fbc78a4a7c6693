from __future__ import annotations

import json
from typing import TYPE_CHECKING

from hypothesis import given

from asrcli.segments.manifests.json import document, render
from tests.segments.cuts import cut_list, cut_lists, with_audio
from tests.values_samples import HASH

if TYPE_CHECKING:
    from asrcli.segments.cutlist import CutList


@given(cut_lists())
def test_what_is_read_back_is_what_was_written(cut: CutList) -> None:
    found = json.loads(render([cut]))
    assert found == document([cut])
    assert [(s["start_sample"], s["end_sample"], s["forced_cut"]) for s in found["segments"]] == [
        (span.start, span.end, span.forced_cut) for span in cut.spans
    ]
    assert [round(s["start"] * 16_000) for s in found["segments"]] == [
        span.start for span in cut.spans
    ]
    assert found["samples"] == cut.length


def test_a_document() -> None:
    left = with_audio(cut_list((0, 16), length=32, channel=0))
    right = cut_list((8, 24), length=32, channel=1)
    found = document([left, right])
    segments = found.pop("segments")
    assert found == {
        "file": "会议/三 月.wav",
        "sha256": HASH,
        "duration": 0.002,
        "samples": 32,
        "sample_rate": 16_000,
        "source_rate": 8_000,
        "source_channels": 2,
    }
    assert [s["channel"] for s in segments] == [1, 2]
    assert [s["audio"] for s in segments] == ["会议/0.wav", None]
