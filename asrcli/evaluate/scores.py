"""What an evaluation came to: each file aligned, the pool, and what is confused most often."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from asrcli.errors import UsageError
from asrcli.evaluate.align import Kind, Step, align
from asrcli.evaluate.cer import ErrorCount, counted
from asrcli.evaluate.intervals import Interval, bootstrap
from asrcli.evaluate.keys import Matches, match

if TYPE_CHECKING:
    from collections.abc import Callable

    from asrcli.evaluate.texts import Texts

    Cut = Callable[[str], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Score:
    """One reference: its alignment, and the name of its hypothesis or None where there is none."""

    name: str
    hypothesis: str | None
    steps: tuple[Step, ...]
    count: ErrorCount


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All references in their order, and the hypotheses that none of them asked for."""

    scores: tuple[Score, ...]
    extra: tuple[str, ...]
    interval: Interval | None

    @property
    def total(self) -> ErrorCount:
        """Errors of all files, long ones weighing more."""
        return sum((score.count for score in self.scores), ErrorCount())

    @property
    def missing(self) -> tuple[str, ...]:
        """References without a hypothesis; each of their tokens counts as a deletion."""
        return tuple(score.name for score in self.scores if score.hypothesis is None)

    @property
    def wrong(self) -> int:
        """Files with at least one error."""
        return sum(score.count.errors > 0 for score in self.scores)

    @property
    def sentence_error_rate(self) -> float:
        """Share of files with at least one error."""
        return self.wrong / len(self.scores)

    def worst(self) -> list[Score]:
        """The files from the worst rate down; of the same rate, the longer first, then by name."""
        return sorted(self.scores, key=lambda s: (-s.count.rate, -s.count.reference, s.name))

    def frequent(self, kind: Kind) -> list[tuple[str, str, int]]:
        """(reference, hypothesis, how often) of one kind of error, the most frequent first."""
        found = Counter(
            (step.reference, step.hypothesis)
            for score in self.scores
            for step in score.steps
            if step.kind is kind
        )
        return [(*pair, count) for pair, count in sorted(found.items(), key=lambda p: (-p[1], p))]


def evaluate(reference: Texts, hypothesis: Texts, cut: Cut) -> Evaluation:
    """Align every reference with its hypothesis.

    A reference without a hypothesis counts as one that was not recognised at all; a hypothesis
    without a reference is named and not counted. A text file is paired with the only text of the
    other side, whatever its name.

    Args:
        reference: what was said.
        hypothesis: what was recognised.
        cut: normalises a text and cuts it into tokens.

    Raises:
        UsageError: not one name of the reference is in the hypothesis.
    """
    names = _matched(reference, hypothesis)
    partners = dict(names.pairs)
    scores = []
    for name, text in reference.by_name.items():
        partner = partners.get(name)
        heard = "" if partner is None else hypothesis.by_name[partner]
        steps = align(cut(text), cut(heard))
        scores.append(Score(name, partner, steps, counted(steps)))
    interval = bootstrap([score.count for score in scores])
    return Evaluation(tuple(scores), names.extra, interval)


def _matched(reference: Texts, hypothesis: Texts) -> Matches:
    left, right = list(reference.by_name), list(hypothesis.by_name)
    if len(left) == len(right) == 1 and (reference.alone or hypothesis.alone):
        return Matches(pairs=((left[0], right[0]),), missing=(), extra=())
    names = match(left, right)
    if not names.pairs:
        raise UsageError(
            f"no name of {reference.source} is in {hypothesis.source}: "
            f"one has {left[0]!r}, the other {right[0]!r}"
        )
    return names
