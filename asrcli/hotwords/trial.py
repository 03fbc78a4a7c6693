"""A trial: recordings with references, decoded without a list, with it, and at other weights."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from asrcli.engines.base import GatheredStream
from asrcli.errors import RunError, UsageError
from asrcli.hotwords.advice import advise, near_misses
from asrcli.hotwords.rules import HIGHEST_WEIGHT
from asrcli.hotwords.score import Heard, score
from asrcli.values import HotwordSet

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from asrcli.clock import Millis, Samples
    from asrcli.engines.base import Vad
    from asrcli.hotwords.advice import Advice
    from asrcli.hotwords.score import CountErrors, Normalise, Score
    from asrcli.values import FloatArray, ModelInfo

MOST_FACTORS = 20


@dataclass(frozen=True, slots=True)
class Hearing:
    """What was heard in one recording: the spoken text, empty where there was none."""

    text: str
    audio_ms: Millis


Hear: TypeAlias = "Callable[[HotwordSet], Mapping[str, Hearing]]"
"""Decodes all recordings under a list: what was heard, by file; a failed one is left out."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of a trial: `score` at the list's own weights, `sweep` at multiples of them.

    `sweep` holds (factor, score) in rising order, 1 among them. `left_out` names the recordings
    that could not be decoded every time.
    """

    score: Score
    sweep: tuple[tuple[float, Score], ...]
    advice: tuple[Advice, ...]
    left_out: tuple[str, ...] = ()


class OnceVad:
    """A VAD that answers for the same samples from memory: hotwords do not move spans."""

    def __init__(self, vad: Vad) -> None:
        """Ask `vad` what was not asked before."""
        self._vad = vad
        self._known: dict[bytes, tuple[tuple[Samples, Samples], ...]] = {}

    @property
    def info(self) -> ModelInfo:
        """The name and hash of the VAD behind it."""
        return self._vad.info

    def speech(self, samples: FloatArray) -> tuple[tuple[Samples, Samples], ...]:
        """Stretches of speech in float32 [n_samples]; see `asrcli.engines.base.Vad`."""
        key = hashlib.sha256(samples.tobytes()).digest()
        if key not in self._known:
            self._known[key] = self._vad.speech(samples)
        return self._known[key]

    def listen(self) -> GatheredStream:
        """Hold a recording that comes in pieces until it is whole; see `Vad.listen`."""
        return GatheredStream(self)


def parse_sweep(option: str) -> tuple[float, ...]:
    """Factors of `--sweep 0.5,1,2,4`, rising, each once, 1 among them.

    Raises:
        UsageError: one is not a number above 0 and at most 100, or there are too many.
    """
    factors = {1.0}
    for part in option.replace("，", ",").split(","):
        try:
            factor = float(part)
        except ValueError:
            factor = 0.0
        if not 0 < factor <= HIGHEST_WEIGHT:
            raise UsageError(
                f"--sweep: {part.strip()!r} is not a number above 0 and at most "
                f"{HIGHEST_WEIGHT:g}; write a list such as 0.5,1,2,4"
            )
        factors.add(factor)
    if len(factors) > MOST_FACTORS:
        raise UsageError(f"--sweep: more than {MOST_FACTORS} weights; each decodes everything anew")
    return tuple(sorted(factors))


def weighted(hotwords: HotwordSet, factor: float) -> HotwordSet:
    """The list with every weight multiplied, none above the highest allowed."""
    words = tuple((text, min(weight * factor, HIGHEST_WEIGHT)) for text, weight in hotwords.words)
    return replace(hotwords, words=words)


def own_words(hotwords: HotwordSet) -> dict[str, float]:
    """Words and weights without the aliases, which are written as their words."""
    aliases = {alias for alias, _ in hotwords.aliases}
    return {text: weight for text, weight in hotwords.words if text not in aliases}


def trial(
    references: Mapping[str, str],
    hear: Hear,
    hotwords: HotwordSet,
    *,
    normalise: Normalise,
    count_errors: CountErrors,
    factors: Sequence[float] = (1.0,),
) -> Trial:
    """Decode without the list and with it at every factor, and compare.

    Args:
        references: what is said, by file.
        hear: decodes.
        hotwords: the list on trial.
        normalise: makes texts comparable.
        count_errors: characters to change between two of them.
        factors: what the weights are multiplied by; 1 is always among them.

    Raises:
        RunError: no recording could be decoded.
    """
    passes = sorted({1.0, *factors})
    without = hear(HotwordSet())
    biased = {factor: hear(weighted(hotwords, factor)) for factor in passes}
    done = [
        file for file in references if all(file in heard for heard in (without, *biased.values()))
    ]
    if not done:
        raise RunError("no recording could be decoded; the lines above say why")
    heard = {
        factor: [
            Heard(f, without[f].audio_ms, references[f], without[f].text, texts[f].text)
            for f in done
        ]
        for factor, texts in biased.items()
    }
    words = own_words(hotwords)
    scores = {
        factor: score(texts, list(words), normalise, count_errors)
        for factor, texts in heard.items()
    }
    advice = _advice(scores, words, near_misses(heard[1.0], list(words), normalise))
    left_out = tuple(file for file in references if file not in done)
    return Trial(scores[1.0], tuple(scores.items()), advice, left_out)


def _advice(
    scores: Mapping[float, Score],
    weights: Mapping[str, float],
    instead: Mapping[str, Mapping[str, int]],
) -> tuple[Advice, ...]:
    """Advice on every word; a factor is shown as the word's own weight at it."""
    by_factor = {
        factor: {word.word: word.biased for word in one.words} for factor, one in scores.items()
    }
    found = []
    for word in scores[1.0].words:
        weight = weights[word.word]
        swept = {
            min(weight * factor, HIGHEST_WEIGHT): words[word.word]
            for factor, words in by_factor.items()
            if factor != 1.0
        }
        found.append(advise(word, weight, heard_instead=instead.get(word.word, {}), sweep=swept))
    return tuple(found)
