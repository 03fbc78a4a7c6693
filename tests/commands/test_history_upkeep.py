"""`asr history retry`, `export` and `backup` as a user types them."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

import pytest

from asrcli import cli
from asrcli.history.store import Store
from tests.e2e.program import record

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_what_failed_is_tried_again_by_the_next_run(
    done_once: Callable[[], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    journal = done_once()
    assert cli.run(["history", "retry", "--journal", str(journal)]) == 0
    assert capsys.readouterr().out == "1 recording will be tried again by the next run\n"
    record(tmp_path / "in" / "b.wav", "好了")
    done_args = ["--model", "fake", "--journal", str(journal), "--quiet"]
    folders = [str(tmp_path / "in"), "-o", str(tmp_path / "out")]
    assert cli.run(["transcribe", "folder", *folders, *done_args]) == 0
    assert cli.run(["history", "retry", "--journal", str(journal)]) == 0
    assert "0 recordings" in capsys.readouterr().out


@pytest.mark.parametrize("form", ["csv", "json"])
def test_everything_in_one_table(
    form: str, done_once: Callable[[], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    journal, target = done_once(), tmp_path / f"all.{form}"
    assert cli.run(["history", "export", "-o", str(target), "--journal", str(journal)]) == 0
    assert capsys.readouterr().out == f"3 rows in {target}\n"
    if form == "csv":
        with target.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        assert target.read_bytes().startswith(b"\xef\xbb\xbf")
    else:
        rows = json.loads(target.read_text(encoding="utf-8"))
    assert [row["text"] or "" for row in rows] == ["今天开会。", "明天再说。", ""]
    assert rows[2]["status"] == "failed"


def test_a_name_that_says_no_form(
    done_once: Callable[[], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    journal = done_once()
    assert cli.run(["history", "export", "-o", "all.xls", "--journal", str(journal)]) == 2
    assert "must end with .csv or .json" in capsys.readouterr().err


def test_a_copy(
    done_once: Callable[[], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    journal, copy = done_once(), tmp_path / "copy.db"
    assert cli.run(["history", "backup", str(copy), "--journal", str(journal)]) == 0
    assert capsys.readouterr().out == f"a whole copy is in {copy}\n"
    with Store(copy) as store:
        assert store.rows("SELECT count(*) FROM runs") == [(1,)]
