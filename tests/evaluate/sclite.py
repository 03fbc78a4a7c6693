"""NIST sclite as the judge: pairs to count, its counts, and the table of them that is stored.

`python -m tests.evaluate.sclite` writes the table again; Debian has the program as `sctk`.
"""

from __future__ import annotations

import json
import random
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

TABLE = Path(__file__).with_name("sclite_counts.json")
STORED_PAIRS = 600
STORED_SEED = 1964

Pair: TypeAlias = tuple[list[str], list[str]]
Counts: TypeAlias = tuple[int, int, int, int]
"""Correct, substitutions, deletions, insertions."""

ALPHABETS = (
    ["的", "地"],
    ["一", "二", "三"],
    list("您好请问订单号是多少"),
    ["我", "们", "用", "iPhone", "15", "WiFi", "wifi", "ok", "开", "会"],
    [*"我的天", "the", "cat", "sat", "on", "3", "30"],
)
_SCORES = re.compile(
    r"^id: \(pair_(\d+)\)\s+Scores: \(#C #S #D #I\) (\d+) (\d+) (\d+) (\d+)$", re.MULTILINE
)


def command() -> list[str] | None:
    """How sclite is called here, or None."""
    if shutil.which("sclite"):
        return ["sclite"]
    return ["sctk", "sclite"] if shutil.which("sctk") else None


def random_pairs(seed: int, number: int) -> list[Pair]:
    """Unrelated texts, texts with errors, repeats, empty sides; of small and larger alphabets."""
    rng = random.Random(seed)
    pairs: list[Pair] = [([], []), (["好"], []), ([], ["好"]), (["好"] * 9, ["好"] * 4)]
    while len(pairs) < number:
        alphabet = rng.choice(ALPHABETS)
        reference = rng.choices(alphabet, k=rng.randrange(25))
        unrelated = rng.choices(alphabet, k=rng.randrange(25))
        heard = unrelated if rng.random() < 0.4 else with_errors(rng, reference, alphabet)
        pairs.append((reference, heard))
    return pairs


def with_errors(rng: random.Random, tokens: Sequence[str], alphabet: Sequence[str]) -> list[str]:
    """The tokens with some left out, changed, repeated and added."""
    share = rng.choice([0.05, 0.2, 0.5])
    heard: list[str] = []
    for token in tokens:
        kind = rng.choice("dsir") if rng.random() < share else "c"
        heard += {
            "c": [token],
            "d": [],
            "s": [rng.choice(alphabet)],
            "i": [rng.choice(alphabet), token],
            "r": [token] * rng.randrange(2, 5),
        }[kind]
    return heard


def sclite_counts(pairs: Sequence[Pair]) -> list[Counts]:
    """What sclite counts, case sensitive and in UTF-8, with a token for each word."""
    program = command()
    assert program is not None
    with tempfile.TemporaryDirectory() as folder:
        for side, name in enumerate(("ref", "hyp")):
            lines = [f"{' '.join(pair[side])} (pair_{i})\n" for i, pair in enumerate(pairs)]
            Path(folder, name).write_text("".join(lines), encoding="utf-8")
        done = subprocess.run(
            [
                *program, "-s", "-e", "utf-8", "-i", "rm", "-o", "pralign", "stdout",
                "-r", "ref", "trn", "-h", "hyp", "trn",
            ],
            cwd=folder, capture_output=True, encoding="utf-8", check=True,
        )  # fmt: skip
    found = {
        int(number): (int(c), int(s), int(d), int(i))
        for number, c, s, d, i in _SCORES.findall(done.stdout)
    }
    return [found[number] for number in range(len(pairs))]


def stored() -> list[tuple[Pair, Counts]]:
    """The table: pairs and what sclite counted in them."""
    rows = json.loads(TABLE.read_text(encoding="utf-8"))
    return [((row["ref"].split(), row["hyp"].split()), tuple(row["csdi"])) for row in rows]


def store() -> None:
    """Write the table."""
    pairs = random_pairs(STORED_SEED, STORED_PAIRS)
    rows = [
        {"ref": " ".join(reference), "hyp": " ".join(heard), "csdi": counts}
        for (reference, heard), counts in zip(pairs, sclite_counts(pairs), strict=True)
    ]
    lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    TABLE.write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    store()
