"""Cuts at a forced limit, with the published VAD: where they fall, and that nothing is lost."""

from __future__ import annotations

from pathlib import Path, PurePath
from typing import TYPE_CHECKING

import numpy as np
import pytest

from asrcli.pipeline.split import split
from asrcli.segments.cutlist import CutList
from asrcli.values import Recording, SourceFile, Track
from tests.real.test_fsmn_vad import SENTENCES, VOICES, espeak, load, syllables

if TYPE_CHECKING:
    from asrcli.values import FloatArray, SpeechSpan

pytestmark = pytest.mark.real

LIMIT_MS = 5_000
FRAME = 400
"""25 ms."""

LONGEST_PAUSE_S = 0.35
"""Shorter than what ends a region with `--max-silence 800`, so that only cuts can."""


def joined(voice: str, seed: int, utterances: int, noise: float) -> FloatArray:
    """Utterances of one speaker that never pauses for long, over noise."""
    generator = np.random.default_rng(seed)
    parts = [np.zeros(8_000, np.float32)]
    for _ in range(utterances):
        if voice == "espeak":
            text = SENTENCES[generator.integers(len(SENTENCES))]
            spoken = espeak(text, int(generator.integers(140, 260)))
            loud = np.flatnonzero(np.abs(spoken) > 0.005)
            spoken = spoken[loud[0] : loud[-1]]
        else:
            spoken = syllables(int(generator.integers(1 << 30)), int(generator.integers(4, 20)))
        pause = np.zeros(int(generator.uniform(0, LONGEST_PAUSE_S) * 16_000), np.float32)
        parts += [spoken * np.float32(generator.uniform(0.2, 1)), pause]
    clean = np.concatenate(parts)
    return np.clip(clean + generator.normal(0, noise, len(clean)), -1, 1).astype(np.float32)


def energy(samples: FloatArray, at: int) -> float:
    return float(np.square(samples[at - FRAME // 2 : at + FRAME // 2].astype(float)).mean())


def median_around(samples: FloatArray, at: int) -> float:
    """Of the energy of the frames within a second on both sides."""
    near = samples[max(0, at - 16_000) : at + 16_000].astype(float)
    frames = near[: len(near) // FRAME * FRAME].reshape(-1, FRAME)
    return float(np.median(np.square(frames).mean(axis=1)))


@pytest.mark.parametrize("noise", [1e-4, 1e-2])
@pytest.mark.parametrize("voice", VOICES)
def test_cuts_seldom_fall_inside_speech(fsmn_vad_folder: Path, voice: str, noise: float) -> None:
    vad = load(fsmn_vad_folder)
    inside: list[bool] = []
    blind: list[bool] = []
    for seed in range(2):
        samples = joined(voice, seed, 24, noise)
        source = SourceFile(Path("a.wav"), PurePath("a.wav"), 0, 0)
        recording = Recording(source, samples, None, 16_000, 1, "")
        spans = split(recording, vad, max_segment_ms=LIMIT_MS)
        for span in spans:
            if span.forced_cut:
                ends = (span.end, span.start + 16 * LIMIT_MS)
                for place, found in zip(ends, (inside, blind), strict=True):
                    found.append(energy(samples, place) > median_around(samples, place))
        assert all(span.length <= 16 * LIMIT_MS for span in spans)
        _check_nothing_is_lost(recording, _cut_list(recording, spans), vad.speech(samples))
    assert len(inside) >= 15
    assert sum(inside) <= len(inside) / 20
    assert sum(blind) > len(blind) / 5, "these recordings would not show a bad cut"


def _cut_list(recording: Recording, spans: tuple[SpeechSpan, ...]) -> CutList:
    track = Track(recording.source, len(recording.samples), None, 16_000, 1, "")
    return CutList.of(track, spans)


def _check_nothing_is_lost(
    recording: Recording, cut: CutList, regions: tuple[tuple[int, int], ...]
) -> None:
    """The segments are the VAD's regions to the sample; with the gaps they are the recording."""
    assert cut.speech == sum(end - start for start, end in regions)
    borders = {edge for region in regions for edge in region}
    cuts = {span.end for span in cut.spans if span.forced_cut}
    assert {edge for span in cut.spans for edge in (span.start, span.end)} == borders | cuts
    pieces = [recording.samples[start:end] for start, end, _ in cut.stretches()]
    assert np.array_equal(np.concatenate(pieces), recording.samples)
