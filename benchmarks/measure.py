"""One run of one command: how long it loaded, how long it worked, how much memory it took."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import threading
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

ROOT = Path(__file__).parents[1]

LOADED, DONE = "start", "end"
"""The `type` of the two lines that every command prints."""

KIB = 1024 if os.uname().sysname == "Linux" else 1


class BenchmarkError(Exception):
    """A command failed or did not say when it was loaded and done."""


@dataclass(frozen=True)
class Run:
    """Seconds, bytes of the command's own process, and the share of the work the device was idle.

    `cpu_s` is the processor time of the work, all threads and processes together: what others do
    at the same time on the machine changes it little. None where the system does not tell.
    """

    load_s: float
    work_s: float
    peak_bytes: int
    cpu_s: float | None = None
    idle: float | None = None
    device_bytes: int | None = None


def measure(command: Sequence[str], *, threads: int, log: Path, watch: Sequence[str] = ()) -> Run:
    """Run a command; its lines go to `log`. `watch` is a device's status command.

    Raises:
        BenchmarkError: it failed, or the two lines did not come.
    """
    started = time.perf_counter()
    marks: dict[str, float] = {}
    used: dict[str, float | None] = {}
    peak = None
    device = DeviceWatch(watch)
    with log.open("w", encoding="utf-8") as file:
        process = subprocess.Popen(
            list(command),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=environment(threads, os.environ),
            text=True,
            encoding="utf-8",
            errors="replace",
        )
        assert process.stdout is not None
        for line in process.stdout:
            kind = kind_of(line)
            if kind in (LOADED, DONE):
                marks.setdefault(kind, time.perf_counter())
                used.setdefault(kind, cpu_seconds(process.pid))
                peak = peak_bytes(process.pid) or peak
                device.mark(kind)
            file.write(line)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        process.stdout.close()
    device.stop()
    if process.returncode or len(marks) < 2:
        lines = log.read_text(encoding="utf-8").split("\n")
        last = next((line.strip() for line in reversed(lines) if line.strip()), "silent")
        raise BenchmarkError(f"exit {process.returncode}: {last}")
    before, after = used[LOADED], used[DONE]
    return Run(
        load_s=marks[LOADED] - started,
        work_s=marks[DONE] - marks[LOADED],
        peak_bytes=usage.ru_maxrss * KIB if peak is None else peak,
        cpu_s=None if before is None or after is None else after - before,
        idle=device.idle(),
        device_bytes=device.peak_bytes(),
    )


def peak_bytes(pid: int) -> int | None:
    """The most memory that a process had so far (Linux).

    What the system tells at its end would hold what this process had when it started that one.
    """
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return None


def cpu_seconds(pid: int) -> float | None:
    """Processor time of a process and its descendants so far, with those it waited for (Linux)."""
    ticks, children = {}, defaultdict(list)
    for path in Path("/proc").glob("[0-9]*/stat"):
        # Any of them may end meanwhile.
        with contextlib.suppress(OSError, ValueError):
            fields = path.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            ticks[int(path.parent.name)] = sum(map(int, fields[11:15]))
            children[int(fields[1])].append(int(path.parent.name))
    if pid not in ticks:
        return None
    family = [pid]
    for member in family:
        family += children[member]
    return sum(ticks.get(member, 0) for member in family) / os.sysconf("SC_CLK_TCK")


def kind_of(line: str) -> str:
    """The `type` of a JSON line, empty for any other."""
    if not line.startswith("{"):
        return ""
    try:
        value = json.loads(line)
    except json.JSONDecodeError:
        return ""
    return str(value.get("type", "")) if isinstance(value, dict) else ""


def environment(threads: int, environ: Mapping[str, str]) -> dict[str, str]:
    """The same number of threads for everyone, and no progress bars."""
    names = ("OMP_NUM_THREADS", "MKL_NUM_THREADS")
    path = os.pathsep.join(filter(None, (str(ROOT), environ.get("PYTHONPATH"))))
    own = {"PYTHONPATH": path, "PYTHONUTF8": "1"}
    return {**environ, **dict.fromkeys(names, str(threads)), **own}


class DeviceWatch:
    """Asks a CUDA device four times a second how busy it is, between the two marks."""

    def __init__(self, command: Sequence[str]) -> None:
        self._samples: list[tuple[float, float]] = []
        self._working = threading.Event()
        self._process: subprocess.Popen[str] | None = None
        if not command:
            return
        query = ["--query-gpu=utilization.gpu,memory.used", "--format=csv,noheader,nounits"]
        self._process = subprocess.Popen(
            [*command, *query, "-lms", "250"], stdout=subprocess.PIPE, text=True
        )
        lines = self._process.stdout
        assert lines is not None
        threading.Thread(target=self.read, args=(lines,), daemon=True).start()

    def mark(self, kind: str) -> None:
        """Samples count from `LOADED` to `DONE`."""
        (self._working.set if kind == LOADED else self._working.clear)()

    def stop(self) -> None:
        """End the status command."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait()

    def idle(self) -> float | None:
        """Mean share of time without a kernel; None where nobody asked."""
        if not self._samples:
            return None
        return 1.0 - sum(busy for busy, _ in self._samples) / len(self._samples) / 100.0

    def peak_bytes(self) -> int | None:
        """The most memory in use on the device, whoever used it."""
        return int(max(used for _, used in self._samples) * 2**20) if self._samples else None

    def read(self, lines: Iterable[str]) -> None:
        """Take samples while there is work; a line is "percent busy, MiB in use"."""
        for line in lines:
            if self._working.is_set():
                busy, used = line.split(",")
                self._samples.append((float(busy), float(used)))
