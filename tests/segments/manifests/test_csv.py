from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest
from hypothesis import given

from asrcli.segments.manifests.csv import COLUMNS, header, outcome_row, render
from asrcli.values import Status
from tests.segments.cuts import cut_list, cut_lists, with_audio
from tests.values_samples import outcome

if TYPE_CHECKING:
    from asrcli.segments.cutlist import CutList


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(header() + text, newline="")))


@given(cut_lists())
def test_what_is_read_back_is_what_was_written(cut: CutList) -> None:
    rows = read(render([cut]))
    assert [(int(r["start_sample"]), int(r["end_sample"])) for r in rows] == [
        (span.start, span.end) for span in cut.spans
    ]
    assert [r["ends"] == "cut" for r in rows] == [span.forced_cut for span in cut.spans]
    assert all(round(float(r["end"]) * 16_000) == int(r["end_sample"]) for r in rows)
    assert [int(r["segment"]) for r in rows] == list(range(1, len(rows) + 1))


def test_a_row() -> None:
    cut = with_audio(cut_list((160, 16_160), channel=1, rel="=a b.wav"))
    (row,) = read(render([cut]))
    assert list(row) == list(COLUMNS)
    assert row["file"] == "'=a b.wav"
    assert (row["channel"], row["start"], row["end"], row["duration"]) == (
        "2",
        "0.010",
        "1.010",
        "1.000",
    )
    assert (row["audio"], row["status"], row["reason"]) == ("会议/0.wav", "done", "")


@pytest.mark.parametrize("status", [Status.FAILED, Status.EMPTY])
def test_a_recording_without_segments_has_one_row(status: Status) -> None:
    (row,) = read(outcome_row(outcome("a,b.wav", status, 'it "broke"')))
    assert (row["file"], row["status"], row["reason"]) == ("a,b.wav", str(status), 'it "broke"')
    assert row["start"] == row["audio"] == ""
