"""`funasr-onnx`: the recogniser exported to ONNX, whole files in batches.

It has no pipeline with voice activity detection, so only recordings that are as short as a span
are a fair task for it; lectures are cut into `LONGEST_S` pieces.
"""

from __future__ import annotations

import contextlib
import io
from typing import Any

import soundfile

from benchmarks.workers.marks import arguments, mark, recordings, write

BATCH = 8
LONGEST_S = 30


def main() -> None:
    """Load, work, write."""
    given = arguments()
    with contextlib.redirect_stdout(io.StringIO()):
        from funasr_onnx import SeacoParaformer

        model: Any = SeacoParaformer(
            given.model,
            batch_size=BATCH,
            device_id="-1" if given.device == "cpu" else given.device.partition(":")[2] or "0",
            intra_op_num_threads=given.threads,
        )
    mark("start")
    pieces = []
    for file in recordings(given.folder):
        sound, rate = soundfile.read(file, dtype="float32")
        size = LONGEST_S * rate
        pieces += [(file, sound[at : at + size]) for at in range(0, len(sound), size)]
    # Neighbours of about the same length share a batch, as its server does it.
    pieces.sort(key=lambda piece: len(piece[1]))
    texts: dict[str, str] = {}
    for at in range(0, len(pieces), BATCH):
        batch = pieces[at : at + BATCH]
        found = model([sound for _, sound in batch], "")
        for (file, _), result in zip(batch, found, strict=False):
            texts[file] = texts.get(file, "") + str(result.get("preds", ""))
    write(given.output, texts)
    mark("end")


if __name__ == "__main__":
    main()
