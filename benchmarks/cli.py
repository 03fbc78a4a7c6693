"""The command line of the benchmark."""

from __future__ import annotations

import argparse
import json
import platform
import shutil
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from asrcli.engines.device import usable_cores
from asrcli.engines.hub import find_model
from benchmarks import sounds
from benchmarks.contenders import ASRCLI, Bench, Contender, contenders
from benchmarks.growth import Point, grow
from benchmarks.measure import ROOT
from benchmarks.models import DEMO, FULL, model_folder
from benchmarks.rounds import Comparison, compare
from benchmarks.table import markdown
from benchmarks.texts import compare_texts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asrcli.values import FloatArray
    from benchmarks.sounds import Folder

FOLDERS = ("calls", "lectures", "mixed")
QUICK_SECONDS, CUDA_SECONDS = 60.0, 10_800.0
CPU_SECONDS = {DEMO: 1_200.0}
FULL_CPU_SECONDS = 240.0
"""The bundled model is small: on little sound, its run would be the start of the program."""

LECTURES = 2
"""Recordings in the folder of lectures."""


def main(argv: Sequence[str] | None = None) -> None:
    """Make the folders, run everyone, print the tables."""
    given = _parser().parse_args(argv)
    if given.quick:
        given.rounds = 1
    with tempfile.TemporaryDirectory(prefix="asrcli-benchmark-") as scratch:
        work = Path(scratch)
        _run(given, work)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="asrcli beside other recognisers: the same sound, the same weights, one table.",
    )
    add = parser.add_argument
    add("--quick", action="store_true", help="a minute of sound, one round: does it all run?")
    add("--models", default=f"{FULL},{DEMO}", help="full, demo or folders; default both")
    add("--folders", default="calls,lectures", help="of calls, lectures, mixed")
    add("--who", default="", help="only contenders whose names begin so, by commas; default all")
    add("--rounds", type=int, default=3, help="default 3")
    add(
        "--seconds",
        type=float,
        help="of sound; default 240, demo 1200, CUDA three hours",
    )
    add("--threads", type=int, default=usable_cores(), help="for everyone; default all cores")
    add("--device", default="auto", help="cpu or cuda:N; default the first CUDA device, else cpu")
    add("--growth", action="store_true", help="also 10 to 10,000 files, and files up to an hour")
    add("--peers", type=Path, default=Path(sys.executable), help="Python of the other tools")
    add("--sherpa-model", type=Path, help="a Paraformer for sherpa-onnx")
    add("--whisper-model", type=Path, help="a model for faster-whisper")
    add("--keep", type=Path, default=ROOT / ".cache" / "benchmarks", help="the full-size model")
    add("-o", "--output", type=Path, help="folder for results.md and results.json")
    return parser


def _run(given: argparse.Namespace, work: Path) -> None:
    device = given.device if given.device != "auto" else _first_device()
    vad = find_model("fsmn-vad", offline=True).path
    pieces = sounds.read_pieces(ROOT / "examples" / "recordings", vad)
    comparisons = []
    for name in filter(None, given.models.split(",")):
        bench = _bench(given, device, model_folder(name, given.keep, pieces), vad)
        who = [c for c in contenders(bench) if c.name.startswith(tuple(given.who.split(",")))]
        seconds = given.seconds or _seconds(device, name, quick=given.quick)
        for kind in filter(None, given.folders.split(",")):
            folder = _make(kind, work / name, pieces, seconds)
            comparisons.append(_compare(name, folder, bench, who, given, work))
            shutil.rmtree(folder.path)
    points: tuple[Point, ...] = ()
    if given.growth:
        bench = _bench(given, device, find_model(DEMO, offline=True).path, vad)
        points = grow(pieces, bench, rounds=given.rounds, quick=given.quick, work=work, tell=_tell)
    _publish(given, _machine(device, given), comparisons, points)


def _publish(
    given: argparse.Namespace,
    machine: str,
    comparisons: Sequence[Comparison],
    points: Sequence[Point],
) -> None:
    text = f"{machine}\n\n{markdown(comparisons, points)}"
    print(text)
    if given.output is not None:
        given.output.mkdir(parents=True, exist_ok=True)
        (given.output / "results.md").write_text(text, encoding="utf-8")
        runs = [asdict(comparison) for comparison in comparisons]
        found = {"machine": machine, "runs": runs, "growth": [asdict(point) for point in points]}
        (given.output / "results.json").write_text(json.dumps(found, indent=1), encoding="utf-8")


def _compare(
    name: str,
    folder: Folder,
    bench: Bench,
    who: Sequence[Contender],
    given: argparse.Namespace,
    work: Path,
) -> Comparison:
    found = compare(name, folder, bench, who, rounds=given.rounds, work=work, tell=_tell)
    if name != FULL:
        # Random weights say nothing: there only the times can be compared.
        compare_texts(work / "texts", list(found.entries), f"{ASRCLI} fp32")
    shutil.rmtree(work / "texts", ignore_errors=True)
    return found


def _bench(given: argparse.Namespace, device: str, model: Path, vad: Path) -> Bench:
    return Bench(
        model=model,
        vad=vad,
        device=device,
        threads=given.threads,
        peers=given.peers,
        sherpa=given.sherpa_model,
        whisper=given.whisper_model,
    )


def _make(name: str, work: Path, pieces: Sequence[FloatArray], seconds: float) -> Folder:
    path = work / name
    if name == "calls":
        return sounds.make_calls(path, pieces, seconds)
    if name == "lectures":
        return sounds.make_lectures(path, pieces, seconds, each=seconds / LECTURES)
    if name == "mixed":
        return sounds.make_mixed(path, pieces, seconds)
    sys.exit(f"--folders: {name!r} is none of {', '.join(FOLDERS)}")


def _seconds(device: str, model: str, *, quick: bool) -> float:
    if quick:
        return QUICK_SECONDS
    return CPU_SECONDS.get(model, FULL_CPU_SECONDS) if device == "cpu" else CUDA_SECONDS


def _first_device() -> str:
    return "cuda:0" if torch.cuda.is_available() else "cpu"


def _machine(device: str, given: argparse.Namespace) -> str:
    if device != "cpu":
        name = torch.cuda.get_device_name(device)
    else:
        kind = torch.backends.cpu.get_cpu_capability()
        name = f"{given.threads} cores, {platform.machine()}, {kind}"
    return f"{name}; torch {torch.__version__}; rounds: {given.rounds}"


def _tell(line: str) -> None:
    print(f"[{line}]", file=sys.stderr, flush=True)
