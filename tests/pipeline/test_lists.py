"""Hotword lists: one context for the same words, each recogniser told once."""

from __future__ import annotations

from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from asrcli.engines.base import Engines
from asrcli.engines.fake import FakeAsr, FakeVad
from asrcli.pipeline.lists import Lists
from asrcli.settings import Settings
from asrcli.values import DroppedHotword, HotwordSet, SourceFile

if TYPE_CHECKING:
    from collections.abc import Callable


class Watched(FakeAsr):
    def __init__(self) -> None:
        super().__init__()
        self.given: list[HotwordSet] = []

    def set_hotwords(self, hotwords: HotwordSet) -> tuple[DroppedHotword, ...]:
        self.given.append(hotwords)
        return super().set_hotwords(hotwords)


def source(name: str) -> SourceFile:
    return SourceFile(Path("/in") / name, PurePath(name), 1, 2)


def lists(
    asr: FakeAsr, words_of: Callable[[SourceFile], HotwordSet], notes: list[str] | None = None
) -> Lists:
    told = notes if notes is not None else []
    return Lists(Engines(FakeVad(), asr, None), Settings(), words_of, told.append)


def test_the_same_words_give_the_same_context() -> None:
    some = lists(FakeAsr(), lambda s: HotwordSet(((s.rel.name[0], 1.0),)))
    first, second, other = (some.context_of(source(name)) for name in ("好1", "好2", "在1"))
    assert first is second
    assert first is not other
    assert other.hotwords.words == (("在", 1.0),)


def test_words_without_a_sound_are_told_once_and_left_out() -> None:
    notes: list[str] = []
    words = HotwordSet((("好", 1.0), ("\t", 1.0)), (DroppedHotword(3, "x", "twice"),), "f" * 64)
    some = lists(FakeAsr(), lambda _: words, notes)
    context = some.context_of(source("a"))
    some.context_of(source("b"))
    assert context.hotwords.words == (("好", 1.0),)
    assert [word.text for word in context.hotwords.dropped] == ["x", "\t"]
    assert context.hotwords.sha256 == "f" * 64
    assert len(notes) == 1
    assert "is not used" in notes[0]


def test_asking_does_not_disturb_a_recogniser_that_decodes() -> None:
    asr = Watched()
    some = lists(asr, lambda _: HotwordSet((("好", 1.0),)))
    some.context_of(source("a"))
    assert asr.given == []


def test_a_recogniser_is_told_when_the_list_changes() -> None:
    asr, other = Watched(), Watched()
    some = lists(asr, lambda s: HotwordSet(((s.rel.name, 1.0),)))
    first, second = some.context_of(source("好")), some.context_of(source("在"))
    for context in (first, first, second, first):
        some.use(asr, context)
    some.use(other, first)
    assert [words.words[0][0] for words in asr.given] == ["好", "在", "好"]
    assert len(other.given) == 1
