"""A folder in which nearly everything is wrong: one outcome each, nothing hangs, memory stays."""

from __future__ import annotations

import json
import os
import stat
from typing import TYPE_CHECKING

from tests.faults.conftest import scaled
from tests.faults.folders import listed, read_outputs
from tests.faults.hostile import KINDS, hostile_folder

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faults.child import Runner

COUNT = scaled(1050, 6 * len(KINDS))
HOURS = scaled(8, 1)
MEMORY_BYTES = 1_200 << 20
"""Of which the program with all that it imports takes a third."""


def test_a_hostile_folder(runner: Runner, tell: Callable[[str, int], None]) -> None:
    count = hostile_folder(runner.folder / "in", COUNT, hours_of_silence=HOURS)
    args = ("transcribe", "folder", "in", "-o", "out", "-m", "fake", "-f", "csv,json,txt")
    first = runner.start(*args, "--log-json").wait(scaled(550, 100))
    assert first.code == 3, first.stderr[-2000:]
    lines = [json.loads(line) for line in first.stderr.splitlines()]
    ends = [line for line in lines if line["type"] == "recording"]
    names = [line["file"] for line in ends]
    assert len(names) == len(set(names)) == count
    assert sum(lines[-1]["counts"].values()) == count
    assert all(line["reason"] for line in ends if line["status"] in {"failed", "empty"})
    outputs = read_outputs(runner.folder / "out")
    assert len(listed(outputs)) == count
    check_tree(runner)
    assert runner.peak_bytes() < MEMORY_BYTES
    again = runner.start(*args, "--log-json").wait(scaled(550, 100))
    assert again.code == 3
    assert read_outputs(runner.folder / "out") == outputs
    tell("entries of a hostile folder with one outcome each", count)


def check_tree(runner: Runner) -> None:
    """Nothing was written outside, nothing half, nothing was run."""
    inside = {path.name for path in runner.folder.iterdir()}
    assert "pwned" not in inside
    assert not list((runner.folder / "in").glob("*.json"))
    mask = os.umask(0)
    os.umask(mask)
    for path in (runner.folder / "out").rglob("*"):
        assert not path.name.endswith(".tmp")
        if path.is_file():
            assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~mask
