"""Everyone in turn, several times over: whoever else uses the machine disturbs all alike."""

from __future__ import annotations

import json
import shutil
import statistics
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from benchmarks.contenders import ASRCLI, BASELINE, Bench, Contender, asrcli, smi
from benchmarks.measure import BenchmarkError, Run, kind_of, measure

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from benchmarks.sounds import Folder


@dataclass
class Entry:
    """One contender on one folder; `absent` says why there are no runs."""

    name: str
    absent: str = ""
    runs: list[Run] = field(default_factory=list)
    differs: float | None = None
    """CER against asrcli's own fp32 text, where the model's text means something."""

    @property
    def best_s(self) -> float:
        """The least work of all rounds: what others disturbed least."""
        return min(run.work_s for run in self.runs)

    @property
    def cpu_s(self) -> float | None:
        """The least processor time of all rounds; None where nobody told it."""
        return min((run.cpu_s for run in self.runs if run.cpu_s is not None), default=None)

    @property
    def median_s(self) -> float:
        """The median work of all rounds."""
        return statistics.median(run.work_s for run in self.runs)


@dataclass(frozen=True)
class Comparison:
    """All contenders on one folder with one model, and where asrcli's time went."""

    model: str
    folder: str
    files: int
    audio_s: float
    entries: tuple[Entry, ...]
    stages: dict[str, dict[str, float]]
    """By precision: seconds by stage, `waste` (share of padding) beside them."""

    def ratio(self, entry: Entry) -> float | None:
        """How many times as fast as the baseline, minimum against minimum."""
        base = self._base()
        return base.best_s / entry.best_s if base and entry.runs else None

    def cpu_ratio(self, entry: Entry) -> float | None:
        """The same in processor time."""
        base = self._base()
        spent = (base.cpu_s if base else None), entry.cpu_s
        return spent[0] / spent[1] if spent[0] and spent[1] else None

    def _base(self) -> Entry | None:
        return next((e for e in self.entries if e.name == BASELINE and e.runs), None)


def compare(
    model: str,
    folder: Folder,
    bench: Bench,
    who: Sequence[Contender],
    *,
    rounds: int,
    work: Path,
    tell: Callable[[str], None],
) -> Comparison:
    """Run `rounds` rounds; a contender that fails is absent with the reason."""
    entries = [Entry(one.name, one.absent) for one in who]
    output = work / "out"
    for number in range(rounds):
        for contender, entry in zip(who, entries, strict=True):
            if entry.absent:
                continue
            tell(f"{model}, {folder.name}: round {number + 1} of {rounds}, {contender.name}")
            try:
                entry.runs.append(_once(contender, folder, bench, output, work))
            except BenchmarkError as error:
                entry.absent = str(error)
                continue
            if number == 0:
                shutil.copytree(output, work / "texts" / contender.name, dirs_exist_ok=True)
            shutil.rmtree(output, ignore_errors=True)
    stages = {}
    for precision in [e.name.split()[1] for e in entries if e.name.startswith(ASRCLI) and e.runs]:
        tell(f"{model}, {folder.name}: stages at {precision}")
        stages[precision] = stage_seconds(precision, folder, bench, work)
    return Comparison(model, folder.name, len(folder.files), folder.seconds, tuple(entries), stages)


def _once(contender: Contender, folder: Folder, bench: Bench, output: Path, work: Path) -> Run:
    command = [*contender.command, str(folder.path), "-o", str(output)]
    log = work / f"{contender.name.replace(' ', '-')}.log"
    watch = smi() if bench.device != "cpu" else ()
    return measure(command, threads=bench.threads, log=log, watch=watch)


def stage_seconds(precision: str, folder: Folder, bench: Bench, work: Path) -> dict[str, float]:
    """Busy seconds by stage of one run of asrcli, and `waste`."""
    options = asrcli(bench, precision).command[5:]
    output = work / "out"
    command = [sys.executable, "-m", "benchmarks.stages", str(folder.path), "-o", str(output)]
    log = work / "stages.log"
    measure([*command, *options], threads=bench.threads, log=log)
    shutil.rmtree(output, ignore_errors=True)
    lines = log.read_text(encoding="utf-8").splitlines()
    found = json.loads(next(line for line in reversed(lines) if kind_of(line) == "stages"))
    return {**found["seconds"], "waste": found["waste"]}
