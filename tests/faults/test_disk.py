"""A disk that is full or read-only: a clean stop, exit 1, and the next run goes on."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from asrcli.engines.fake import speak
from tests.e2e.program import record
from tests.faults.conftest import OPTIONS
from tests.faults.folders import read_outputs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from tests.faults.child import Ended, Runner
    from tests.faults.folders import Outputs

    Tell = Callable[[str, int], None]

SIZE_BYTES = 160 << 10
"""Of the small disk: room for half of the outputs."""


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of `SIZE_BYTES`; skips where none may be mounted."""
    folder = tmp_path / "small"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE_BYTES}", "tmpfs", str(folder)]
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("only root may mount a small disk")
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("a small disk cannot be mounted here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def run(runner: Runner, forty: Path, out: Path, *more: str, **patches: int) -> Ended:
    return runner("transcribe", "folder", forty, "-o", out, *OPTIONS, *more, **patches)


def one_line(ended: Ended, said: str) -> None:
    """The run stopped with one line that says why and what to do."""
    assert ended.code == 1, ended.stderr
    errors = [line for line in ended.stderr.splitlines() if line.startswith("asr: error: ")]
    assert len(errors) == 1
    assert said in errors[0]
    assert "Traceback" not in ended.stderr


def test_a_full_disk_and_space_again(
    runner: Runner, forty: Path, small_disk: Path, undisturbed: Outputs, tell: Tell
) -> None:
    ended = run(runner, forty, small_disk / "out")
    one_line(ended, "the disk is full; free some space and run again")
    partly = read_outputs(small_disk / "out")
    whole = {name: data for name, data in partly.items() if name in undisturbed}
    assert 0 < len(whole) < len(undisturbed)
    assert all(data == undisturbed[name] for name, data in whole.items() if "csv" not in name)
    done = runner.decoded_log.read_text(encoding="utf-8").count("\n")
    resized = ["mount", "-o", "remount,size=8m", str(small_disk)]
    subprocess.run(resized, check=True)
    assert run(runner, forty, small_disk / "out").code == 0
    assert read_outputs(small_disk / "out") == undisturbed
    assert runner.decoded_log.read_text(encoding="utf-8").count("\n") < 2 * done + 200
    tell("full disks, then a rerun with space", 1)


def test_a_journal_on_a_full_disk(
    runner: Runner, forty: Path, small_disk: Path, tell: Tell
) -> None:
    journal = str(small_disk / "history.db")
    one_line(run(runner, forty, runner.folder / "out", "--journal", journal), "the disk is full")
    subprocess.run(["mount", "-o", "remount,size=32m", str(small_disk)], check=True)
    assert run(runner, forty, runner.folder / "out", "--journal", journal).code == 0
    tell("journals on a full disk, then a rerun with space", 1)


def patched_full(runner: Runner, forty: Path, written_bytes: int) -> Ended:
    return run(runner, forty, runner.folder / "out", disk_bytes=written_bytes)


@pytest.mark.parametrize("written_bytes", [0, 1, 5_000, 60_000])
def test_a_disk_that_says_it_is_full(
    written_bytes: int, runner: Runner, forty: Path, undisturbed: Outputs, tell: Tell
) -> None:
    """As above where nothing can be mounted: after so many bytes every write fails."""
    one_line(patched_full(runner, forty, written_bytes), "the disk is full")
    for name, data in read_outputs(runner.folder / "out").items():
        assert not name.split("/")[-1].startswith(".")
        assert data == undisturbed[name] or name == "transcripts.csv"
    assert run(runner, forty, runner.folder / "out").code == 0
    assert read_outputs(runner.folder / "out") == undisturbed
    tell("disks that say they are full, then a rerun", 1)


def test_a_read_only_disk(runner: Runner, forty: Path, small_disk: Path, tell: Tell) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    one_line(run(runner, forty, small_disk / "out"), "read-only")
    assert not runner.decoded_log.exists() or not runner.decoded_log.read_text(encoding="utf-8")
    tell("read-only outputs refused before any work", 1)


@pytest.mark.parametrize("kind", ["file", "no folder"])
def test_an_output_that_cannot_be(
    kind: str, runner: Runner, forty: Path, subprocess_env: Mapping[str, str]
) -> None:
    out = runner.folder / "out"
    out.write_text("I was here first", encoding="utf-8")
    target = out if kind == "file" else out / "below"
    one_line(run(runner, forty, target), "cannot")
    assert out.read_text(encoding="utf-8") == "I was here first"


def test_one_recording_whose_path_is_taken_costs_itself(runner: Runner, tell: Tell) -> None:
    for name in "abc":
        record(runner.folder / "in" / f"{name}.wav", "今天开会")
    (runner.folder / "out" / "b.wav.json" / "x").mkdir(parents=True)
    ended = run(runner, runner.folder / "in", runner.folder / "out")
    assert ended.code == 3
    assert "failed: b.wav: cannot write b.wav.json" in ended.stderr
    shutil.rmtree(runner.folder / "out" / "b.wav.json")
    before = runner.decoded_log.read_text(encoding="utf-8")
    assert run(runner, runner.folder / "in", runner.folder / "out").code == 0
    assert runner.decoded_log.read_text(encoding="utf-8") == before
    assert len(speak("字"))
    tell("outputs that were in the way, then a rerun without decoding", 1)
