"""What every worker says and reads. Plain Python: it runs in the other tools' environments."""

from __future__ import annotations

import argparse
import json
from pathlib import Path


def mark(kind: str, **more: object) -> None:
    """Print one JSON line: `start` when the models are loaded, `end` when the texts are there."""
    print(json.dumps({"type": kind, **more}, ensure_ascii=False), flush=True)


def arguments(*uses: str) -> argparse.Namespace:
    """The command line of a worker: options, then the input folder and the output folder."""
    parser = argparse.ArgumentParser()
    if uses:
        parser.add_argument("use", choices=uses)
    parser.add_argument("--model", required=True)
    parser.add_argument("--vad", default="")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("folder", type=Path)
    parser.add_argument("-o", "--output", type=Path)
    return parser.parse_args()


def recordings(folder: Path) -> list[str]:
    """The files of a folder, in order."""
    return sorted(str(path) for path in folder.rglob("*.wav"))


def write(output: Path, texts: dict[str, str]) -> None:
    """One JSON file with the text of every recording, by its name."""
    output.mkdir(parents=True, exist_ok=True)
    (output / "texts.json").write_text(json.dumps(texts, ensure_ascii=False), encoding="utf-8")
