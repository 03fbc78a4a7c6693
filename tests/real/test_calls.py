"""Calls made of two recordings, with the bundled model and the published VAD."""

from __future__ import annotations

import json
import zipfile
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from asrcli.commands.demo import REFERENCE, recordings_folder
from asrcli.engines.factory import open_engines
from asrcli.evaluate.cer import count_errors, plain
from asrcli.evaluate.reference import read_reference
from asrcli.pipeline.discover import sources_of
from asrcli.pipeline.load import load
from asrcli.pipeline.run import run
from asrcli.pipeline.write import Outputs
from asrcli.progress import Display
from asrcli.settings import FORMATS, Settings
from asrcli.values import HotwordSet
from tests import audio_samples as audio

if TYPE_CHECKING:
    from pathlib import Path

    from asrcli.values import FloatArray

pytestmark = pytest.mark.real

PAIRS = (
    ("客服 通话/订单 查询 01.wav", "客服 通话/退款 申请 02.flac"),
    ("客服 通话/话费 与 套餐 03.mp3", "外呼/送货 预约.mp3"),
)
"""In each both speak nearly all the time: as much overlap as a call can have."""

NAMES = ("坐席", "客户")


def sounds_of(pair: tuple[str, str]) -> list[FloatArray]:
    """Both recordings at the same length, each over its own faint noise, in 16 bits."""
    folder = recordings_folder()
    found = [load(audio.source(folder / name), channels="mix").samples for name in pair]
    length = max(map(len, found))
    padded = [np.pad(samples, (0, length - len(samples))) for samples in found]
    hiss = [audio.noise(length / 16_000, amplitude=3e-4, seed=seed)[:length] for seed in (1, 2)]
    return [
        (np.round((voice + faint) * 32_767) / 32_768).astype(np.float32)
        for voice, faint in zip(padded, hiss, strict=True)
    ]


def transcribed(out: Path, *paths: Path, formats: str = "csv,json", **options: Any) -> Path:
    """Run the chain on files with the bundled model."""
    settings = Settings(
        model="demo", device="cpu", offline=True, itn=False, channel_names=NAMES, **options
    )
    with Outputs(out, formats.split(","), "utf-8-sig") as outputs:
        words = HotwordSet()
        report = run(
            sources_of(paths), open_engines(settings), settings, lambda _: words, outputs, Display()
        )
    assert not report.failures
    return out


def document(out: Path, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((out / f"{name}.json").read_text(encoding="utf-8"))
    return found


def tokens(made: dict[str, Any], channel: int | None = None) -> list[tuple[str, float, float]]:
    """(text, start, end) of one channel, or of all."""
    return [
        (token["text"], token["start"], token["end"])
        for sentence in made["sentences"]
        if channel is None or sentence["channel"] == channel
        for token in sentence["tokens"]
    ]


def errors(said: str, heard: list[tuple[str, float, float]]) -> int:
    return count_errors(plain(said), plain("".join(text for text, _, _ in heard))).errors


@pytest.mark.usefixtures("fsmn_vad_folder")
@pytest.mark.parametrize("pair", PAIRS)
def test_a_channel_is_as_right_as_its_own_recording(pair: tuple[str, str], tmp_path: Path) -> None:
    said = read_reference(recordings_folder() / REFERENCE)
    left, right = sounds_of(pair)
    names = ("call.wav", "1.wav", "2.wav")
    sounds = (audio.channels(left, right), left, right)
    paths = [audio.write_sound(tmp_path / n, s) for n, s in zip(names, sounds, strict=True)]
    out = transcribed(tmp_path / "out", *paths, channels="auto")
    call = document(out, "call.wav")
    for channel, name in enumerate(pair, 1):
        alone = tokens(document(out, f"{channel}.wav"))
        assert tokens(call, channel) == alone
        assert errors(said[name], tokens(call, channel)) == errors(said[name], alone)
        assert errors(said[name], alone) < len(said[name]) / 10
    starts = [sentence["start"] for sentence in call["sentences"]]
    assert starts == sorted(starts)
    assert {sentence["speaker"] for sentence in call["sentences"]} == set(NAMES)
    assert sum(sentence["overlap"] > 0 for sentence in call["sentences"]) > 4
    assert call["call"]["overlap"] > 5
    turns = [sentence["channel"] for sentence in call["sentences"]]
    assert sum(a != b for a, b in pairwise(turns)) > 4


@pytest.mark.usefixtures("fsmn_vad_folder")
def test_what_leaks_from_the_other_channel_is_no_text(tmp_path: Path) -> None:
    said = read_reference(recordings_folder() / REFERENCE)
    left, right = sounds_of(PAIRS[0])
    # One after the other, with an echo of each in the other's channel.
    quiet = np.zeros_like(left)
    voices = [np.concatenate([left, quiet]), np.concatenate([quiet, right])]
    echoes = [np.roll(voice, 16 * 60) * np.float32(0.05) for voice in voices]
    hiss = audio.noise(len(voices[0]) / 16_000, amplitude=1e-4)[: len(voices[0])]
    sound = audio.channels(voices[0] + echoes[1] + hiss, voices[1] + echoes[0] + hiss)
    path = audio.write_sound(tmp_path / "call.wav", sound)
    call = document(transcribed(tmp_path / "out", path, channels="auto"), "call.wav")
    for channel, name in enumerate(PAIRS[0], 1):
        assert errors(said[name], tokens(call, channel)) < len(said[name]) / 10


@pytest.mark.usefixtures("fsmn_vad_folder")
def test_names_stand_in_every_format(tmp_path: Path) -> None:
    left, right = sounds_of(PAIRS[0])
    path = audio.write_encoded(
        tmp_path / "通话 一.wav", audio.channels(left, right)[::2].copy(), 8_000, codec="pcm_alaw"
    )
    formats = [name for name in FORMATS if name != "review"]
    out = transcribed(tmp_path / "out", path, channels="split", formats=",".join(formats))
    files = [file for file in out.rglob("*") if file.is_file()]
    assert len(files) == len(formats)
    for file in files:
        content = file.read_bytes()
        if file.suffix == ".docx":
            content = zipfile.ZipFile(file).read("word/document.xml")
        for name in NAMES:
            assert name in content.decode("utf-8"), file
    assert document(out, "通话 一.wav")["source"]["band"] == 4_000


@pytest.mark.usefixtures("fsmn_vad_folder")
@pytest.mark.parametrize(("name", "codec"), [("a.wav", "pcm_mulaw"), ("a.amr", "")])
def test_telephone_recordings_are_read_and_noted(tmp_path: Path, name: str, codec: str) -> None:
    said = read_reference(recordings_folder() / REFERENCE)
    left, _ = sounds_of(PAIRS[0])
    path = audio.write_encoded(tmp_path / name, left, 16_000, codec=codec)
    if codec:
        path = audio.write_encoded(tmp_path / name, left[::2].copy(), 8_000, codec=codec)
    made = document(transcribed(tmp_path / "out", path, channels="auto"), name)
    assert made["source"]["notes"] == ["telephone sound: nothing above 4000 Hz"]
    assert errors(said[PAIRS[0][0]], tokens(made)) < len(said[PAIRS[0][0]]) / 4
