"""Signals and closed pipes in the middle of a run: whole files, the right code, one line."""

from __future__ import annotations

import csv
import json
import signal
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.e2e.program import ASR, FAKE, Program, files_in, record

if TYPE_CHECKING:
    from pathlib import Path

FILES = 400


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """Many short recordings, so that a run is still busy when the first one is done."""
    folder = tmp_path / "in"
    record(folder / "000.wav", "今天开会")
    data = (folder / "000.wav").read_bytes()
    for number in range(1, FILES):
        (folder / f"{number:03}.wav").write_bytes(data)
    return folder


def stopped_by(number: signal.Signals, asr: Program, folder: Path) -> tuple[int, str, str]:
    """Send a signal when the first recording is done; exit code, stdout, last line of stderr."""
    flags = ("-f", "json,csv", "--log-json")
    process = asr.start("transcribe", "folder", folder, "-o", "out", *FAKE, *flags)
    assert process.stderr is not None
    assert process.stdout is not None
    for line in process.stderr:
        if json.loads(line)["type"] == "recording":
            break
    process.send_signal(number)
    rest = process.stderr.read().splitlines()
    out = process.stdout.read()
    process.stdout.close()
    process.stderr.close()
    return process.wait(timeout=60), out, rest[-1]


@pytest.mark.parametrize(
    ("number", "code", "message"),
    [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")],
)
def test_a_stopped_run_leaves_whole_files_only(
    number: signal.Signals, code: int, message: str, asr: Program, many: Path, tmp_path: Path
) -> None:
    returned, out, last = stopped_by(number, asr, many)
    assert (returned, out) == (code, "")
    end = json.loads(last)
    assert (end["type"], end["stopped"], end["exit_code"]) == ("end", message, code)
    # A copy of what is done by then counts as done before.
    assert end["left"] + sum(end["counts"].values()) == FILES
    found = files_in(tmp_path / "out")
    assert "transcripts.csv" in found
    assert not [name for name in found if name.split("/")[-1].startswith(".")]
    documents = found - {"transcripts.csv"}
    assert 0 < len(documents) < FILES
    for name in documents:
        assert json.loads((tmp_path / "out" / name).read_text(encoding="utf-8"))["sentences"]
    with (tmp_path / "out" / "transcripts.csv").open(encoding="utf-8-sig", newline="") as file:
        listed = {row["file"] for row in csv.DictReader(file)}
    assert listed == {name.removesuffix(".json") for name in documents}


def test_a_reader_that_leaves_is_no_accident(asr: Program, many: Path) -> None:
    # More text than the pipe holds: however fast it is, it is not done when the reader leaves.
    process = subprocess.Popen(
        [*ASR, "transcribe", "file", *map(str, sorted(many.iterdir())), *FAKE, "--quiet"],
        cwd=asr.folder,
        env=asr.env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        pipesize=4096,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(timeout=60) == 1
