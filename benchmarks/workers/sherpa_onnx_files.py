"""sherpa-onnx with a Paraformer: `model.onnx` or `model.int8.onnx`, and `tokens.txt`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sherpa_onnx
import soundfile

from benchmarks.workers.marks import arguments, mark, recordings, write

BATCH = 8


def main() -> None:
    """Load, work, write."""
    given = arguments()
    folder = Path(given.model)
    weights = next(p for n in ("model.int8.onnx", "model.onnx") if (p := folder / n).exists())
    recogniser: Any = sherpa_onnx.OfflineRecognizer.from_paraformer(
        paraformer=str(weights),
        tokens=str(folder / "tokens.txt"),
        num_threads=given.threads,
        provider="cpu" if given.device == "cpu" else "cuda",
    )
    files = recordings(given.folder)
    mark("start")
    texts: dict[str, str] = {}
    for at in range(0, len(files), BATCH):
        streams = []
        for file in files[at : at + BATCH]:
            sound, rate = soundfile.read(file, dtype="float32")
            streams.append(recogniser.create_stream())
            streams[-1].accept_waveform(rate, sound)
        recogniser.decode_streams(streams)
        for file, stream in zip(files[at : at + BATCH], streams, strict=True):
            texts[file] = stream.result.text
    write(given.output, texts)
    mark("end")


if __name__ == "__main__":
    main()
