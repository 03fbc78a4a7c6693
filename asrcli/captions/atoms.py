"""What a caption may not break, and what a break costs elsewhere: the material of `cues`.

Widths count display cells as terminals and players do (Unicode Annex 11): a Chinese character
takes two, a Latin letter one.
"""

from __future__ import annotations

import enum
import functools
import heapq
import re
import unicodedata
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from asrcli.captions.style import display_cells
from asrcli.captions.words import word_spans

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asrcli.clock import Millis
    from asrcli.values import TimedSentence

UNSHOWN_AT_END = "，。、"

# What a break costs, in the currency of `cues`.
_AT_MARK = dict.fromkeys("。？！…", 0.0) | dict.fromkeys("，；：", 1.0) | {"、": 2.5}
_ANYWHERE = 9.0
_PAUSE_RELIEF = 5.0
_AFTER_NUMBER = 5.0
_BEFORE_PARTICLE = 4.0
_INSIDE_WORD = 40.0
_PARTICLES = frozenset("的了吗呢吧啊呀着过们地得么")

# Unicode's categories of the marks that stay with what follows, and with what is before them.
_OPENING = frozenset({"Ps", "Pi"})
_CLOSING = frozenset({"Pe", "Pf", "Po"})

_NUMERALS = "零〇一二三四五六七八九十百千万亿点幺两"
_LETTER = r"[0-9A-Za-z\u00c0-\u024f]"
_WHOLE = re.compile(
    rf"[+\-¥$€]?{_LETTER}+(?:['’.,:/&@_+\-]{_LETTER}+)*[%万亿]*|(?:[{_NUMERALS}]|分之){{2,}}"
)


@dataclass(frozen=True, slots=True)
class Atom:
    """A stretch of text that is never broken, with what follows from it for the cuts.

    `shown` is the text as it stands at the end of a line; `gap` the number of spaces before it
    where it does not begin a line. `break_cost` is the price of a break behind it, as far as its
    own channel is concerned; `begins` says that a sentence begins with it.
    """

    text: str
    shown: str
    gap: int
    start_ms: Millis
    end_ms: Millis
    cells: int
    shown_cells: int
    break_cost: float
    begins: bool
    channel: int | None


class _Stretch(NamedTuple):
    """An atom before its neighbours are known.

    `sentence` is the number of its sentence; `begins` says that it is the first of it, `within`
    that it goes on with a word.
    """

    text: str
    gap: int
    start_ms: Millis
    end_ms: Millis
    sentence: int
    begins: bool
    within: bool


class Grain(enum.IntEnum):
    """How far a text is taken apart."""

    WORDS = 0
    """Words of the dictionary, numbers, Latin words and hotwords stay whole where they fit."""
    CHARACTERS = 1
    """Words of the dictionary may be broken too."""
    TOKENS = 2
    """Everything may be broken but what has one time."""


def atoms(
    sentences: Sequence[TimedSentence],
    *,
    cells: int,
    limit_ms: float,
    grain: Grain = Grain.WORDS,
) -> list[Atom]:
    """Cut the written text of a recording at every place where a break is allowed.

    Args:
        sentences: in recording time; those of one channel in order.
        cells: width of a line in display cells. Words, numbers and hotwords stay whole as far
            as they fit a line; a longer one falls apart into what its tokens allow.
        limit_ms: nothing is shown from here on.
        grain: how far the text is taken apart.

    Returns:
        Atoms in order of their starts, all before the limit. Those of one channel each start
        later than the one before: a cue that begins with any of them can be shown.
    """
    channels: dict[int | None, list[TimedSentence]] = {}
    for sentence in sentences:
        channels.setdefault(sentence.channel, []).append(sentence)
    made = [
        _of_channel(own, channel, (cells, limit_ms, grain)) for channel, own in channels.items()
    ]
    return list(heapq.merge(*made, key=lambda atom: atom.start_ms))


def _of_channel(
    sentences: Sequence[TimedSentence], channel: int | None, how: tuple[int, float, Grain]
) -> list[Atom]:
    cells, limit_ms, grain = how
    stretches: list[_Stretch] = []
    for number, sentence in enumerate(sentences):
        words = _inside_words(sentence.written)
        ranges = _ranges(sentence, words, cells, grain)
        for first, last in ranges:
            begins = first == ranges[0][0]
            stretch = _stretch(sentence, (first, last), (number, begins, words[first]))
            before = stretches[-1] if stretches else None
            if before is None:
                stretches.append(stretch)
            elif stretch.start_ms <= before.start_ms or stretch.start_ms >= limit_ms:
                stretches[-1] = _joined(before, stretch)
            elif first == 0 and before.text[-1].isalnum():
                # Nothing but a space tells two sentences without marks apart.
                stretches.append(stretch._replace(gap=1))
            else:
                stretches.append(stretch)
    costs = [*(_break_cost(*pair) for pair in pairwise(stretches)), 0.0]
    return [_atom(stretch, cost, channel) for stretch, cost in zip(stretches, costs, strict=True)]


def occurrences(word: str, text: str) -> list[tuple[int, int]]:
    """Where a hotword stands in a text: half-open character ranges, case ignored.

    A Latin word must stand alone: "app" is not in "apple".
    """
    return [match.span() for match in _hotword_pattern(word).finditer(text)]


@functools.lru_cache(maxsize=10_000)
def _hotword_pattern(word: str) -> re.Pattern[str]:
    before = rf"(?<!{_LETTER})" if re.match(_LETTER, word) else ""
    after = rf"(?!{_LETTER})" if re.match(_LETTER, word[-1:]) else ""
    return re.compile(f"{before}{re.escape(word)}{after}", re.IGNORECASE)


def _stretch(
    sentence: TimedSentence, characters: tuple[int, int], place: tuple[int, bool, bool]
) -> _Stretch:
    """Some characters of `written`, timed by the tokens behind them; `place` is passed on."""
    first, last = characters
    text = " ".join(sentence.written[first:last].split())
    spaced = first > 0 and sentence.written[first - 1].isspace()
    low = sentence.written_map[first][0]
    high = max(low + 1, sentence.written_map[last - 1][1])
    tokens = sentence.tokens[low:high] or sentence.tokens[-1:]
    return _Stretch(text, int(spaced), tokens[0].start_ms, tokens[-1].end_ms, *place)


def _joined(left: _Stretch, right: _Stretch) -> _Stretch:
    """Both as one, where no time passes between them."""
    return left._replace(
        text=left.text + " " * right.gap + right.text, end_ms=max(left.end_ms, right.end_ms)
    )


def _break_cost(left: _Stretch, right: _Stretch) -> float:
    """The price of a break between two stretches of one channel."""
    if left.sentence != right.sentence:
        return 0.0
    at_mark = _AT_MARK.get(left.text[-1])
    if at_mark is not None:
        return at_mark
    if right.within:
        return _INSIDE_WORD
    pause_s = max(0, right.start_ms - left.end_ms) / 1000
    cost = _ANYWHERE - _PAUSE_RELIEF * min(1.0, pause_s / 0.3)
    if left.text[-1].isdecimal() or left.text[-1] in _NUMERALS:
        cost += _AFTER_NUMBER
    if right.text[0] in _PARTICLES:
        cost += _BEFORE_PARTICLE
    return cost


def _atom(stretch: _Stretch, break_cost: float, channel: int | None) -> Atom:
    shown = stretch.text.rstrip(UNSHOWN_AT_END) or stretch.text
    return Atom(
        text=stretch.text,
        shown=shown,
        gap=stretch.gap,
        start_ms=stretch.start_ms,
        end_ms=stretch.end_ms,
        cells=display_cells(stretch.text),
        shown_cells=display_cells(shown),
        break_cost=break_cost,
        begins=stretch.begins,
        channel=channel,
    )


def _ranges(
    sentence: TimedSentence, words: Sequence[bool], cells: int, grain: Grain
) -> list[tuple[int, int]]:
    """Character ranges of `written` that are not broken; spaces between them are left out."""
    text = sentence.written
    tied = _tied(sentence)
    if grain is Grain.TOKENS:
        return _runs(text, tied, 0, len(text))
    whole = _kept_whole(sentence, tied)
    if grain is Grain.WORDS:
        whole = [kept or inside for kept, inside in zip(whole, words, strict=True)]
    found: list[tuple[int, int]] = []
    for first, last in _runs(text, whole, 0, len(text)):
        fits = display_cells(text[first:last].rstrip(UNSHOWN_AT_END)) <= cells
        found += [(first, last)] if fits else _runs(text, tied, first, last)
    return found


def _inside_words(text: str) -> list[bool]:
    """For each character whether it goes on with a word that began before it."""
    inside = [False] * len(text)
    for start, end in word_spans(text):
        inside[start + 1 : end] = [True] * (end - start - 1)
    return inside


def _runs(text: str, joined: Sequence[bool], first: int, last: int) -> list[tuple[int, int]]:
    """Ranges of text[first:last] between breaks, without the spaces at their ends."""
    breaks = [k for k in range(first + 1, last) if not joined[k]]
    found: list[tuple[int, int]] = []
    for start, end in pairwise([first, *breaks, last]):
        stretch = text[start:end]
        if stretch.strip():
            found.append((end - len(stretch.lstrip()), start + len(stretch.rstrip())))
    return found


def _tied(sentence: TimedSentence) -> list[bool]:
    """For each character whether no break is possible before it, whatever the length.

    A mark stays with what it closes or opens, and characters of one token have one time.
    """
    text, origin = sentence.written, sentence.written_map
    kinds = [" " if character.isspace() else unicodedata.category(character) for character in text]
    tied = [False] * len(text)
    for k, (before, kind) in enumerate(pairwise(kinds), 1):
        if kind != " " and before != " ":
            marked = before in _OPENING or kind in _CLOSING
            tied[k] = marked or origin[k - 1][1] > origin[k][0]
    return tied


def _kept_whole(sentence: TimedSentence, tied: Sequence[bool]) -> list[bool]:
    """`tied`, and also inside words, numbers and hotwords."""
    text = sentence.written
    kept = list(tied)
    whole = [match.span() for match in _WHOLE.finditer(text)]
    for word in sentence.hotwords:
        whole += occurrences(word, text)
    for start, end in whole:
        kept[start + 1 : end] = [True] * (end - start - 1)
    return kept
