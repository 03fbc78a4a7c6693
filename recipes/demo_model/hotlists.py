"""Hotword lists to train the bias branch with: one list for each clip.

A list holds words of the clip among others, or only others: then nothing may change. Characters
of the clip's words are exchanged for others of the same sound, in the list and in the label, so
that the branch has to read the list and cannot learn names by heart.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from recipes.demo_model.espeak import espeak
from recipes.demo_model.lexicon import lexicon
from recipes.demo_model.sentences import brand, homophones, person, word

if TYPE_CHECKING:
    from collections.abc import Sequence

FOREIGN = 0.25
"""Share of clips whose list holds nothing that they say."""

SWAP = 0.6
STOCK = 1500


@dataclass(frozen=True)
class Sounds:
    """Characters by their sound: `alike` the others of a sound, `first` one that stands for it."""

    alike: dict[str, str]
    first: dict[str, str]

    def normal(self, text: str) -> str:
        """Equal for texts that sound the same."""
        return "".join(self.first.get(char, char) for char in text)


@functools.cache
def sounds() -> Sounds:
    """From the synthesiser's own reading of every character."""
    groups: dict[str, list[str]] = defaultdict(list)
    for char in lexicon().characters:
        groups[espeak().phonemes(char)].append(char)
    alike = {
        char: "".join(other for other in group if other != char)
        for group in groups.values()
        for char in group
    }
    first = {char: group[0] for group in groups.values() for char in group}
    return Sounds(alike, first)


@dataclass(frozen=True, slots=True)
class Task:
    """What the branch gets and should say: `text` may differ from the clip's in same sounds."""

    text: str
    words: tuple[str, ...]


def exchange(random: Random, text: str, first: int, last: int) -> str:
    """Some characters of a range exchanged for others of the same sound."""
    chars = list(text)
    for index in range(first, last):
        near = homophones().get(chars[index], "")
        every = sounds().alike.get(chars[index], "")
        choice = near if near and random.random() < 0.7 else every
        if choice and random.random() < SWAP:
            chars[index] = random.choice(choice)
    return "".join(chars)


def make_task(
    random: Random, text: str, names: Sequence[tuple[int, int]], size: int, pool: Sequence[str]
) -> Task:
    """A list of up to `size` words for one clip; `pool` holds words of other clips."""
    mine: list[str] = []
    if random.random() > FOREIGN and len(text) > 1:
        ranges = _ranges(random, text, names)
        for first, last in ranges:
            text = exchange(random, text, first, last)
        mine = [text[first:last] for first, last in ranges][:size]
    spoken = sounds().normal(text)
    words = list(dict.fromkeys(mine))
    for _ in range(20 * size):
        if len(words) >= size:
            break
        other = _distractor(random, mine, pool)
        # A word that sounds like a part of the clip is not foreign to it.
        if other not in words and sounds().normal(other) not in spoken:
            words.append(other)
    random.shuffle(words)
    return Task(text, tuple(words))


def _ranges(random: Random, text: str, names: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """What to put on the list: the names that are said, or any two to four characters."""
    if names and random.random() < 0.85:
        return list(names)
    length = min(len(text), random.randint(2, 4))
    first = random.randint(0, len(text) - length)
    return [(first, first + length)]


def _distractor(random: Random, mine: Sequence[str], pool: Sequence[str]) -> str:
    """A word that is probably not said; sometimes one that shares characters with one that is."""
    kind = random.random()
    if mine and kind < 0.12:
        near, other = random.choice(mine), random.choice(_strangers())
        return near[:1] + other[1:] if random.random() < 0.5 else other[:1] + near[1:]
    if pool and kind < 0.3:
        return random.choice(pool)
    return random.choice(_strangers())


@functools.cache
def _strangers() -> list[str]:
    """A large stock of names, brands and words, because making them is slow."""
    random = Random(17)
    names = [person(random, rare=random.random() < 0.7) for _ in range(6 * STOCK)]
    brands = [brand(random, rare=random.random() < 0.6) for _ in range(STOCK)]
    words = [word(random, random.choice("nnv")) for _ in range(STOCK)]
    return names + brands + words


def labels(task: Task, ids: dict[str, int], no_bias: int) -> list[int]:
    """What the branch is to say for every character: the listed one, or that it has nothing."""
    wanted = [no_bias] * len(task.text)
    for entry in sorted(task.words, key=len):
        place = task.text.find(entry)
        while place >= 0:
            wanted[place : place + len(entry)] = [ids[char] for char in entry]
            place = task.text.find(entry, place + 1)
    return wanted
