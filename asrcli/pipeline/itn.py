"""Stage 7, Sentence -> Sentence: fills `written`, leaves `spoken`; times never change.

What is a number and how it is written is decided in `asrcli.itn`; here every written character
learns which tokens it came from.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from asrcli.itn import NO_WISHES, Style, Wishes, parse_wishes, rewrite
from asrcli.itn.numerals import NUMERALS

if TYPE_CHECKING:
    from asrcli.itn import Edit
    from asrcli.values import HotwordSet, Sentence, TextMap

NUMBERS = frozenset(NUMERALS)

__all__ = ["Style", "normalise", "wishes_of"]


def wishes_of(phrases: tuple[str, ...], hotwords: HotwordSet) -> Wishes:
    """The user's phrases, and hotwords such as 三只松鼠 as phrases to keep: they are names.

    Raises:
        UsageError: a phrase is no wish.
    """
    wishes = parse_wishes(phrases, origin="--itn-phrase")
    names = (word for word, _ in hotwords.words if not NUMBERS.isdisjoint(word))
    return replace(wishes, keep=(*wishes.keep, *names))


def normalise(
    sentence: Sentence, *, style: Style = Style.ZH, wishes: Wishes = NO_WISHES
) -> Sentence:
    """Write the numbers of a sentence as digits.

    Returns:
        The sentence with `written` and `written_map` made from `spoken` and `spoken_map`. A
        character that was not rewritten keeps its tokens; the digits of a run have one spoken
        digit each; every other written character has all tokens of the words it stands for.
    """
    edits = rewrite(sentence.spoken, style=style, wishes=wishes)
    pieces: list[str] = []
    ranges: list[tuple[int, int]] = []
    position = 0
    for edit in edits:
        pieces += (sentence.spoken[position : edit.start], edit.text)
        ranges += sentence.spoken_map[position : edit.start]
        ranges += _edit_map(edit, sentence.spoken_map)
        position = edit.end
    pieces.append(sentence.spoken[position:])
    ranges += sentence.spoken_map[position:]
    covered = _covering(ranges, sentence.spoken_map)
    return replace(sentence, written="".join(pieces), written_map=covered)


def _edit_map(edit: Edit, spoken: TextMap) -> TextMap:
    """The tokens of each character that an edit writes."""
    replaced = spoken[edit.start : edit.end]
    if len(edit.text) == len(replaced) and edit.text.isdecimal():
        return replaced
    return ((replaced[0][0], replaced[-1][1]),) * len(edit.text)


def _covering(ranges: list[tuple[int, int]], spoken: TextMap) -> TextMap:
    """Give the tokens of words that were written as nothing to the character before them."""
    if not ranges:
        return ()
    first, last = spoken[0][0], spoken[-1][1]
    covered = []
    for index, (start, end) in enumerate(ranges):
        following = ranges[index + 1][0] if index + 1 < len(ranges) else last
        covered.append((first if index == 0 else start, max(end, following)))
    return tuple(covered)
