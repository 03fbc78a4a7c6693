"""Which device, which number format, how many threads.

A device that was named and is not there is an error: a silent fall-back to the CPU turns a night
of an hour into a night of two days.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from asrcli.errors import UsageError

if TYPE_CHECKING:
    import torch

CPU_BATCH_SECONDS = 60.0
BYTES_PER_SECOND = 40 << 20
"""Upper estimate of what a second of audio takes in the full-size model at float32, attention
over the longest span included."""


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

    def batch_seconds(self) -> float:
        """Padded seconds of audio in a batch that this device works on well.

        A CPU gains nothing beyond about eight spans of ten seconds. A GPU is filled as far as
        half of its free memory goes.
        """
        import torch

        if self.kind != "cuda":
            return CPU_BATCH_SECONDS
        free_bytes, _ = torch.cuda.mem_get_info(self.torch())
        return max(CPU_BATCH_SECONDS, free_bytes / 2 / BYTES_PER_SECOND)


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


def set_threads(count: int | None = None) -> int:
    """Give torch its threads, once, before any work; FunASR is never asked.

    One thread more than there are free cores makes OpenMP spin and a run thirty times slower, so
    the default is what this process may use less what others are using now.

    Args:
        count: threads, or None for `OMP_NUM_THREADS` or the cores that are free.

    Returns:
        The number that was set.
    """
    import torch

    if count is None:
        asked = os.environ.get("OMP_NUM_THREADS", "")
        count = int(asked) if asked.isdecimal() and int(asked) > 0 else free_cores()
    torch.set_num_threads(count)
    return count


def free_cores() -> int:
    """Cores that this process may use, without those that others kept busy in the last minute."""
    busy = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    return max(1, usable_cores() - round(busy))


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
