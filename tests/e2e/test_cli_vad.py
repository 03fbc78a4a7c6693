"""`asr vad split` through the shell."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import soundfile

from asrcli.files import run_lock
from tests.e2e.program import GOOD, Program, files_in, json_lines

if TYPE_CHECKING:
    from pathlib import Path

FAKE = ("--vad", "fake")


def test_a_folder(asr: Program, good: Path, tmp_path: Path) -> None:
    (good / "bad.wav").write_bytes(b"x")
    args = ("--gaps", "--manifest", "csv,textgrid,jsonl", "--log-json")
    done = asr("vad", "split", good, "-o", "out 一", *FAKE, *args)
    assert (done.returncode, done.stdout) == (3, "")
    assert json_lines(done.stderr)[-1]["exit_code"] == 3
    out = tmp_path / "out 一"
    lines = (out / "segments.jsonl").read_text(encoding="utf-8").splitlines()
    assert {json.loads(line)["file"] for line in lines} == set(GOOD)
    for rel in GOOD:
        assert (out / f"{rel}.TextGrid").is_file()
        pieces = sorted((out / rel).parent.glob(f"{(out / rel).name}_*"))
        sound = np.concatenate([soundfile.read(path, dtype="int16")[0] for path in pieces])
        assert np.array_equal(sound, soundfile.read(good / rel, dtype="int16")[0])


def test_a_dry_run_on_a_terminal_without_chinese(asr: Program, good: Path, tmp_path: Path) -> None:
    done = asr("vad", "split", good / "一.wav", "--dry-run", *FAKE, PYTHONIOENCODING="latin-1")
    assert done.returncode == 0
    assert r"\u4e00.wav: 1 segment, " in done.stdout
    assert "###" in done.stdout
    assert files_in(tmp_path) == {f"in/{rel}" for rel in GOOD}


def test_a_locked_output_folder(asr: Program, good: Path, tmp_path: Path) -> None:
    with run_lock(tmp_path / "out"):
        done = asr("vad", "split", good, "-o", "out", *FAKE)
    assert done.returncode == 5
    assert len(done.stderr.splitlines()) == 1


def test_the_input_is_never_touched(asr: Program, good: Path) -> None:
    before = {path: path.read_bytes() for path in good.rglob("*.*")}
    assert asr("vad", "split", good, "-o", good / "out", *FAKE, "-q").returncode == 0
    assert asr("vad", "split", good, "-o", good / "out", *FAKE, "-q").returncode == 0
    assert {path: path.read_bytes() for path in before} == before
