from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from asrcli.segments.cutlist import CutList, seconds
from asrcli.values import SpeechSpan, Track
from tests.segments.cuts import cut_list, cut_lists
from tests.values_samples import HASH, source

if TYPE_CHECKING:
    from asrcli.values import FloatArray


@given(st.integers(0, 48 * 3600 * 16_000))
def test_seconds_are_exact(samples: int) -> None:
    text = seconds(samples)
    assert Decimal(text) * 16_000 == samples
    assert round(float(text) * 16_000) == samples
    assert len(text.partition(".")[2]) >= 3
    assert "E" not in text


def test_seconds_are_short_where_they_can_be() -> None:
    assert [seconds(n) for n in (0, 16, 16_000, 7)] == ["0.000", "0.001", "1.000", "0.0004375"]


@given(cut_lists())
def test_stretches_end_to_end_are_the_recording(cut: CutList) -> None:
    samples: FloatArray = np.arange(cut.length, dtype=np.float32)
    stretches = list(cut.stretches())
    pieces = [samples[start:end] for start, end, _ in stretches]
    assert np.array_equal(np.concatenate([*pieces, samples[:0]]), samples)
    assert all(start < end for start, end, _ in stretches)
    assert tuple(span for _, _, span in stretches if span) == cut.spans
    gaps = sum(end - start for start, end, span in stretches if span is None)
    assert cut.speech + gaps == cut.length


def test_counts() -> None:
    cut = cut_list((0, 100), (100, 300), (500, 600), forced=frozenset({0}))
    assert (cut.speech, cut.cuts) == (400, 1)


def test_it_is_made_from_a_track() -> None:
    spans = (SpeechSpan(0, 16, 32),)
    cut = CutList.of(Track(source("a.mp3"), 16_000, 1, 8_000, 2, HASH), spans)
    assert (str(cut.source.rel), cut.length, cut.channel) == ("a.mp3", 16_000, 1)
    assert (cut.source_rate_hz, cut.source_channels, cut.spans) == (8_000, 2, spans)
    assert cut.audio == ()
