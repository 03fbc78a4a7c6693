"""Stage 6, Decoded... -> Sentence...: joins spans over forced cuts and keeps every token.

Both ways of punctuating end in the same thing, one mark behind each token ("" for none). The
sentences follow from the marks alone, so that no way can lose a token or change its text.
"""

from __future__ import annotations

import bisect
import re
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, TypeAlias

from asrcli.captions.atoms import occurrences
from asrcli.captions.words import word_spans
from asrcli.errors import RecordingError
from asrcli.values import HotwordSet, Sentence, SpeechSpan, Token

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asrcli.clock import Millis
    from asrcli.engines.base import Punctuator
    from asrcli.values import Decoded

Piece: TypeAlias = tuple[SpeechSpan, Token]

FULL_STOP = "。"
COMMA = "，"
QUESTION_MARK = "？"
SENTENCE_ENDS = frozenset(FULL_STOP + QUESTION_MARK)

QUESTION_PARTICLE = "吗"
"""The one particle that makes every sentence it ends a question; 呢 and 吧 also end others."""

MAX_CHARACTERS = 40
"""A longer sentence is broken at a pause, where there is one: two lines of subtitles and a bit."""

ENDURED = 2
"""How many times as long a sentence may be that has no pause; then it is broken between words."""

COMMA_MS: Millis = 300
"""A pause this long reads as a comma. Mandarin speakers rest 300 ms and more between clauses and
under 200 ms between the phrases of one clause."""

BREAK_MS: Millis = 100
"""The shortest pause that may break a long sentence: the closure of a stop inside a word is as
silent, but shorter."""

DICTATION_MS: Millis = 2000
"""Digits that go on within this time after a pause belong to the number before it, as telephone
numbers are dictated in groups; so does the rest of a hotword."""

NO_HOTWORDS = HotwordSet()

_NEVER: Millis = -(10**9)
"""Less than any pause: no sentence breaks here."""

_SPOKEN_DIGITS = frozenset("零〇一二三四五六七八九幺")
_NUMERALS = _SPOKEN_DIGITS | frozenset("十百千万亿点两")
_LATIN = re.compile(r"[0-9A-Za-z\u00c0-\u024f]")


def punctuate(
    decoded: Sequence[Decoded],
    punctuator: Punctuator | None,
    *,
    max_characters: int = MAX_CHARACTERS,
    hotwords: HotwordSet = NO_HOTWORDS,
) -> tuple[Sentence, ...]:
    """Turn the tokens of one recording into sentences.

    Args:
        decoded: one for each span of the recording, in order; blank ones are allowed.
        punctuator: puts the marks, seeing all words of the recording at once; a sentence ends
            at 。 or ？. None: sentences end at the pauses between spans.
        max_characters: without a punctuator, longer sentences break at their longest pause, and
            those twice as long that have none between two words.
        hotwords: no mark stands inside any of them.

    Returns:
        Every token once and in order. The last sentence is closed with 。 if nothing else
        closes it. `written` equals `spoken`.

    Raises:
        RecordingError: the punctuator did not give one mark for each word.
    """
    pieces = [(item.span, token) for item in decoded for token in item.tokens]
    if not pieces:
        return ()
    named = _inside_hotwords([token.text for _, token in pieces], hotwords)
    if punctuator is None:
        marks = _marks_from_pauses(decoded, pieces, named, max_characters)
    else:
        marks = _marks_from_model(pieces, punctuator)
        marks = ["" if inside else mark for mark, inside in zip(marks, named, strict=True)]
    if marks[-1] not in SENTENCE_ENDS:
        marks[-1] = FULL_STOP
    sentences: list[Sentence] = []
    first = 0
    for index, mark in enumerate(marks):
        if mark in SENTENCE_ENDS:
            sentences.append(_sentence(pieces[first : index + 1], marks[first : index + 1]))
            first = index + 1
    return tuple(sentences)


def _marks_from_model(pieces: Sequence[Piece], punctuator: Punctuator) -> list[str]:
    marks = list(punctuator.marks([token.text for _, token in pieces]))
    if len(marks) != len(pieces):
        raise RecordingError(
            f"the punctuation model gave {len(marks)} marks for {len(pieces)} words; "
            "run again with --punc none"
        )
    return marks


def _inside_hotwords(texts: Sequence[str], hotwords: HotwordSet) -> list[bool]:
    """For each token whether a hotword goes on behind it."""
    joined, ends = "", []
    for index, text in enumerate(texts):
        if index and _spaced(texts[index - 1], text):
            joined += " "
        joined += text
        ends.append(len(joined))
    inside = [False] * len(texts)
    folded = joined.casefold()
    for word, _ in hotwords.words:
        # The plain search sorts out nearly all of a list of thousands before a pattern is needed.
        if word.casefold() in folded:
            for start, end in occurrences(word, joined):
                first = bisect.bisect_right(ends, start)
                last = bisect.bisect_left(ends, end)
                inside[first:last] = [True] * (last - first)
    return inside


def _marks_from_pauses(
    decoded: Sequence[Decoded],
    pieces: Sequence[Piece],
    named: Sequence[bool],
    max_characters: int,
) -> list[str]:
    pauses = [_pause_ms(left, right) for left, right in pairwise(pieces)]
    whole = [
        inside or _inseparable(left, right)
        for inside, ((_, left), (_, right)) in zip(named, pairwise(pieces), strict=False)
    ]
    marks = [
        COMMA if pause >= COMMA_MS and not joined else ""
        for pause, joined in zip(pauses, whole, strict=True)
    ]
    marks.append("")
    breakable = [_NEVER if joined else pause for pause, joined in zip(pauses, whole, strict=True)]
    first = 0
    for last in _last_before_pause(decoded):
        follows = last + 1 < len(pieces) and pauses[last] <= DICTATION_MS
        # Nobody ends a sentence inside a name or a telephone number.
        if follows and (named[last] or _dictated(pieces, last)):
            continue
        breaks = _long_breaks(pieces, breakable, (first, last), max_characters)
        for index in (*breaks, last):
            asks = pieces[index][1].text == QUESTION_PARTICLE
            marks[index] = QUESTION_MARK if asks else FULL_STOP
        first = last + 1
    return marks


def _pause_ms(left: Piece, right: Piece) -> Millis:
    """Silence between two tokens, also of different spans; below 0 where they overlap."""
    (left_span, left_token), (right_span, right_token) = left, right
    between_origins = right_span.start_ms - left_span.start_ms
    return between_origins + right_token.start_ms - left_token.end_ms


def _inseparable(left: Token, right: Token) -> bool:
    """Whether a mark between the two would cut a number or a word that is spelled out."""
    if not left.text or not right.text:
        return False
    ends, begins = left.text[-1], right.text[0]
    after, before = ends in _NUMERALS, begins in _NUMERALS
    fraction = (after and begins == "分") or ends + begins == "分之" or (ends == "之" and before)
    return (after and before) or fraction or _spelled(left.text, right.text)


def _last_before_pause(decoded: Sequence[Decoded]) -> list[int]:
    """Index of the last token before each pause that ended a span, and of the last of all."""
    ends: list[int] = []
    count = 0
    for item in decoded:
        count += len(item.tokens)
        if count and not item.span.forced_cut:
            ends.append(count - 1)
    ends.append(count - 1)
    return sorted(set(ends))


def _dictated(pieces: Sequence[Piece], last: int) -> bool:
    """Whether a number read digit by digit goes on after the pause behind `last`.

    Two digits are asked for on either side, so that "...的一" and "二..." stay apart.
    """
    around = pieces[max(0, last - 1) : last + 3]
    digits = all(token.text in _SPOKEN_DIGITS for _, token in around)
    return digits and len(around) == 4


def _long_breaks(
    pieces: Sequence[Piece],
    pauses: Sequence[Millis],
    bounds: tuple[int, int],
    max_characters: int,
) -> list[int]:
    """Token indices behind which a long sentence breaks: its longest pause, then again in halves.

    Of pauses of one length the one nearest the middle counts. A stretch without a pause is endured
    for a while: a full stop in the middle of a phrase is worse than a long line.
    """
    breaks: list[int] = []
    todo = [bounds]
    while todo:
        first, last = todo.pop()
        characters = sum(len(token.text) for _, token in pieces[first : last + 1])
        if characters <= max_characters or first == last:
            continue
        middle = (first + last - 1) / 2
        at = max(range(first, last), key=lambda k: (pauses[k], -abs(k - middle)))
        if pauses[at] < BREAK_MS:
            if characters <= ENDURED * max_characters or pauses[at] == _NEVER:
                continue
            at = _between_two_words(pieces, pauses, (first, last))
        breaks.append(at)
        todo += [(first, at), (at + 1, last)]
    return breaks


def _between_two_words(
    pieces: Sequence[Piece], pauses: Sequence[Millis], bounds: tuple[int, int]
) -> int:
    """The token nearest the middle that ends a word, or any at all."""
    first, last = bounds
    between = _between_words([token.text for _, token in pieces[first : last + 1]])
    return max(
        (k for k in range(first, last) if pauses[k] != _NEVER),
        key=lambda k: (between[k - first], -abs(2 * k - first - last + 1)),
    )


def _between_words(texts: Sequence[str]) -> list[bool]:
    """For each token whether a word ends with it."""
    ends = list(accumulate(map(len, texts)))
    inside = {place for start, end in word_spans("".join(texts)) for place in range(start + 1, end)}
    return [end not in inside for end in ends]


def _sentence(pieces: Sequence[Piece], marks: Sequence[str]) -> Sentence:
    """Join the token texts and note for each character which token it came from."""
    text: list[str] = []
    origin: list[tuple[int, int]] = []

    def add(characters: str, index: int) -> None:
        text.append(characters)
        origin.extend([(index, index + 1)] * len(characters))

    for index, ((_, token), mark) in enumerate(zip(pieces, marks, strict=True)):
        if index and not marks[index - 1] and _spaced(pieces[index - 1][1].text, token.text):
            add(" ", index - 1)
        add(token.text, index)
        add(mark, index)
    spoken, spoken_map = "".join(text), tuple(origin)
    return Sentence(tuple(pieces), spoken, spoken_map, spoken, spoken_map)


def _spaced(left: str, right: str) -> bool:
    """Whether two neighbouring tokens are words of a script that puts spaces between them."""
    return _latin(left[-1:]) and _latin(right[:1]) and not _spelled(left, right)


def _spelled(left: str, right: str) -> bool:
    """Whether both are single letters or digits of one spelled word: a, p, p -> app."""
    return len(left) == len(right) == 1 and _latin(left) and _latin(right)


def _latin(character: str) -> bool:
    return _LATIN.match(character) is not None
