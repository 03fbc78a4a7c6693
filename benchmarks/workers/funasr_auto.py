"""FunASR's `AutoModel` with voice activity detection.

`recommended`: the model loaded once, all files in one call, `batch_size_s=300`, as its README
says. `loop`: the same model, one call a file, as most people write it.
"""

from __future__ import annotations

from typing import Any

from asrcli.engines.vendor import torchaudio_problem
from benchmarks.workers.marks import arguments, mark, recordings, write

BATCH_SIZE_S = 300


def main() -> None:
    """Load, work, write."""
    given = arguments("recommended", "loop")
    # FunASR cannot be imported where torchaudio does not match torch.
    torchaudio_problem()
    from funasr import AutoModel

    model: Any = AutoModel(
        model=given.model,
        vad_model=given.vad,
        device=given.device,
        ncpu=given.threads,
        disable_update=True,
        disable_pbar=True,
        log_level="ERROR",
    )
    files = recordings(given.folder)
    mark("start")
    options = {"batch_size_s": BATCH_SIZE_S, "disable_pbar": True}
    if given.use == "recommended":
        found = model.generate(input=files, **options)
    else:
        found = [one for file in files for one in model.generate(input=file, **options)]
    write(given.output, {result["key"]: result["text"] for result in found})
    mark("end")


if __name__ == "__main__":
    main()
