from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asrcli.errors import RecordingError
from asrcli.segments.names import beside, leftovers, piece_name
from tests.segments.cuts import cut_lists

if TYPE_CHECKING:
    from pathlib import Path

    from asrcli.segments.cutlist import CutList


def name(rel: str, start: int, end: int, ending: str = "wav", **options: object) -> str:
    settings = {"channel": None, "gap": False, **options}
    return str(piece_name(PurePosixPath(rel), start, end, ending, **settings))  # type: ignore[arg-type]


def test_a_name_says_where_it_comes_from() -> None:
    assert name("会议/三 月.mp3", 160_000, 176_016) == "会议/三 月.mp3_000010000-000011001.wav"
    assert name("a.wav", 0, 16, "flac", channel=1) == "a.wav_000000000-000000001_c2.flac"
    assert name("a.wav", 0, 16, gap=True) == "a.wav_000000000-000000001_gap.wav"


@given(cut_lists())
def test_names_sort_by_time_and_are_unique(cut: CutList) -> None:
    # On the millisecond grid, as the split stage makes spans.
    spans = [(16 * span.start, 16 * span.end) for span in cut.spans]
    names = [name("a.wav", start, end) for start, end in spans]
    assert names == sorted(names)
    assert len(set(names)) == len(names)


def test_beyond_eleven_days_names_are_still_unique() -> None:
    assert name("a", 16 * 10**9, 16 * 10**9 + 16) == "a_1000000000-1000000001.wav"


@pytest.mark.parametrize("rel", ["/a.wav", "../a.wav", "b/../../a.wav", "", ".", "a\0.wav"])
def test_no_name_leads_out_of_the_folder(rel: str) -> None:
    with pytest.raises(RecordingError, match="leads out of the output folder"):
        beside(PurePosixPath(rel), ".x")


@given(st.sampled_from(["a.wav", "x/a.wav", "a", "…wav", "..wav", "a b.wav", "会/议.wav"]))
def test_what_is_added_stands_at_the_end(rel: str) -> None:
    assert str(beside(PurePosixPath(rel), ".TextGrid")) == f"{rel}.TextGrid"


class TestLeftovers:
    def found(self, folder: Path, rel: str, wanted: set[str]) -> list[str]:
        return [path.name for path in leftovers(folder, PurePosixPath(rel), wanted)]

    def test_only_pieces_of_this_recording(self, tmp_path: Path) -> None:
        old = "a.wav_000000000-000001000.wav"
        kept = {
            *("a.wav", "a.wav.srt", "a.wav_000000000-000001000.txt", "a.wav_notes.wav"),
            *("b.wav_000000000-000001000.wav", "a.wavx_000000000-000001000.wav"),
            *("a.wav_000000000-000001000.wav.bak", "xa.wav_000000000-000001000.wav"),
        }
        new = "a.wav_000000000-000002000_c1_gap.flac"
        for file in (old, new, *kept):
            (tmp_path / file).write_bytes(b"")
        assert self.found(tmp_path, "a.wav", {new}) == [old]
        assert self.found(tmp_path, "a.wav", set()) == [old, new]

    def test_no_folder_no_leftovers(self, tmp_path: Path) -> None:
        assert self.found(tmp_path, "missing/a.wav", set()) == []
