"""Folders of recordings to disturb runs on, and what a run leaves of them."""

from __future__ import annotations

import csv
import io
from collections import Counter
from typing import TYPE_CHECKING, TypeAlias

from tests.e2e.program import record

if TYPE_CHECKING:
    from pathlib import Path

    Outputs: TypeAlias = dict[str, bytes]

NOT_COMPARED = {".asrcli.lock", "run.json"}
"""The lock always stays; the summary tells the time of day."""


def forty_recordings(folder: Path) -> Path:
    """Recordings of one to four sentences; no sentence is said twice."""
    said = (chr(0x4E00 + 7 * number) for number in range(3000))
    for number in range(40):
        sentences = ["".join(next(said) for _ in range(3)) for _ in range(1 + number % 4)]
        record(folder / f"{number % 4}" / f"第 {number:02}.wav", "。".join(sentences) + "。")
    return folder


def read_outputs(folder: Path) -> Outputs:
    """Every file that a run left, hidden ones too."""
    found = {p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if p.is_file()}
    return {name: path.read_bytes() for name, path in found.items() if name not in NOT_COMPARED}


def listed(outputs: Outputs) -> Counter[str]:
    """How many rows the table has for each file."""
    text = outputs["transcripts.csv"].decode("utf-8-sig")
    return Counter(row["file"] for row in csv.DictReader(io.StringIO(text)))


def batches(log: Path) -> Counter[str]:
    """How many spans each batch of each process held, in the order in which they began."""
    sizes: Counter[str] = Counter()
    process, last = 0, 0
    for line in log.read_text(encoding="utf-8").splitlines():
        number = int(line.split()[0])
        process += number < last
        last = number
        sizes[f"{process}/{number}"] += 1
    return sizes


def redone(log: Path) -> int:
    """How many spans were decoded more than once."""
    spans = Counter(line.split()[1] for line in log.read_text(encoding="utf-8").splitlines())
    return spans.total() - len(spans)
