"""The scanner: finds numerals, keeps off guarded phrases, asks the rules in order."""

from __future__ import annotations

import re
from dataclasses import replace
from operator import attrgetter
from typing import TYPE_CHECKING, Final

from asrcli.itn import amounts, dates, ratios, runs, times
from asrcli.itn.edits import Edit, Rule, Spot, Style, apply
from asrcli.itn.english import english
from asrcli.itn.guards import GUARDS
from asrcli.itn.numerals import NUMERALS, READ_OUT
from asrcli.itn.units import CURRENCIES, DURATIONS, MEASURES, PLACES, SHARES
from asrcli.itn.user import NO_WISHES, Wishes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

RULES: Final[tuple[Rule, ...]] = (
    # A longer form before what it begins with: a chain before a decimal, a date before a year.
    runs.chain,
    ratios.percent,
    ratios.fraction,
    ratios.signed,
    amounts.approximate,
    runs.listed,
    ratios.both_sides,
    ratios.arithmetic,
    amounts.ordinal,
    dates.date,
    dates.year,
    times.clock,
    times.minutes_around,
    amounts.money,
    amounts.rooms,
    amounts.small_parts,
    amounts.measure,
    amounts.degrees,
    dates.numbered,
    ratios.result,
    runs.run,
    runs.beside_letter,
    amounts.count,
)

# No English number is shorter than three letters.
_ENGLISH: Final = re.compile("[A-Za-z]{3}")
_place: Final = attrgetter("start")
_NUMERAL: Final = re.compile(f"[{NUMERALS}]")
_BEHIND: Final = "".join(
    sorted(
        {unit[0] for unit in (*DURATIONS, *CURRENCIES, *MEASURES, *PLACES, *SHARES)}
        | set("点时年月日号分到至比加减乘除又等层度排室房块毛角两晚夜几来把多余")
    )
)
# A single digit needs one of these beside it, or it is only a count and stays a word.
_CANDIDATE: Final = re.compile(
    rf"[{NUMERALS}]{{2,}}|十|零下|[负百千万](?=[{NUMERALS}]|[百分])"
    rf"|[{NUMERALS}](?=[{_BEHIND}A-Za-z]| [A-Za-z])"
    rf"|(?<=[A-Za-z])[{READ_OUT}]|(?<=[A-Za-z] )[{READ_OUT}]|(?<=等于)[{NUMERALS}]"
)

_ARABIC: Final = frozenset("0123456789")
# 零 that joins a lesser unit is no digit: 六个月零五天, 十块零五毛.
_CONNECTED: Final = re.compile(
    rf"(?<=[年月天时钟秒期拜块元斤米])零(?=[{NUMERALS}]+[个天月小分秒毛角块厘两])"
    rf"|(?<=分)零(?=[{NUMERALS}]+秒)"
)


def rewrite(text: str, *, style: Style = Style.ZH, wishes: Wishes = NO_WISHES) -> tuple[Edit, ...]:
    """What to write where for the numbers of a spoken text.

    Args:
        text: words as they were spoken; may hold punctuation marks, Latin words and digits.
        style: the written style of dates, times and yuan.
        wishes: the user's own phrases; they win over everything.

    Returns:
        Edits in order, disjoint, none with an empty range. No edits: nothing to rewrite.
    """
    latin = _ENGLISH.search(text) is not None
    if not latin and not wishes and not _NUMERAL.search(text):
        return ()
    edits: list[Edit] = []
    start = 0
    for stop, resume, wish in (*_barriers(text, wishes), (len(text), len(text), ())):
        edits += _scan(text, (start, stop), style)
        if latin:
            edits += english(text, start, stop)
        edits += wish
        start = resume
    if latin:
        edits.sort(key=_place)
    return tuple(_apart(edits) if style is Style.ISO else edits)


def _apart(edits: Iterable[Edit]) -> Iterator[Edit]:
    """A space where digits would touch: 2025-03-15 15:30."""
    last, end = "", 0
    for edit in edits:
        last = last if edit.start == end else ""
        if last.isdigit() and edit.text[:1].isdigit():
            yield replace(edit, text=f" {edit.text}")
        else:
            yield edit
        last, end = edit.text[-1:] or last, edit.end


def written(text: str, *, style: Style = Style.ZH, wishes: Wishes = NO_WISHES) -> str:
    """The text with its numbers as they are written."""
    return apply(text, rewrite(text, style=style, wishes=wishes))


def _barriers(text: str, wishes: Wishes) -> Iterator[tuple[int, int, tuple[Edit, ...]]]:
    """(start, end, edits) of each phrase that no rule may touch, in order."""
    if not wishes:
        for guard in GUARDS.finditer(text):
            yield guard.start(), guard.end(), ()
        return
    position = 0
    for start, end, edits in wishes.find(text):
        for guard in GUARDS.finditer(text, position, start):
            yield guard.start(), guard.end(), ()
        yield start, end, edits
        position = end
    for guard in GUARDS.finditer(text, position):
        yield guard.start(), guard.end(), ()


def _scan(text: str, bounds: tuple[int, int], style: Style) -> Iterator[Edit]:
    """The edits of one stretch between guarded phrases."""
    position, stop = bounds
    floor = position
    while (candidate := _CANDIDATE.search(text, position, stop)) is not None:
        start = candidate.start() + bool(_CONNECTED.match(text, candidate.start(), stop))
        spot = Spot(text, start, stop, floor, style)
        position = candidate.end()
        if text[start - 1 : start] in _ARABIC:
            # Behind written digits stands what was left as words when they were written.
            continue
        for rule in RULES:
            found = rule(spot)
            if found is not None:
                yield from found.edits
                position = floor = max(found.end, spot.start + 1)
                break
