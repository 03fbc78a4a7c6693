"""How the cost of asrcli grows with the number of files and with their length."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.contenders import Bench, asrcli
from benchmarks.measure import measure
from benchmarks.sounds import Folder, make_lectures, make_snippets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from asrcli.values import FloatArray

COUNTS = (10, 100, 1_000, 10_000)
LENGTHS_S = (60, 300, 1_200, 3_600)
QUICK = 2
"""How many of each are left under `--quick`."""


@dataclass(frozen=True)
class Point:
    """One run: `what` is "files" or "seconds a file"."""

    what: str
    size: int
    audio_s: float
    work_s: float
    peak_bytes: int

    @property
    def seconds_an_hour(self) -> float:
        """Seconds of work for an hour of sound."""
        return self.work_s / self.audio_s * 3600


def grow(
    pieces: Sequence[FloatArray],
    bench: Bench,
    *,
    quick: bool,
    work: Path,
    tell: Callable[[str], None],
) -> tuple[Point, ...]:
    """Run asrcli over folders of growing size."""
    points = []
    for what, size, folder in _folders(pieces, work / "growing", quick=quick):
        tell(f"growth: {size} {what}")
        command = [*asrcli(bench, "fp32").command, str(folder.path), "-o", str(work / "out")]
        run = measure(command, threads=bench.threads, log=work / "growth.log")
        points.append(Point(what, size, folder.seconds, run.work_s, run.peak_bytes))
        for done in (folder.path, work / "out"):
            shutil.rmtree(done, ignore_errors=True)
    return tuple(points)


def _folders(
    pieces: Sequence[FloatArray], work: Path, *, quick: bool
) -> Iterator[tuple[str, int, Folder]]:
    most = QUICK if quick else None
    for count in COUNTS[:most]:
        yield "files", count, make_snippets(work / f"{count}-files", pieces, count)
    for seconds in LENGTHS_S[:most]:
        folder = make_lectures(work / f"{seconds}-s", pieces, seconds, each=seconds)
        yield "seconds a file", seconds, folder
