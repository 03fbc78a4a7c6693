"""Listening in a process says the same, and a crash or a hang costs one recording."""

from __future__ import annotations

import functools
import os
import signal
from collections import Counter
from dataclasses import replace
from multiprocessing import connection
from typing import TYPE_CHECKING

import pytest

from asrcli.child import Nursery
from asrcli.engines.base import Engines
from asrcli.engines.factory import READER
from asrcli.engines.fake import FakeAsr, FakeVad, speak
from asrcli.errors import DeviceLostError, ModelError, RecordingError, RunError
from asrcli.pipeline import apart as module
from asrcli.pipeline import run as chain
from asrcli.pipeline.apart import Apart, listeners
from asrcli.pipeline.listen import Here, Manner
from asrcli.pipeline.pool import ClosedError
from asrcli.pipeline.write import Outputs
from asrcli.progress import Display
from asrcli.settings import Settings
from asrcli.values import HotwordSet, Status
from tests import audio_samples as audio
from tests.pipeline.listening import (
    MANNER,
    SecondsStream,
    SecondsVad,
    crash,
    fail,
    hang,
    listen,
    never,
    record,
    stumble,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from asrcli.engines.base import Speech, Vad
    from asrcli.report import Report
    from asrcli.values import FloatArray, SourceFile, Token


def no_vad() -> SecondsVad:
    raise ModelError("the VAD is not whole")


def stillborn() -> SecondsVad:
    os._exit(7)


@pytest.fixture
def start() -> Iterator[Callable[..., Apart]]:
    made: list[Apart] = []

    def make(open_vad: Callable[[], Vad] = SecondsVad, manner: Manner = MANNER) -> Apart:
        made.append(Apart(vads(open_vad), manner))
        return made[-1]

    yield make
    for listener in made:
        listener.close()


def vads(opening: Callable[[], Vad] = FakeVad, *, ahead: int = 0) -> Nursery[Vad]:
    return Nursery(opening, READER, ahead=ahead)


def upset_by(upset: Callable[[], None]) -> Callable[[], SecondsVad]:
    return functools.partial(SecondsVad, upset)


def pid_of(listener: Apart) -> int:
    pid: int | None = listener.child(never).process.pid
    assert pid is not None
    return pid


# The same ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("mel", [False, True])
@pytest.mark.parametrize("channels", ["mix", "split", "auto", "2"])
def test_what_is_heard_is_the_same(
    start: Callable[..., Apart], tmp_path: Path, channels: str, mel: bool
) -> None:
    manner = Manner(channels, 300, mel)
    listener, here = start(SecondsVad, manner), Here(SecondsVad(), manner)
    for seconds, rate_hz in ((3.3, 16_000), (31.0, 8_000), (0.4, 44_100)):
        source = record(tmp_path / f"{rate_hz}.wav", seconds, lanes=2, rate_hz=rate_hz)
        heard = listen(listener, source)
        assert heard.facts == listen(here, source).facts
        assert not any(piece.sound.flags.writeable for piece in heard.pieces)
        assert all(track.source is source for track in heard.tracks)


def test_the_hash_may_be_asked_for_alone(start: Callable[..., Apart], tmp_path: Path) -> None:
    listener = start()
    first, second = (record(tmp_path / name, 1.0 + len(name)) for name in ("a.wav", "bb.wav"))
    known = listener.open(first, limit_s=0, stopped=never).sha256
    # Left at that, as a recording that was done before.
    assert listen(listener, second).sha256 != known
    assert listen(listener, first).sha256 == known


def test_errors_are_those_of_the_recording(start: Callable[..., Apart], tmp_path: Path) -> None:
    listener = start()
    whole = record(tmp_path / "a.wav", 30.0)
    pid = pid_of(listener)
    with pytest.raises(RecordingError, match="truncated"):
        listen(listener, audio.source(audio.cut(whole.path, 0.6)))
    with pytest.raises(RecordingError, match="gone"):
        listen(listener, replace(whole, path=tmp_path / "none.wav"))
    assert listen(listener, record(tmp_path / "b.wav", 2.0)).pieces
    assert pid_of(listener) == pid


@pytest.mark.parametrize(
    ("upset", "message"),
    [(fail, "the VAD failed"), (stumble, "failed: ZeroDivisionError: nobody foresaw it")],
)
def test_what_ends_the_run_comes_over(
    start: Callable[..., Apart], tmp_path: Path, upset: Callable[[], None], message: str
) -> None:
    with pytest.raises(RunError, match=message):
        listen(start(upset_by(upset)), record(tmp_path / "a.wav", 2.0, upsetting=True))


# Deaths ------------------------------------------------------------------------------------------


def test_a_crash_costs_one_recording(start: Callable[..., Apart], tmp_path: Path) -> None:
    listener = start(upset_by(crash))
    bad = record(tmp_path / "bad.wav", 25.0, upsetting=True)
    good = record(tmp_path / "good.wav", 2.0)
    for _ in range(2):
        with pytest.raises(
            RecordingError, match=r"^the process that read it died \(exit code -11\)$"
        ):
            listen(listener, bad)
        assert len(listen(listener, good).pieces) == 2


def test_one_that_is_killed_between_two_recordings_costs_none(
    start: Callable[..., Apart], tmp_path: Path
) -> None:
    listener = start()
    pid = pid_of(listener)
    process = listener.child(never).process
    os.kill(pid, signal.SIGKILL)
    process.join()
    assert listen(listener, record(tmp_path / "a.wav", 2.0)).pieces
    assert pid_of(listener) != pid


def test_one_that_is_killed_in_the_middle(start: Callable[..., Apart], tmp_path: Path) -> None:
    listener = start()
    source = record(tmp_path / "a.wav", 120.0)
    with (
        pytest.raises(RecordingError, match=r"died \(exit code -9\)"),
        listener.open(source, limit_s=0, stopped=never) as hearing,
    ):
        for _ in hearing.pieces():
            os.kill(pid_of(listener), signal.SIGKILL)
    assert len(listen(listener, source).pieces) == 120


def test_what_cannot_be_started_ends_the_run(start: Callable[..., Apart], tmp_path: Path) -> None:
    source = record(tmp_path / "a.wav", 2.0)
    with pytest.raises(ModelError, match="the VAD is not whole"):
        listen(start(no_vad), source)
    with pytest.raises(RunError, match=r"no recording can be read: .* died \(exit code 7\)"):
        listen(start(stillborn), source)


# Hanging, stopping -------------------------------------------------------------------------------


def test_one_that_hangs_is_given_up_when_its_time_is_over(
    start: Callable[..., Apart], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAUSE_S", 0.01)
    listener = start(upset_by(hang))
    pid = pid_of(listener)
    with pytest.raises(RecordingError, match=r"^took longer than --max-time 0\.2 s$"):
        listen(listener, record(tmp_path / "a.wav", 2.0, upsetting=True), limit_s=0.2)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert listen(listener, record(tmp_path / "b.wav", 2.0)).pieces


def test_a_run_that_is_stopped_waits_for_none(
    start: Callable[..., Apart], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAUSE_S", 0.01)
    listener = start(upset_by(hang))
    process = listener.child(never).process
    source = record(tmp_path / "a.wav", 2.0, upsetting=True)
    with pytest.raises(ClosedError):
        listen(listener, source, stopped=lambda: True)
    assert not process.is_alive()


def test_one_that_is_left_in_the_middle_is_ended(
    start: Callable[..., Apart], tmp_path: Path
) -> None:
    listener = start()
    process = listener.child(never).process
    with listener.open(record(tmp_path / "a.wav", 60.0), limit_s=0, stopped=never) as hearing:
        assert next(hearing.pieces())
    assert not process.is_alive()


class Telling(SecondsVad):
    """Writes into a named pipe when a recording has come to its end."""

    def __init__(self, pipe: Path) -> None:
        super().__init__()
        self.pipe = pipe

    def listen(self) -> SecondsStream:
        return TellingStream(self.pipe)


class TellingStream(SecondsStream):
    """See `Telling`."""

    def __init__(self, pipe: Path) -> None:
        super().__init__(None)
        self.pipe = pipe

    def finish(self) -> Speech:
        self.pipe.write_bytes(b"x")
        return super().finish()


def test_it_is_ahead_by_what_a_pipe_holds_and_no_more(
    start: Callable[..., Apart], tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "end")
    end = os.open(tmp_path / "end", os.O_RDONLY | os.O_NONBLOCK)
    listener = start(functools.partial(Telling, tmp_path / "end"))
    # Four minutes are 7.7 MB of spans; a pipe holds a few hundred kB.
    source = record(tmp_path / "a.wav", 240.0)
    with listener.open(source, limit_s=0, stopped=never) as hearing:
        pieces = hearing.pieces()
        assert next(pieces)
        assert not connection.wait([end], 0.5)
        assert sum(map(len, pieces)) == 239
        assert connection.wait([end], 60)
    os.close(end)


# In the chain ------------------------------------------------------------------------------------


class Deadly(FakeVad):
    """Its process dies over loud sound."""

    def listen(self) -> DeadlyStream:  # type: ignore[override]
        return DeadlyStream(super().listen())


class DeadlyStream:
    """See `Deadly`."""

    def __init__(self, stream: object) -> None:
        self._stream = stream

    def feed(self, samples: FloatArray) -> Speech:
        if samples.max(initial=0) > 0.99:
            crash()
        return self._stream.feed(samples)  # type: ignore[attr-defined, no-any-return]

    def finish(self) -> Speech:
        return self._stream.finish()  # type: ignore[attr-defined, no-any-return]


def sources_in(folder: Path) -> list[SourceFile]:
    return [audio.source(path) for path in sorted(folder.iterdir())]


def run(sources: list[SourceFile], out: Path, engines: Engines) -> Report:
    with Outputs(out, ("csv", "json"), "utf-8-sig") as outputs:
        words = HotwordSet()
        return chain.run(sources, engines, Settings(), lambda _: words, outputs, Display())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "in"
    root.mkdir()
    for number, text in enumerate(("公司成立。我们做工", "他在吗。他在", "好", "达摩院在。") * 2):
        audio.write(root / f"{number}.wav", speak(text))
    return root


def test_a_run_writes_the_same_files(folder: Path, tmp_path: Path) -> None:
    for readers in (1, 3):
        for name, processes in (("here", None), ("apart", vads(ahead=readers))):
            engines = Engines(FakeVad(), FakeAsr(), None, (), readers, processes)
            run(sources_in(folder), tmp_path / f"{name}-{readers}", engines)
        here, there = tmp_path / f"here-{readers}", tmp_path / f"apart-{readers}"
        for path in here.glob("*.json"):
            assert path.read_bytes() == (there / path.name).read_bytes()
        assert len(list(there.iterdir())) == 9


def test_a_crash_fails_its_recording_and_the_run_goes_on(folder: Path, tmp_path: Path) -> None:
    audio.write(folder / "deadly.wav", audio.noise(2.0) + 1)
    engines = Engines(FakeVad(), FakeAsr(), None, (), 2, vads(Deadly))
    report = run(sources_in(folder), tmp_path / "out", engines)
    assert [outcome.source.rel.name for outcome in report.failures] == ["deadly.wav"]
    assert "the process that read it died (exit code -11)" in report.failures[0].reason
    assert report.counts[Status.DONE] == 8


@pytest.mark.parametrize("error", [KeyboardInterrupt, DeviceLostError("the device is gone")])
def test_however_a_run_ends_no_process_is_left(
    folder: Path, tmp_path: Path, error: BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Ended(FakeAsr):
        def decode(self, batch: Sequence[FloatArray]) -> list[tuple[Token, ...]]:
            raise error

    processes = []
    make = Apart.child

    def child(self: Apart, stopped: Callable[[], bool]) -> object:
        made = make(self, stopped)
        processes.append(made.process)
        return made

    monkeypatch.setattr(Apart, "child", child)
    engines = Engines(FakeVad(), Ended(), None, (), 2, vads(ahead=1))
    audio.write(folder / "long.wav", speak("公司成立。" * 200))
    with pytest.raises((KeyboardInterrupt, DeviceLostError)):
        run(sources_in(folder), tmp_path / "out", engines)
    assert processes
    assert not any(process.is_alive() for process in processes)


def test_who_listens_where() -> None:
    here = listeners(Engines(FakeVad(), FakeAsr(), None, (), 3), MANNER)
    there = listeners(Engines(FakeVad(), FakeAsr(), None, (), 2, vads()), MANNER)
    assert Counter(map(type, here + there)) == {Here: 3, Apart: 2}
    for listener in there:
        listener.close()
