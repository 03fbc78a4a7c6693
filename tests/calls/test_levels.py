from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asrcli.calls.levels import LOWEST_DB, LevelMeter
from tests.audio_samples import noise, silence, tone

if TYPE_CHECKING:
    from asrcli.values import FloatArray


def levels(sound: FloatArray, *pieces: int) -> FloatArray:
    meter = LevelMeter()
    at = 0
    for piece in (*pieces, len(sound)):
        meter.add(sound[at : at + piece])
        at += piece
    return meter.levels()


@given(st.lists(st.integers(0, 2_000), max_size=8))
def test_how_the_sound_is_cut_up_changes_nothing(pieces: list[int]) -> None:
    sound = noise(0.5)
    np.testing.assert_allclose(levels(sound, *pieces), levels(sound), rtol=1e-5)


def test_decibels_against_full_scale() -> None:
    found = levels(np.concatenate([tone(0.1, amplitude=1.0), silence(0.1)]))
    assert found.dtype == np.float32
    assert found[:5] == pytest.approx([-3.01] * 5, abs=0.1)
    assert found[5:] == pytest.approx([LOWEST_DB] * 5)


def test_what_fills_no_frame_is_left_out() -> None:
    assert len(levels(silence(0.0399))) == 1
    assert len(levels(silence(0.0))) == 0
