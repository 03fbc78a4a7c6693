from __future__ import annotations

from collections import Counter

import pytest

from recipes.demo_model import lexicon as module
from recipes.demo_model.espeak import espeak
from recipes.demo_model.lexicon import lexicon, read_lines, read_slots


@pytest.mark.usefixtures("speech")
def test_enough_characters_each_once() -> None:
    characters = lexicon().characters
    assert len(characters) >= 1200
    assert len(set(characters)) == len(characters) <= module.CHARACTERS
    assert list(characters) == sorted(characters)


@pytest.mark.usefixtures("speech")
def test_of_words_that_sound_alike_only_one_is_used() -> None:
    words = [word for texts, _ in lexicon().pool.values() for word in texts][::7]
    sounds = Counter(espeak().phonemes(word) for word in words)
    assert max(sounds.values()) == 1


@pytest.mark.usefixtures("speech")
def test_every_slot_has_words_with_weights() -> None:
    pool = lexicon().pool
    assert set(pool) == set(module.KINDS.values())
    for texts, weights in pool.values():
        assert len(texts) == len(weights) > 100
        assert min(weights) > 0


def test_comments_and_blank_lines_are_not_text() -> None:
    others = ("calls.txt", "held_out.txt", "templates.txt", "slots.txt", "names.txt")
    for name in (*module.FREE, *others):
        lines = read_lines(name)
        assert lines
        assert not any(line.startswith("#") or not line.strip() for line in lines)
        assert len(set(lines)) == len(lines)


def test_name_groups_are_disjoint() -> None:
    groups = read_slots("names.txt")["groups"]
    usual = [group[0] for group in groups]
    assert len(set(usual)) == len(usual)
