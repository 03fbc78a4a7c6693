"""Sentences to speak: a grammar with open slots, and free sentences with words exchanged.

Texts may hold commas, each of which is a short pause and never written by the model.
"""

from __future__ import annotations

import functools
import re
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import jieba.posseg

from recipes.demo_model import numerals
from recipes.demo_model.lexicon import FREE, HANZI, KINDS, lexicon, read_lines, read_slots

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

SLOT = re.compile(r"\{(\w+)\}")
FRESH = 0.05
"""Share of names with rare characters in general text: they must be heard, but never expected."""


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence; `names` are half-open ranges of `text` that hold a person's or brand's name."""

    text: str
    names: tuple[tuple[int, int], ...] = ()

    @property
    def spoken(self) -> str:
        """The text without its commas."""
        return "".join(HANZI.findall(self.text))


@functools.cache
def name_parts() -> dict[str, list[str]]:
    """Surnames, homophone groups of given names, parts of brands."""
    return read_slots("names.txt")


@functools.cache
def homophones() -> dict[str, str]:
    """The other characters of the same sound, for every character of a name group."""
    parts = name_parts()
    found: dict[str, str] = {}
    for group in (*parts["groups"], *parts["brand_tails"]):
        for char in group if len(group) > 1 else "":
            found[char] = found.get(char, "") + group.replace(char, "")
    return found


def is_rare(name: str) -> bool:
    """Whether a person's or brand's name ends in an unusual character for its sound."""
    parts = name_parts()
    is_brand = (
        len(name) == 2 and name[0] in parts["brand_heads"] and name[0] not in parts["surnames"]
    )
    groups = parts["brand_tails" if is_brand else "groups"]
    return any(name[-1] in group[1:] for group in groups)


def held_out(name: str) -> bool:
    """Whether a name is kept for the tests: one in eight."""
    return zlib.crc32(name.encode()) % 8 == 0


def person(random: Random, *, rare: bool = False, unseen: bool = False) -> str:
    """A person's name; a rare one ends in an unusual character for its sound.

    Names for training and names for tests (`unseen`) are disjoint.
    """
    while True:
        name = _person(random, rare=rare)
        if held_out(name) == unseen:
            return name


def _person(random: Random, *, rare: bool) -> str:
    parts = name_parts()
    groups = parts["groups"]
    length = random.choice((1, 2, 2, 2))
    chosen = [random.choice(groups) for _ in range(length)]
    if rare:
        chosen[-1] = random.choice([group for group in groups if len(group) > 1])
    given = "".join(random.choice(g[1:]) if rare and len(g) > 1 else g[0] for g in chosen)
    return random.choice(parts["surnames"]) + given


def brand(random: Random, *, rare: bool = False, unseen: bool = False) -> str:
    """A brand's name; see `person`."""
    parts = name_parts()
    tails = [t for t in parts["brand_tails"] if len(t) > 1] if rare else parts["brand_tails"]
    while True:
        tail = random.choice(tails)
        name = random.choice(parts["brand_heads"]) + (random.choice(tail[1:]) if rare else tail[0])
        if held_out(name) == unseen:
            return name


def _address(random: Random) -> str:
    slots = read_slots_once()
    place = f"{random.choice(slots['city'])}{random.choice(slots['road'])}"
    room = f"{numerals.digits(random, 3)}室" if random.random() < 0.3 else ""
    return f"{place}{numerals.count(random.randint(1, 999))}号{room}"


@functools.cache
def read_slots_once() -> dict[str, list[str]]:
    """The word lists of `slots.txt`."""
    return read_slots("slots.txt")


MAKERS: dict[str, Callable[[Random], str]] = {
    "num": numerals.quantity,
    "big": numerals.large,
    "money": numerals.money,
    "percent": numerals.percent,
    "date": numerals.day,
    "fulldate": numerals.full_date,
    "year": numerals.year,
    "clock": numerals.clock,
    "phone": numerals.telephone,
    "order": numerals.serial,
    "code": lambda random: numerals.digits(random, 4),
    "code6": lambda random: numerals.digits(random, 6),
    "digit": lambda random: random.choice(numerals.DIGITS[1:]),
    "address": _address,
}


def word(random: Random, kind: str) -> str:
    """A word of the pool for a slot (n, v, a, d, i)."""
    texts, cumulative = _drawable(kind)
    return random.choices(texts, cum_weights=cumulative)[0]


@functools.cache
def _drawable(kind: str) -> tuple[list[str], list[float]]:
    texts, weights = lexicon().pool[kind]
    total = 0.0
    return texts, [total := total + weight for weight in weights]


def fill(random: Random, template: str, *, rare: bool = False, unseen: bool = False) -> Line:
    """Fill the slots of a template; `rare` and `unseen` say which names to use."""
    text, names, place = "", [], 0
    for match in SLOT.finditer(template):
        text += template[place : match.start()]
        place = match.end()
        slot = match[1]
        if slot in ("name", "brand"):
            unusual = rare or (not unseen and random.random() < FRESH)
            make = person if slot == "name" else brand
            value = make(random, rare=unusual, unseen=unseen)
            names.append((len(text), len(text) + len(value)))
        elif slot in MAKERS:
            value = MAKERS[slot](random)
        elif slot in KINDS.values():
            value = word(random, slot)
        else:
            value = random.choice(read_slots_once()[slot])
        text += value
    return Line(text + template[place:], tuple(names))


@functools.cache
def _templates() -> tuple[list[str], list[str], list[str]]:
    """All templates, those with a name, and those without slots for words of any meaning."""
    lines = read_lines("templates.txt")
    named = [line for line in lines if "{name}" in line or "{brand}" in line]
    return (
        lines,
        named,
        [line for line in lines if not set(SLOT.findall(line)) & set(KINDS.values())],
    )


def from_grammar(random: Random, *, rare: bool = False, unseen: bool = False) -> Line:
    """A sentence of the grammar, sometimes with an opening or a closing phrase.

    Args:
        random: decides everything.
        rare: a sentence with a name that has an unusual character.
        unseen: for a test, with names that are not trained on and no words without sense.
    """
    every, named, sensible = _templates()
    templates = named if rare else sensible if unseen else every
    line = fill(random, random.choice(templates), rare=rare, unseen=unseen)
    if random.random() < 0.15:
        opening = random.choice(read_slots_once()["pre"]) + random.choice(("", "，"))
        shift = len(opening)
        line = Line(opening + line.text, tuple((a + shift, b + shift) for a, b in line.names))
    if random.random() < 0.1:
        closing = random.choice(("", "，")) + random.choice(read_slots_once()["post"])
        line = Line(line.text + closing, line.names)
    return line


@functools.cache
def _tagged() -> list[list[tuple[str, str]]]:
    """The free sentences as (word, slot or empty)."""
    return [
        [(pair.word, KINDS.get(pair.flag, "")) for pair in jieba.posseg.lcut(line)]
        for name in FREE
        for line in read_lines(name)
    ]


def free(random: Random, *, exchange: float) -> Line:
    """A free sentence in which a share of the content words is exchanged for others."""
    pieces = []
    for text, kind in random.choice(_tagged()):
        swap = kind and len(text) > 1 and random.random() < exchange
        pieces.append(word(random, kind) if swap else text)
    text = "".join(pieces)
    clauses = [clause for clause in text.split("，") if clause]
    if len(clauses) > 1 and random.random() < 0.35:
        text = random.choice(clauses)
    return Line(text)


def words(random: Random) -> Line:
    """Two to five words that have nothing to do with each other."""
    return Line("".join(word(random, random.choice("nvnvad")) for _ in range(random.randint(2, 5))))


def training_line(random: Random) -> Line:
    """A sentence to train on: half are natural, as nothing else teaches ordinary words."""
    kind = random.random()
    if kind < 0.50:
        return free(random, exchange=0.0)
    if kind < 0.60:
        return free(random, exchange=random.choice((0.15, 0.3)))
    if kind < 0.66:
        return words(random)
    if kind < 0.70:
        return fill(random, random.choice(_calls()))
    return from_grammar(random, rare=kind > 0.96)


@functools.cache
def _calls() -> list[str]:
    return read_lines("calls.txt")


def clean(text: str, random: Random) -> str:
    """Commas as pauses in half of the sentences, none in the others."""
    return text if random.random() < 0.5 else re.sub("[，、。]", "", text)
