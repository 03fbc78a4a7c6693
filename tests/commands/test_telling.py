"""Who is told how a run goes and ended."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from asrcli.commands.telling import (
    code_of,
    facts_of,
    held_notes,
    how_ended,
    say_at_once,
    tell,
)
from asrcli.errors import ExitCode, ModelError
from asrcli.progress import Display
from asrcli.report import Report
from asrcli.settings import Settings
from asrcli.values import Status
from tests.values_samples import outcome, source

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ModelError("x"), ExitCode.RUN_FAILED),
        (ZeroDivisionError(), ExitCode.INTERNAL),
        (KeyboardInterrupt(), ExitCode.INTERRUPTED),
    ],
)
def test_the_code_of_an_error(error: BaseException, code: ExitCode) -> None:
    assert code_of(error) is code


def test_how_a_run_ended() -> None:
    report = Report()
    assert how_ended(report) == ("complete", ExitCode.NOTHING_TO_DO)
    assert how_ended(report, allow_empty=True) == ("complete", ExitCode.OK)
    report.stopped("it is 06:30", left=2, exit_code=ExitCode.OK)
    assert how_ended(report) == ("it is 06:30", ExitCode.OK)
    assert how_ended(ModelError("not here\nat all")) == ("not here", ExitCode.RUN_FAILED)
    assert how_ended(KeyboardInterrupt()) == ("KeyboardInterrupt", ExitCode.INTERRUPTED)


def test_what_is_held_back_is_named_up_to_a_point() -> None:
    assert held_notes([]) == []
    assert held_notes([source("a.wav")]) == ["held back, still being written: a.wav"]
    many = [source(f"{number}.wav") for number in range(9)]
    [line] = held_notes(many)
    assert line.endswith("4.wav and 4 more")


@pytest.mark.parametrize("as_json", [False, True])
def test_a_line_out_of_a_signal_handler(as_json: bool, capfd: pytest.CaptureFixture[str]) -> None:
    say_at_once(as_json)("interrupted")
    err = capfd.readouterr().err
    assert err.endswith("\n")
    if as_json:
        assert json.loads(err) == {"type": "note", "message": "interrupted"}
    else:
        assert err == "interrupted\n"


def told(folder: Path, *, error: Exception | None = None, **settings: str) -> list[str]:
    notes: list[str] = []

    class Listening(Display):
        def note(self, line: str) -> None:
            notes.append(line)

    made = Settings(journal="none", **settings)  # type: ignore[arg-type]
    facts = facts_of(made, [source("a.wav")], folder, [source("b.wav")])
    report = Report()
    report.add(outcome("a.wav", Status.DONE))
    tell(facts, report, display=Listening(), ended=error)
    return notes


def test_the_end_of_a_run(tmp_path: Path) -> None:
    assert told(tmp_path) == []
    read = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))
    assert (read["end"], read["exit_code"], read["held_back"]) == ("complete", 0, ["b.wav"])
    assert (read["input"], read["journal"]) == ("/in", "")


def test_the_end_by_an_error(tmp_path: Path) -> None:
    assert told(tmp_path, error=ModelError("not here\nat all")) == []
    read = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))
    assert (read["end"], read["exit_code"]) == ("not here", 1)


def test_what_goes_wrong_is_a_note(tmp_path: Path) -> None:
    (tmp_path / "run.json").mkdir()
    first, second = told(tmp_path, on_finish="false")
    assert first.startswith("no run.json: ")
    assert second == "--on-finish: false ended with 1"
