"""Who runs: a command each, or the reason why it cannot run here.

Every command works through a folder in a process of its own and prints one JSON line when its
models are loaded and one when the last text is there, as `asr --log-json` does.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

WORKERS = "benchmarks.workers"
CPU_PRECISIONS = ("fp32", "bf16", "int8")
CUDA_PRECISIONS = ("fp32", "bf16", "fp16")
ASRCLI = "asrcli"
BASELINE = "FunASR AutoModel"


@dataclass(frozen=True)
class Bench:
    """What all contenders share.

    `peers` is the interpreter of an environment that holds the other tools; `sherpa` and
    `whisper` are the folders of their models, None where there is none.
    """

    model: Path
    vad: Path
    device: str
    threads: int
    peers: Path
    sherpa: Path | None = None
    whisper: Path | None = None


@dataclass(frozen=True)
class Contender:
    """`command` goes before the input folder and the output folder; `absent` says why not."""

    name: str
    command: tuple[str, ...] = ()
    absent: str = ""


def contenders(bench: Bench) -> tuple[Contender, ...]:
    """All of them, the ones that cannot run here with the reason."""
    precisions = CPU_PRECISIONS if bench.device == "cpu" else CUDA_PRECISIONS
    return (
        *(asrcli(bench, precision) for precision in precisions),
        _funasr(bench, BASELINE, "recommended"),
        _funasr(bench, "FunASR, one file a call", "loop"),
        _peer(bench, "funasr-onnx", "funasr_onnx", bench.model),
        _peer(bench, "sherpa-onnx", "sherpa_onnx", bench.sherpa),
        _peer(bench, "faster-whisper", "faster_whisper", bench.whisper),
    )


def asrcli(bench: Bench, precision: str) -> Contender:
    """The command a user types, from files to files."""
    command = (
        *(sys.executable, "-m", "asrcli", "transcribe", "folder", "--log-json", "--offline"),
        # What a round before has decoded must not be remembered.
        *("--journal", "none"),
        *("--model", str(bench.model), "--vad", str(bench.vad), "--punc", "none"),
        *("--device", bench.device, "--precision", precision),
    )
    return Contender(f"{ASRCLI} {precision}", command)


def _funasr(bench: Bench, name: str, use: str) -> Contender:
    options = ("--model", str(bench.model), "--vad", str(bench.vad), "--device", bench.device)
    worker = (sys.executable, "-m", f"{WORKERS}.funasr_auto", use)
    return Contender(name, (*worker, *options, "--threads", str(bench.threads)))


def _peer(bench: Bench, name: str, package: str, model: Path | None) -> Contender:
    if not _has(bench.peers, package):
        return Contender(
            name, absent=f"{package} is not installed (pip install {package.replace('_', '-')})"
        )
    if model is None:
        return Contender(name, absent="no model here; give its folder by option")
    worker = (str(bench.peers), "-m", f"{WORKERS}.{package}_files")
    options = ("--model", str(model), "--device", bench.device, "--threads", str(bench.threads))
    return Contender(name, (*worker, *options))


def _has(python: Path, package: str) -> bool:
    if python == Path(sys.executable):
        return importlib.util.find_spec(package) is not None
    look = f"import importlib.util as u, sys; sys.exit(u.find_spec({package!r}) is None)"
    return subprocess.run([str(python), "-c", look], check=False).returncode == 0


def smi() -> tuple[str, ...]:
    """The command that tells how busy CUDA devices are; empty where there is none."""
    return ("nvidia-smi",) if shutil.which("nvidia-smi") else ()
