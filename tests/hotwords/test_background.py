"""Frequencies of the language."""

from __future__ import annotations

import pytest

from asrcli.hotwords.background import ORDINARY_PER_MILLION, Background, background


def test_rates() -> None:
    known = Background({"甲乙": 10, "丙丁": 9}, 1_000_000)
    assert known.per_million("甲乙") == ORDINARY_PER_MILLION
    assert known.is_ordinary("甲乙")
    assert not known.is_ordinary("丙丁")
    assert known.per_million("戊己") == 0.0


@pytest.mark.parametrize("word", ["我们", "北京", "苹果", "如果"])
def test_ordinary_words(word: str) -> None:
    assert background().is_ordinary(word)


@pytest.mark.parametrize("word", ["王婧", "达摩院", "魔搭", "腾讯", "OpenAI", ""])
def test_words_that_are_worth_a_hotword(word: str) -> None:
    assert not background().is_ordinary(word)


def test_it_is_read_once_and_adds_up() -> None:
    assert background() is background()
    assert background().total == sum(background().counts.values()) > 10**7
