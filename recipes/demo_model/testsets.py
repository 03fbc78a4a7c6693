"""The held-out sets: sentences, names and voices that training never saw.

Everything is drawn from fixed seeds, so every run of the evaluation hears the same sound.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from random import Random
from typing import TYPE_CHECKING

import numpy as np

from recipes.demo_model import sound
from recipes.demo_model.lexicon import read_lines
from recipes.demo_model.recordings import join, level, pcm, speak, with_noise
from recipes.demo_model.sentences import Line, from_grammar, homophones, person
from recipes.demo_model.voices import HELD_OUT, TRAINING, manner

if TYPE_CHECKING:
    from pathlib import Path

    from recipes.demo_model.recordings import Spoken

GENERAL = 300
NAMED = 200
TOGETHER = 6
"""Sentences in a joined recording."""

TELEPHONE_SNR_DB = 10.0
ROOM_SNR_DB = 45.0
"""What `clean` means: a quiet room, not digital silence."""


@dataclass(frozen=True, slots=True)
class TestSets:
    """Recordings by the conditions that the model card states."""

    __test__ = False  # pytest must not take it for a test class

    clean: list[Spoken]
    free: list[bool]
    unseen: list[Spoken]
    telephone: list[Spoken]
    joined: list[Spoken]
    joined_digital: list[Spoken]
    named: list[Spoken]
    own: list[list[str]]


def training_texts(folder: Path) -> set[str]:
    """All texts of the training shards."""
    return {
        entry["text"]
        for index in folder.glob("*.json")
        for entry in json.loads(index.read_text(encoding="utf-8"))
    }


def general_lines(random: Random, banned: set[str], count: int) -> tuple[list[Line], list[bool]]:
    """Free sentences kept for the test, then sentences of the grammar; rare names in none."""
    lines = [Line(text) for text in read_lines("held_out.txt")][:count]
    free = [True] * len(lines)
    while len(lines) < count:
        line = from_grammar(random, unseen=True)
        if line.spoken not in banned and len(line.spoken) > 3:
            lines.append(line)
            free.append(False)
    return lines, free


def named_lines(random: Random, banned: set[str], count: int) -> list[Line]:
    """Sentences with a name whose last character is unusual for its sound."""
    lines: list[Line] = []
    while len(lines) < count:
        line = from_grammar(random, rare=True, unseen=True)
        if line.spoken not in banned:
            lines.append(line)
    return lines


def _voices(seed: int, lines: list[Line], variants: tuple[str, ...]) -> list[Spoken]:
    random = Random(seed)
    found = []
    for line in lines:
        spoken = speak(line, manner(random, variants))
        if spoken is None:
            raise ValueError(f"the synthesiser lost a character of {line.text}")
        found.append(join([spoken], [random.uniform(0.05, 0.5), random.uniform(0.05, 0.5)]))
    return found


def _through(seed: int, clips: list[Spoken], *, telephone: bool) -> list[Spoken]:
    noise = np.random.default_rng(seed)
    done = []
    for clip in clips:
        samples = level(clip.samples, noise.uniform(-14, -2))
        if telephone:
            noisy = with_noise(noise, samples, TELEPHONE_SNR_DB)
            samples = sound.telephone(noise, noisy)
        else:
            samples = with_noise(noise, samples, ROOM_SNR_DB)
        done.append(replace(clip, samples=pcm(samples)))
    return done


def _join(seed: int, lines: list[Line], *, digital: bool) -> list[Spoken]:
    random, noise = Random(seed), np.random.default_rng(seed)
    joined = []
    for first in range(0, len(lines), TOGETHER):
        how = manner(random, TRAINING)
        parts = [speak(line, how) for line in lines[first : first + TOGETHER]]
        kept = [part for part in parts if part is not None]
        gaps = [random.uniform(0.3, 2.0) for _ in range(len(kept) + 1)]
        whole = join(kept, gaps)
        samples = level(whole.samples, noise.uniform(-14, -2))
        if not digital:
            samples = with_noise(noise, samples, ROOM_SNR_DB)
        joined.append(replace(whole, samples=pcm(samples)))
    return joined


def build(banned: set[str], *, general: int = GENERAL, named: int = NAMED) -> TestSets:
    """All sets; `banned` are texts that were trained on."""
    random = Random(7)
    lines, free = general_lines(random, banned, general)
    rare = named_lines(random, banned, named)
    known = _voices(1, lines, TRAINING)
    people = _through(4, _voices(4, rare, TRAINING), telephone=False)
    return TestSets(
        clean=_through(1, known, telephone=False),
        free=free,
        unseen=_through(2, _voices(2, lines, HELD_OUT), telephone=False),
        telephone=_through(3, _voices(3, lines, TRAINING), telephone=True),
        joined=_join(5, lines, digital=False),
        joined_digital=_join(5, lines, digital=True),
        named=people,
        own=[_rare_names(clip) for clip in people],
    )


def _rare_names(clip: Spoken) -> list[str]:
    return [clip.text[a:b] for a, b in clip.names]


def others(random: Random, count: int, clip: Spoken) -> list[str]:
    """Rare names that the clip does not say, however they are written."""
    spoken = _sounds(clip.text)
    found: list[str] = []
    while len(found) < count:
        name = person(random, rare=True, unseen=True)
        if name not in found and _sounds(name) not in spoken:
            found.append(name)
    return found


def _sounds(text: str) -> str:
    """The text with one character for each group of name characters that sound alike."""
    known = homophones()
    return "".join(min(char + known.get(char, "")) for char in text)
