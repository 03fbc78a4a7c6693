"""Whether precisions hear the same: error rates against asrcli's own fp32 text."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from asrcli.evaluate.cer import plain, pooled

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.rounds import Entry


def compare_texts(texts: Path, entries: list[Entry], reference: str) -> None:
    """Fill in `differs` of every entry whose texts lie in `texts/NAME`."""
    if not (texts / reference).is_dir():
        return
    wanted = read_texts(texts / reference)
    for entry in entries:
        if entry.runs and (texts / entry.name).is_dir():
            found = read_texts(texts / entry.name)
            pairs = [(text, found.get(name, "")) for name, text in wanted.items()]
            entry.differs = pooled(pairs).rate


def read_texts(folder: Path) -> dict[str, str]:
    """What was heard, by the name of the recording without its suffix."""
    summary = folder / "texts.json"
    if summary.exists():
        found: dict[str, str] = json.loads(summary.read_text(encoding="utf-8"))
        return {name.rpartition("/")[2].removesuffix(".wav"): plain(t) for name, t in found.items()}
    texts = {}
    for path in sorted(folder.rglob("*.wav.json")):
        document = json.loads(path.read_text(encoding="utf-8"))
        spoken = "".join(sentence["spoken"] for sentence in document["sentences"])
        texts[path.name.removesuffix(".wav.json")] = plain(spoken)
    return texts
