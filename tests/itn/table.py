"""The table of spoken and written pairs and the guarded phrases; run it to see the accuracy.

`make itn` or `python -m tests.itn.table` prints what the grammar makes of them, kind by kind, and
every pair that is wrong.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from asrcli.itn import written

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

HERE = Path(__file__).parent


def rows(name: str) -> list[str]:
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def read_pairs() -> dict[str, list[tuple[str, str]]]:
    """(spoken, written) by kind."""
    pairs = defaultdict(list)
    for row in rows("pairs.tsv"):
        kind, spoken, expected = row.split("\t")
        pairs[kind].append((spoken, expected))
    return dict(pairs)


PAIRS = read_pairs()
EVERY_PAIR = [pair for pairs in PAIRS.values() for pair in pairs]
PHRASES = [phrase for row in rows("phrases.txt") for phrase in row.split()]


def wrong(pairs: Sequence[tuple[str, str]]) -> list[str]:
    results = ((spoken, expected, written(spoken)) for spoken, expected in pairs)
    return [f"{spoken}: {got}, not {want}" for spoken, want, got in results if got != want]


def accuracy(tables: Mapping[str, Sequence[tuple[str, str]]]) -> str:
    """A line for each table and one for all; then what is wrong."""
    every = [pair for pairs in tables.values() for pair in pairs]
    lines = [f"{'kind':<12}{'pairs':>6}{'right':>7}{'accuracy':>10}"]
    failed: list[str] = []
    for kind, pairs in (*tables.items(), ("all", every)):
        failed = wrong(pairs)
        right = len(pairs) - len(failed)
        lines.append(f"{kind:<12}{len(pairs):>6}{right:>7}{right / len(pairs):>10.2%}")
    return "\n".join((*lines, *failed))


if __name__ == "__main__":
    guarded = {"phrases": [(phrase, phrase) for phrase in PHRASES]}
    sys.stdout.write(accuracy(PAIRS | guarded) + "\n")
