from __future__ import annotations

from random import Random

import pytest

from recipes.demo_model import hotlists
from recipes.demo_model.hotlists import Task, labels, make_task, sounds

pytestmark = pytest.mark.usefixtures("speech")
TEXT = "我叫王伟请问订单到了吗"
NAMES = ((2, 4),)


def tasks(count: int = 300, size: int = 6) -> list[Task]:
    return [make_task(Random(seed), TEXT, NAMES, size, ["李娜", "星澜"]) for seed in range(count)]


def test_exchanged_characters_sound_the_same() -> None:
    texts = {task.text for task in tasks()}
    assert len(texts) > 1
    normal = sounds().normal(TEXT)
    assert all(sounds().normal(text) == normal for text in texts)


def test_a_third_of_the_lists_is_foreign_and_no_foreign_word_is_heard() -> None:
    foreign = 0
    for task in tasks():
        mine = [word for word in task.words if word in task.text]
        foreign += not mine
        heard = sounds().normal(task.text)
        assert all(word in mine or sounds().normal(word) not in heard for word in task.words)
        assert len(set(task.words)) == len(task.words) <= 6
    assert 0.25 < foreign / 300 < 0.45


def test_words_that_are_said_are_on_the_list_as_they_are_written() -> None:
    swapped = [task for task in tasks() if task.text != TEXT]
    assert swapped
    for task in swapped:
        changed = {i for i, (a, b) in enumerate(zip(TEXT, task.text, strict=True)) if a != b}
        covered = {
            index
            for word in task.words
            for start in range(len(task.text))
            if task.text.startswith(word, start)
            for index in range(start, start + len(word))
        }
        assert changed <= covered


def test_labels_spell_listed_words_and_nothing_else() -> None:
    ids = {char: index for index, char in enumerate("我叫王玮好")}
    task = Task("我叫王玮好王玮", ("王玮", "李娜"))
    assert labels(task, ids, 99) == [99, 99, 2, 3, 99, 2, 3]
    assert labels(Task("我叫", ()), ids, 99) == [99, 99]


def test_a_longer_word_wins_over_one_inside_it() -> None:
    ids = {char: index for index, char in enumerate("甲乙丙")}
    assert labels(Task("甲乙丙", ("乙", "甲乙丙")), ids, 9) == [0, 1, 2]


def test_an_impossible_size_ends() -> None:
    task = make_task(Random(1), "好", (), 50, [])
    assert len(task.words) <= 50
    assert hotlists.FOREIGN < 1
