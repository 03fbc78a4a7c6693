"""The look-ahead: bounded, fair, one context a batch, nothing lost or taken twice."""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asrcli.clock import SAMPLE_RATE
from asrcli.pipeline import pool as module
from asrcli.pipeline.plan import plan
from asrcli.pipeline.pool import ClosedError, Pool, Work
from asrcli.values import HotwordSet, RunContext, SpanAudio, SpeechSpan

if TYPE_CHECKING:
    from collections.abc import Iterable

    from asrcli.clock import Samples
    from asrcli.values import Batch

BUDGET = 60 * SAMPLE_RATE


def context(word: str = "") -> RunContext:
    return RunContext((), "", (), HotwordSet(((word, 1.0),) if word else ()))


CONTEXT = context()


def planned(spans: Iterable[tuple[int, SpeechSpan]], budget: Samples) -> tuple[Batch, ...]:
    return plan(spans, budget=budget)


def new(*, budget: Samples = BUDGET, decoders: int = 1) -> Pool:
    return Pool(planned, budget=budget, decoders=decoders)


def span(seconds: float, index: int = 0) -> SpanAudio:
    length = int(seconds * SAMPLE_RATE)
    return SpanAudio(SpeechSpan(index, 0, length), np.zeros(length, np.float32))


def drain(pool: Pool) -> list[Work]:
    works = []
    while (work := pool.take()) is not None:
        works.append(work)
        pool.done()
    return works


@given(
    st.lists(st.tuples(st.integers(0, 5), st.floats(0.1, 30), st.integers(0, 2)), max_size=40),
    st.integers(5, 90),
    st.integers(1, 3),
)
@settings(max_examples=60)
def test_every_span_is_taken_once(
    spans: list[tuple[int, float, int]], seconds: int, decoders: int
) -> None:
    budget = seconds * SAMPLE_RATE
    pool, contexts = new(budget=budget, decoders=decoders), [context(w) for w in "甲乙丙"]
    for index, (key, length, number) in enumerate(spans):
        pool.put(key, contexts[number], span(length, index))
    pool.end()
    works = drain(pool)
    taken = Counter(item for work in works for item in work.batch.items)
    assert taken == Counter(
        (key, span(length, index).span) for index, (key, length, _) in enumerate(spans)
    )
    owner = {index: contexts[number] for index, (_, _, number) in enumerate(spans)}
    for work in works:
        items = work.batch.items
        assert work.batch.longest == max(one.length for _, one in items)
        assert len(items) == 1 or len(items) * work.batch.longest <= budget
        assert set(work.sounds) == set(items)
        assert all(len(work.sounds[item]) == item[1].length for item in items)
        assert all(owner[one.index] is work.context for _, one in items)
    assert pool.over
    assert pool.length == 0


def test_readers_wait_while_it_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LEAST_ROOM", 0)
    pool = new(budget=10 * SAMPLE_RATE)
    lengths: list[Samples] = []

    def read() -> None:
        for index in range(60):
            pool.put(index, CONTEXT, span(3, index))
            lengths.append(pool.length)
        pool.end()

    reader = threading.Thread(target=read)
    reader.start()
    taken = sum(len(work.batch.items) for work in drain(pool))
    reader.join()
    assert taken == 60
    assert max(lengths) <= pool.room + 3 * SAMPLE_RATE
    assert pool.room == 40 * SAMPLE_RATE


def test_the_first_batch_needs_little_and_later_ones_wait_for_more() -> None:
    pool = new(budget=10 * SAMPLE_RATE)
    pool.put(0, CONTEXT, span(5))
    first = pool.take()
    assert first is not None
    pool.done()
    assert len(first.batch.items) == 1
    pool.put(1, CONTEXT, span(5))
    # Twice as much is waited for now; `unless` ends that.
    assert pool.take(unless=lambda: True) is None
    pool.put(2, CONTEXT, span(5))
    second = pool.take()
    assert second is not None
    assert len(second.batch.items) == 2


def test_the_oldest_span_goes_first() -> None:
    pool = new(budget=10 * SAMPLE_RATE)
    for index, seconds in enumerate((2, 9, 2, 9, 2)):
        pool.put(index, CONTEXT, span(seconds, index))
    pool.end()
    oldest = [min(one.index for _, one in work.batch.items) for work in drain(pool)]
    assert oldest == sorted(oldest)


def test_a_dropped_recording_is_forgotten_also_when_it_was_planned() -> None:
    pool = new(budget=4 * SAMPLE_RATE)
    for index in range(6):
        pool.put(index % 2, CONTEXT, span(3 + index / 10, index))
    pool.end()
    first = pool.take()
    assert first is not None
    pool.done()
    pool.drop(0)
    rest = [item for work in drain(pool) for item in work.batch.items]
    assert {key for key, _ in rest} <= {1}
    assert len(rest) + len(first.batch.items) in {3, 4}
    assert pool.length == 0


def test_the_last_spans_are_shared_out() -> None:
    pool = new(decoders=2)
    for index in range(8):
        pool.put(index, CONTEXT, span(5, index))
    pool.end()
    assert [len(work.batch.items) for work in drain(pool)] == [4, 4]


def test_closing_sends_everyone_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LEAST_ROOM", 0)
    pool = new(budget=SAMPLE_RATE)
    refused: list[bool] = []

    def read() -> None:
        try:
            for index in range(10):
                pool.put(index, CONTEXT, span(3, index))
        except ClosedError:
            refused.append(True)

    reader = threading.Thread(target=read)
    reader.start()
    assert pool.take() is not None
    pool.close()
    reader.join()
    assert refused == [True]
    assert pool.take() is None
    assert pool.over
    assert pool.closed
    with pytest.raises(ClosedError):
        pool.put(0, CONTEXT, span(1))


def test_a_decoder_that_waits_can_be_called_away() -> None:
    pool = new()
    called = threading.Event()
    found: list[Work | None] = []
    waiter = threading.Thread(target=lambda: found.append(pool.take(unless=called.is_set)))
    waiter.start()
    called.set()
    pool.wake()
    waiter.join()
    assert found == [None]
    assert not pool.over


def test_a_batch_that_is_given_back_comes_next() -> None:
    pool = new(budget=4 * SAMPLE_RATE)
    for index in range(6):
        pool.put(index, CONTEXT, span(3, index))
    pool.end()
    pool.take()
    pool.done()
    second = pool.take()
    assert second is not None
    pool.give_back(second)
    assert pool.length == 5 * 3 * SAMPLE_RATE
    again, *rest = drain(pool)
    assert again.batch.items == second.batch.items
    assert again.sounds.keys() == second.sounds.keys()
    assert len(rest) == 4


def test_it_is_not_over_while_a_batch_is_out() -> None:
    pool = new()
    pool.put(0, CONTEXT, span(3))
    pool.end()
    work = pool.take()
    assert work is not None
    found: list[Work | None] = []
    other = threading.Thread(target=lambda: found.append(pool.take()))
    other.start()
    pool.give_back(work)
    other.join()
    assert found[0] is not None
    assert found[0].batch == work.batch
    pool.done()
    assert pool.over
    pool.wait(unless=lambda: False)


def test_what_is_given_back_to_a_closed_pool_is_gone() -> None:
    pool = new()
    pool.put(0, CONTEXT, span(3))
    pool.end()
    work = pool.take()
    assert work is not None
    pool.close()
    pool.give_back(work)
    assert pool.take() is None
    assert pool.length == 0
