"""One job: what comes before what, what is printed where, and the code at the end."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from asrcli.commands.job import print_texts, write_files
from asrcli.commands.words import REMARKS_SHOWN
from asrcli.engines import factory
from asrcli.errors import ExitCode, LockHeldError, ModelError
from asrcli.files import run_lock
from asrcli.hotwords.scope import Scope
from asrcli.pipeline import run as chain
from asrcli.pipeline.discover import sources_of
from asrcli.progress import Display
from asrcli.settings import Settings
from asrcli.values import DroppedHotword, HotwordSet, Outcome, Status
from tests.e2e.program import files_in, record
from tests.values_samples import source, timed, transcript

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from asrcli.values import SourceFile, Transcript

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


class TestPrintTexts:
    """Text on stdout, everything else on stderr."""

    @pytest.fixture(autouse=True)
    def _engines(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(factory, "open_engines", lambda *_: None)

    @staticmethod
    def results(monkeypatch: pytest.MonkeyPatch, *ends: tuple[str, str]) -> None:
        """Let the chain give these (file, text) in this order; no text: it failed."""

        def transcribe(*_: object) -> Iterator[tuple[Outcome, Transcript | None]]:
            for rel, text in ends:
                status = Status.DONE if text else Status.FAILED
                sentences = [timed(part) for part in text.split("|") if part]
                made = transcript(sentences, rel=rel) if text else None
                yield Outcome(source(rel), status, "" if text else "is empty"), made

        monkeypatch.setattr(chain, "transcribe", transcribe)

    @staticmethod
    def printed(*names: str, **flags: Any) -> int:
        sources = [source(name) for name in names]
        return print_texts(sources, FAKE, NO_WORDS, flags)  # type: ignore[arg-type]

    def test_one_file_one_sentence_a_line(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.results(monkeypatch, ("a.wav", "今天开会。|明天再说。"))
        assert self.printed("a.wav") == ExitCode.OK
        assert capsys.readouterr().out == "今天开会。\n明天再说。\n"

    def test_the_order_is_that_of_the_command_line(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.results(monkeypatch, ("c.wav", "丙。"), ("b.wav", ""), ("a.wav", "甲。"))
        assert self.printed("a.wav", "b.wav", "c.wav") == ExitCode.SOME_FAILED
        captured = capsys.readouterr()
        assert captured.out.splitlines() == [
            "==> a.wav <==",
            "甲。",
            "==> b.wav <==",
            "==> c.wav <==",
            "丙。",
        ]
        assert "failed: b.wav: is empty" in captured.err

    def test_no_bar_is_drawn_over_the_text(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.results(monkeypatch, ("a.wav", "甲。"))
        for stream in (sys.stdout, sys.stderr):
            monkeypatch.setattr(stream, "isatty", lambda: True)
        assert self.printed("a.wav") == ExitCode.OK
        captured = capsys.readouterr()
        assert captured.out == "甲。\n"
        assert captured.err.startswith("1 recording, ")
        assert "\x1b" not in captured.err

    def test_a_name_cannot_forge_a_title(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.results(monkeypatch, ("a\n==> b.wav", "甲。"), ("b.wav", "乙。"))
        self.printed("a\n==> b.wav", "b.wav")
        assert len(capsys.readouterr().out.splitlines()) == 4


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
