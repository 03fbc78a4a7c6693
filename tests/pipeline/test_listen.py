"""Listening in the thread that asks."""

from __future__ import annotations

import functools
import hashlib
from typing import TYPE_CHECKING

import numpy as np
import pytest

from asrcli.clock import SAMPLE_RATE
from asrcli.errors import RecordingError, RunError
from asrcli.pipeline.listen import Here, Manner
from tests import audio_samples as audio
from tests.pipeline.listening import MANNER, SecondsVad, fail, hear, listen, never, record

if TYPE_CHECKING:
    from pathlib import Path

here = functools.partial(Here, SecondsVad())


def test_a_recording_is_read_and_split(tmp_path: Path) -> None:
    heard = listen(here(MANNER), record(tmp_path / "a.wav", 3.5))
    assert [(p.span.start_ms, p.span.end_ms) for p in heard.pieces] == [
        (0, 500),
        (1_000, 1_500),
        (2_000, 2_500),
    ]
    assert [p.sound.shape for p in heard.pieces] == [(8_000,)] * 3
    assert heard.sha256 == hashlib.sha256((tmp_path / "a.wav").read_bytes()).hexdigest()
    (track,) = heard.tracks
    assert (track.length, track.channel) == (3.5 * SAMPLE_RATE, None)
    assert track.sha256 == heard.sha256


def test_every_channel_is_a_lane_of_its_own(tmp_path: Path) -> None:
    source = record(tmp_path / "a.wav", 2.2, lanes=2)
    heard = listen(here(Manner("split", 10_000, mel=False)), source)
    assert [track.channel for track in heard.tracks] == [0, 1]
    for lane in (0, 1):
        own = [piece for piece in heard.pieces if piece.span.channel == lane]
        assert [piece.span.index for piece in own] == [0, 1]
        whole = audio.noise(2.2, seed=lane)
        np.testing.assert_allclose(own[1].sound, whole[16_000:24_000], atol=1e-4)


def test_spans_are_as_long_as_the_manner_allows(tmp_path: Path) -> None:
    source = record(tmp_path / "a.wav", 1.2)
    heard = listen(here(Manner("mix", 300, mel=False)), source)
    assert len(heard.pieces) > 1
    assert max(piece.span.length for piece in heard.pieces) <= 300 * 16
    assert heard.pieces[0].span.forced_cut


def test_frames_in_place_of_samples_where_they_are_wanted(tmp_path: Path) -> None:
    heard = listen(here(Manner("mix", 10_000, mel=True)), record(tmp_path / "a.wav", 2.2))
    assert [piece.sound.shape for piece in heard.pieces] == [(48, 80)] * 2
    assert [piece.sound[0, 0] for piece in heard.pieces] == [0, 100]


def test_the_hash_may_be_asked_for_alone(tmp_path: Path) -> None:
    hearing = here(MANNER).open(record(tmp_path / "a.wav", 1.2), limit_s=0, stopped=never)
    sha256 = hearing.sha256
    assert hear(hearing).sha256 == sha256


def test_what_cannot_be_used_is_refused(tmp_path: Path) -> None:
    listener = here(MANNER)
    whole = record(tmp_path / "a.wav", 3.0)
    with pytest.raises(RecordingError, match="truncated"):
        listen(listener, audio.source(audio.cut(whole.path, 0.6)))
    whole.path.unlink()
    with pytest.raises(RecordingError, match="gone"):
        _ = listener.open(whole, limit_s=0, stopped=never).sha256
    with pytest.raises(RecordingError, match="no channel 3"):
        listen(Here(SecondsVad(), Manner("3", 10_000, mel=False)), record(whole.path, 1.0))


def test_a_vad_that_fails_ends_the_run_and_not_the_recording(tmp_path: Path) -> None:
    listener = Here(SecondsVad(fail), MANNER)
    with pytest.raises(RunError, match="the VAD failed"):
        listen(listener, record(tmp_path / "a.wav", 2.0, upsetting=True))
    assert listen(listener, record(tmp_path / "b.wav", 2.0)).pieces
    listener.close()
