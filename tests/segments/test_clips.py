from __future__ import annotations

import wave
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import soundfile

from asrcli.clock import SAMPLE_RATE
from asrcli.review.doubts import Doubt, Reason
from asrcli.segments.clips import cut_clips
from asrcli.values import SourceFile

if TYPE_CHECKING:
    from pathlib import Path

RAMP = (np.arange(4 * SAMPLE_RATE) % 20_000 / 20_000).astype(np.float32)


def recorded(folder: Path, rel: str = "a.wav", channels: int = 1) -> SourceFile:
    path = folder / rel
    both = np.stack([RAMP, -RAMP][:channels], axis=1)
    soundfile.write(path, both, SAMPLE_RATE, subtype="PCM_16")
    facts = path.stat()
    return SourceFile(path, path.relative_to(folder), facts.st_size, facts.st_mtime_ns)


def doubt(source: SourceFile, start_ms: int, end_ms: int, channel: int | None = None) -> Doubt:
    return Doubt(source, channel, "", 1, start_ms, end_ms, "好", (Reason("x", 0.5),))


def samples(path: Path) -> np.ndarray:
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (16_000, 1, 2)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768


def cut(doubts: list[Doubt], folder: Path) -> tuple[int, list[str]]:
    notes: list[str] = []
    return cut_clips(doubts, folder, notes.append), notes


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "review").iterdir())


def test_a_clip_holds_the_piece_and_a_margin(tmp_path: Path) -> None:
    source = recorded(tmp_path)
    assert cut([doubt(source, 1000, 2000), doubt(source, 0, 100)], tmp_path) == (2, [])
    assert names(tmp_path) == ["0001 0-00-01 a.wav.wav", "0002 0-00-00 a.wav.wav"]
    first = samples(tmp_path / "review" / "0001 0-00-01 a.wav.wav")
    assert np.allclose(first, RAMP[700 * 16 : 2300 * 16], atol=1e-4)
    assert len(samples(tmp_path / "review" / "0002 0-00-00 a.wav.wav")) == 400 * 16


def test_a_piece_of_one_channel_is_cut_from_it(tmp_path: Path) -> None:
    source = recorded(tmp_path, channels=2)
    cut([doubt(source, 1000, 1100, channel=1), doubt(source, 1000, 1100)], tmp_path)
    first, second = (samples(tmp_path / "review" / name) for name in names(tmp_path))
    assert first.min() < -0.5
    assert abs(second).max() < 0.01


def test_a_recording_that_is_gone_costs_its_clips_only(tmp_path: Path) -> None:
    kept, gone = recorded(tmp_path), recorded(tmp_path, "b.wav")
    gone.path.unlink()
    count, notes = cut([doubt(gone, 0, 100), doubt(kept, 0, 100)], tmp_path)
    assert count == 1
    assert names(tmp_path) == ["0002 0-00-00 a.wav.wav"]
    assert notes == ["no clips of b.wav: gone: it was deleted or moved after it was found"]


def test_clips_of_an_earlier_run_go_and_nothing_else_does(tmp_path: Path) -> None:
    source = recorded(tmp_path)
    cut([doubt(source, 0, 100), doubt(source, 1000, 1100)], tmp_path)
    (tmp_path / "review" / "notes.txt").write_text("mine")
    (tmp_path / "review" / "meeting.wav").write_text("mine")
    cut([doubt(source, 2000, 2100)], tmp_path)
    assert names(tmp_path) == ["0001 0-00-02 a.wav.wav", "meeting.wav", "notes.txt"]
    cut([], tmp_path)
    assert names(tmp_path) == ["meeting.wav", "notes.txt"]


def test_nothing_doubtful_makes_no_folder(tmp_path: Path) -> None:
    assert cut([], tmp_path) == (0, [])
    assert not (tmp_path / "review").exists()


def test_a_piece_at_the_end_ends_with_the_recording(tmp_path: Path) -> None:
    source = recorded(tmp_path)
    cut([replace(doubt(source, 3900, 4000), sentence=None)], tmp_path)
    assert len(samples(tmp_path / "review" / names(tmp_path)[0])) == 400 * 16
