"""`asr transcribe` in one process: the order of its steps, and every option with a bad value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from asrcli import cli
from asrcli.commands import transcribe
from asrcli.errors import ExitCode
from asrcli.pipeline import load
from asrcli.pipeline.load import Probe
from tests.e2e.program import record

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from asrcli.hotwords.scope import Scope
    from asrcli.settings import Settings
    from asrcli.values import SourceFile


class Jobs:
    """Takes the place of the work, and remembers what it was asked to do."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls: list[tuple[str, list[str], Settings, Scope, Path | None]] = []
        monkeypatch.setattr(transcribe, "write_files", self.write)
        monkeypatch.setattr(transcribe, "print_texts", self.print)

    def write(
        self,
        sources: Sequence[SourceFile],
        settings: Any,
        words: Any,
        output: Any,
        flags: Any,
        held_back: Sequence[SourceFile] = (),
    ) -> None:
        self.calls.append(("write", [str(s.rel) for s in sources], settings, words, output))

    def print(self, sources: Sequence[SourceFile], settings: Any, words: Any, flags: Any) -> None:
        self.calls.append(("print", [str(s.rel) for s in sources], settings, words, None))


@pytest.fixture
def jobs(monkeypatch: pytest.MonkeyPatch) -> Jobs:
    return Jobs(monkeypatch)


def asr(*args: object) -> int:
    return cli.run(["transcribe", *map(str, args)])


BAD = [
    ("--format", "doc"),
    ("--model", ""),
    ("--vad", ""),
    ("--punc", ""),
    ("--device", "gpu"),
    ("--precision", "fp8"),
    ("--hotwords", "missing.txt"),
    ("--hotword", "词:x"),
    ("--max-segment", "0"),
    ("--max-silence", "1"),
    ("--channels", "both"),
    ("--channel-names", "坐席,"),
    ("--batch-seconds", "0"),
    ("--csv-encoding", "klingon"),
    ("--caption-width", "0"),
    ("--caption-lines", "9"),
    ("--caption-min", "9"),
    ("--caption-max", "1"),
    ("--caption-speed", "0"),
    ("--caption-gap", "-1"),
    ("--max-sentence", "1"),
    ("--min-age", "-1"),
    ("--config", "missing.toml"),
]

FOLDERS_ONLY = {"--min-age"}


class TestBadValues:
    """Exit 2, one line that names the option, nothing done."""

    @pytest.mark.parametrize(
        ("command", "option", "value"),
        [("folder", *bad) for bad in BAD]
        + [("file", *bad) for bad in BAD if bad[0] not in FOLDERS_ONLY],
    )
    def test_it_is_named_before_any_work(
        self,
        command: str,
        option: str,
        value: str,
        folder: Path,
        jobs: Jobs,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        target = folder if command == "folder" else folder / "b.wav"
        assert asr(command, target, "-o", folder.parent / "out", option, value) == ExitCode.USAGE
        captured = capsys.readouterr()
        assert captured.out == ""
        assert len(captured.err.splitlines()) == 1
        assert captured.err.startswith(f"asr: error: {option}")
        assert jobs.calls == []
        assert not (folder.parent / "out").exists()

    @pytest.mark.parametrize(
        "option", ["--itn", "--recursive", "--dry-run", "--allow-empty", "--offline", "--quiet"]
    )
    def test_a_switch_takes_no_value(
        self, option: str, folder: Path, jobs: Jobs, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert asr("folder", folder, "-o", "out", f"{option}=x") == ExitCode.USAGE
        assert option in capsys.readouterr().err
        assert jobs.calls == []


class TestFolder:
    """`asr transcribe folder`."""

    def test_what_is_handed_on(self, folder: Path, jobs: Jobs, tmp_path: Path) -> None:
        (tmp_path / "w.txt").write_text("达摩院 2\n", encoding="utf-8")
        args = ("--hotwords", tmp_path / "w.txt", "--hotword", "魔搭", "-d", "cpu")
        assert asr("folder", folder, "-o", tmp_path / "out", *args) == 0
        [(kind, sources, settings, words, output)] = jobs.calls
        assert (kind, output) == ("write", tmp_path / "out")
        assert sources == ["a.mp3", "b.wav", "会议/c.wav"]
        assert settings.device == "cpu"
        assert words.base.words == (("达摩院", 2.0), ("魔搭", 1.0))

    @pytest.mark.parametrize(
        ("args", "expected"),
        [
            (("--no-recursive",), ["a.mp3", "b.wav"]),
            (("--include", "*.mp3"), ["a.mp3"]),
            (("--include", "a*", "--include", "c*"), ["a.mp3", "会议/c.wav"]),
            (("--exclude", "会议"), ["a.mp3", "b.wav"]),
        ],
    )
    def test_what_is_looked_for(
        self, args: tuple[str, ...], expected: list[str], folder: Path, jobs: Jobs
    ) -> None:
        assert asr("folder", folder, "-o", "out", *args) == 0
        assert jobs.calls[0][1] == expected

    def test_an_output_is_needed(
        self, folder: Path, jobs: Jobs, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert asr("folder", folder) == ExitCode.USAGE
        assert capsys.readouterr().err.startswith("asr: error: --output is missing; type: asr ")
        assert jobs.calls == []

    @pytest.mark.parametrize("args", [("--include", "*.flac"), ("--min-age", "9999")])
    def test_nothing_found(
        self,
        args: tuple[str, ...],
        folder: Path,
        jobs: Jobs,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        assert asr("folder", folder, "-o", "out", *args) == ExitCode.NOTHING_TO_DO
        assert str(folder) in capsys.readouterr().err
        assert jobs.calls == []
        assert asr("folder", folder, "-o", "out", *args, "--allow-empty") == 0
        assert jobs.calls[0][1] == []

    def test_a_missing_folder(
        self, tmp_path: Path, jobs: Jobs, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert asr("folder", tmp_path / "none", "-o", "out") == ExitCode.USAGE
        assert "does not exist" in capsys.readouterr().err


class TestDryRun:
    """`--dry-run` probes and does nothing else."""

    def test_it_needs_no_output(
        self,
        folder: Path,
        jobs: Jobs,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        monkeypatch.setattr(load, "probe", lambda _: Probe(60_000, 16_000, 1, "wav pcm_16"))
        assert asr("folder", folder, "--dry-run") == 0
        assert capsys.readouterr().out.splitlines() == [
            "format      rate      channels  files  audio",
            "wav pcm_16  16000 Hz  1         3      3.0 min",
            "3 recordings, 3.0 min, 0.0 MB, 0 unreadable",
        ]
        assert jobs.calls == []

    def test_unreadable_files(
        self, folder: Path, jobs: Jobs, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert asr("folder", folder, "--dry-run", "-o", "out") == ExitCode.SOME_FAILED
        lines = capsys.readouterr().out.splitlines()
        assert lines[0].split() == ["unreadable", "reason"]
        assert [line.split()[0] for line in lines[1:4]] == ["a.mp3", "b.wav", "会议/c.wav"]
        assert jobs.calls == []


class TestFile:
    """`asr transcribe file`."""

    def test_it_prints(self, folder: Path, jobs: Jobs) -> None:
        assert asr("file", folder / "b.wav", folder / "会议/c.wav") == 0
        assert jobs.calls[0][:2] == ("print", ["b.wav", "会议/c.wav"])

    def test_or_writes(self, folder: Path, jobs: Jobs, tmp_path: Path) -> None:
        assert asr("file", folder / "b.wav", "-o", tmp_path / "out") == 0
        [(kind, sources, _, _, output)] = jobs.calls
        assert (kind, sources, output) == ("write", ["b.wav"], tmp_path / "out")

    def test_settings_are_looked_for_beside_the_file(self, folder: Path, jobs: Jobs) -> None:
        (folder / "asrcli.toml").write_text("max-silence = 500")
        assert asr("file", folder / "b.wav") == 0
        assert jobs.calls[0][2].max_silence == 500

    @pytest.mark.parametrize("name", ["none.wav", "会议"])
    def test_what_is_no_file(self, name: str, folder: Path, jobs: Jobs) -> None:
        assert asr("file", folder / name) == ExitCode.USAGE
        assert jobs.calls == []


def test_recordings_of_the_toy_language_are_found(tmp_path: Path, jobs: Jobs) -> None:
    record(tmp_path / "in" / "a.wav", "好")
    assert asr("folder", tmp_path / "in", "-o", "out") == 0
    assert jobs.calls[0][1] == ["a.wav"]
