"""A recogniser in another process says the same, and its death costs one span."""

from __future__ import annotations

import functools
import os
import signal
from typing import TYPE_CHECKING

import pytest

from asrcli.engines import remote as module
from asrcli.engines.fake import FakeAsr, speak
from asrcli.engines.remote import RemoteAsr
from asrcli.errors import DeviceLostError, ModelError, RecordingError, RunError
from asrcli.pipeline.decode import decode
from asrcli.values import Batch, Decoded, HotwordSet, SpeechSpan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from asrcli.engines.base import Asr
    from asrcli.values import FloatArray, Token

DEADLY = len(speak("死"))
"""The toy language has the same length for every character; two of them are longer."""


class Mortal(FakeAsr):
    """Its process dies over a span of one character; that is written into a file."""

    def __init__(self, deaths: Path) -> None:
        super().__init__()
        self.deaths = deaths

    def decode(self, batch: Sequence[FloatArray]) -> list[tuple[Token, ...]]:
        if any(len(samples) == DEADLY for samples in batch):
            with self.deaths.open("a") as file:
                file.write("x")
            os._exit(9)
        return super().decode(batch)


class Odd(FakeAsr):
    """Raises what no recogniser should."""

    def decode(self, batch: Sequence[FloatArray]) -> list[tuple[Token, ...]]:
        raise ZeroDivisionError("one line\nand more")


def no_model() -> FakeAsr:
    raise ModelError("the model is not whole")


def stillborn() -> FakeAsr:
    os._exit(7)


@pytest.fixture
def start() -> Iterator[Callable[..., RemoteAsr]]:
    made: list[RemoteAsr] = []

    def make(opening: Callable[[], Asr] = FakeAsr) -> RemoteAsr:
        made.append(RemoteAsr(opening, "cpu"))
        return made[-1]

    yield make
    for asr in made:
        asr.close()


def test_it_says_what_the_recogniser_says(start: Callable[..., RemoteAsr]) -> None:
    asr, own = start(), FakeAsr()
    words = HotwordSet((("它在", 1.0), ("\t", 1.0)))
    batch = [speak("他在吗"), speak("公司成立")]
    assert (asr.info, asr.batch_seconds) == (own.info, own.batch_seconds)
    assert asr.unusable(words) == own.unusable(words)
    assert asr.decode(batch) == own.decode(batch)
    assert asr.set_hotwords(words) == own.set_hotwords(words)
    assert asr.decode(batch) == own.decode(batch)


def test_its_errors_are_those_of_the_recogniser(start: Callable[..., RemoteAsr]) -> None:
    asr = start()
    with pytest.raises(RecordingError, match="too few"):
        asr.decode([speak("好")[:10]])
    assert len(asr.decode([speak("好")])) == 1
    with pytest.raises(RunError, match=r"ZeroDivisionError: one line$"):
        start(Odd).decode([speak("好")])


def test_a_model_that_cannot_be_loaded(start: Callable[..., RemoteAsr]) -> None:
    with pytest.raises(ModelError, match="the model is not whole"):
        _ = start(no_model).info
    with pytest.raises(DeviceLostError, match=r"died \(exit code 7\) while it loaded the model"):
        _ = start(stillborn).info


def test_only_the_span_that_kills_it_fails(start: Callable[..., RemoteAsr], tmp_path: Path) -> None:
    asr = start(functools.partial(Mortal, tmp_path / "deaths"))
    asr.set_hotwords(HotwordSet((("它在", 1.0),)))
    texts = ["他在", "死", "公司", "我们"]
    sounds = {(key, SpeechSpan(0, 0, len(speak(t)))): speak(t) for key, t in enumerate(texts)}
    results = decode(Batch(tuple(sounds), 10**5), sounds, asr)
    assert [
        "".join(token.text for token in r.tokens) if isinstance(r, Decoded) else None
        for r in results
    ] == ["它在", None, "公司", "我们"]
    assert "process on cpu died" in str(results[1])
    # With three others, with one, alone, and alone again.
    assert len((tmp_path / "deaths").read_text()) == 4


def test_a_device_whose_processes_always_die_is_lost(
    start: Callable[..., RemoteAsr], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_RESTARTS", 1)
    asr = start(functools.partial(Mortal, tmp_path / "deaths"))
    with pytest.raises(DeviceLostError, match=r"died \(exit code 9\) again and again"):
        asr.decode([speak("死")])


def test_a_killed_process_is_replaced(start: Callable[..., RemoteAsr]) -> None:
    asr = start()
    _ = asr.info
    assert asr._child.process.pid is not None
    os.kill(asr._child.process.pid, signal.SIGKILL)
    assert asr.decode([speak("好")]) == FakeAsr().decode([speak("好")])


def test_ctrl_c_is_not_for_it_and_its_end_is_that_of_its_pipe(
    start: Callable[..., RemoteAsr],
) -> None:
    asr = start()
    _ = asr.info
    assert asr._child.process.pid is not None
    os.kill(asr._child.process.pid, signal.SIGINT)
    assert len(asr.decode([speak("好")])) == 1
    asr._child.pipe.close()
    asr._child.process.join()
    assert asr._child.process.exitcode == 0
