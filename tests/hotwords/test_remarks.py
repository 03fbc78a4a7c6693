"""What is said about words that can be used but may do harm."""

from __future__ import annotations

import pytest

from asrcli.hotwords.lists import ListedWord
from asrcli.hotwords.remarks import MANY_WORDS, remarks_on


def listed(*words: str) -> list[ListedWord]:
    """Words on lines 1, 2, ...; `word<alias` has an alias."""
    return [
        ListedWord(line, text.split("<")[0], 1.0, tuple(text.split("<")[1:]))
        for line, text in enumerate(words, start=1)
    ]


def said(*words: str) -> list[tuple[int, str, str]]:
    return [(one.line, one.text, one.message) for one in remarks_on(listed(*words))]


def test_nothing_to_say() -> None:
    assert said("王婧", "达摩院", "H200", "魔搭<魔塔") == []
    assert said() == []


def test_an_ordinary_word() -> None:
    [(line, text, message)] = said("王婧", "我们")
    assert (line, text) == (2, "我们")
    assert message.startswith("an ordinary word (1643 in a million)")


def test_an_ordinary_alias() -> None:
    [(_, text, message)] = said("沃门<我们")
    assert text == "我们"
    assert message == "an ordinary word: each one that is heard will be written 沃门"


def test_words_that_sound_the_same() -> None:
    first, second = said("王婧", "王静")
    assert first[2].startswith("sounds the same as 王静 on line 2")
    assert second[2].startswith("sounds the same as 王婧 on line 1")


def test_words_that_differ_in_tone() -> None:
    [(_, _, message), _] = said("李丽", "黎立")
    assert message.startswith("differs only in tone from 黎立 on line 2")


def test_the_same_sound_is_told_before_another_tone() -> None:
    remarks = {text: message for _, text, message in said("王景", "王婧", "王静")}
    assert remarks["王婧"].startswith("sounds the same as 王静 on line 3 and 1 more")
    assert remarks["王景"].startswith("differs only in tone from 王婧 on line 2 and 1 more")


def test_numbers_in_latin_words_are_no_tones() -> None:
    assert said("mp3", "mp4") == []


@pytest.mark.parametrize(
    ("words", "text", "start"),
    [
        (("达摩", "达摩院"), "达摩", "part of 达摩院 on line 2: it may be written alone"),
        (("GPT", "GPT-4"), "GPT", "part of GPT-4 on line 2"),
        (("New York", "york"), "york", "part of New York on line 1"),
        (("大魔<达摩", "达摩院"), "达摩", "part of 达摩院 on line 2: it may become 大魔 there"),
        (("魔搭", "达摩<魔搭社"), "魔搭", "part of 魔搭社 on line 2"),
    ],
)
def test_words_inside_words(words: tuple[str, ...], text: str, start: str) -> None:
    [(_, found, message)] = said(*words)
    assert found == text
    assert message.startswith(start)


def test_letters_inside_a_latin_word_are_no_part_of_it() -> None:
    assert said("ID", "NVIDIA", "H20", "H200") == []


def test_an_alias_may_be_part_of_its_own_word() -> None:
    assert said("魔搭社<魔搭") == []


def test_many_words() -> None:
    words = [f"A{number}B" for number in range(MANY_WORDS + 1)]
    assert said(*words[:-1]) == []
    [(line, text, message)] = said(*words)
    assert (line, text) == (0, "")
    assert message.startswith("1001 words, more than 1000")


def test_remarks_come_in_the_order_of_the_lines() -> None:
    lines = [line for line, _, _ in said("李丽", "阿里", "我们", "黎立", "阿里巴巴")]
    assert lines == sorted(lines)
