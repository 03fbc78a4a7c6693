"""The bundled model on recorded speech: against FunASR, in batches, with hotwords, in time."""

from __future__ import annotations

import csv
import functools
from typing import TYPE_CHECKING, Any

import pytest
import torch

from asrcli.engines import vendor
from asrcli.engines.device import Device
from asrcli.engines.fsmn_vad import FsmnVad
from asrcli.engines.paraformer import Paraformer
from asrcli.hotwords.lists import read_hotwords
from asrcli.pipeline.discover import discover
from asrcli.pipeline.load import load
from asrcli.pipeline.split import split
from asrcli.values import HotwordSet
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from asrcli.values import FloatArray, Token

pytestmark = pytest.mark.real

NAMES = "名字 演示/同音 名字.flac"


@functools.cache
def load_engine(folder: Path, precision: str = "fp32") -> Paraformer:
    return Paraformer(folder, device=Device("cpu", precision), name="demo", sha256="")


@functools.cache
def find_speech(vad_folder: Path) -> dict[str, list[FloatArray]]:
    vad = FsmnVad(vad_folder, max_silence_ms=800, name="fsmn-vad", sha256="")
    found = {}
    for source in discover(
        ROOT / "examples" / "recordings",
        recursive=True,
        include=(),
        exclude=(),
        output=None,
    ):
        recording = load(source, channels="mix")
        found[source.rel.as_posix()] = [
            recording.samples[span.start : span.end]
            for span in split(recording, vad, max_segment_ms=30_000)
        ]
    return found


@pytest.fixture
def engine(demo_folder: Path) -> Paraformer:
    return load_engine(demo_folder)


@pytest.fixture
def spans(fsmn_vad_folder: Path) -> dict[str, list[FloatArray]]:
    """The speech of every example recording, by its name."""
    return find_speech(fsmn_vad_folder)


@pytest.fixture(autouse=True)
def no_hotwords(engine: Paraformer) -> None:
    engine.set_hotwords(HotwordSet())


def text(tokens: Sequence[Token]) -> str:
    return "".join(token.text for token in tokens)


def exact(tokens: Sequence[Token]) -> list[tuple[str, int, int]]:
    return [(token.text, token.start_ms, token.end_ms) for token in tokens]


def funasr_reads(engine: Paraformer, sound: FloatArray) -> tuple[str, list[tuple[int, int]]]:
    """Text and times from FunASR's own inference over the same weights."""
    model: Any = engine._model

    class Frontend:
        fs, frame_shift, lfr_n, cmvn_file = 16_000, 10, 6, None

    def features(*_: object, **__: object) -> tuple[torch.Tensor, torch.Tensor]:
        frames, padding = engine._features([sound])
        return frames, torch.tensor(padding.lengths)

    tokenizer = vendor.load("tokenizer.char_tokenizer").CharTokenizer(
        token_list=list(engine._spelling.tokens), unk_symbol="<unk>", split_with_space=True
    )
    module: Any = vendor.load("models.seaco_paraformer.model")
    original = module.extract_fbank
    module.extract_fbank = features
    try:
        with torch.inference_mode():
            results, *_ = model.inference(
                [torch.from_numpy(sound.copy())],
                key=["a"],
                tokenizer=tokenizer,
                frontend=Frontend(),
                device="cpu",
            )
    finally:
        module.extract_fbank = original
    words = results[0]["text"].replace(" ", "")
    return words, [(start, end) for start, end in results[0]["timestamp"]]


def test_text_and_times_equal_funasrs(
    engine: Paraformer, spans: dict[str, list[FloatArray]]
) -> None:
    compared = 0
    for sounds in spans.values():
        for sound in sounds:
            theirs, times = funasr_reads(engine, sound)
            tokens = engine.decode([sound])[0]
            assert text(tokens) == theirs
            # FunASR lets a first token begin before the span does.
            assert [token.start_ms for token in tokens] == [max(0, start) for start, _ in times]
            compared += len(tokens)
    assert compared > 300


def test_a_batch_of_all_gives_each_what_it_gets_alone(
    engine: Paraformer, spans: dict[str, list[FloatArray]]
) -> None:
    sounds = [sound for of_one in spans.values() for sound in of_one]
    together = engine.decode(sounds)
    assert [exact(tokens) for tokens in together] == [
        exact(engine.decode([sound])[0]) for sound in sounds
    ]


@pytest.mark.parametrize("precision", ["bf16", "int8"])
def test_lower_precision_reads_nearly_the_same(
    engine: Paraformer, demo_folder: Path, spans: dict[str, list[FloatArray]], precision: str
) -> None:
    low = load_engine(demo_folder, precision)
    sounds = [sound for of_one in spans.values() for sound in of_one]
    pairs = zip(engine.decode(sounds), low.decode(sounds), strict=True)
    same = [text(one) == text(other) for one, other in pairs]
    assert sum(same) >= 0.8 * len(same)


def test_hotwords_write_the_names_that_sound_alike(
    engine: Paraformer, spans: dict[str, list[FloatArray]]
) -> None:
    listed = read_hotwords(ROOT / "examples" / "hotwords.txt")
    with (ROOT / "examples/recordings/reference.csv").open(encoding="utf-8") as file:
        spoken = {row["file"]: row["text"] for row in csv.DictReader(file)}[NAMES]
    names = [word for word, _ in listed.words if word in spoken]
    plain = "".join(text(tokens) for tokens in engine.decode(spans[NAMES]))
    engine.set_hotwords(listed)
    helped = "".join(text(tokens) for tokens in engine.decode(spans[NAMES]))
    assert len(names) >= 4
    assert sum(name in plain for name in names) <= 1
    assert sum(name in helped for name in names) >= len(names) - 1
