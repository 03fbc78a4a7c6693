"""faster-whisper in batches with voice activity detection, as its README says."""

from __future__ import annotations

from typing import Any

from faster_whisper import BatchedInferencePipeline, WhisperModel

from benchmarks.workers.marks import arguments, mark, recordings, write

BATCH = 8


def main() -> None:
    """Load, work, write."""
    given = arguments()
    on_cpu = given.device == "cpu"
    model: Any = WhisperModel(
        given.model,
        device="cpu" if on_cpu else "cuda",
        compute_type="int8" if on_cpu else "float16",
        cpu_threads=given.threads,
    )
    pipeline: Any = BatchedInferencePipeline(model=model)
    files = recordings(given.folder)
    mark("start")
    texts = {}
    for file in files:
        segments, _ = pipeline.transcribe(file, language="zh", batch_size=BATCH, vad_filter=True)
        texts[file] = "".join(segment.text for segment in segments)
    write(given.output, texts)
    mark("end")


if __name__ == "__main__":
    main()
