"""The self-check of captions: which limits their cues break, and which of these nothing can mend.

A limit may be broken where a single token forces it: a word wider than a line, or one that is
followed by the next before it could be read. Such cues are counted apart.
"""

from __future__ import annotations

import enum
import math
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from asrcli.captions.atoms import Grain, atoms
from asrcli.captions.labels import label, labelled
from asrcli.captions.style import display_cells, read_cells

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asrcli.captions.style import CueStyle
    from asrcli.values import Cue, TimedSentence


class Rule(enum.StrEnum):
    """What a caption must keep to."""

    LINES = "too many lines"
    WIDTH = "too wide"
    MIN_TIME = "too short"
    MAX_TIME = "too long"
    SPEED = "too fast to read"
    GAP = "too close to the next"
    OVERLAP = "over the next"
    EMPTY = "with an empty line"


@dataclass(frozen=True, slots=True)
class Finding:
    """A limit that a cue breaks; cues are counted from 1."""

    cue: int
    rule: Rule
    detail: str
    forced: bool = False

    def __str__(self) -> str:
        forced = " (one token forces it)" if self.forced else ""
        return f"cue {self.cue} is {self.rule}: {self.detail}{forced}"


def check(
    cues: Sequence[Cue],
    style: CueStyle,
    *,
    names: Sequence[str] = (),
    sentences: Sequence[TimedSentence] = (),
) -> tuple[Finding, ...]:
    """Name every limit that a cue breaks.

    Args:
        cues: in order.
        style: the limits.
        names: of the channels' speakers; they are part of what is shown.
        sentences: what the cues were made from, to tell what a single token forces; without them
            nothing counts as forced.

    Returns:
        In order of the cues.
    """
    found: list[Finding] = []
    following = [*(cue.start_ms for cue in cues[1:]), math.inf]
    for number, (cue, next_ms) in enumerate(zip(cues, following, strict=True), 1):
        limits = _broken(labelled(cue, names), cue.end_ms - cue.start_ms, style)
        gap_ms = next_ms - cue.end_ms
        if gap_ms < 0:
            limits[Rule.OVERLAP] = f"it ends {-gap_ms} ms after the next begins"
        elif gap_ms < style.gap_ms:
            limits[Rule.GAP] = f"{gap_ms} ms, at least {style.gap_ms}"
        found += [Finding(number, rule, detail) for rule, detail in limits.items()]
    if not found or not sentences:
        return tuple(found)
    single = _single_tokens(sentences)
    return tuple(
        replace(
            finding, forced=_is_forced(finding.rule, cues[finding.cue - 1], names, single, style)
        )
        for finding in found
    )


def summary(findings: Sequence[Finding]) -> str:
    """`2 captions over a limit (2 too fast to read), 1 forced by a single token (1 too wide)`.

    Empty where nothing was found.
    """
    parts = []
    for forced, what in ((False, "over a limit"), (True, "forced over a limit by a single token")):
        own = [finding for finding in findings if finding.forced is forced]
        if own:
            count = len({finding.cue for finding in own})
            rules = Counter(finding.rule for finding in own)
            counts = ", ".join(f"{rules[rule]} {rule}" for rule in Rule if rules[rule])
            parts.append(f"{count} caption{'' if count == 1 else 's'} {what} ({counts})")
    return "; ".join(parts)


def _broken(text: str, shown_ms: int, style: CueStyle) -> dict[Rule, str]:
    """The limits that one cue breaks by itself."""
    lines = text.split("\n")
    widest = max(map(display_cells, lines))
    needed_ms = style.reading_ms(read_cells(text))
    limits = {
        Rule.LINES: (len(lines) > style.lines, f"{len(lines)} lines, at most {style.lines}"),
        Rule.WIDTH: (widest > style.cells, f"{widest} cells, at most {style.cells}"),
        Rule.MIN_TIME: (shown_ms < style.min_ms, f"{shown_ms} ms, at least {style.min_ms}"),
        Rule.MAX_TIME: (shown_ms > style.max_ms, f"{shown_ms} ms, at most {style.max_ms}"),
        Rule.SPEED: (shown_ms < needed_ms, f"{shown_ms} ms, to be read in {needed_ms}"),
        Rule.EMPTY: (not all(line.strip() for line in lines), "nothing in it"),
    }
    return {rule: detail for rule, (is_broken, detail) in limits.items() if is_broken}


def _single_tokens(sentences: Sequence[TimedSentence]) -> frozenset[tuple[int | None, str]]:
    """Every text that cannot be shown in parts, with its channel."""
    smallest = atoms(sentences, cells=0, limit_ms=math.inf, grain=Grain.TOKENS)
    return frozenset((atom.channel, atom.shown) for atom in smallest)


def _is_forced(
    rule: Rule,
    cue: Cue,
    names: Sequence[str],
    single: frozenset[tuple[int | None, str]],
    style: CueStyle,
) -> bool:
    if rule is not Rule.WIDTH:
        return len(cue.parts) == 1 and (cue.channel, cue.text) in single
    return all(
        (channel, line) in single
        for channel, text in cue.parts
        for number, line in enumerate(text.split("\n"))
        if display_cells(line if number else label(names, channel) + line) > style.cells
    )
