"""What a hotword list does to texts: what it finds, what it misses, what it puts where it was not.

An occurrence is an exact match in the compared text. Occurrences do not overlap: from left to
right, the longest word of the list that begins at a character takes its place. Within a recording
occurrences of a word are paired by their number: said three times and heard twice are two true
positives, wherever they stand.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from asrcli.clock import Millis

    Normalise: TypeAlias = Callable[[str], str]
    CountErrors: TypeAlias = Callable[[str, str], int]

MS_PER_HOUR = 3_600_000


@dataclass(frozen=True, slots=True)
class Heard:
    """A recording of a trial: what was said, and what was heard without and with the list."""

    file: str
    audio_ms: Millis
    reference: str
    without: str
    biased: str


@dataclass(frozen=True, slots=True)
class Hits:
    """Occurrences that were said, that were heard, and those of them that pair up.

    `false_insertions` are heard in recordings that do not hold the word at all.
    """

    reference: int = 0
    hypothesis: int = 0
    true_positives: int = 0
    false_insertions: int = 0

    @property
    def recall(self) -> float | None:
        """Share of what was said that was heard; None where nothing was said."""
        return _ratio(self.true_positives, self.reference)

    @property
    def precision(self) -> float | None:
        """Share of what was heard that was said; None where nothing was heard."""
        return _ratio(self.true_positives, self.hypothesis)

    @property
    def f1(self) -> float | None:
        """Harmonic mean of recall and precision; None where nothing was said or heard."""
        return _ratio(2 * self.true_positives, self.reference + self.hypothesis)

    def __add__(self, other: Hits) -> Hits:
        """The count over both."""
        return Hits(
            self.reference + other.reference,
            self.hypothesis + other.hypothesis,
            self.true_positives + other.true_positives,
            self.false_insertions + other.false_insertions,
        )


@dataclass(frozen=True, slots=True)
class Edits:
    """Character errors, pooled over texts: edits over characters of the reference."""

    edits: int = 0
    reference: int = 0

    @property
    def rate(self) -> float | None:
        """The character error rate; None where nothing was said."""
        return _ratio(self.edits, self.reference)

    def __add__(self, other: Edits) -> Edits:
        """The count over both."""
        return Edits(self.edits + other.edits, self.reference + other.reference)


@dataclass(frozen=True, slots=True)
class WordScore:
    """One word of the list, without and with the list.

    `rescued` of the `missed` occurrences, those not heard without the list, were heard with it;
    `lost` were heard without it and not with it.
    """

    word: str
    without: Hits = Hits()
    biased: Hits = Hits()
    rescued: int = 0
    lost: int = 0

    @property
    def missed(self) -> int:
        """Occurrences that were said and not heard without the list."""
        return self.without.reference - self.without.true_positives

    def __add__(self, other: WordScore) -> WordScore:
        """The count over both, under the first one's name."""
        return WordScore(
            self.word,
            self.without + other.without,
            self.biased + other.biased,
            self.rescued + other.rescued,
            self.lost + other.lost,
        )


@dataclass(frozen=True, slots=True)
class FileScore:
    """One recording: its character errors, and whether it is free of every word of the list."""

    file: str
    is_free: bool
    without: Edits
    biased: Edits

    @property
    def harm(self) -> int:
        """How many more errors there are with the list."""
        return self.biased.edits - self.without.edits


@dataclass(frozen=True, slots=True)
class Score:
    """A whole list on a set of recordings.

    `words` are in the list's order, `total` is their sum. Free recordings hold no word of the
    list: nothing of it can be heard there, so every error more is harm.
    """

    words: tuple[WordScore, ...]
    total: WordScore
    files: tuple[FileScore, ...]
    audio_ms: Millis

    @property
    def free(self) -> tuple[FileScore, ...]:
        """The recordings that hold no word of the list."""
        return tuple(one for one in self.files if one.is_free)

    @property
    def cer_without(self) -> Edits:
        """Pooled character errors without the list."""
        return sum((one.without for one in self.files), Edits())

    @property
    def cer_biased(self) -> Edits:
        """Pooled character errors with the list."""
        return sum((one.biased for one in self.files), Edits())

    @property
    def free_cer_without(self) -> Edits:
        """The same in the free recordings, without the list."""
        return sum((one.without for one in self.free), Edits())

    @property
    def free_cer_biased(self) -> Edits:
        """The same in the free recordings, with the list."""
        return sum((one.biased for one in self.free), Edits())

    @property
    def harmed(self) -> tuple[FileScore, ...]:
        """The free recordings that have more errors with the list, the worst first."""
        worse = (one for one in self.free if one.harm > 0)
        return tuple(sorted(worse, key=lambda one: -one.harm))

    @property
    def rescue_recall(self) -> float | None:
        """Share of the occurrences missed without the list that were heard with it."""
        return _ratio(self.total.rescued, self.total.missed)

    def insertions_per_hour(self, hits: Hits) -> float | None:
        """False insertions in an hour of audio; None without audio."""
        return _ratio(hits.false_insertions * MS_PER_HOUR, self.audio_ms)

    @property
    def harm_points(self) -> float | None:
        """By how many points of CER the list makes the free recordings worse; None without any."""
        before, after = self.free_cer_without.rate, self.free_cer_biased.rate
        return None if before is None or after is None else 100 * (after - before)

    def harms(self, max_harm_points: float) -> tuple[str, ...]:
        """Why the list does more harm than it may, as sentences; none if it does not."""
        reasons = []
        if self.harm_points is not None and round(self.harm_points, 6) > max_harm_points:
            reasons.append(
                f"CER of recordings without a word of the list rises by {self.harm_points:.2f} "
                f"points, more than {max_harm_points:g}"
            )
        before, after = self.total.without.f1, self.total.biased.f1
        if self.total.without.reference and (after or 0.0) < (before or 0.0):
            reasons.append(f"F1 falls from {before or 0:.3f} to {after or 0:.3f}")
        return tuple(reasons)


def score(
    heard: Sequence[Heard], words: Sequence[str], normalise: Normalise, count_errors: CountErrors
) -> Score:
    """Count what a list did.

    Args:
        heard: the recordings.
        words: the list; words that `normalise` makes equal are one, under the first one's name.
        normalise: makes texts and words comparable: no marks, one case, one width.
        count_errors: characters to change between a normalised reference and what was heard.
    """
    finder = Finder(words, normalise)
    parts = {word: WordScore(word) for word in finder.words}
    files = []
    for recording in heard:
        texts = [normalise(t) for t in (recording.reference, recording.without, recording.biased)]
        said, before, after = (Counter(finder.words_in(text)) for text in texts)
        for word in said.keys() | before.keys() | after.keys():
            parts[word] += _one(word, said[word], before[word], after[word])
        without, biased = (Edits(count_errors(texts[0], t), len(texts[0])) for t in texts[1:])
        files.append(FileScore(recording.file, not said, without, biased))
    total = sum(parts.values(), WordScore(""))
    audio_ms = sum(recording.audio_ms for recording in heard)
    return Score(tuple(parts.values()), total, tuple(files), audio_ms)


class Finder:
    """Finds the words of a list in texts."""

    def __init__(self, words: Sequence[str], normalise: Normalise) -> None:
        """Compile a list; `words` of the result are those that are looked for."""
        self._names: dict[str, str] = {}
        for word in words:
            form = normalise(word)
            if form:
                self._names.setdefault(form, word)
        self.words = tuple(self._names.values())
        self._by_first: dict[str, list[str]] = {}
        for form in sorted(self._names, key=len, reverse=True):
            self._by_first.setdefault(form[0], []).append(form)

    def find(self, text: str) -> Iterator[tuple[str, int, int]]:
        """(word, start, end) of every occurrence in a normalised text, from left to right."""
        place = 0
        while place < len(text):
            forms = self._by_first.get(text[place], ())
            form = next((form for form in forms if text.startswith(form, place)), "")
            if form:
                yield self._names[form], place, place + len(form)
            place += len(form) or 1

    def words_in(self, text: str) -> Iterator[str]:
        """The words of the occurrences in a normalised text."""
        return (word for word, _, _ in self.find(text))


def _one(word: str, said: int, before: int, after: int) -> WordScore:
    """The score of a word in one recording."""
    found_before, found_after = min(said, before), min(said, after)
    return WordScore(
        word,
        Hits(said, before, found_before, 0 if said else before),
        Hits(said, after, found_after, 0 if said else after),
        rescued=max(0, found_after - found_before),
        lost=max(0, found_before - found_after),
    )


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None
