"""Make training speech: `python -m recipes.demo_model.synthesise WORK --vad FOLDER`.

Writes shards of clips, as features: `NAME.npy` holds all frames, `NAME.json` the texts and times.
A shard that is there is not made again, so an interrupted run goes on where it stopped.
"""

from __future__ import annotations

import argparse
import json
import time
from multiprocessing import get_context
from pathlib import Path
from random import Random

import numpy as np
import torch
from asrcli.engines.features import fbank
from asrcli.engines.fsmn_vad import FsmnVad

from recipes.demo_model.recordings import MAX_SILENCE_MS, Spoken, training_clips
from recipes.demo_model.sentences import Line, clean, training_line
from recipes.demo_model.voices import TRAINING

SENTENCES_PER_SHARD = 4000
GROUPS = (1, 1, 1, 1, 2, 2, 3, 4, 5)
"""How many sentences stand in a recording."""


def features(clip: Spoken) -> np.ndarray:
    """float16 [frames, 80]: log-mel features before stacking and normalisation."""
    return fbank(torch.from_numpy(clip.samples)).half().numpy()


def open_vad(folder: Path) -> FsmnVad:
    """The program's VAD with the program's default."""
    return FsmnVad(folder, max_silence_ms=MAX_SILENCE_MS, name="fsmn-vad", sha256="")


def make_shard(path: Path, seed: int, sentences: int, vad_folder: Path) -> float:
    """Synthesise one shard.

    Returns:
        Seconds of audio in it.
    """
    torch.set_num_threads(1)
    random, noise, vad = Random(seed), np.random.default_rng(seed), open_vad(vad_folder)
    frames: list[np.ndarray] = []
    clips: list[dict[str, object]] = []
    seconds, done, position = 0.0, 0, 0
    while done < sentences:
        lines = [training_line(random) for _ in range(random.choice(GROUPS))]
        lines = [Line(clean_line(line, random), line.names) for line in lines]
        done += len(lines)
        for clip in training_clips(random, noise, lines, vad, TRAINING):
            rows = features(clip)
            frames.append(rows)
            clips.append(_entry(clip, position, len(rows)))
            position += len(rows)
            seconds += clip.seconds
    temporary = path.with_suffix(".tmp.npy")
    np.save(temporary, np.concatenate(frames))
    temporary.replace(path.with_suffix(".npy"))
    path.with_suffix(".json").write_text(json.dumps(clips, ensure_ascii=False), encoding="utf-8")
    return seconds


def clean_line(line: Line, random: Random) -> str:
    """The line's text, its commas kept where names follow them."""
    return line.text if line.names else clean(line.text, random)


def _entry(clip: Spoken, offset: int, length: int) -> dict[str, object]:
    return {
        "offset": offset,
        "length": length,
        "text": clip.text,
        "starts": clip.starts,
        "ends": clip.ends,
        "names": clip.names,
        "voice": clip.voice,
    }


def _work(task: tuple[Path, int, int, Path]) -> str:
    path, seed, sentences, vad = task
    if path.with_suffix(".json").exists():
        return f"{path.name}: already there"
    started = time.monotonic()
    seconds = make_shard(path, seed, sentences, vad)
    took = time.monotonic() - started
    return f"{path.name}: {seconds / 3600:.2f} h in {took:.0f} s ({seconds / took:.0f}x)"


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("work", type=Path)
    parser.add_argument("--vad", type=Path, required=True)
    parser.add_argument("--shards", type=int, default=20)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    folder = options.work / "train"
    folder.mkdir(parents=True, exist_ok=True)
    tasks = [
        (folder / f"shard{n:03d}", 1000 + n, SENTENCES_PER_SHARD, options.vad)
        for n in range(options.first, options.first + options.shards)
    ]
    with get_context("spawn").Pool(options.processes) as pool:
        for line in pool.imap_unordered(_work, tasks):
            print(line, flush=True)


if __name__ == "__main__":
    main()
