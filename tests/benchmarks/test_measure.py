"""A run is timed from the line that says loaded to the line that says done."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from benchmarks.measure import (
    BenchmarkError,
    DeviceWatch,
    cpu_seconds,
    environment,
    kind_of,
    measure,
)

if TYPE_CHECKING:
    from pathlib import Path

SAYS = "import json\nfor kind in {!r}: print(json.dumps({{'type': kind}}), flush=True)\n"


def program(*kinds: str, code: int = 0) -> list[str]:
    return [sys.executable, "-c", SAYS.format(kinds) + f"raise SystemExit({code})"]


def test_a_run_has_two_times_and_a_memory(tmp_path: Path) -> None:
    run = measure(program("start", "note", "end"), threads=1, log=tmp_path / "log")
    assert run.load_s > 0
    assert run.work_s >= 0
    assert run.peak_bytes > 1 << 20
    assert run.idle is None
    assert run.cpu_s is None or run.cpu_s >= 0
    assert (tmp_path / "log").read_text().count("type") == 3


@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="no /proc")  # noqa: PTH110
def test_what_this_process_holds_is_not_counted(tmp_path: Path) -> None:
    held = bytearray(os.urandom(1)) * (300 << 20)
    waits = "import time; time.sleep(0.2)"
    command = [sys.executable, "-c", SAYS.format(("start", "end")) + waits]
    run = measure(command, threads=1, log=tmp_path / "log")
    assert run.peak_bytes < len(held) // 2


BURNS = "import time\nwhile time.process_time() < 0.3: pass\nprint(1, flush=True)\n"
PARENT = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {BURNS + 'input()'!r}])\n"


@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="no /proc")  # noqa: PTH110
def test_processor_time_is_that_of_the_whole_family() -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    process.stdout.readline()
    while_it_lives = cpu_seconds(process.pid)
    process.communicate(b"\n")
    assert while_it_lives is not None
    assert while_it_lives >= 0.29
    assert cpu_seconds(process.pid) is None


@pytest.mark.parametrize(
    "command",
    [program("start", "end", code=3), program("start"), program("end"), program()],
    ids=["fails", "no end", "no start", "silent"],
)
def test_a_run_that_says_too_little_is_none(command: list[str], tmp_path: Path) -> None:
    with pytest.raises(BenchmarkError, match=r"exit \d+: "):
        measure(command, threads=1, log=tmp_path / "log")


@pytest.mark.parametrize(
    ("line", "kind"),
    [('{"type": "start"}', "start"), ("start", ""), ("{broken", ""), ("{}", ""), ("[1]", "")],
)
def test_only_json_lines_have_a_kind(line: str, kind: str) -> None:
    assert kind_of(line) == kind


def test_everyone_has_the_same_threads_and_finds_the_workers() -> None:
    found = environment(3, {"PYTHONPATH": "elsewhere", "HOME": "home"})
    assert found["OMP_NUM_THREADS"] == found["MKL_NUM_THREADS"] == "3"
    assert found["HOME"] == "home"
    first, last = found["PYTHONPATH"].split(os.pathsep)
    assert last == "elsewhere"
    assert os.path.isdir(os.path.join(first, "benchmarks"))  # noqa: PTH112, PTH118


def test_a_device_is_watched_only_while_there_is_work() -> None:
    watch = DeviceWatch(())
    watch.mark("start")
    watch.stop()
    assert watch.idle() is None
    assert watch.peak_bytes() is None


def test_idle_is_what_is_not_busy() -> None:
    watch = DeviceWatch(())
    watch.mark("start")
    watch.read(["50, 1024\n", "100, 2048\n"])
    watch.mark("end")
    watch.read(["0, 9999\n"])
    assert watch.idle() == pytest.approx(0.25)
    assert watch.peak_bytes() == 2048 << 20
