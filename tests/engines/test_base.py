"""The Protocols: every engine that ships keeps them, and says what it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from asrcli.engines.base import MIN_SAMPLES, Engines, GatheredStream
from asrcli.engines.fake import FakeAsr, FakePunctuator, FakeVad, speak
from asrcli.errors import RecordingError
from asrcli.values import HotwordSet

if TYPE_CHECKING:
    from asrcli.engines.base import Asr, Punctuator, Vad


def test_the_fakes_keep_the_protocols() -> None:
    vad: Vad = FakeVad()
    asr: Asr = FakeAsr()
    punctuator: Punctuator = FakePunctuator()
    shortest = np.zeros(MIN_SAMPLES, dtype=np.float32)
    assert vad.speech(shortest) == ()
    assert asr.set_hotwords(HotwordSet()) == ()
    assert asr.decode([shortest, shortest]) == [(), ()]
    assert asr.batch_seconds > 0
    assert punctuator.marks(()) == ()


def test_infos_come_in_the_order_of_the_pipeline() -> None:
    vad, asr, punctuator = FakeVad(), FakeAsr(), FakePunctuator()
    assert Engines(vad, asr, None).infos == (vad.info, asr.info)
    assert Engines(vad, asr, punctuator).infos == (vad.info, asr.info, punctuator.info)
    roles = [info.role for info in Engines(vad, asr, punctuator).infos]
    assert roles == ["vad", "asr", "punc"]


def test_engines_are_told_apart_by_their_hash() -> None:
    infos = Engines(FakeVad(), FakeAsr(), FakePunctuator()).infos
    assert len({info.sha256 for info in infos}) == len(infos)
    assert all(len(info.sha256) == 64 for info in infos)


def test_a_gathered_recording_is_heard_whole() -> None:
    samples = speak("你好。在")
    stream = GatheredStream(FakeVad())
    for piece in np.array_split(samples, 7):
        speech = stream.feed(piece)
        assert (speech.regions, speech.open, speech.settled) == ((), None, 0)
    assert stream.finish().regions == FakeVad().speech(samples)


def test_nothing_gathered_is_refused() -> None:
    with pytest.raises(RecordingError, match="too few"):
        GatheredStream(FakeVad()).finish()
