"""Texts as they sound."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asrcli.hotwords.pronounce import syllables, without_tones


@pytest.mark.parametrize(
    ("text", "sounds"),
    [
        ("王婧", ("wang2", "jing4")),
        ("重庆", ("chong2", "qing4")),
        ("重量", ("zhong4", "liang4")),
        ("妈妈的", ("ma1", "ma1", "de5")),
        ("OpenAI 模型", ("OPENAI", "mo2", "xing2")),
        ("mp3", ("MP3",)),
        ("C++", ("C", "+", "+")),
        ("", ()),
    ],
)
def test_readings(text: str, sounds: tuple[str, ...]) -> None:
    assert syllables(text) == sounds


def test_tones_can_be_left_out_but_digits_stay() -> None:
    assert without_tones(syllables("王静mp3绿")) == ("wang", "jing", "MP3", "lv")


@given(st.text("王静重长行𠮷𪚥鿿好", max_size=12))
def test_a_syllable_for_each_chinese_character(text: str) -> None:
    assert len(syllables(text)) == len(text)
