"""A recording on its way: complete once, whole, in order."""

from __future__ import annotations

import threading
from pathlib import Path, PurePath

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asrcli.errors import RecordingError
from asrcli.pipeline.job import Job
from asrcli.pipeline.ledger import Attempt, Known
from asrcli.values import (
    Decoded,
    HotwordSet,
    Outcome,
    RunContext,
    SourceFile,
    SpeechSpan,
    Status,
    Track,
)

SOURCE = SourceFile(Path("/in/a.wav"), PurePath("a.wav"), 1, 2)
CONTEXT = RunContext((), "", (), HotwordSet())


def job(limit_s: float = 0.0) -> Job:
    return Job(7, SOURCE, CONTEXT, limit_s=limit_s)


def track(channel: int | None = None, length: int = 32_000) -> Track:
    return Track(SOURCE, length, channel, 8_000, 2, "f" * 64)


def spans(count: int, channel: int | None = None) -> list[SpeechSpan]:
    return [SpeechSpan(n, n * 1_600, n * 1_600 + 800, channel=channel) for n in range(count)]


@given(st.permutations(range(6)), st.integers(0, 6))
def test_it_is_complete_once_when_all_is_known(order: list[int], read_after: int) -> None:
    one, all_spans = job(), spans(6)
    for span in all_spans:
        one.expect(span)
    answers = []
    for place, index in enumerate(order):
        if place == read_after:
            answers.append(one.read((track(),)))
        answers.append(one.add(all_spans[index], Decoded(all_spans[index], ())))
    if read_after == 6:
        answers.append(one.read((track(),)))
    assert answers == [False] * 6 + [True]
    ((_, decoded),) = one.lanes()
    assert [item.span for item in decoded] == all_spans


def test_a_recording_without_speech_is_complete_when_it_was_read() -> None:
    one = job()
    assert one.read((track(),))
    assert not one.has_speech
    assert one.lanes() == [(track(), [])]


def test_lanes_are_told_apart() -> None:
    one = job()
    left, right = spans(2, channel=0), spans(2, channel=1)
    for span in (left[0], right[0], left[1], right[1]):
        one.expect(span)
        one.add(span, Decoded(span, ()))
    assert one.read((track(0), track(1)))
    found = [[item.span for item in decoded] for _, decoded in one.lanes()]
    assert found == [left, right]


@settings(max_examples=20)
@given(st.permutations(range(4)))
def test_the_first_refusal_in_the_recording_is_the_reason(order: list[int]) -> None:
    one, all_spans = job(), spans(4)
    for span in all_spans:
        one.expect(span)
    one.read((track(),))
    for index in order:
        refused = RecordingError(f"span {index}")
        one.add(all_spans[index], refused if index % 2 else Decoded(all_spans[index], ()))
    with pytest.raises(RecordingError, match="span 1"):
        one.lanes()


def test_what_cannot_be_read_fails_at_once_and_late_results_change_nothing() -> None:
    one, (span,) = job(), spans(1)
    one.expect(span)
    assert one.fail(RecordingError("truncated"))
    assert not one.fail(RecordingError("again"))
    assert not one.add(span, Decoded(span, ()))
    with pytest.raises(RecordingError, match="truncated"):
        one.lanes()


def test_several_threads_make_it_complete_once() -> None:
    one, all_spans = job(), spans(200)
    for span in all_spans:
        one.expect(span)
    one.read((track(),))
    answers: list[bool] = []

    def tell(part: list[SpeechSpan]) -> None:
        answers.extend(one.add(span, Decoded(span, ())) for span in part)

    threads = [threading.Thread(target=tell, args=(all_spans[n::4],)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers.count(True) == 1


def test_the_outcome_states_the_attempt_and_the_length() -> None:
    one = job()
    one.begin(Attempt(SOURCE, "f" * 64, CONTEXT), 3, {})
    one.read((track(0), track(1)))
    outcome = one.outcome(Status.DONE)
    assert (outcome.source, outcome.attempts, outcome.audio_ms) == (SOURCE, 3, 2_000)
    assert outcome.wall_ms >= 0


def test_a_known_one_is_complete() -> None:
    one, known = job(), Known(Outcome(SOURCE, Status.SKIPPED))
    assert one.recall(known)
    assert one.known is known


class TestLimit:
    def test_work_is_counted(self) -> None:
        one = job(limit_s=10)
        one.spend(6)
        with pytest.raises(RecordingError, match="took longer than --max-time 10 s"):
            one.spend(6)

    def test_no_limit(self) -> None:
        job().spend(10**9)

    def test_steps_are_timed_but_not_what_lies_between(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        now = [0.0]
        monkeypatch.setattr("asrcli.pipeline.job.time.monotonic", lambda: now[0])

        def work() -> object:
            for step in range(3):
                now[0] += 2
                yield step

        patient, hasty = job(limit_s=7), job(limit_s=5)
        for _ in patient.timed(work()):  # type: ignore[arg-type]
            now[0] += 100
        with pytest.raises(RecordingError, match="--max-time 5 s"):
            list(hasty.timed(work()))  # type: ignore[arg-type]
