"""How much sound a batch may hold: found from the device's memory, learned where that was wrong.

What a second of sound takes is estimated from the model's shape. Where a batch did not fit all
the same, the estimate for this model on this device is raised to what that batch shows, and kept
in a small file for the next run. Seconds are always counted with their padding.
"""

from __future__ import annotations

import contextlib
import json
import threading
from typing import TYPE_CHECKING

from asrcli.errors import AsrError
from asrcli.files import atomic_write

if TYPE_CHECKING:
    from pathlib import Path

    from asrcli.engines.device import Device

CPU_SECONDS = 120.0
"""A CPU is fastest with about this much: less leaves its matrix units waiting for weights, more
no longer fits its caches. Measured with the full-size model on 2 cores."""

MOST_SECONDS = 1_200.0
"""A GPU is full long before; more would only make the first results late."""

LEAST_SECONDS = 10.0

SHARE = 0.5
"""Of the free memory: fragments and the kernels' own workspaces take from the rest."""

FRAMES, FINE_FRAMES, TOKENS = 1000 / 60, 50.0, 6.0
"""A second has so many encoder frames, frames of the timing head, and, spoken fast, tokens."""

FILE = "batch-memory.json"


def bytes_per_second(*, width: int, feed_forward: int, vocabulary: int) -> int:
    """An upper estimate of what a padded second takes at its widest places, as float32.

    The parts are not there all at once, so the sum is above what is measured: 1.7 MB against 1.2
    at full size (batches of 60 and 120 s of 3 to 30 s spans, float32, on a CPU).
    """
    encoder = FRAMES * (feed_forward + 8 * width)
    timing = FINE_FRAMES * 8 * width
    decoder = TOKENS * 3 * vocabulary
    return int(4 * (encoder + timing + decoder))


class Budget:
    """The budget of one model on one device; threads may share it."""

    def __init__(self, device: Device, model: str, *, cost: int, folder: Path) -> None:
        """Read what earlier runs learned.

        Args:
            device: where the model runs.
            model: what tells it from others: its hash.
            cost: estimated bytes for a padded second.
            folder: where the file is.
        """
        self._device, self._path = device, folder / FILE
        self._key = f"{device.label()} {device.precision} {model[:16]}"
        self._lock = threading.Lock()
        self._cost = max(cost, _read(self._path).get(self._key, 0))
        self._limit = float("inf")

    @property
    def limit(self) -> float:
        """Seconds that did not fit in this run are more than this."""
        return self._limit

    def seconds(self) -> float:
        """What a batch may hold now."""
        most = MOST_SECONDS if self._device.kind == "cuda" else CPU_SECONDS
        free = self._device.free_bytes()
        fitting = most if free is None else SHARE * free / self._cost
        return max(LEAST_SECONDS, min(most, fitting, self._limit))

    def overflowed(self, seconds: float) -> None:
        """Learn that a batch of `seconds` did not fit: half of it is tried next.

        The memory of the batch must have been given back.
        """
        with self._lock:
            self._limit = min(self._limit, max(LEAST_SECONDS, seconds / 2))
            free = self._device.free_bytes()
            if free is None or seconds <= LEAST_SECONDS:
                return
            shown = int(SHARE * free / (seconds / 2))
            if shown > self._cost:
                self._cost = shown
                _remember(self._path, self._key, shown)


def _read(path: Path) -> dict[str, int]:
    """What is in the file; nothing where it is missing or damaged."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {key: value for key, value in found.items() if type(value) is int and value > 0}


def _remember(path: Path, key: str, cost: int) -> None:
    """Add to the file; where it cannot be written, the next run learns again."""
    known = {**_read(path), key: cost}
    with contextlib.suppress(OSError, AsrError):
        atomic_write(path, json.dumps(known, indent=1, ensure_ascii=False).encode())
