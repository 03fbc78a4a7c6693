"""Which characters and words the model knows, and which of the words that sound alike it writes.

General text must be decidable from its sound and context. So of all words with one pronunciation
only one is used: a word of the texts here, else the most frequent one. Word frequencies are facts
from jieba's word list; no text comes from there.
"""

from __future__ import annotations

import functools
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

import jieba

from recipes.demo_model.espeak import espeak

TEXTS = Path(__file__).parent / "text"
HANZI = re.compile(r"[一-鿿]+")
FREE = ("free.txt", "free_a.txt", "free_b.txt", "free_c.txt")
"""Sentences written for this recipe; only those of the first add characters to the set."""

CHARACTERS = 1500
"""Size of the character set: three matrices of the model grow with it."""

POOL = 9000
"""Most frequent words taken into the pool, before those that each character brings."""

WORDS_PER_CHARACTER = 10
KINDS = {"n": "n", "nz": "n", "s": "n", "t": "n", "v": "v", "vn": "v", "a": "a", "an": "a",
         "ad": "d", "d": "d", "i": "i", "l": "i"}  # fmt: skip
"""jieba's tags of the words that are used, and the slot that each fills."""


@dataclass(frozen=True)
class Word:
    """A word, the slot it fills (n, v, a, d, i) and how often it occurs."""

    text: str
    kind: str
    frequency: int


@dataclass(frozen=True)
class Lexicon:
    """`characters` in order of their ids; `pool`: words and weights by slot."""

    characters: tuple[str, ...]
    pool: dict[str, tuple[list[str], list[float]]]


def read_lines(name: str) -> list[str]:
    """Lines of a text file of this recipe, without comments."""
    lines = (TEXTS / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def read_slots(name: str) -> dict[str, list[str]]:
    """Lines of the form `slot: words`."""
    pairs = (line.split(":") for line in read_lines(name))
    return {slot: words.split() for slot, words in pairs}


@functools.cache
def lexicon() -> Lexicon:
    """Build the lexicon from the texts and the word list; the result is always the same."""
    characters = set(_known_characters())
    words = _dictionary()
    for word in words:
        if len(characters) >= CHARACTERS:
            break
        if word.frequency < 100_000:
            fresh = set(word.text) - characters
            characters |= fresh if len(characters) + len(fresh) <= CHARACTERS else set()
    writable = [word for word in words if set(word.text) <= characters]
    chosen = _one_for_each_sound(_pool(writable))
    uses = Counter(char for word in chosen for char in word.text)
    pool: dict[str, tuple[list[str], list[float]]] = defaultdict(lambda: ([], []))
    for word in chosen:
        texts, weights = pool[word.kind]
        texts.append(word.text)
        # Flatter than speech, and steeper for characters that few words bring: all must be heard.
        scarce = min(uses[char] for char in word.text)
        weights.append(max(word.frequency, 3) ** 0.45 / scarce**0.3)
    return Lexicon(tuple(sorted(characters)), dict(pool))


def _known_characters() -> set[str]:
    names = ("free.txt", "held_out.txt", "templates.txt", "slots.txt", "names.txt")
    text = "".join("".join(HANZI.findall("\n".join(read_lines(name)))) for name in names)
    return set(text) | set("零一二三四五六七八九十百千万亿两幺点分之元块钱角年月日号半刻整")


def _dictionary() -> list[Word]:
    """Words of two to four characters with a tag that is used, the most frequent first."""
    path = Path(jieba.__file__).parent / "dict.txt"
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        text, frequency, tag = line.split()
        if tag in KINDS and 2 <= len(text) <= 4 and HANZI.fullmatch(text):
            found.append(Word(text, KINDS[tag], int(frequency)))
    return sorted(found, key=lambda word: (-word.frequency, word.text))


def _pool(words: list[Word]) -> list[Word]:
    """The most frequent words, and enough words for every character."""
    seen: dict[str, int] = defaultdict(int)
    chosen = []
    for rank, word in enumerate(words):
        if rank < POOL or any(seen[char] < WORDS_PER_CHARACTER for char in word.text):
            chosen.append(word)
            for char in word.text:
                seen[char] += 1
    return chosen


def _one_for_each_sound(words: list[Word]) -> list[Word]:
    own: set[str] = set()
    for name in (*FREE, "held_out.txt", "slots.txt", "templates.txt"):
        for line in read_lines(name):
            own |= {word for word in jieba.cut(line) if len(word) > 1}
    speaker = espeak()
    owner = {speaker.phonemes(word): word for word in sorted(own)}
    chosen = []
    for word in words:
        sound = speaker.phonemes(word.text)
        if owner.setdefault(sound, word.text) == word.text:
            chosen.append(word)
    return chosen
