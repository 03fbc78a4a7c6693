from __future__ import annotations

from pathlib import Path

from asrcli.errors import RecordingError
from asrcli.progress import Display
from asrcli.segments.cutlist import CutList
from asrcli.segments.hearing import Heard
from asrcli.segments.work import outcomes
from asrcli.values import Outcome, SourceFile, SpeechSpan, Status, Track
from tests.values_samples import HASH, source


class Told(Display):
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def start(self, files: int, size_bytes: int) -> None:
        self.lines.append(f"start {files} {size_bytes}")

    def stage(self, name: str, waits_for: str) -> None:
        self.lines.append(f"{name} {waits_for}")

    def finished(self, outcome: Outcome) -> None:
        self.lines.append(f"finished {outcome.source.rel}")


def heard(one: SourceFile) -> Heard:
    if one.rel.name == "bad.wav":
        raise RecordingError("it broke")
    spans = () if one.rel.name == "quiet.wav" else (SpeechSpan(0, 160, 320),)
    return Heard((CutList.of(Track(one, 16_000, None, 8_000, 1, HASH), spans),))


def test_one_outcome_for_each_in_order() -> None:
    display = Told()
    names = ("a.wav", "bad.wav", "quiet.wav", "unwritable.wav")

    def take(one: Heard) -> tuple[Path, ...]:
        if one.cuts[0].source.rel.name == "unwritable.wav":
            raise RecordingError("no room")
        return (Path("x"),) if one.cuts[0].spans else ()

    found = list(outcomes([source(name) for name in names], heard, take, display))
    assert [(o.source.rel.name, o.status, o.reason, o.outputs, o.audio_ms) for o in found] == [
        ("a.wav", Status.DONE, "", (Path("x"),), 1_000),
        ("bad.wav", Status.FAILED, "it broke", (), 0),
        ("quiet.wav", Status.EMPTY, "no speech", (), 1_000),
        ("unwritable.wav", Status.FAILED, "no room", (), 0),
    ]
    assert display.lines[0] == "start 4 176"
    assert display.lines[1:3] == ["split a.wav", "finished a.wav"]
    assert len(display.lines) == 9
