from __future__ import annotations

import random
import re
from collections import Counter

import pytest

from recipes.demo_model import sentences
from recipes.demo_model.espeak import espeak
from recipes.demo_model.lexicon import FREE, lexicon, read_lines
from recipes.demo_model.sentences import Line

pytestmark = pytest.mark.usefixtures("speech")
NEAR = 0.4
"""Largest share of runs of four characters common to a free and a held-out sentence."""


def test_names_for_training_and_for_tests_are_disjoint() -> None:
    source = random.Random(1)
    for rare in (False, True):
        seen = {sentences.person(source, rare=rare) for _ in range(500)}
        unseen = {sentences.person(source, rare=rare, unseen=True) for _ in range(200)}
        assert seen.isdisjoint(unseen)
        assert all(sentences.held_out(name) for name in unseen)


def test_a_rare_name_ends_in_an_unusual_character() -> None:
    usual = {group[0] for group in sentences.name_parts()["groups"]}
    unusual = {char for group in sentences.name_parts()["groups"] for char in group[1:]}
    for seed in range(200):
        assert sentences.person(random.Random(seed), rare=True)[-1] in unusual
        assert sentences.person(random.Random(seed))[-1] in usual


def test_names_of_a_group_sound_alike_and_no_others() -> None:
    parts = sentences.name_parts()
    for kind in ("surnames", "groups", "brand_heads", "brand_tails"):
        groups = [[part] for part in parts[kind]] if kind == "surnames" else parts[kind]
        sounds = [{espeak().phonemes(spelling) for spelling in group} for group in groups]
        assert [group for group, heard in zip(groups, sounds, strict=True) if len(heard) > 1] == []
        assert len(set.union(*sounds)) == len(groups), kind


@pytest.mark.parametrize(
    ("name", "rare"),
    [
        *(("王伟", False), ("王玮", True), ("林玮丽", False), ("林丽灵", True), ("欧阳晗", True)),
        *(("极捷", False), ("极杰", True), ("金杰", False), ("光源", False), ("光原", True)),
    ],
)
def test_a_rare_name_is_known(name: str, rare: bool) -> None:
    assert sentences.is_rare(name) is rare


def test_names_are_as_rare_as_asked() -> None:
    for seed in range(200):
        assert sentences.is_rare(sentences.person(random.Random(seed), rare=True))
        assert not sentences.is_rare(sentences.person(random.Random(seed)))


def test_slots_are_filled_and_names_marked() -> None:
    for seed in range(100):
        line = sentences.fill(random.Random(seed), "请{name}在{date}到{city}见{brand}的{name}")
        assert "{" not in line.text
        assert len(line.names) == 3
        (a, b), _, (c, d) = line.names
        assert line.text[:a] == "请"
        assert line.text[b] == "在"
        assert d == len(line.text)
        assert line.text[c - 1] == "的"


def test_an_opening_phrase_moves_the_names_along() -> None:
    surnames = sentences.name_parts()["surnames"]
    heads = sentences.name_parts()["brand_heads"]
    found = 0
    for seed in range(400):
        line = sentences.from_grammar(random.Random(seed), rare=True)
        for first, last in line.names:
            found += 1
            assert line.text[first:last].startswith((*surnames, *heads))
            assert 2 <= last - first <= 4
    assert found > 400


def test_everything_can_be_written_with_the_characters_of_the_model() -> None:
    known = set(lexicon().characters)
    lines = [sentences.training_line(random.Random(seed)) for seed in range(2000)]
    assert {char for line in lines for char in line.spoken} <= known
    assert set("".join(Line(text).spoken for text in read_lines("held_out.txt"))) <= known


def test_all_free_sentences_are_different_and_can_be_written() -> None:
    known = set(lexicon().characters)
    spoken = [Line(text).spoken for name in FREE for text in read_lines(name)]
    assert len(spoken) > 1500
    assert [text for text, times in Counter(spoken).items() if times > 1] == []
    assert {text for text in spoken if set(text) - known} == set()


def test_no_free_sentence_is_close_to_a_held_out_one() -> None:
    held = [fours(Line(text).spoken) for text in read_lines("held_out.txt")]
    for name in FREE:
        for text in read_lines(name):
            own = fours(Line(text).spoken)
            shared = max(len(own & other) / max(1, min(len(own), len(other))) for other in held)
            assert shared <= NEAR, text


def fours(text: str) -> set[str]:
    """All runs of four characters."""
    return {text[place : place + 4] for place in range(len(text) - 3)}


def test_sentences_of_calls_have_known_slots_only() -> None:
    for text in read_lines("calls.txt"):
        line = sentences.fill(random.Random(1), text)
        assert not set("{}") & set(line.text)
        assert len(line.names) == len(re.findall("{name}|{brand}", text))


def test_half_of_what_is_trained_on_is_natural() -> None:
    natural = {clause for name in FREE for text in read_lines(name) for clause in text.split("，")}
    lines = [sentences.training_line(random.Random(seed)).text for seed in range(1000)]
    share = sum(set(line.split("，")) <= natural for line in lines) / len(lines)
    assert 0.35 < share < 0.6


def test_held_out_sentences_are_not_trained_on() -> None:
    held = {Line(text).spoken for text in read_lines("held_out.txt")}
    trained = {sentences.training_line(random.Random(seed)).spoken for seed in range(3000)}
    assert held.isdisjoint(trained)


def test_exchanged_words_leave_the_frame_of_a_sentence() -> None:
    originals = {line.split("，")[0] for name in FREE for line in read_lines(name)}
    changed = [sentences.free(random.Random(seed), exchange=1.0).text for seed in range(100)]
    assert sum(text.split("，")[0] in originals for text in changed) < 60
    kept = [sentences.free(random.Random(seed), exchange=0.0).text for seed in range(100)]
    whole = {line for name in FREE for line in read_lines(name)}
    clauses = {clause for line in whole for clause in line.split("，")}
    assert all(text in whole or text in clauses for text in kept)


def test_a_line_is_spoken_without_its_commas() -> None:
    assert Line("您好，请问、谁").spoken == "您好请问谁"
    assert sentences.clean("好，的", random.Random(3)) in ("好，的", "好的")


def test_test_sentences_make_sense() -> None:
    senseless = {word for texts, _ in lexicon().pool.values() for word in texts}
    slots = {word for words in sentences.read_slots_once().values() for word in words}
    _, _, sensible = sentences._templates()
    assert len(sensible) > 100
    assert senseless - slots
    assert not any("{n}" in template or "{v}" in template for template in sensible)
