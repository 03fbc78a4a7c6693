"""One result for each span, in order, whatever a span does to the engine."""

from __future__ import annotations

from pathlib import Path, PurePath
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asrcli.engines.fake import FakeAsr, speak
from asrcli.errors import RecordingError, RunError
from asrcli.pipeline.decode import decode
from asrcli.values import Batch, Decoded, Recording, SourceFile, SpeechSpan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asrcli.values import FloatArray, Token

WORDS = ("达摩院", "好", "公司成立", "在", "我们做工", "名")


def recording(samples: FloatArray) -> Recording:
    source = SourceFile(Path("a.wav"), PurePath("a.wav"), 1, 1)
    return Recording(source, samples, None, 16_000, 1, "0" * 64)


def batch_of(texts: Sequence[str]) -> tuple[Batch, dict[int, Recording]]:
    recordings = {key: recording(speak(text)) for key, text in enumerate(texts)}
    items = tuple((key, SpeechSpan(0, 0, len(one.samples))) for key, one in recordings.items())
    longest = max((span.length for _, span in items), default=0)
    return Batch(items, longest), recordings


def texts_of(results: Sequence[Decoded | RecordingError]) -> list[str]:
    return [
        str(result)
        if isinstance(result, RecordingError)
        else "".join(token.text for token in result.tokens)
        for result in results
    ]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=9), st.integers(1, 400_000))
def test_memory_never_changes_the_result(texts: list[str], limit: int) -> None:
    batch, recordings = batch_of(texts)
    smallest = max(span.length for _, span in batch.items)
    asr = FakeAsr(memory_limit=max(limit, smallest))
    results = decode(batch, recordings, asr)
    assert texts_of(results) == texts
    assert [result.span for result in results if isinstance(result, Decoded)] == [
        span for _, span in batch.items
    ]


def test_a_span_that_never_fits_costs_only_itself() -> None:
    batch, recordings = batch_of(["好", "公司成立在我们做工名", "在"])
    asr = FakeAsr(memory_limit=len(recordings[0].samples) + 10)
    first, second, third = decode(batch, recordings, asr)
    assert texts_of([first, third]) == ["好", "在"]
    assert isinstance(second, RecordingError)
    assert "does not fit" in str(second)
    assert second.__cause__ is not None


def test_a_refused_span_leaves_its_neighbours_alone() -> None:
    batch, recordings = batch_of(["好", "公司", "在", "名", "我们"])
    bad = len(recordings[3].samples)
    bad_sound = recordings[3].samples

    def refuse(samples: FloatArray) -> bool:
        return len(samples) == bad and np.array_equal(samples, bad_sound)

    results = decode(batch, recordings, FakeAsr(refuse=refuse))
    assert texts_of(results)[:3] == ["好", "公司", "在"]
    assert isinstance(results[3], RecordingError)
    assert texts_of(results)[4] == "我们"


def test_a_blank_span_is_a_blank_result() -> None:
    silence = np.zeros(4_000, dtype=np.float32)
    recordings = {0: recording(silence), 1: recording(speak("好"))}
    spans = ((0, SpeechSpan(0, 0, 4_000)), (1, SpeechSpan(0, 0, len(recordings[1].samples))))
    blank, heard = decode(Batch(spans, 9_000), recordings, FakeAsr())
    assert isinstance(blank, Decoded)
    assert blank.tokens == ()
    assert blank.confidence == 0.0
    assert texts_of([heard]) == ["好"]


def test_only_the_span_is_heard() -> None:
    whole = speak("好。在")
    half = len(whole) // 2
    recordings = {0: recording(whole)}
    (result,) = decode(Batch(((0, SpeechSpan(1, half, len(whole))),), half), recordings, FakeAsr())
    assert texts_of([result]) == ["在"]


class Forgetful(FakeAsr):
    """Breaks the contract as FunASR does: what it finds blank is missing from its results."""

    def decode(self, batch: Sequence[FloatArray]) -> list[tuple[Token, ...]]:
        return super().decode(batch)[1:]


def test_an_engine_that_loses_a_span_stops_the_run() -> None:
    batch, recordings = batch_of(["好", "在"])
    with pytest.raises(RunError, match="1 results for 2 spans"):
        decode(batch, recordings, Forgetful())
