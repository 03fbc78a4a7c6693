"""Readers, decoders and finishers at once: everything ends once, and every thread goes home."""

from __future__ import annotations

import os
import random
import threading
from collections import Counter
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asrcli.engines.fake import FakeAsr
from asrcli.errors import DeviceLostError, RunError
from asrcli.pipeline import flow as module
from asrcli.pipeline import pool as pool_module
from asrcli.pipeline.flow import Flow
from asrcli.pipeline.job import Job
from asrcli.pipeline.plan import plan
from asrcli.pipeline.pool import Pool
from asrcli.values import (
    Decoded,
    HotwordSet,
    RunContext,
    SourceFile,
    SpanAudio,
    SpeechSpan,
    Status,
    Track,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from asrcli.clock import Samples
    from asrcli.engines.base import Asr
    from asrcli.pipeline.flow import Result
    from asrcli.pipeline.pool import Work
    from asrcli.values import Batch

CONTEXT = RunContext((), "", (), HotwordSet())
BUDGET = 4_000
SHORTEST = 400


def source(number: int) -> SourceFile:
    return SourceFile(Path(f"/in/{number}"), PurePath(str(number)), 1, 2)


def planned(spans: Iterable[tuple[int, SpeechSpan]], budget: Samples) -> tuple[Batch, ...]:
    return plan(spans, budget=budget)


class Fakes:
    """Stages that take a random time; `number % 3` spans are found in each recording."""

    def __init__(
        self, *, seed: int = 0, fail: str = "", fail_at: int = 1, stop_after: int = 10**9
    ) -> None:
        self.flow = Flow(Pool(planned, budget=BUDGET))
        self.random = random.Random(seed)
        self.fail, self.fail_at, self.stop_after = fail, fail_at, stop_after
        self.calls: Counter[str] = Counter()
        self.jobs: dict[int, Job] = {}
        self.finished: list[int] = []
        self.losses: list[str] = []
        self.finishing = threading.Semaphore(module.FINISHERS)

    def run(self, count: int, *, readers: int = 1, decoders: int = 1) -> Iterator[Result]:
        asrs = [FakeAsr() for _ in range(decoders)]
        return self.flow.run(map(source, range(count)), self, readers, asrs)

    def read(self, source: SourceFile) -> None:
        self.dawdle("read")
        number = int(source.rel.name)
        job = self.jobs[number] = Job(number, source, CONTEXT)
        for index in range(number % 3):
            span = SpeechSpan(index, 0, SHORTEST + 100 * index)
            job.expect(span)
            self.flow.pool.put(number, CONTEXT, SpanAudio(span, np.zeros(1, np.float32)))
        if job.read((Track(source, 16_000, None, 1, 1, ""),)):
            self.flow.hand_in(job)

    def decode(self, asr: Asr, work: Work) -> None:
        self.dawdle("decode")
        for key, span in work.batch.items:
            if self.jobs[key].add(span, Decoded(span, ())):
                self.flow.hand_in(self.jobs[key])

    def finish(self, job: Job) -> Result:
        assert self.finishing.acquire(blocking=False), "more are finished than there are finishers"
        self.dawdle("finish")
        self.finished.append(job.key)
        self.finishing.release()
        return job.outcome(Status.EMPTY), None

    def lost(self, error: DeviceLostError) -> None:
        self.losses.append(str(error))

    def stop(self) -> bool:
        return len(self.finished) >= self.stop_after

    def dawdle(self, stage: str) -> None:
        for _ in range(self.random.randrange(4)):
            os.sched_yield()
        self.calls[stage] += 1
        if self.fail == stage and self.calls[stage] == self.fail_at:
            raise RunError(f"{stage} failed")


def threads_of_flows() -> list[str]:
    names = ("reader", "decoder", "finisher")
    return [t.name for t in threading.enumerate() if t.name.startswith(names)]


def numbers(results: Iterable[Result]) -> list[int]:
    return [int(outcome.source.rel.name) for outcome, _ in results]


@given(st.integers(0, 99), st.integers(0, 40), st.integers(1, 4), st.integers(1, 3))
@settings(max_examples=30, deadline=None)
def test_every_source_ends_once(seed: int, count: int, readers: int, decoders: int) -> None:
    fakes = Fakes(seed=seed)
    found = numbers(fakes.run(count, readers=readers, decoders=decoders))
    assert sorted(found) == sorted(fakes.finished) == list(range(count))
    assert threads_of_flows() == []


@pytest.mark.parametrize("stage", ["read", "decode", "finish"])
@pytest.mark.parametrize("fail_at", [1, 2, 3])
def test_an_error_anywhere_ends_the_flow(stage: str, fail_at: int) -> None:
    fakes = Fakes(seed=fail_at, fail=stage, fail_at=fail_at)
    with pytest.raises(RunError, match=f"{stage} failed"):
        list(fakes.run(40, readers=2, decoders=2))
    assert threads_of_flows() == []


def test_what_was_complete_before_an_error_is_finished(monkeypatch: pytest.MonkeyPatch) -> None:
    fakes = Fakes()

    class LateError(Exception):
        """Comes while complete jobs still wait."""

    def decode(_asr: Asr, _work: Work) -> None:
        for number in range(100, 110):
            job = Job(number, source(number), CONTEXT)
            job.read((Track(job.source, 1, None, 1, 1, ""),))
            fakes.flow.hand_in(job)
        raise LateError

    monkeypatch.setattr(fakes, "decode", decode)
    with pytest.raises(LateError):
        list(fakes.run(2))
    assert set(range(100, 110)) <= set(fakes.finished)


def test_an_interrupted_flow_begins_nothing_more(monkeypatch: pytest.MonkeyPatch) -> None:
    fakes = Fakes()

    def decode(_asr: Asr, _work: Work) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(fakes, "decode", decode)
    with pytest.raises(KeyboardInterrupt):
        list(fakes.run(500))
    assert threads_of_flows() == []
    assert len(fakes.finished) < 500


def test_results_that_nobody_wants_end_the_flow() -> None:
    fakes = Fakes()
    results = fakes.run(500, readers=3, decoders=2)
    assert next(results)
    results.close()  # type: ignore[attr-defined]
    assert threads_of_flows() == []


def test_a_stop_finishes_what_is_whole_and_begins_nothing() -> None:
    fakes = Fakes(stop_after=20)
    found = numbers(fakes.run(5_000, readers=2, decoders=2))
    assert sorted(found) == sorted(fakes.finished)
    assert 20 <= len(found) < 5_000
    assert threads_of_flows() == []


def test_readers_wait_for_the_finishers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_UNFINISHED", 5)
    monkeypatch.setattr(pool_module, "LEAST_ROOM", 0)
    fakes = Fakes()
    unfinished: list[int] = []
    finish = fakes.finish

    def slowly(job: Job) -> Result:
        for _ in range(50):
            os.sched_yield()
        unfinished.append(len(fakes.jobs) - len(fakes.finished))
        return finish(job)

    monkeypatch.setattr(fakes, "finish", slowly)
    readers = 2
    assert len(list(fakes.run(300, readers=readers))) == 300
    # A reader begins when fewer than the limit wait. Beside them there is at most one recording at
    # each reader and one for each span in the pool or in the batch under way.
    in_pool, in_batch = -(-fakes.flow.pool.room // SHORTEST), BUDGET // SHORTEST
    assert max(unfinished) < module.MOST_UNFINISHED + readers + in_pool + in_batch


def test_a_slow_disk_is_waited_for_by_all_finishers_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fakes = Fakes()
    together = threading.Barrier(module.FINISHERS, timeout=30)
    finish = fakes.finish

    def slowly(job: Job) -> Result:
        together.wait()
        return finish(job)

    monkeypatch.setattr(fakes, "finish", slowly)
    assert len(list(fakes.run(2 * module.FINISHERS))) == 2 * module.FINISHERS


def test_results_come_while_others_are_still_read(monkeypatch: pytest.MonkeyPatch) -> None:
    read_on = threading.Event()
    fakes = Fakes()
    read = fakes.read

    def reading(source: SourceFile) -> None:
        if source.rel.name == "9":
            read_on.wait()
        read(source)

    monkeypatch.setattr(fakes, "read", reading)
    results = fakes.run(10)
    # 0 has no spans, so it needs no batch; 9 is not read before it has come.
    assert numbers([next(results)]) == [0]
    read_on.set()
    assert len(list(results)) == 9


@pytest.mark.parametrize("dying", [{0}, {1}, {0, 2}, {1, 2}])
def test_others_go_on_without_a_lost_recogniser(
    monkeypatch: pytest.MonkeyPatch, dying: set[int]
) -> None:
    fakes = Fakes()
    asrs = [FakeAsr() for _ in range(3)]
    lost = {id(asrs[number]) for number in dying}
    decode = fakes.decode

    def decoding(asr: Asr, work: Work) -> None:
        if id(asr) in lost:
            raise DeviceLostError("gone")
        decode(asr, work)

    monkeypatch.setattr(fakes, "decode", decoding)
    found = numbers(fakes.flow.run(map(source, range(60)), fakes, 2, asrs))
    assert sorted(found) == list(range(60))
    assert set(fakes.losses) <= {"gone"}
    assert len(fakes.losses) <= len(dying)
    assert threads_of_flows() == []


def test_the_last_recogniser_that_is_lost_ends_the_flow(monkeypatch: pytest.MonkeyPatch) -> None:
    fakes = Fakes()

    def decode(_asr: Asr, _work: Work) -> None:
        raise DeviceLostError("gone")

    monkeypatch.setattr(fakes, "decode", decode)
    with pytest.raises(DeviceLostError, match="gone"):
        list(fakes.run(40, readers=2, decoders=3))
    assert len(fakes.losses) == 2
    assert threads_of_flows() == []
