"""`run.json` tells all there is to know in the morning."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from asrcli.errors import ExitCode, RunError
from asrcli.nights.summary import FAILURES_LISTED, RUN_FILE, RunFacts, summary, write_summary
from asrcli.report import Report
from asrcli.settings import Settings
from asrcli.values import Status
from tests.values_samples import outcome


def facts(output: Path, **more: object) -> RunFacts:
    started = datetime(2025, 3, 15, 2, 0, tzinfo=UTC)
    return RunFacts(Path("/in"), output, None, started, Settings(), **more)  # type: ignore[arg-type]


def test_a_run(tmp_path: Path) -> None:
    report = Report()
    for status, rel in ((Status.DONE, "a.wav"), (Status.FAILED, "坏\udcff.wav")):
        report.add(outcome(rel, status, "truncated \udcff" if status is Status.FAILED else ""))
    report.stopped("interrupted", left=4, exit_code=ExitCode.INTERRUPTED)
    made = facts(tmp_path, held_back=("new.wav",))
    path = write_summary(made, summary(made, report, ended="interrupted", exit_code=130))
    assert path == tmp_path / RUN_FILE
    read = json.loads(path.read_text(encoding="utf-8"))
    assert (read["end"], read["exit_code"], read["left"]) == ("interrupted", 130, 4)
    assert read["counts"] == {"done": 1, "empty": 0, "skipped": 0, "failed": 1, "set-aside": 0}
    assert read["held_back"] == ["new.wav"]
    assert read["failures"] == [
        {"file": "坏\\xff.wav", "status": "failed", "reason": "truncated \\udcff"}
    ]
    assert read["line"] == report.last_line()
    assert (read["input"], read["journal"]) == ("/in", "")
    assert read["settings"]["model"] == "paraformer-zh"
    assert datetime.fromisoformat(read["started"]).hour == 2
    assert datetime.fromisoformat(read["ended"]).tzinfo is not None


def test_the_list_of_failures_is_bounded(tmp_path: Path) -> None:
    report = Report()
    for number in range(FAILURES_LISTED + 5):
        report.add(outcome(f"{number}.wav", Status.FAILED, "x"))
    document = summary(facts(tmp_path), report, ended="complete", exit_code=3)
    assert len(document["failures"]) == FAILURES_LISTED
    assert document["counts"]["failed"] == FAILURES_LISTED + 5


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "f").touch()
    with pytest.raises(RunError):
        write_summary(facts(tmp_path / "f"), {})
