"""One result for each span, in order, whatever a span does to the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asrcli.engines.fake import FakeAsr, speak
from asrcli.errors import RecordingError, RunError
from asrcli.pipeline.decode import decode
from asrcli.values import Batch, Decoded, SpeechSpan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asrcli.values import FloatArray, Token

WORDS = ("达摩院", "好", "公司成立", "在", "我们做工", "名")


def batch_of(
    texts: Sequence[str],
) -> tuple[Batch, dict[tuple[int, SpeechSpan], FloatArray]]:
    sounds = [speak(text) for text in texts]
    items = {(key, SpeechSpan(0, 0, len(sound))): sound for key, sound in enumerate(sounds)}
    return Batch(tuple(items), max(map(len, sounds), default=0)), items


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
    batch, sounds = batch_of(texts)
    smallest = max(span.length for _, span in batch.items)
    asr = FakeAsr(memory_limit=max(limit, smallest))
    results = decode(batch, sounds, asr)
    assert texts_of(results) == texts
    assert [result.span for result in results if isinstance(result, Decoded)] == [
        span for _, span in batch.items
    ]


def test_a_span_that_never_fits_costs_only_itself() -> None:
    batch, sounds = batch_of(["好", "公司成立在我们做工名", "在"])
    asr = FakeAsr(memory_limit=len(next(iter(sounds.values()))) + 10)
    first, second, third = decode(batch, sounds, asr)
    assert texts_of([first, third]) == ["好", "在"]
    assert isinstance(second, RecordingError)
    assert "does not fit" in str(second)
    assert second.__cause__ is not None


def test_a_refused_span_leaves_its_neighbours_alone() -> None:
    batch, sounds = batch_of(["好", "公司", "在", "名", "我们"])
    bad = sounds[batch.items[3]]

    def refuse(samples: FloatArray) -> bool:
        return np.array_equal(samples, bad)

    results = decode(batch, sounds, FakeAsr(refuse=refuse))
    assert texts_of(results)[:3] == ["好", "公司", "在"]
    assert isinstance(results[3], RecordingError)
    assert texts_of(results)[4] == "我们"


def test_a_blank_span_is_a_blank_result() -> None:
    silence, speech = np.zeros(4_000, np.float32), speak("好")
    items = {
        (0, SpeechSpan(0, 0, len(silence))): silence,
        (1, SpeechSpan(0, 0, len(speech))): speech,
    }
    blank, heard = decode(Batch(tuple(items), 9_000), items, FakeAsr())
    assert isinstance(blank, Decoded)
    assert blank.tokens == ()
    assert blank.confidence == 0.0
    assert texts_of([heard]) == ["好"]


class Forgetful(FakeAsr):
    """Breaks the contract as FunASR does: what it finds blank is missing from its results."""

    def decode(self, batch: Sequence[FloatArray]) -> list[tuple[Token, ...]]:
        return super().decode(batch)[1:]


def test_an_engine_that_loses_a_span_stops_the_run() -> None:
    batch, sounds = batch_of(["好", "在"])
    with pytest.raises(RunError, match="1 results for 2 spans"):
        decode(batch, sounds, Forgetful())
