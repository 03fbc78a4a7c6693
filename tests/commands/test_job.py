"""One job: what comes before what, what is printed where, and the code at the end."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from asrcli.commands.job import write_files
from asrcli.commands.words import REMARKS_SHOWN
from asrcli.engines import factory
from asrcli.errors import ExitCode, LockHeldError, ModelError, RunError, UsageError
from asrcli.files import run_lock
from asrcli.hotwords.scope import Scope
from asrcli.pipeline import run as chain
from asrcli.pipeline.discover import sources_of
from asrcli.progress import Display
from asrcli.settings import Settings
from asrcli.values import DroppedHotword, HotwordSet
from tests.e2e.program import files_in, record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asrcli.values import SourceFile

FAKE = Settings(model="fake", punc="none", format=("csv", "txt"))
NO_WORDS = Scope(HotwordSet(), Path())


@pytest.fixture
def recordings(tmp_path: Path) -> list[SourceFile]:
    for name, text in (("a.wav", "今天开会"), ("b.wav", "明天再说")):
        record(tmp_path / "in" / name, text)
    return sources_of([tmp_path / "in" / "a.wav", tmp_path / "in" / "b.wav"])


def write(sources: Sequence[SourceFile], output: Path, **options: Any) -> int:
    """Run the job; its exit code."""
    settings = options.pop("settings", FAKE)
    return write_files(sources, settings, options.pop("words", NO_WORDS), output, options)  # type: ignore[arg-type]


class TestWriteFiles:
    """Lock, engines, chain, report."""

    def test_a_good_run(
        self,
        recordings: list[SourceFile],
        tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        assert write(recordings, tmp_path / "out", quiet=True) == ExitCode.OK
        wanted = {"a.wav.txt", "b.wav.txt", "transcripts.csv"}
        assert files_in(tmp_path / "out") == wanted
        captured = capsys.readouterr()
        assert captured.out == ""
        assert captured.err.startswith("2 recordings, ")

    def test_a_bad_file_is_a_code_of_its_own(
        self, recordings: list[SourceFile], tmp_path: Path
    ) -> None:
        (tmp_path / "in" / "b.wav").write_bytes(b"")
        assert write(recordings, tmp_path / "out") == ExitCode.SOME_FAILED
        assert files_in(tmp_path / "out") == {"a.wav.txt", "transcripts.csv"}

    @pytest.mark.parametrize(
        ("allow_empty", "code"), [(True, ExitCode.OK), (False, ExitCode.NOTHING_TO_DO)]
    )
    def test_nothing_to_do_opens_nothing(
        self,
        allow_empty: bool,
        code: ExitCode,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(factory, "open_engines", None)
        settings = replace(FAKE, allow_empty=allow_empty)
        assert write([], tmp_path / "out", settings=settings) == code
        assert not (tmp_path / "out").exists()

    def test_the_lock_comes_before_the_models(
        self,
        recordings: list[SourceFile],
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(factory, "open_engines", None)
        with run_lock(tmp_path / "out"), pytest.raises(LockHeldError):
            write_files(recordings, FAKE, NO_WORDS, tmp_path / "out", {})

    def test_the_models_come_before_any_file(
        self,
        recordings: list[SourceFile],
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        def missing(*_: object) -> None:
            raise ModelError("the model is not here")

        monkeypatch.setattr(factory, "open_engines", missing)
        with pytest.raises(ModelError):
            write_files(recordings, FAKE, NO_WORDS, tmp_path / "out", {})
        assert files_in(tmp_path / "out") == set()
        with run_lock(tmp_path / "out"):
            pass  # it was let go

    def test_the_display_is_left_after_an_error(
        self,
        recordings: list[SourceFile],
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        closed: list[bool] = []
        monkeypatch.setattr(Display, "close", lambda _: closed.append(True))

        def stop(*_: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(chain, "run", stop)
        with pytest.raises(KeyboardInterrupt):
            write_files(recordings, FAKE, NO_WORDS, tmp_path / "out", {})
        assert closed


def rows(folder: Path) -> list[tuple[str, str]]:
    with (folder / "transcripts.csv").open(encoding="utf-8-sig", newline="") as file:
        return [(row["file"], row["status"]) for row in csv.DictReader(file)]


def summary(folder: Path) -> Any:
    return json.loads((folder / "run.json").read_text(encoding="utf-8"))


class TestAgain:
    """A second run over the same folder."""

    def test_what_is_done_is_not_done_again(
        self, recordings: list[SourceFile], tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        write(recordings, tmp_path / "out", quiet=True)
        before = (tmp_path / "out" / "transcripts.csv").read_bytes()
        assert write(recordings, tmp_path / "out", quiet=True) == ExitCode.OK
        assert "2 recordings, 2 unchanged, 0.0 s, 0 failed" in capsys.readouterr().err
        assert (tmp_path / "out" / "transcripts.csv").read_bytes() == before

    def test_without_a_journal_it_is(
        self, recordings: list[SourceFile], tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        settings = replace(FAKE, journal="none")
        for _ in range(2):
            write(recordings, tmp_path / "out", quiet=True, settings=settings)
        assert "unchanged" not in capsys.readouterr().err
        assert summary(tmp_path / "out")["journal"] == ""

    def test_force_decodes_again(
        self, recordings: list[SourceFile], tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        write(recordings, tmp_path / "out", quiet=True)
        write(recordings, tmp_path / "out", quiet=True, force=True)
        assert "unchanged" not in capsys.readouterr().err

    def test_a_format_more_is_written_without_decoding(
        self, recordings: list[SourceFile], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write(recordings, tmp_path / "out", quiet=True)
        monkeypatch.setattr("asrcli.engines.fake.FakeAsr.decode", None)
        settings = replace(FAKE, format=("csv", "txt", "srt", "json"))
        assert write(recordings, tmp_path / "out", quiet=True, settings=settings) == ExitCode.OK
        assert {"a.wav.srt", "b.wav.json"} <= files_in(tmp_path / "out")

    def test_a_missing_file_is_written_again(
        self, recordings: list[SourceFile], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write(recordings, tmp_path / "out", quiet=True)
        text = (tmp_path / "out" / "a.wav.txt").read_bytes()
        (tmp_path / "out" / "a.wav.txt").unlink()
        monkeypatch.setattr("asrcli.engines.fake.FakeAsr.decode", None)
        write(recordings, tmp_path / "out", quiet=True)
        assert (tmp_path / "out" / "a.wav.txt").read_bytes() == text


class TestNight:
    """Stops, limits, and who is told."""

    def test_a_run_that_is_stopped_keeps_the_rows_of_before(
        self, recordings: list[SourceFile], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        out = tmp_path / "out"
        write(recordings, out, quiet=True)
        monkeypatch.setattr("asrcli.nights.brake.Brake.reason", lambda _: "enough")
        assert write(recordings, out, quiet=True, force=True) == ExitCode.OK
        assert rows(out) == [("a.wav", "done"), ("b.wav", "done")]
        told = summary(out)
        assert (told["end"], told["left"], told["exit_code"]) == ("enough", 2, 0)

    def test_too_many_failures_end_the_run(
        self, recordings: list[SourceFile], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # Else the readers may be through with all files before the first is finished.
        monkeypatch.setattr("asrcli.pipeline.flow.MOST_UNFINISHED", 1)
        for name in "cdefgh":
            (tmp_path / "in" / f"{name}.wav").write_bytes(b"no sound")
        sources = sources_of(sorted((tmp_path / "in").iterdir(), reverse=True))
        settings = replace(FAKE, max_failures=2)
        code = write(sources, tmp_path / "out", quiet=True, settings=settings)
        assert code == ExitCode.RUN_FAILED
        told = summary(tmp_path / "out")
        assert told["end"] == "--max-failures 2 is reached"
        assert told["left"] > 0

    def test_a_run_that_cannot_go_on_is_told_too(
        self, recordings: list[SourceFile], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def missing(*_: object) -> None:
            raise ModelError("the model is not here")

        seen = tmp_path / "seen"
        monkeypatch.setattr(factory, "open_engines", missing)
        settings = replace(FAKE, on_finish=f"touch {seen}")
        with pytest.raises(ModelError):
            write(recordings, tmp_path / "out", settings=settings)
        assert seen.exists()
        told = summary(tmp_path / "out")
        assert (told["end"], told["exit_code"]) == ("the model is not here", 1)

    def test_a_hook_that_fails_changes_nothing(
        self, recordings: list[SourceFile], tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        settings = replace(FAKE, on_finish="false")
        assert write(recordings, tmp_path / "out", settings=settings) == ExitCode.OK
        lines = capsys.readouterr().err.splitlines()
        assert "--on-finish: false ended with 1" in lines
        assert lines[-1].startswith("2 recordings, ")

    def test_a_hook_that_cannot_be_is_told_before_any_work(
        self, recordings: list[SourceFile], tmp_path: Path
    ) -> None:
        settings = replace(FAKE, on_finish="https://a.b/c", offline=True)
        with pytest.raises(UsageError, match="--offline"):
            write(recordings, tmp_path / "out", settings=settings)
        assert not (tmp_path / "out").exists()

    def test_what_is_held_back_is_told(
        self, recordings: list[SourceFile], tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        write_files(recordings[:1], FAKE, NO_WORDS, tmp_path / "out", {}, recordings[1:])
        lines = capsys.readouterr().err.splitlines()
        assert "held back, still being written: b.wav" in lines
        assert "1 held back" in lines[-1]
        assert summary(tmp_path / "out")["held_back"] == ["b.wav"]

    def test_a_journal_that_cannot_be_used_ends_the_run_before_the_models(
        self, recordings: list[SourceFile], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "j.db").write_bytes(b"no journal" * 100)
        monkeypatch.setattr(factory, "open_engines", None)
        settings = replace(FAKE, journal=str(tmp_path / "j.db"))
        with pytest.raises(RunError, match="is damaged"):
            write(recordings, tmp_path / "out", settings=settings)

    def test_the_journal_has_a_copy_a_day(
        self, recordings: list[SourceFile], tmp_path: Path
    ) -> None:
        settings = replace(FAKE, journal=str(tmp_path / "j.db"))
        write(recordings, tmp_path / "out", quiet=True, settings=settings)
        copy = tmp_path / "j.db.backup"
        made = copy.stat().st_mtime_ns
        write(recordings, tmp_path / "out", quiet=True, settings=settings)
        assert copy.stat().st_mtime_ns == made


class TestDropped:
    """Words that are not used."""

    @pytest.mark.parametrize("count", [1, REMARKS_SHOWN, REMARKS_SHOWN + 3])
    def test_what_is_dropped_is_told(
        self, count: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        dropped = tuple(DroppedHotword(n, f"词{n}", "it is empty") for n in range(1, count + 1))
        settings = replace(FAKE, allow_empty=True)
        scope = Scope(HotwordSet(dropped=dropped), tmp_path)
        write_files([], settings, scope, tmp_path / "out", {})
        lines = [line for line in capsys.readouterr().err.splitlines() if "not used" in line]
        assert lines[0] == "hotword '词1' on line 1 is not used: it is empty"
        assert len(lines) == min(count, REMARKS_SHOWN + 1)
        assert (lines[-1] == "and 3 more hotwords are not used") == (count > REMARKS_SHOWN)
