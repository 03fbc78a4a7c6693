"""What a run and its journal tell each other."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from asrcli.commands import night
from asrcli.errors import ExitCode, RunError
from asrcli.history.store import Store
from asrcli.nights.brake import Brake
from asrcli.nights.summary import RunFacts
from asrcli.pipeline.journal import Journal
from asrcli.pipeline.ledger import Known
from asrcli.pipeline.write import Outputs
from asrcli.progress import Display
from asrcli.report import Report
from asrcli.settings import Settings
from asrcli.values import Outcome, Status
from tests.values_samples import outcome, source, timed, transcript

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SETTINGS = Settings(format=("csv", "jsonl", "srt"), max_failures=7, max_attempts=2)


def facts(tmp_path: Path, settings: Settings = SETTINGS) -> RunFacts:
    started = datetime(2025, 3, 15, tzinfo=UTC)
    return RunFacts(tmp_path / "in", tmp_path / "out", None, started, settings)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Store(None) as store:
        yield Journal(store, night.terms_of(facts(tmp_path), {}))


def test_terms_are_those_of_the_settings_and_flags(tmp_path: Path) -> None:
    terms = night.terms_of(facts(tmp_path), {"force": True})
    assert (terms.formats, terms.tables) == (("srt",), True)
    assert (terms.force, terms.retry_failed) == (True, False)
    assert (terms.max_failures, terms.max_attempts) == (7, 2)
    plain = night.terms_of(facts(tmp_path, replace(SETTINGS, format=("srt",))), {})
    assert not plain.tables


def test_a_run_that_came_to_its_end_did_not_stop(journal: Journal) -> None:
    report = Report()
    report.add(outcome("a.wav", Status.DONE))
    night.stopped_early(report, [source("a.wav")], journal, Brake())
    assert (report.ended, report.left) == ("", 0)


def test_a_run_that_left_something_says_why(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = Report()
    monkeypatch.setattr(journal, "stop", lambda: "--until 06:30 is reached")
    night.stopped_early(report, [source("a.wav")], journal, Brake())
    assert (report.ended, report.left) == ("--until 06:30 is reached", 1)
    assert report.exit_code() is ExitCode.OK


class TestTables:
    """The run's tables are complete, or those of before."""

    SOURCES = (source("a.wav"), source("b.wav"), source("c.wav"))

    def standing(self, monkeypatch: pytest.MonkeyPatch, journal: Journal) -> None:
        known = {
            self.SOURCES[0]: Known(
                Outcome(self.SOURCES[0], Status.DONE), transcript([timed("旧。")], rel="a.wav")
            ),
            self.SOURCES[1]: Known(Outcome(self.SOURCES[1], Status.FAILED, "bad")),
        }
        monkeypatch.setattr(journal, "standing", known.get)

    def listed(self, tmp_path: Path) -> str:
        return (tmp_path / "transcripts.csv").read_text(encoding="utf-8")

    def outputs(self, tmp_path: Path) -> Outputs:
        return Outputs(tmp_path, ("csv",), "utf-8", order=self.SOURCES)

    def test_what_was_not_reached_is_there_from_before(
        self, journal: Journal, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        self.standing(monkeypatch, journal)
        with (
            self.outputs(tmp_path) as outputs,
            night.whole_tables(outputs, journal, self.SOURCES),
        ):
            outputs.write(transcript([timed("新。")], rel="c.wav"))
        names = [line.split(",")[0] for line in self.listed(tmp_path).splitlines()]
        assert names == ["file", "a.wav", "b.wav", "c.wav"]

    def test_also_after_an_error(
        self, journal: Journal, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        self.standing(monkeypatch, journal)
        with (
            pytest.raises(RunError),
            self.outputs(tmp_path) as outputs,
            night.whole_tables(outputs, journal, self.SOURCES),
        ):
            raise RunError("the device is lost")
        assert len(self.listed(tmp_path).splitlines()) == 3

    @pytest.mark.parametrize("error", [KeyboardInterrupt(), RunError("x")])
    def test_or_they_stay_as_they_were(
        self,
        error: BaseException,
        journal: Journal,
        monkeypatch: pytest.MonkeyPatch,
        tmp_path: Path,
    ) -> None:
        def locked(_: object) -> None:
            raise RunError("the journal is locked")

        monkeypatch.setattr(journal, "standing", locked)
        (tmp_path / "transcripts.csv").write_text("old", encoding="utf-8")
        with (
            pytest.raises(type(error)),
            self.outputs(tmp_path) as outputs,
            night.whole_tables(outputs, journal, self.SOURCES),
        ):
            outputs.write(transcript([timed("新。")], rel="c.wav"))
            raise error
        assert self.listed(tmp_path) == "old"


def test_ends_are_on_record(journal: Journal, tmp_path: Path) -> None:
    store: Store = journal._store
    report = Report()
    report.add(outcome("a.wav", Status.DONE))
    night.note_end(journal, report, allow_empty=False)
    assert store.rows("SELECT ended, exit_code FROM runs") == [("complete", 0)]
    night.note_failure(journal, RunError("the device is lost\nsomewhere"))
    assert store.rows("SELECT ended, exit_code FROM runs") == [("the device is lost", 1)]
    night.note_failure(journal, ZeroDivisionError())
    assert store.rows("SELECT ended, exit_code FROM runs") == [("ZeroDivisionError", 70)]
    store.close()
    night.note_failure(journal, ZeroDivisionError())


def test_a_copy_that_cannot_be_made_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes: list[str] = []
    display = Display()
    monkeypatch.setattr(display, "note", notes.append)
    (tmp_path / "j.db.backup").mkdir()
    with Store(tmp_path / "j.db") as store:
        monkeypatch.setattr(night, "BACKUP_EVERY_S", 0)
        night.back_up_daily(store, display)
    assert len(notes) == 1
    assert notes[0].startswith("no backup of the journal: ")
    with Store(None) as store:
        night.back_up_daily(store, display)
