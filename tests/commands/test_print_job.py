"""Text on stdout in the order of the command line; nothing is written."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from asrcli.commands.print_job import print_texts
from asrcli.engines import factory
from asrcli.errors import ExitCode
from asrcli.hotwords.scope import Scope
from asrcli.pipeline import run as chain
from asrcli.settings import Settings
from asrcli.values import HotwordSet, Outcome, Status
from tests.values_samples import source, timed, transcript

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asrcli.values import Transcript

FAKE = Settings(model="fake", punc="none", format=("csv", "txt"))
NO_WORDS = Scope(HotwordSet(), Path())


class TestPrintTexts:
    """Text on stdout, everything else on stderr."""

    @pytest.fixture(autouse=True)
    def _engines(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(factory, "open_engines", lambda *_: None)

    @staticmethod
    def results(monkeypatch: pytest.MonkeyPatch, *ends: tuple[str, str]) -> None:
        """Let the chain give these (file, text) in this order; no text: it failed."""

        def transcribe(*args: Any) -> Iterator[tuple[Outcome, Transcript | None]]:
            for rel, text in ends:
                status = Status.DONE if text else Status.FAILED
                sentences = [timed(part) for part in text.split("|") if part]
                made = transcript(sentences, rel=rel) if text else None
                outcome = Outcome(source(rel), status, "" if text else "is empty")
                args[-1].finished(outcome)
                yield outcome, made

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
