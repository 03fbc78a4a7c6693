"""A journal that is damaged, newer or locked, a clock that is set back, two runs at once."""

from __future__ import annotations

import re
import shutil
import sqlite3
from typing import TYPE_CHECKING

import pytest

from asrcli.history.migrations import NEWEST
from tests.faults.conftest import OPTIONS
from tests.faults.folders import read_outputs

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.faults.child import Ended, Runner
    from tests.faults.folders import Outputs

    Tell = Callable[[str, int], None]


def run(runner: Runner, forty: Path, *more: str, out: str = "out") -> Ended:
    return runner("transcribe", "folder", forty, "-o", out, *OPTIONS, "--journal", "j.db", *more)


def refused(ended: Ended) -> str:
    assert ended.code == 1
    [line] = ended.stderr.splitlines()
    assert line.startswith("asr: error: the journal ")
    return line


@pytest.mark.parametrize("way", ["head", "middle", "short", "zeroes", "newer"])
def test_a_journal_that_cannot_be_trusted(
    way: str, runner: Runner, forty: Path, undisturbed: Outputs, tell: Tell
) -> None:
    assert run(runner, forty).code == 0
    journal = runner.folder / "j.db"
    data = bytearray(journal.read_bytes())
    if way == "head":
        data[:100] = b"\xff" * 100
    elif way == "middle":
        data[len(data) // 4 : 3 * len(data) // 4] = b"x" * (len(data) // 2)
    elif way == "short":
        del data[len(data) // 3 :]
    elif way == "zeroes":
        data[4096:] = bytes(len(data) - 4096)
    journal.write_bytes(data)
    if way == "newer":
        connection = sqlite3.connect(journal)
        connection.execute("INSERT INTO migrations VALUES (?, 'later', '')", (NEWEST + 1,))
        connection.commit()
        connection.close()
    line = refused(run(runner, forty))
    assert ("newer asrcli" if way == "newer" else "is damaged") in line
    # The line names the backup, and doing what it says helps.
    found = re.search(r"its backup of \S+ \S+ is (\S+)$", line)
    assert found is not None
    for companion in ("j.db", "j.db-wal", "j.db-shm"):
        (runner.folder / companion).unlink(missing_ok=True)
    shutil.copy(runner.folder / found[1], journal)
    before = runner.decoded_log.read_text(encoding="utf-8")
    assert run(runner, forty).code == 0
    assert runner.decoded_log.read_text(encoding="utf-8") == before
    assert read_outputs(runner.folder / "out") == undisturbed
    tell("journals refused with their backup, which then served", 1)


def test_without_any_journal_everything_is_only_done_again(
    runner: Runner, forty: Path, undisturbed: Outputs
) -> None:
    assert run(runner, forty).code == 0
    for path in runner.folder.glob("j.db*"):
        path.unlink()
    assert run(runner, forty).code == 0
    assert read_outputs(runner.folder / "out") == undisturbed


def test_a_clock_that_is_set_back(
    runner: Runner, forty: Path, undisturbed: Outputs, tell: Tell
) -> None:
    args = ("transcribe", "folder", forty, "-o", "out", *OPTIONS)
    assert runner(*args, clock_back=86_400.0).code == 0
    before = runner.decoded_log.read_text(encoding="utf-8")
    assert runner(*args, clock_back=-86_400.0).code == 0
    assert runner.decoded_log.read_text(encoding="utf-8") == before
    assert read_outputs(runner.folder / "out") == undisturbed
    tell("clocks set back and forth during runs", 2)


def test_two_runs_on_one_folder(
    runner: Runner, forty: Path, undisturbed: Outputs, tell: Tell
) -> None:
    args = ("transcribe", "folder", forty, "-o", "out", *OPTIONS)
    first = runner.start(*args, "--batch-seconds", "20", slow=0.2)
    lock = runner.folder / "out" / ".asrcli.lock"
    while first.runs_for(0.01) and not (lock.exists() and lock.read_text(encoding="utf-8")):
        pass
    second = runner(*args)
    assert second.code == 5
    pid = first.process.pid
    expected = rf"another run \(process {pid}, since \d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d"
    assert re.search(expected, second.stderr)
    assert first.wait().code == 0
    assert read_outputs(runner.folder / "out") == undisturbed
    tell("second runs on a folder refused with who and since when", 1)


def test_two_runs_on_two_folders_share_a_journal(
    runner: Runner, forty: Path, undisturbed: Outputs, tell: Tell
) -> None:
    started = [
        runner.start("transcribe", "folder", forty, "-o", out, *OPTIONS, "--journal", "j.db")
        for out in ("one", "two")
    ]
    assert [each.wait().code for each in started] == [0, 0]
    for out in ("one", "two"):
        assert read_outputs(runner.folder / out) == undisturbed
    tell("pairs of runs at the same time with one journal", 1)
