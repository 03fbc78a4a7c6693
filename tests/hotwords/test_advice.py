"""Advice on words: a constructed case for every rule."""

from __future__ import annotations

import pytest

from asrcli.evaluate.cer import plain
from asrcli.hotwords.advice import Action, Advice, advise, near_misses
from asrcli.hotwords.score import Heard, Hits, WordScore


def word(said: int, before: int, after: int, inserted: tuple[int, int] = (0, 0)) -> WordScore:
    """`before` and `after` of `said` found, `inserted` where the word is not said."""
    return WordScore(
        "张玮",
        Hits(said, before + inserted[0], before, inserted[0]),
        Hits(said, after + inserted[1], after, inserted[1]),
        rescued=max(0, after - before),
        lost=max(0, before - after),
    )


def hits(found: int, inserted: int = 0, said: int = 4) -> Hits:
    return Hits(said, found + inserted, found, inserted)


@pytest.mark.parametrize(
    ("score", "action", "reason"),
    [
        (word(0, 0, 0), Action.KEEP, "not said here, and not inserted"),
        (word(3, 0, 3), Action.KEEP, "found every time"),
        (word(3, 3, 3), Action.KEEP, "found every time, without the list too"),
        (word(0, 0, 0, (0, 2)), Action.DROP, "inserted 2 times, gained nothing"),
        (word(3, 2, 2, (1, 2)), Action.DROP, "inserted 1 times, gained nothing"),
        (word(4, 2, 3, (0, 1)), Action.LOWER, "inserted 1 times, gained 1"),
        (word(4, 1, 4, (0, 2)), Action.KEEP, "found every time"),
        (word(4, 3, 1), Action.DROP, "found 2 times less than without the list"),
        (word(4, 0, 1), Action.RAISE, "missed 3 of 4"),
        (word(4, 1, 4, (2, 2)), Action.KEEP, "found every time"),
    ],
)
def test_rules_without_a_sweep(score: WordScore, action: Action, reason: str) -> None:
    advice = advise(score, 1.0)
    assert (advice.word, advice.action, advice.reason) == ("张玮", action, reason)


def test_new_weights() -> None:
    assert advise(word(4, 0, 1), 1.5).weight == 3.0
    assert advise(word(4, 0, 1), 60.0).weight == 100.0
    assert advise(word(4, 2, 3, (0, 1)), 1.0).weight == 0.5
    assert advise(word(3, 0, 3), 1.0).weight is None


def test_the_highest_weight_is_not_raised() -> None:
    assert advise(word(4, 0, 1), 100.0).action is Action.KEEP


def test_a_better_weight_of_the_sweep_is_taken() -> None:
    sweep = {0.5: hits(0), 2.0: hits(3), 4.0: hits(4)}
    advice = advise(word(4, 0, 1), 1.0, sweep=sweep)
    expected = Advice("张玮", Action.RAISE, "at 4 found 4 of 4, inserted 0", weight=4.0)
    assert advice == expected


def test_of_equally_good_weights_the_nearest_is_taken() -> None:
    sweep = {0.1: hits(3), 2.0: hits(3), 8.0: hits(3)}
    assert advise(word(4, 0, 1), 1.0, sweep=sweep).weight == 0.1
    assert advise(word(4, 0, 1), 3.0, sweep=sweep).weight == 2.0


def test_a_lower_weight_that_inserts_less_is_taken() -> None:
    sweep = {0.5: hits(4), 2.0: hits(4, 3)}
    advice = advise(word(4, 1, 4, (0, 2)), 1.0, sweep=sweep)
    assert (advice.action, advice.weight) == (Action.LOWER, 0.5)


def test_a_sweep_that_finds_no_more_says_so() -> None:
    advice = advise(word(4, 0, 1), 1.0, sweep={2.0: hits(1), 4.0: hits(1)})
    assert advice.action is Action.KEEP
    assert advice.reason == "missed 3 of 4, no higher weight finds more"


def test_a_sweep_of_lower_weights_does_not_stop_a_rise() -> None:
    assert advise(word(4, 0, 1), 1.0, sweep={0.5: hits(1)}).action is Action.RAISE


@pytest.mark.parametrize(
    ("instead", "alias"),
    [
        ({"章维": 2}, "章维"),
        ({"章维": 3, "张为": 1}, "章维"),
        ({"章维": 1}, ""),
        ({"章维": 1, "张为": 1, "长尾": 1, "帐围": 1}, ""),
        ({}, ""),
    ],
)
def test_a_stable_near_miss_becomes_an_alias(instead: dict[str, int], alias: str) -> None:
    advice = advise(word(4, 0, 0), 1.0, heard_instead=instead)
    assert advice.alias == alias
    assert advice.action is (Action.ADD_ALIAS if alias else Action.RAISE)
    if alias:
        assert alias in advice.reason


def test_a_near_miss_in_less_than_half_is_not_stable() -> None:
    assert advise(word(9, 0, 0), 1.0, heard_instead={"章维": 4}).action is Action.RAISE
    assert advise(word(8, 0, 0), 1.0, heard_instead={"章维": 4}).action is Action.ADD_ALIAS


def instead_of(*pairs: tuple[str, str], words: str = "张玮 王婧") -> dict[str, dict[str, int]]:
    heard = [Heard("a", 0, reference, "", biased) for reference, biased in pairs]
    found = near_misses(heard, words.split(), plain)
    return {word: dict(counts) for word, counts in found.items()}


def test_near_misses_are_found_by_alignment() -> None:
    assert instead_of(("请张玮来", "请章维来"), ("是张玮吗", "是章维吗")) == {"张玮": {"章维": 2}}


@pytest.mark.parametrize(
    ("reference", "biased"),
    [
        ("请张玮来", "请张玮来"),
        ("请张玮来", "请来"),
        ("请张玮来", "请章来"),
        ("请张玮找王婧", "请王婧找王婧"),
    ],
    ids=["found", "nothing heard", "too short", "a word of the list"],
)
def test_what_cannot_be_an_alias(reference: str, biased: str) -> None:
    assert "张玮" not in instead_of((reference, biased))


def test_what_somebody_says_cannot_be_an_alias() -> None:
    assert instead_of(("请张玮来", "请张伟来"), ("张伟你好", "张伟你好")) == {}


def test_an_inserted_character_belongs_to_the_near_miss() -> None:
    assert instead_of(("请张玮来", "请章子维来")) == {"张玮": {"章子维": 1}}
