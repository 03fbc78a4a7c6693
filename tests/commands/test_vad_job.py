"""`asr vad split` with the fake VAD: files, pictures, codes."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile

from asrcli.commands.vad_job import Job, cut_files, show
from asrcli.engines import factory
from asrcli.engines.fake import speak
from asrcli.errors import ExitCode, LockHeldError, ModelError
from asrcli.files import run_lock
from asrcli.pipeline.discover import sources_of
from asrcli.segments.cutting import Cutting
from asrcli.settings import Settings
from tests.e2e.program import files_in, record

if TYPE_CHECKING:
    from pathlib import Path

    from asrcli.values import SourceFile

FAKE = Settings(vad="fake", max_silence=300)


@pytest.fixture
def recordings(tmp_path: Path) -> list[SourceFile]:
    """One with two sentences, one broken, one silent."""
    record(tmp_path / "in" / "会 议.wav", "今天开会。明天再说")
    (tmp_path / "in" / "bad.wav").write_bytes(b"")
    soundfile.write(tmp_path / "in" / "quiet.wav", np.zeros(16_000), 16_000)
    return sources_of([tmp_path / "in" / name for name in ("会 议.wav", "bad.wav", "quiet.wav")])


def rows(folder: Path) -> list[dict[str, str]]:
    text = (folder / "segments.csv").read_text(encoding="utf-8-sig")
    return list(csv.DictReader(text.splitlines()))


class TestCutFiles:
    def test_one_outcome_each(
        self, recordings: list[SourceFile], tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        job = Job(FAKE, Cutting(), quiet=True)
        assert cut_files(recordings, job, tmp_path / "out") == ExitCode.SOME_FAILED
        found = rows(tmp_path / "out")
        assert [(row["file"], row["status"]) for row in found] == [
            ("会 议.wav", "done"),
            ("会 议.wav", "done"),
            ("bad.wav", "failed"),
            ("quiet.wav", "empty"),
        ]
        pieces = {row["audio"] for row in found if row["audio"]}
        assert files_in(tmp_path / "out") == pieces | {"segments.csv"}
        err = capsys.readouterr().err.splitlines()
        assert err[0] == "failed: bad.wav: the file is empty"
        assert err[-1].startswith("3 recordings, ")

    @pytest.mark.parametrize("original", [False, True])
    @pytest.mark.parametrize("container", ["wav", "flac"])
    def test_end_to_end_it_is_the_recording(
        self, recordings: list[SourceFile], tmp_path: Path, container: str, original: bool
    ) -> None:
        cutting = Cutting(container=container, gaps=True, original=original)
        job = Job(FAKE, cutting, quiet=True)
        assert cut_files(recordings[:1], job, tmp_path / "out") == ExitCode.OK
        pieces = sorted((tmp_path / "out").glob(f"*.{container}"))
        assert len(pieces) == 5
        sound = np.concatenate([soundfile.read(path, dtype="int16")[0] for path in pieces])
        assert np.array_equal(sound, soundfile.read(recordings[0].path, dtype="int16")[0])

    def test_the_files_own_rate_and_channels(self, tmp_path: Path) -> None:
        record(tmp_path / "a.wav", "今天开会")
        mono, _ = soundfile.read(tmp_path / "a.wav", dtype="int16")
        stereo = np.stack([mono, mono], axis=1)
        soundfile.write(tmp_path / "a.wav", stereo, 48_000)
        job = Job(FAKE, Cutting(original=True, gaps=True), quiet=True)
        assert cut_files(sources_of([tmp_path / "a.wav"]), job, tmp_path / "out") == ExitCode.OK
        found = [soundfile.read(p, dtype="int16") for p in sorted((tmp_path / "out").glob("*.wav"))]
        assert {rate for _, rate in found} == {48_000}
        assert np.array_equal(np.concatenate([sound for sound, _ in found]), stereo)

    @pytest.mark.parametrize("original", [False, True])
    @pytest.mark.parametrize("channels", ["split", "auto"])
    def test_each_channel_by_itself(self, tmp_path: Path, channels: str, original: bool) -> None:
        left, right = speak("今天开会。好"), speak("明天再说")
        length = len(left) + len(right)
        stereo = np.zeros((length, 2), np.float32)
        stereo[: len(left), 0], stereo[len(left) :, 1] = left, right
        soundfile.write(tmp_path / "a.wav", stereo, 16_000)
        settings = Settings(vad="fake", max_silence=300, channels=channels)
        cutting = Cutting(gaps=True, original=original, manifests=("csv", "textgrid"))
        job = Job(settings, cutting, quiet=True)
        assert cut_files(sources_of([tmp_path / "a.wav"]), job, tmp_path / "out") == ExitCode.OK
        assert [row["channel"] for row in rows(tmp_path / "out")] == ["1", "1", "2"]
        whole, _ = soundfile.read(tmp_path / "a.wav", dtype="int16")
        for channel in (0, 1):
            pieces = sorted((tmp_path / "out").glob(f"*_c{channel + 1}*.wav"))
            sound = np.concatenate([soundfile.read(path, dtype="int16")[0] for path in pieces])
            assert np.array_equal(sound, whole[:, channel])

    def test_the_shape_of_the_segments(self, recordings: list[SourceFile], tmp_path: Path) -> None:
        job = Job(FAKE, Cutting(merge_gap_ms=5_000, pad_ms=50), quiet=True)
        assert cut_files(recordings[:1], job, tmp_path / "out") == ExitCode.OK
        assert len(rows(tmp_path / "out")) == 1
        job = Job(FAKE, Cutting(min_speech_ms=60_000), quiet=True)
        assert cut_files(recordings[:1], job, tmp_path / "out") == ExitCode.OK
        assert [row["status"] for row in rows(tmp_path / "out")] == ["empty"]

    def test_a_limit_cuts(self, recordings: list[SourceFile], tmp_path: Path) -> None:
        record(tmp_path / "long.wav", "今天天气很好我们一起去公园散步" * 2)
        job = Job(Settings(vad="fake", max_segment=1.0), Cutting(), quiet=True)
        assert cut_files(sources_of([tmp_path / "long.wav"]), job, tmp_path / "out") == 0
        found = rows(tmp_path / "out")
        assert {row["ends"] for row in found[:-1]} == {"cut"}
        assert all(float(row["duration"]) <= 1.0 for row in found)

    def test_the_lock_comes_first(self, recordings: list[SourceFile], tmp_path: Path) -> None:
        with run_lock(tmp_path / "out"), pytest.raises(LockHeldError):
            cut_files(recordings, Job(FAKE, Cutting()), tmp_path / "out")

    def test_without_a_model_the_last_manifest_stays(
        self, recordings: list[SourceFile], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def missing(*_: object, **__: object) -> None:
            raise ModelError("fsmn-vad is not here")

        monkeypatch.setattr(factory, "open_vad", missing)
        (tmp_path / "out").mkdir()
        (tmp_path / "out" / "segments.csv").write_text("from the last run")
        with pytest.raises(ModelError):
            cut_files(recordings, Job(FAKE, Cutting()), tmp_path / "out")
        assert (tmp_path / "out" / "segments.csv").read_text() == "from the last run"

    def test_nothing_to_do_may_be_allowed(self, tmp_path: Path) -> None:
        job = Job(Settings(allow_empty=True), Cutting(), quiet=True)
        assert cut_files([], job, tmp_path / "out") == ExitCode.OK
        assert not (tmp_path / "out").exists()


class TestShow:
    def test_a_table_and_a_picture(
        self, recordings: list[SourceFile], tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        before = files_in(tmp_path)
        assert show(recordings, Job(FAKE, Cutting(), quiet=True)) == ExitCode.SOME_FAILED
        out = capsys.readouterr().out.splitlines()
        assert out[0].startswith("会 议.wav: 2 segments, ")
        assert out[1].split() == ["segment", "start", "end", "length", "ends"]
        assert out[2].split()[0] == "1"
        assert any(line.startswith("0:00:00  ") and "█" in line for line in out)
        assert any(line.startswith("quiet.wav: 0 segments") for line in out)
        assert files_in(tmp_path) == before

    def test_as_wide_as_the_terminal(
        self,
        recordings: list[SourceFile],
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        widths = []
        for columns in ("60", "200"):
            monkeypatch.setenv("COLUMNS", columns)
            show(recordings[:1], Job(FAKE, Cutting(), quiet=True))
            lines = capsys.readouterr().out.splitlines()
            widths.append(max(len(line) for line in lines if line.startswith("0:00:")))
        assert widths[0] <= 60 < widths[1] <= 200

    def test_no_recordings(self) -> None:
        assert show([], Job(FAKE, Cutting(), quiet=True)) == ExitCode.NOTHING_TO_DO
