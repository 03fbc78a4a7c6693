from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings

from asrcli.errors import RecordingError, RunError
from asrcli.segments.manifests import KALDI, NAMES, OF_A_RECORDING, OF_THE_RUN
from asrcli.segments.sound import Encoding
from asrcli.segments.write import SegmentFiles, Wanted
from asrcli.values import Status
from tests.e2e.program import files_in
from tests.segments.cuts import cut_list, region_lists
from tests.values_samples import outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asrcli.segments.cutlist import CutList
    from asrcli.values import FloatArray

WAV = Encoding("wav")
CSV_ONLY = Wanted("wav", ("csv",))


def sound(length: int) -> FloatArray:
    """16-bit samples of which no two neighbours are alike."""
    return ((np.arange(length) * 7919 % 65_536 - 32_768) / 32_768).astype(np.float32)


def sounds(cut: CutList) -> Iterator[FloatArray]:
    whole = sound(cut.length)
    for start, end, _ in cut.stretches():
        yield whole[start:end]


def write(folder: Path, wanted: Wanted, *cuts: CutList) -> set[str]:
    """Write one recording; what is in the folder then."""
    with SegmentFiles(folder, wanted) as files:
        files.write(cuts, sounds, Encoding(wanted.container))
    return files_in(folder)


def rows(folder: Path) -> list[dict[str, str]]:
    text = (folder / "segments.csv").read_text(encoding="utf-8-sig")
    return list(csv.DictReader(text.splitlines()))


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pieces")


@given(region_lists(grid=16))
@settings(max_examples=10)
def test_the_pieces_end_to_end_are_the_recording(
    scratch: Path, case: tuple[int, list[tuple[int, int]]]
) -> None:
    length, regions = case
    if not regions:
        return
    cut = cut_list(*regions, length=length, rel="a.wav")
    write(scratch, Wanted("wav", ("csv",), gaps=True), cut)
    names = sorted(path for path in scratch.iterdir() if path.suffix == ".wav")
    pieces = [soundfile.read(path, dtype="int16")[0] for path in names]
    assert np.array_equal(np.concatenate(pieces), (sound(length) * 32_768).astype(np.int16))
    segments = [path.name for path in names if "_gap" not in path.name]
    assert [row["audio"] for row in rows(scratch)] == segments


class TestFiles:
    def test_every_manifest(self, tmp_path: Path) -> None:
        cut = cut_list((160, 320), (320, 480), rel="会议/三 月.mp3")
        found = write(tmp_path, Wanted("flac", NAMES), cut)
        of_it = {f"会议/三 月.mp3{addition}" for addition, _ in OF_A_RECORDING.values()}
        pieces = {f"会议/三 月.mp3_0000000{a}-0000000{b}.flac" for a, b in ((10, 20), (20, 30))}
        assert found == of_it | pieces | {file for file, _ in OF_THE_RUN.values()} | set(KALDI)

    def test_labels_alone(self, tmp_path: Path) -> None:
        cut = cut_list((160, 320), rel="a.wav")
        assert write(tmp_path, Wanted("none", ("audacity",)), cut) == {"a.wav.labels.txt"}

    def test_several_channels_stand_side_by_side(self, tmp_path: Path) -> None:
        both = [cut_list((160, 320), rel="a.wav", channel=n) for n in (0, 1)]
        assert write(tmp_path, Wanted("wav", ("json",)), *both) == {
            "a.wav_000000010-000000020_c1.wav",
            "a.wav_000000010-000000020_c2.wav",
            "a.wav.segments.json",
        }
        document = json.loads((tmp_path / "a.wav.segments.json").read_text(encoding="utf-8"))
        assert [s["audio"][-6:] for s in document["segments"]] == ["c1.wav", "c2.wav"]

    def test_no_speech_writes_nothing(self, tmp_path: Path) -> None:
        assert write(tmp_path, Wanted("wav", ("json",), gaps=True), cut_list()) == set()

    def test_all_recordings_share_the_runs_manifests(self, tmp_path: Path) -> None:
        with SegmentFiles(tmp_path, Wanted("none", ("csv", "kaldi"))) as files:
            for rel in ("b.wav", "a.wav", "B.wav"):
                files.write([cut_list((0, 160), (320, 480), rel=rel)], sounds, WAV)
            files.record(outcome("c.wav", Status.FAILED, "it broke"))
            files.record(outcome("a.wav", Status.DONE))
        assert [(row["file"], row["status"]) for row in rows(tmp_path)] == [
            *[("b.wav", "done")] * 2,
            *[("a.wav", "done")] * 2,
            *[("B.wav", "done")] * 2,
            ("c.wav", "failed"),
        ]
        for file in KALDI:
            lines = (tmp_path / file).read_bytes().splitlines()
            assert lines == sorted(lines)
            assert len(lines) == (3 if file.endswith("scp") else 6)

    def test_the_table_in_another_encoding(self, tmp_path: Path) -> None:
        wanted = Wanted("none", ("csv",), csv_encoding="gb18030")
        write(tmp_path, wanted, cut_list((0, 160), rel="会议.wav"))
        assert "会议.wav" in (tmp_path / "segments.csv").read_text(encoding="gb18030")


class TestAgain:
    def test_what_was_cut_before_is_replaced(self, tmp_path: Path) -> None:
        write(tmp_path, Wanted("wav", ("csv",), gaps=True), cut_list((160, 320), rel="a.wav"))
        (tmp_path / "a.wav_mine.wav").write_bytes(b"")
        found = write(tmp_path, CSV_ONLY, cut_list((320, 480), rel="a.wav"))
        assert found == {"a.wav_000000020-000000030.wav", "a.wav_mine.wav", "segments.csv"}

    def test_where_no_speech_is_left_no_piece_is(self, tmp_path: Path) -> None:
        write(tmp_path, CSV_ONLY, cut_list((160, 320), rel="a.wav"))
        assert write(tmp_path, CSV_ONLY, cut_list(rel="a.wav")) == {"segments.csv"}

    def test_labels_alone_leave_the_pieces_that_are_there(self, tmp_path: Path) -> None:
        pieces = write(tmp_path, CSV_ONLY, cut_list((160, 320), rel="a.wav"))
        labels = write(tmp_path, Wanted("none", ("audacity",)), cut_list((320, 480), rel="a.wav"))
        assert labels == pieces | {"a.wav.labels.txt"}

    def test_the_same_again_is_the_same(self, tmp_path: Path) -> None:
        contents = []
        for _ in range(2):
            write(tmp_path, Wanted("flac", NAMES), cut_list((160, 320), rel="a.wav"))
            contents.append({p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()})
        assert contents[0] == contents[1]


class TestErrors:
    def test_a_recording_that_breaks_off_leaves_nothing(self, tmp_path: Path) -> None:
        def broken(cut: CutList) -> Iterator[FloatArray]:
            yield next(iter(sounds(cut)))
            raise RecordingError("changed while it was read")

        with SegmentFiles(tmp_path, CSV_ONLY) as files, pytest.raises(RecordingError):
            files.write([cut_list((0, 160), (160, 320), rel="a.wav")], broken, WAV)
        assert files_in(tmp_path) == {"segments.csv"}
        assert rows(tmp_path) == []

    @pytest.mark.parametrize("rel", ["../a.wav", "/a.wav", "b/../../a.wav"])
    def test_no_file_outside_the_folder(self, tmp_path: Path, rel: str) -> None:
        cut = cut_list((0, 160))
        cut = replace(cut, source=replace(cut.source, rel=PurePosixPath(rel)))
        with SegmentFiles(tmp_path / "out", CSV_ONLY) as files, pytest.raises(RecordingError):
            files.write([cut], sounds, WAV)
        assert files_in(tmp_path) == {"out/segments.csv"}

    def test_a_folder_with_the_name_of_a_manifest(self, tmp_path: Path) -> None:
        cut = cut_list((0, 160), rel="segments.csv/a.wav")
        with SegmentFiles(tmp_path, CSV_ONLY) as files, pytest.raises(RecordingError, match="run"):
            files.write([cut], sounds, WAV)

    def test_a_name_that_is_too_long(self, tmp_path: Path) -> None:
        cut = cut_list((0, 160), rel="长" * 80 + ".wav")
        with SegmentFiles(tmp_path, CSV_ONLY) as files, pytest.raises(RecordingError, match="long"):
            files.write([cut], sounds, WAV)

    def test_a_file_where_a_folder_is_needed_costs_one_recording(self, tmp_path: Path) -> None:
        (tmp_path / "会议").write_bytes(b"")
        with SegmentFiles(tmp_path, CSV_ONLY) as files:
            with pytest.raises(RecordingError, match="cannot write"):
                files.write([cut_list((0, 160))], sounds, WAV)
            files.write([cut_list((0, 160), rel="a.wav")], sounds, WAV)
        assert [row["file"] for row in rows(tmp_path)] == ["a.wav"]

    @pytest.mark.parametrize(
        ("name", "manifest"), [("segments.rttm", "rttm"), ("kaldi/segments", "kaldi")]
    )
    def test_a_manifest_that_is_a_folder_stops_before_any_work(
        self, name: str, manifest: str, tmp_path: Path
    ) -> None:
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / "segments.csv").write_text("from the last run")
        wanted = Wanted("wav", ("csv", manifest))
        with pytest.raises(RunError, match="is a folder"), SegmentFiles(tmp_path, wanted):
            pass
        assert (tmp_path / "segments.csv").read_text() == "from the last run"

    def test_a_gap_that_no_wav_can_hold(self, tmp_path: Path) -> None:
        length = 1 << 30
        cut = cut_list((0, 160), length=length, rel="a.wav")

        def long(cut: CutList) -> Iterator[FloatArray]:
            for start, end, _ in cut.stretches():
                yield np.broadcast_to(np.float32(0), (end - start,))

        wanted = Wanted("wav", ("csv",), gaps=True)
        with (
            SegmentFiles(tmp_path, wanted) as files,
            pytest.raises(RecordingError, match="too long for a wav"),
        ):
            files.write([cut], long, WAV)
        assert files_in(tmp_path) == {"segments.csv"}
