from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asrcli.engines.fake import FakeVad, speak
from asrcli.errors import RecordingError
from asrcli.pipeline.load import load
from asrcli.pipeline.split import split
from asrcli.segments.hearing import Known, hear
from asrcli.segments.regions import Shape, shaped
from asrcli.values import ModelInfo
from tests import audio_samples as audio
from tests.segments.cuts import Region, region_lists

if TYPE_CHECKING:
    from pathlib import Path

    from asrcli.engines.base import Vad
    from asrcli.values import FloatArray

PLAIN = Shape(limit_ms=1_000)
VAD = FakeVad(max_silence_ms=300)


class Whole:
    """Regions that are known, for a stage that has the recording whole."""

    info = ModelInfo("vad", "whole", "")

    def __init__(self, regions: list[Region]) -> None:
        self.regions = tuple(regions)

    def speech(self, samples: FloatArray) -> tuple[Region, ...]:
        return self.regions

    def listen(self) -> Known:
        return Known(self.regions)


def talk(path: Path, text: str = "今天天气很好我们去公园。好的明天见。再说") -> Path:
    return audio.write_sound(path, speak(text))


@pytest.mark.parametrize(
    "shape",
    [
        PLAIN,
        Shape(limit_ms=30_000),
        Shape(limit_ms=1_500, pad_ms=200),
        Shape(limit_ms=30_000, merge_gap_ms=2_000, min_speech_ms=700),
    ],
)
def test_segments_are_those_of_the_whole_recording(tmp_path: Path, shape: Shape) -> None:
    path = talk(tmp_path / "a.wav")
    recording = load(audio.source(path), channels="mix")
    regions = list(shaped(VAD.speech(recording.samples), len(recording.samples), shape))
    (cut,) = hear(audio.source(path), VAD, channels="mix", shape=shape).cuts
    assert cut.spans == split(recording, Whole(regions), max_segment_ms=shape.limit_ms)
    assert (cut.length, cut.sha256) == (len(recording.samples), recording.sha256)


def test_the_sound_of_all_stretches_is_the_recording(tmp_path: Path) -> None:
    path = talk(tmp_path / "a.wav")
    heard = hear(audio.source(path), VAD, channels="mix", shape=PLAIN)
    (cut,) = heard.cuts
    assert len(cut.spans) > 3
    pieces = list(heard.sounds(cut))
    assert len(pieces) == len(list(cut.stretches()))
    whole = load(audio.source(path), channels="mix").samples
    assert np.array_equal(np.concatenate(pieces), whole)
    assert heard.audio_ms == len(whole) // 16


@pytest.mark.parametrize("channels", ["split", "auto", "2", "mix"])
def test_every_lane_has_its_own_list(tmp_path: Path, channels: str) -> None:
    left, right = speak("今天开会。好"), speak("明天再说")
    stereo = np.zeros((len(left) + len(right), 2), np.float32)
    stereo[: len(left), 0], stereo[len(left) :, 1] = left, right
    path = audio.write_sound(tmp_path / "a.wav", stereo)
    heard = hear(audio.source(path), VAD, channels=channels, shape=PLAIN)
    lanes = {"split": [0, 1], "auto": [0, 1], "2": [1], "mix": [None]}[channels]
    assert [cut.channel for cut in heard.cuts] == lanes
    for cut in heard.cuts:
        number = "mix" if cut.channel is None else str(cut.channel + 1)
        whole = load(audio.source(path), channels=number).samples
        assert np.array_equal(np.concatenate(list(heard.sounds(cut))), whole)


def test_a_file_that_changes_between_the_readings(tmp_path: Path) -> None:
    path = talk(tmp_path / "a.wav")
    heard = hear(audio.source(path), VAD, channels="mix", shape=PLAIN)
    talk(path, "今天天气")
    with pytest.raises(RecordingError, match="changed while it was read"):
        list(heard.sounds(heard.cuts[0]))


def test_memory_does_not_grow_with_the_recording(tmp_path: Path) -> None:
    path = audio.write_sound(tmp_path / "a.wav", np.tile(speak("今天天气很好"), 200))
    tracemalloc.start()
    try:
        heard = hear(audio.source(path), Whole([(0, 16_000 * 320)]), channels="mix", shape=PLAIN)
        for _ in heard.sounds(heard.cuts[0]):
            pass
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < heard.cuts[0].length * 4 / 2


@given(region_lists(), st.lists(st.integers(0, 3_000), max_size=12))
@settings(max_examples=50)
def test_what_is_known_is_said_in_time(case: tuple[int, list[Region]], sizes: list[int]) -> None:
    length, regions = case
    known, said, heard = Known(regions), list[Region](), 0
    for size in sizes:
        piece = np.zeros(min(size, length - heard), np.float32)
        heard += len(piece)
        speech = known.feed(piece)
        said += speech.regions
        assert said == [region for region in regions if region[1] <= heard]
        if speech.open is not None:
            assert (speech.open, speech.reaches) in regions
            assert speech.settled == speech.open < heard
        else:
            assert speech.settled == heard
    known.feed(np.zeros(length - heard, np.float32))
    vad: Vad = Whole(regions)
    assert vad.listen().finish().regions == tuple(regions)
