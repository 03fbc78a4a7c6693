"""How the cost of asrcli grows with the number of files and with their length."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.contenders import Bench, asrcli
from benchmarks.measure import measure
from benchmarks.sounds import CALL_S, Folder, make_calls, make_lectures, make_snippets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from asrcli.values import FloatArray
    from benchmarks.measure import Run

COUNTS = (10, 100, 1_000, 10_000)
"""Of recordings of one sentence each: what a recording costs beside its sound."""

CALLS = (100, 1_000, 10_000)
"""About so many, as long as calls are."""

LENGTHS_S = (60, 300, 1_200, 3_600)
QUICK = 2
"""How many of each are left under `--quick`."""


@dataclass(frozen=True)
class Point:
    """The best of several runs of so many (`size`) of something (`what`)."""

    what: str
    size: int
    audio_s: float
    work_s: float
    cpu_s: float | None
    peak_bytes: int

    def an_hour(self, seconds: float) -> float:
        """What `seconds` are for an hour of sound."""
        return seconds / self.audio_s * 3600


def grow(
    pieces: Sequence[FloatArray],
    bench: Bench,
    *,
    rounds: int,
    quick: bool,
    work: Path,
    tell: Callable[[str], None],
) -> tuple[Point, ...]:
    """Run asrcli over folders of growing size, `rounds` times each."""
    points = []
    for what, size, folder in _folders(pieces, work / "growing", quick=quick):
        tell(f"growth: {size} {what}")
        runs = [_run(folder, bench, work) for _ in range(rounds)]
        points.append(
            Point(
                what,
                size,
                folder.seconds,
                min(run.work_s for run in runs),
                min((run.cpu_s for run in runs if run.cpu_s is not None), default=None),
                max(run.peak_bytes for run in runs),
            )
        )
        shutil.rmtree(folder.path)
    return tuple(points)


def _run(folder: Folder, bench: Bench, work: Path) -> Run:
    output = work / "out"
    command = [*asrcli(bench, "fp32").command, str(folder.path), "-o", str(output)]
    run = measure(command, threads=bench.threads, log=work / "growth.log")
    shutil.rmtree(output)
    return run


def _folders(
    pieces: Sequence[FloatArray], work: Path, *, quick: bool
) -> Iterator[tuple[str, int, Folder]]:
    most = QUICK if quick else None
    for count in COUNTS[:most]:
        yield "sentences", count, make_snippets(work / f"{count}-files", pieces, count)
    for count in CALLS[:most]:
        folder = make_calls(work / f"{count}-calls", pieces, count * sum(CALL_S) / 2)
        yield "calls", len(folder.files), folder
    for seconds in LENGTHS_S[:most]:
        folder = make_lectures(work / f"{seconds}-s", pieces, seconds, each=seconds)
        yield "seconds a file", seconds, folder
