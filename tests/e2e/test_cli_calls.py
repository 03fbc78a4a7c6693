"""Calls through the shell: a speaker on each channel, one timeline, names in every file."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import soundfile

from asrcli.clock import SAMPLE_RATE
from asrcli.engines.fake import speak
from tests.e2e.program import FAKE, Program

if TYPE_CHECKING:
    from pathlib import Path

    from asrcli.values import FloatArray

TURNS = ((0, 0.0, "您好请问"), (1, 3.0, "我要退款"), (0, 3.4, "好的"), (1, 7.0, "谢谢"))
"""(channel, start in seconds, text): the third begins while the second is said."""

NAMES = ("--channel-names", "坐席,客户")
FORMATS = "csv,json,srt,vtt,txt,tsv,jsonl,ass,lrc"


def call(leak: float = 0.0) -> FloatArray:
    """[n_samples, 2]; each channel picks up `leak` of the other, 40 ms later."""
    sound = np.zeros((10 * SAMPLE_RATE, 2), np.float32)
    for channel, start_s, text in TURNS:
        spoken, at = speak(text), int(start_s * SAMPLE_RATE)
        sound[at : at + len(spoken), channel] += spoken
    late = np.roll(sound[:, ::-1], SAMPLE_RATE // 25, axis=0)
    return sound + np.float32(leak) * late


def write(path: Path, sound: FloatArray) -> None:
    path.parent.mkdir(exist_ok=True)
    soundfile.write(path, sound, SAMPLE_RATE)


def document(out: Path, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((out / f"{name}.json").read_text(encoding="utf-8"))
    return found


def spoken(made: dict[str, Any], channel: int | None = None) -> list[str]:
    return [
        "".join(token["text"] for token in one["tokens"])
        for one in made["sentences"]
        if channel is None or one["channel"] == channel
    ]


def test_each_channel_says_what_it_says_alone(asr: Program, tmp_path: Path) -> None:
    both = call()
    write(tmp_path / "in" / "call.wav", both)
    write(tmp_path / "in" / "left.wav", both[:, 0])
    write(tmp_path / "in" / "right.wav", both[:, 1])
    for channels in ("split", "auto"):
        args = ("-o", channels, "--channels", channels, *NAMES, *FAKE, "--journal", "none")
        done = asr("transcribe", "folder", "in", *args)
        assert (done.returncode, done.stdout) == (0, "")
        out = tmp_path / channels
        made = document(out, "call.wav")
        assert spoken(made) == ["您好请问", "我要退款", "好的", "谢谢"]
        assert [one["speaker"] for one in made["sentences"]] == ["坐席", "客户", "坐席", "客户"]
        for channel, name in ((1, "left.wav"), (2, "right.wav")):
            assert spoken(made, channel) == spoken(document(out, name))
        overlaps = [one["overlap"] for one in made["sentences"]]
        assert [overlap > 0 for overlap in overlaps] == [False, True, True, False]


def test_the_other_speakers_voice_is_left_out(asr: Program, tmp_path: Path) -> None:
    write(tmp_path / "in" / "leak.wav", call(leak=0.12))
    args = ("--channels", "auto", *NAMES, *FAKE, "--journal", "none")
    assert asr("transcribe", "folder", "in", "-o", "out", *args).returncode == 0
    made = document(tmp_path / "out", "leak.wav")
    assert "您" in "".join(spoken(made, 1))
    assert "您" not in "".join(spoken(made, 2))
    assert "谢" not in "".join(spoken(made, 1))


def test_names_stand_in_every_format(asr: Program, tmp_path: Path) -> None:
    write(tmp_path / "in" / "call.wav", call())
    args = ("-f", FORMATS, "--channels", "split", *NAMES, *FAKE, "--journal", "none")
    assert asr("transcribe", "folder", "in", "-o", "out", *args).returncode == 0
    # `run.json` is about the run, and names no speaker.
    files = [path for path in (tmp_path / "out").rglob("*") if path.name != "run.json"]
    files = [path for path in files if not path.name.startswith(".")]
    assert {path.suffix[1:] for path in files} == set(FORMATS.split(","))
    for path in files:
        text = path.read_text(encoding="utf-8-sig")
        assert "坐席" in text, path
        assert "客户" in text, path


def test_the_table_of_calls(asr: Program, tmp_path: Path) -> None:
    write(tmp_path / "in" / "call.wav", call())
    write(tmp_path / "in" / "mono.wav", call()[:, 0])
    args = ("--channels", "auto", *NAMES, *FAKE, "--journal", "none")
    assert asr("transcribe", "folder", "in", "-o", "out", *args).returncode == 0
    text = (tmp_path / "out" / "calls.csv").read_text(encoding="utf-8-sig")
    found = list(csv.DictReader(text.splitlines()))
    assert [(row["file"], row["speaker"]) for row in found] == [
        ("call.wav", "坐席"),
        ("call.wav", "客户"),
    ]
    assert sum(float(row["talk_ratio"]) for row in found) == 1
    assert all(float(row["overlap"]) > 0 for row in found)


def test_channels_that_cancel_out_are_told(asr: Program, tmp_path: Path) -> None:
    mono = call()[:, 0]
    write(tmp_path / "in" / "a.wav", np.stack([mono, -mono], axis=1))
    args = (*FAKE, "--journal", "none", "-o", "out", "-f", "csv,json")
    assert asr("transcribe", "folder", "in", *args).returncode == 0
    table = (tmp_path / "out" / "transcripts.csv").read_text(encoding="utf-8-sig")
    assert 'empty,"no speech; some channels are others inverted' in table
    assert asr("transcribe", "folder", "in", *args, "--channels", "auto").returncode == 0
    made = document(tmp_path / "out", "a.wav")
    assert spoken(made) == ["您好请问", "好的"]
    assert made["source"]["stereo"] == "one sound, one channel inverted"


def test_the_dialogue_on_the_screen(asr: Program, tmp_path: Path) -> None:
    write(tmp_path / "call.wav", call())
    done = asr("transcribe", "file", "call.wav", "--channels", "auto", *NAMES, *FAKE, "-q")
    assert [line.partition(": ")[0] for line in done.stdout.splitlines()] == [
        *("坐席", "客户", "坐席", "客户"),
    ]
