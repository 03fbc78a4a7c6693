"""The captions of the recordings that ship with the program, and of an hour made of them."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile

from asrcli.captions.check import check
from asrcli.captions.reading import read_captions
from asrcli.captions.style import CueStyle
from asrcli.clock import SAMPLE_RATE
from asrcli.commands.demo import recordings_folder
from asrcli.engines.factory import open_engines
from asrcli.pipeline.discover import discover, sources_of
from asrcli.pipeline.load import load
from asrcli.pipeline.run import run
from asrcli.pipeline.write import Outputs
from asrcli.progress import Display
from asrcli.settings import Settings
from asrcli.values import HotwordSet

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from asrcli.values import SourceFile

pytestmark = pytest.mark.real


def examples() -> list[SourceFile]:
    folder = recordings_folder()
    return list(discover(folder, recursive=True, include=(), exclude=(), output=None))


def transcribed(out: Path, sources: Sequence[SourceFile]) -> list[Path]:
    """The caption files of a strict run."""
    formats = ("srt", "vtt", "ass", "review")
    settings = Settings(
        model="demo", device="cpu", offline=True, format=formats, strict_captions=True
    )
    with Outputs(out, formats, "utf-8") as outputs:
        words = HotwordSet()
        report = run(sources, open_engines(settings), settings, lambda _: words, outputs, Display())
    assert [failure.reason for failure in report.failures] == []
    return [path for path in out.rglob("*") if path.suffix in {".srt", ".vtt", ".ass"}]


def test_no_caption_of_the_examples_breaks_a_limit(tmp_path: Path, fsmn_vad_folder: Path) -> None:
    files = transcribed(tmp_path, examples())
    assert len(files) == 3 * len(examples())
    for path in files:
        cues = read_captions(path)
        assert cues
        assert check(cues, CueStyle()) == ()


def test_no_caption_of_dense_and_noisy_speech_breaks_a_limit(
    tmp_path: Path, fsmn_vad_folder: Path
) -> None:
    """The examples one after the other without any pause longer than 0.1 s, and once with noise."""
    sounds = [load(source, channels="mix").samples for source in examples()]
    whole = np.concatenate(sounds)
    frames = whole[: len(whole) // 1600 * 1600].reshape(-1, 1600)
    loud = np.abs(frames).max(axis=1) > 0.005
    dense = frames[loud | np.roll(loud, 1)].ravel()
    noise = np.random.default_rng(1).standard_normal(len(dense)) * 0.03
    for name, samples in (("dense", dense), ("noisy", dense + noise)):
        soundfile.write(tmp_path / f"{name}.wav", np.clip(samples, -1, 1), SAMPLE_RATE)
    sources = sources_of([tmp_path / "dense.wav", tmp_path / "noisy.wav"])
    for path in transcribed(tmp_path / "out", sources):
        assert check(read_captions(path), CueStyle()) == ()
    table = (tmp_path / "out" / "review.csv").read_text("utf-8")
    noisy = [row for row in csv.DictReader(io.StringIO(table)) if "noisy" in row["reasons"]]
    assert {row["file"] for row in noisy} == {"noisy.wav"}
