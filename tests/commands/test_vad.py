"""`asr vad split` in one process: the order of its steps, and every option with a bad value."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from asrcli import cli
from asrcli.commands import vad_job
from asrcli.errors import ExitCode
from asrcli.segments.cutting import Cutting
from asrcli.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from asrcli.values import SourceFile

Call = tuple[str, list[str], vad_job.Job]


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[Call]:
    """What the command asked to be done."""
    made: list[Call] = []

    def cut(sources: Sequence[SourceFile], job: vad_job.Job, output: Path) -> ExitCode:
        made.append((f"cut {output.name}", [str(s.rel) for s in sources], job))
        return ExitCode.OK

    def show(sources: Sequence[SourceFile], job: vad_job.Job) -> ExitCode:
        made.append(("show", [str(s.rel) for s in sources], job))
        return ExitCode.SOME_FAILED

    monkeypatch.setattr(vad_job, "cut_files", cut)
    monkeypatch.setattr(vad_job, "show", show)
    return made


def split(*args: object) -> int:
    return cli.run(["vad", "split", *map(str, args)])


BAD = [
    ("--vad", ""),
    ("--max-segment", "0"),
    ("--max-silence", "1"),
    ("--min-speech", "-1"),
    ("--pad", "x"),
    ("--merge-gap", "1e9"),
    ("--threshold", "1.5"),
    ("--channels", "both"),
    ("--audio", "mp3"),
    ("--manifest", "docx"),
    ("--csv-encoding", "klingon"),
    ("--min-age", "-1"),
    ("--config", "missing.toml"),
]


@pytest.mark.parametrize(("option", "value"), BAD)
def test_a_bad_value_is_named_before_any_work(
    option: str, value: str, folder: Path, calls: list[Call], capsys: pytest.CaptureFixture[str]
) -> None:
    assert split(folder, "-o", folder.parent / "out", option, value) == ExitCode.USAGE
    captured = capsys.readouterr()
    assert captured.out == ""
    assert len(captured.err.splitlines()) == 1
    assert captured.err.startswith(f"asr: error: {option}")
    assert calls == []


@pytest.mark.parametrize("option", ["--original", "--gaps", "--dry-run"])
def test_a_switch_takes_no_value(option: str, folder: Path, calls: list[Call]) -> None:
    assert split(folder, "-o", "out", f"{option}=x") == ExitCode.USAGE
    assert calls == []


def test_a_folder(folder: Path, calls: list[Call]) -> None:
    assert split(folder, "-o", folder / "out") == 0
    assert calls == [("cut out", ["a.mp3", "b.wav", "会议/c.wav"], calls[0][2])]
    assert calls[0][2] == vad_job.Job(Settings(), Cutting())


def test_files_in_their_order(folder: Path, calls: list[Call]) -> None:
    assert split(folder / "会议/c.wav", folder / "b.wav", "-o", "out", "-q") == 0
    assert calls[0][1] == ["会议/c.wav", "b.wav"]
    assert calls[0][2].quiet


def test_everything_is_handed_on(folder: Path, calls: list[Call]) -> None:
    (folder / "asrcli.toml").write_text('max-segment = 20\nmax-silence = 500\nvad = "own"\n')
    args = [
        "--max-segment",
        "10",
        "--min-speech",
        "250",
        "--pad",
        "100",
        "--merge-gap",
        "300",
        "--threshold",
    ]
    args += ["0.7"]
    args += ["--audio", "flac", "--original", "--gaps", "--manifest", "rttm,csv", "--channels", "2"]
    args += ["--no-recursive", "--include", "*.wav", "--offline", "--log-json"]
    assert split(folder, "-o", "out", *args) == 0
    (_, names, job) = calls[0]
    assert names == ["b.wav"]
    settings = job.settings
    assert (settings.max_segment, settings.max_silence, settings.vad) == (10, 500, "own")
    assert (settings.channels, settings.offline, job.log_json) == ("2", True, True)
    assert job.cutting == Cutting(
        min_speech_ms=250,
        pad_ms=100,
        merge_gap_ms=300,
        threshold=0.7,
        container="flac",
        original=True,
        gaps=True,
        manifests=("rttm", "csv"),
    )


@pytest.mark.parametrize("args", [("--dry-run",), ("--dry-run", "-o", "out")])
def test_a_dry_run_shows(args: tuple[str, ...], folder: Path, calls: list[Call]) -> None:
    assert split(folder, *args) == ExitCode.SOME_FAILED
    assert calls[0][0] == "show"


class TestWrongCalls:
    def said(self, capsys: pytest.CaptureFixture[str], *args: object) -> tuple[int, str]:
        code = split(*args)
        return code, capsys.readouterr().err

    def test_no_output(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        code, line = self.said(capsys, folder)
        assert code == ExitCode.USAGE
        assert line == "asr: error: --output is missing; type: asr vad split DIR -o OUT\n"

    def test_into_the_recordings_themselves(
        self, folder: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        code, line = self.said(capsys, folder, "-o", folder / "会议" / "..")
        assert code == ExitCode.USAGE
        assert "need one of their own" in line

    def test_a_folder_among_files(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        code, line = self.said(capsys, folder / "b.wav", folder, "-o", "out")
        assert code == ExitCode.USAGE
        assert "is a folder; give one folder, or recordings alone" in line

    def test_what_is_not_there(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        code, line = self.said(capsys, folder / "none.wav", "-o", "out")
        assert code == ExitCode.USAGE
        assert "does not exist" in line

    def test_nothing_in_it(
        self, folder: Path, calls: list[Call], capsys: pytest.CaptureFixture[str]
    ) -> None:
        code, line = self.said(capsys, folder, "-o", "out", "--include", "*.flac")
        assert code == ExitCode.NOTHING_TO_DO
        assert "no recordings in" in line
        assert split(folder, "-o", "out", "--include", "*.flac", "--allow-empty") == 0
        assert calls[0][1] == []
