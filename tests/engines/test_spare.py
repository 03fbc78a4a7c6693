"""What does not fit into the device is decoded by the spare, with the same hotwords."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from asrcli.engines.fake import FakeAsr, speak
from asrcli.engines.spare import Spare
from asrcli.errors import DeviceMemoryError
from asrcli.values import HotwordSet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asrcli.values import DroppedHotword, FloatArray, Token

NONE = HotwordSet()
WORDS = HotwordSet((("公司", 1.0),))


class Recorder(FakeAsr):
    """Keeps the lists that it was given."""

    def __init__(self, lists: list[HotwordSet]) -> None:
        super().__init__()
        self._lists = lists

    def set_hotwords(self, hotwords: HotwordSet) -> tuple[DroppedHotword, ...]:
        self._lists.append(hotwords)
        return super().set_hotwords(hotwords)


def test_it_is_loaded_once_and_only_when_needed() -> None:
    loaded: list[FakeAsr] = []
    notes: list[str] = []

    def load() -> FakeAsr:
        loaded.append(FakeAsr())
        return loaded[-1]

    spare = Spare(load, notes.append)
    assert (loaded, notes) == ([], [])
    for text in ("好", "公司"):
        assert "".join(token.text for token in spare.decode(speak(text), NONE)) == text
    assert len(loaded) == 1
    assert len(notes) == 1
    assert "does not fit" in notes[0]


def test_hotwords_are_set_when_they_change() -> None:
    lists: list[HotwordSet] = []
    spare = Spare(lambda: Recorder(lists), lambda _line: None)
    for words in (NONE, NONE, WORDS, WORDS, NONE):
        spare.decode(speak("好"), words)
    assert lists == [NONE, WORDS, NONE]


def test_what_does_not_fit_here_either_is_said() -> None:
    class Full(FakeAsr):
        def decode(self, batch: Sequence[FloatArray]) -> list[tuple[Token, ...]]:
            raise DeviceMemoryError("no")

    with pytest.raises(DeviceMemoryError):
        Spare(Full, lambda _line: None).decode(speak("好"), NONE)
