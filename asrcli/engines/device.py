"""Which device, which number format, how many threads.

A device that was named and is not there is an error: a silent fall-back to the CPU turns a night
of an hour into a night of two days.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from asrcli.errors import UsageError

if TYPE_CHECKING:
    import torch

MOST_THREADS = 8
"""Decoders or readers at once: each holds a batch or a recording in memory."""

KERNELS_VARIABLE = "ONEDNN_PRIMITIVE_CACHE_CAPACITY"
"""Where oneDNN looks, at its first product, for how many kernels it may keep."""

KERNELS_OF_A_BATCH = 32
"""A recogniser's layers need 10 to 25 different ones for a batch, in whatever precision."""


@dataclass(frozen=True, slots=True)
class Device:
    """`name` as torch spells it (`cpu`, `cuda:0`, `mps`); `precision`: fp32, bf16, fp16, int8."""

    name: str
    precision: str

    @property
    def kind(self) -> str:
        """`cpu`, `cuda` or `mps`."""
        return self.name.partition(":")[0]

    def torch(self) -> torch.device:
        """The torch device."""
        import torch

        return torch.device(self.name)

    def label(self) -> str:
        """The kind of hardware, in words that stay the same from run to run."""
        import torch

        if self.kind != "cuda":
            return self.kind
        facts = torch.cuda.get_device_properties(self.torch())
        return f"{facts.name} {facts.total_memory >> 20} MiB"

    def free_bytes(self) -> int | None:
        """Memory that a batch could still take; None where the system does not say."""
        import torch

        if self.kind == "cuda":
            place = self.torch()
            free, _ = torch.cuda.mem_get_info(place)
            # What torch holds back for itself is as good as free.
            return int(
                free + torch.cuda.memory_reserved(place) - torch.cuda.memory_allocated(place)
            )
        available = _available_memory() if self.kind == "cpu" else None
        return None if available is None else available // share_cores("cpu").decoders

    def give_back(self) -> None:
        """Let go of device memory that nothing lives in."""
        import torch

        if self.kind == "cuda":
            torch.cuda.empty_cache()

    def peak_bytes(self) -> int | None:
        """The most device memory that this process has had in use; None where there is none."""
        import torch

        return torch.cuda.max_memory_allocated(self.torch()) if self.kind == "cuda" else None


def resolve_devices(devices: str, precision: str) -> tuple[Device, ...]:
    """Turn what the user asked for into what is there: one device, or several.

    Args:
        devices: as `resolve_device` takes one; several with commas between them; `cuda:all` for
            all CUDA devices that torch sees, so that `CUDA_VISIBLE_DEVICES` is respected.
        precision: as `resolve_device` takes it.

    Raises:
        UsageError: one is not there, or cannot compute in that precision, or is named twice.
    """
    import torch

    names: list[str] = []
    for name in devices.split(","):
        if name == "cuda:all" and torch.cuda.is_available():
            names += [f"cuda:{number}" for number in range(torch.cuda.device_count())]
        else:
            names.append("cuda" if name == "cuda:all" else name)
    found = tuple(resolve_device(name, precision) for name in names)
    for device in found:
        # Two processes may share the cores of a CPU; on a GPU they only take each other's memory.
        if device.kind == "cuda" and found.count(device) > 1:
            raise UsageError(f"--device {devices}: {device.name} is named twice")
    return found


def resolve_device(device: str, precision: str) -> Device:
    """Turn what the user asked for into what is there.

    Args:
        device: `auto`, `cpu`, `cuda`, `cuda:N` or `mps`; auto is the first CUDA device, else cpu.
        precision: `auto`, `fp32`, `bf16`, `fp16` or `int8`; auto is fp32, the only one whose text
            is the same in every batch.

    Raises:
        UsageError: the device is not there, or it cannot compute in that precision.
    """
    import torch

    cuda_count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if device == "auto":
        name = "cuda:0" if cuda_count else "cpu"
    elif device.startswith("cuda"):
        name = device if ":" in device else "cuda:0"
        if int(name.partition(":")[2]) >= cuda_count:
            there = f"only {cuda_count} CUDA devices" if cuda_count else "no CUDA device"
            raise UsageError(f"--device {device}: {there} here; try --device cpu or auto")
    elif device == "mps":
        if not torch.backends.mps.is_available():
            raise UsageError("--device mps: not available here; try --device cpu or auto")
        name = "mps"
    else:
        name = "cpu"
    resolved = Device(name, "fp32" if precision == "auto" else precision)
    _check_precision(resolved)
    return resolved


def _check_precision(device: Device) -> None:
    if device.precision == "fp16" and device.kind == "cpu":
        raise UsageError("--precision fp16: not on a CPU; try bf16 or fp32")
    if device.precision == "int8" and device.kind != "cpu":
        raise UsageError("--precision int8: only on a CPU; try bf16 or fp16")


@dataclass(frozen=True, slots=True)
class Threads:
    """How many threads decode and read, and how many torch takes inside one operation."""

    decoders: int
    readers: int
    inside: int


ALONE = Threads(1, 1, 1)
"""Those of a process that does one thing."""


def share_cores(kind: str, cores: int | None = None) -> Threads:
    """How the threads of a run share the cores.

    On a CPU several batches at once beat several threads in one batch: those wait for each other
    after every operation, and where anyone else is busy, they spin and a run is thirty times
    slower. On a GPU one thread feeds it and the cores look for speech.

    Args:
        kind: `cpu`, `cuda` or `mps`.
        cores: None for `OMP_NUM_THREADS`, or else all that this process may use.
    """
    if cores is None:
        asked = os.environ.get("OMP_NUM_THREADS", "")
        cores = int(asked) if asked.isdecimal() and int(asked) > 0 else usable_cores()
    if kind != "cpu":
        return Threads(1, max(1, min(MOST_THREADS, cores - 1)), 1)
    decoders = min(cores, MOST_THREADS)
    return Threads(decoders, min(cores, MOST_THREADS), cores // decoders)


def set_up_torch(threads: Threads = ALONE) -> None:
    """Give torch its threads inside one operation, once, before any work; FunASR is never asked.

    It keeps the kernels of the batches under way, no more. By itself it keeps 1,024, each made for
    one shape; no two batches have the same, and what is left between those that go takes 15 KB
    more of memory with every recording.
    """
    import torch

    os.environ.setdefault(KERNELS_VARIABLE, str(KERNELS_OF_A_BATCH * threads.decoders))
    torch.set_num_threads(threads.inside)


def usable_cores() -> int:
    """Cores that this process may use: its affinity mask, under the container's CPU quota."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(1, min(cores or 1, _cgroup_quota()))


def _cgroup_quota(path: str = "/sys/fs/cgroup/cpu.max") -> int:
    """Whole cores that a cgroup-v2 quota leaves; a large number where there is none."""
    try:
        with open(path, encoding="ascii") as file:  # noqa: PTH123
            quota, period = file.read().split()[:2]
        return max(1, int(quota) // int(period)) if quota != "max" else 1 << 16
    except (OSError, ValueError):
        return 1 << 16


def _available_memory(meminfo: str = "/proc/meminfo", cgroup: str = "/sys/fs/cgroup") -> int | None:
    """Bytes that this process could still have, under the container's limit (cgroup v2)."""
    found = [_meminfo_available(meminfo), _cgroup_left(cgroup)]
    return min((value for value in found if value is not None), default=None)


def _meminfo_available(path: str) -> int | None:
    try:
        lines = Path(path).read_text(encoding="ascii").splitlines()
        fields = next(line for line in lines if line.startswith("MemAvailable:")).split()
        return int(fields[1]) << 10
    except (OSError, ValueError, IndexError, StopIteration):
        return None


def _cgroup_left(folder: str) -> int | None:
    try:
        most = int((Path(folder) / "memory.max").read_text(encoding="ascii"))
        used = int((Path(folder) / "memory.current").read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
    return max(0, most - used)
