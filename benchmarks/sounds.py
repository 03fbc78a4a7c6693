"""Folders of synthetic speech: sentences of the example recordings, joined with pauses.

The sentences are cut out by the voice activity detector; order, pauses and loudness come from a
seed, so that no two recordings are alike and every machine makes the same folder.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import soundfile

from asrcli.clock import SAMPLE_RATE
from asrcli.engines.fsmn_vad import FsmnVad
from asrcli.errors import RecordingError
from asrcli.pipeline.discover import sources_of
from asrcli.pipeline.load import load

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from asrcli.values import FloatArray

NOISE = 10 ** (-60 / 20)
"""A quiet room, against full scale."""

CALL_S = (4.0, 24.0)
CALL_PAUSE_S = (0.4, 2.0)
LECTURE_PAUSE_S = (0.15, 1.0)


@dataclass(frozen=True)
class Folder:
    """Recordings of one kind: how many, and how much sound they hold."""

    name: str
    path: Path
    files: tuple[Path, ...]
    seconds: float


def read_pieces(recordings: Path, vad_folder: Path) -> list[FloatArray]:
    """Stretches of speech, float32 [n_samples] each, out of a folder of recordings."""
    vad = FsmnVad(vad_folder, max_silence_ms=800, device="cpu", name="fsmn-vad", sha256="")
    pieces: list[FloatArray] = []
    for source in sources_of(sorted(p for p in recordings.rglob("*") if _is_sound(p))):
        try:
            samples = load(source, channels="mix").samples
        except RecordingError:
            continue
        pieces += [samples[start:end] for start, end in vad.speech(samples)]
    return pieces


def _is_sound(path: Path) -> bool:
    return path.suffix in {".wav", ".flac", ".mp3", ".m4a"}


def make_calls(folder: Path, pieces: Sequence[FloatArray], seconds: float) -> Folder:
    """Many short recordings of `CALL_S` each."""
    generator = np.random.default_rng(1)
    return _make(
        folder, pieces, seconds, CALL_PAUSE_S, lambda: float(generator.uniform(*CALL_S)), seed=2
    )


def make_lectures(
    folder: Path, pieces: Sequence[FloatArray], seconds: float, *, each: float
) -> Folder:
    """Few long recordings of `each` seconds."""
    return _make(folder, pieces, seconds, LECTURE_PAUSE_S, lambda: each, seed=3)


def make_mixed(folder: Path, pieces: Sequence[FloatArray], seconds: float) -> Folder:
    """Calls, and one lecture that is as long as all of them together."""
    calls = make_calls(folder / "calls", pieces, seconds / 2)
    lecture = make_lectures(folder / "lectures", pieces, seconds / 2, each=seconds / 2)
    files = (*calls.files, *lecture.files)
    return Folder(folder.name, folder, files, calls.seconds + lecture.seconds)


def make_snippets(folder: Path, pieces: Sequence[FloatArray], count: int) -> Folder:
    """`count` recordings of one sentence each, no two alike."""
    folder.mkdir(parents=True)
    generator = np.random.default_rng(4)
    files, total = [], 0
    for number in range(count):
        piece = pieces[int(generator.integers(len(pieces)))]
        sound = piece * generator.uniform(0.5, 1.0)
        files.append(_write(folder / f"{number // 1000:03}" / f"{number:05}.wav", sound))
        total += len(sound)
    return Folder(folder.name, folder, tuple(files), total / SAMPLE_RATE)


def _make(
    folder: Path,
    pieces: Sequence[FloatArray],
    seconds: float,
    pauses: tuple[float, float],
    length: Callable[[], float],
    *,
    seed: int,
) -> Folder:
    generator = np.random.default_rng(seed)
    files: list[Path] = []
    total = 0.0
    while total < seconds:
        sound = _speech(pieces, min(length(), max(1.0, seconds - total)), pauses, generator)
        files.append(_write(folder / f"{len(files):04}.wav", sound))
        total += len(sound) / SAMPLE_RATE
    return Folder(folder.name, folder, tuple(files), total)


def _speech(
    pieces: Sequence[FloatArray],
    seconds: float,
    pauses: tuple[float, float],
    generator: np.random.Generator,
) -> FloatArray:
    """Exactly `seconds` of sentences and pauses."""
    wanted = int(seconds * SAMPLE_RATE)
    parts: list[FloatArray] = []
    while sum(map(len, parts)) < wanted:
        piece = pieces[int(generator.integers(len(pieces)))]
        pause = np.zeros(int(generator.uniform(*pauses) * SAMPLE_RATE), np.float32)
        parts += [pause, piece * np.float32(generator.uniform(0.5, 1.0))]
    sound = np.concatenate(parts)[:wanted]
    noise = generator.standard_normal(wanted).astype(np.float32) * np.float32(NOISE)
    return (sound + noise).clip(-1.0, 1.0)


def _write(path: Path, sound: FloatArray) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, sound, SAMPLE_RATE, subtype="PCM_16")
    return path
