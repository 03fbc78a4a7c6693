"""Dates: years digit by digit, 号 becomes 日 behind a month, lunar dates stay words."""

from __future__ import annotations

import re
from typing import Final

from asrcli.itn.edits import Edit, Found, Spot, Style, group
from asrcli.itn.numerals import DIGITS, NUM, NUMERALS, cardinal, digits

_MONTH: Final = "十[一二]?|[零〇]?[一二三四五六七八九]"
_DAY: Final = (
    "三十一?|二十[一二三四五六七八九]?|十[一二三四五六七八九]?|[零〇]?[一二三四五六七八九]"
)
_YEAR: Final = rf"[{DIGITS}]{{4}}|[{DIGITS}]{{2}}|[一两二]千(?:零?{NUM})?"

_MONTH_DAY: Final = re.compile(
    rf"(?:(?P<year>{_YEAR})年)?(?P<month>{_MONTH})月"
    rf"(?:(?P<day>{_DAY})(?:(?P<suffix>[日号])(?!线(?![上下索])|楼(?![上下])|院(?![长校士])|店)|(?![{NUMERALS}])))?"
)
_YEAR_ONLY: Final = re.compile(rf"(?P<year>[{DIGITS}]{{4}}|[{DIGITS}]{{2}}|[一两二]千{NUM})年")
# 七八年 is seven or eight years unless somebody was born in it.
_ESTIMATE: Final = re.compile(r"一二|二三|三四|四五|五六|六七|七八|八九|三五|[一二]两")
_OF_A_LIFE: Final = re.compile(
    r".{3}(?:出生|考[上大进]|结婚|退休|下岗|下海|生人|生的|入学|毕业|参军|入党|参加工作|建厂|建成|成立|恢复高考|的时候)"
)
_YEAR_BEFORE: Final = re.compile(rf"[{DIGITS}]{{2}}年[到至和跟]$")
# A day without its 号 needs something that can follow a date; 三月十五个人 has none.
_BARE_DAY_END: Final = re.compile(
    r"$|[，。？、！ 是我他她它你咱去来在到至早晚凌傍上下中前后之以就要才开]"
)
_LAST_DAY: Final = 31
_NUMBERED: Final = re.compile(rf"(?P<number>{NUM})(?P<unit>[日号])")


def date(spot: Spot) -> Found | None:
    """Year, month and day, or month and day, or a month."""
    match = spot.match(_MONTH_DAY)
    if match is None:
        return None
    year = None if match["year"] is None else write_year(match["year"])
    if match["year"] is not None and year is None:
        return None
    day = match["day"]
    if day is not None and match["suffix"] is None and not _stands_alone(spot, match):
        day = None
    if spot.style is Style.ISO and day is not None:
        return _iso(match, year)
    edits = [group(match, "year", year)] if year is not None else []
    edits.append(group(match, "month", _two_digits(match["month"])))
    if day is None:
        return Found(match.end("month") + 1, tuple(edits))
    edits.append(group(match, "day", _two_digits(day)))
    if match["suffix"] == "号":
        edits.append(group(match, "suffix", "日"))
    return Found(match.end(), tuple(edits))


def _stands_alone(spot: Spot, match: re.Match[str]) -> bool:
    day = match["day"]
    return day != "一" and bool(_BARE_DAY_END.match(spot.text, match.end("day"), spot.stop))


def _two_digits(words: str) -> str:
    """A month or a day; a spoken leading zero is dropped."""
    return str(cardinal(words.lstrip("零〇")))


def _iso(match: re.Match[str], year: str | None) -> Found:
    month, day = (_two_digits(match[name]).zfill(2) for name in ("month", "day"))
    edits = []
    if year is not None:
        edits = [group(match, "year", year), Edit(match.end("year"), match.start("month"), "-")]
    edits += [
        group(match, "month", month),
        Edit(match.end("month"), match.start("day"), "-"),
        Edit(match.start("day"), match.end(), day),
    ]
    return Found(match.end(), tuple(edits))


def write_year(words: str) -> str | None:
    """二零二五 -> 2025, 九八 -> 98, 两千零八 -> 2008."""
    if len(words) in {2, 4} and all(char in DIGITS for char in words):
        return digits(words)
    value = cardinal(words)
    return str(value) if value is not None and 1000 <= value < 3000 else None


def year(spot: Spot) -> Found | None:
    """A year alone: 二零二五年, 九八年."""
    match = spot.match(_YEAR_ONLY)
    if match is None:
        return None
    words = match["year"]
    is_year = spot.match(_OF_A_LIFE) or spot.after(_YEAR_BEFORE)
    if len(words) == 2 and spot.match(_ESTIMATE) and not is_year:
        return Found(match.end())
    written = write_year(words)
    return None if written is None else Found(match.end(), (group(match, "year", written),))


def numbered(spot: Spot) -> Found | None:
    """A day of the month or any other N号, whatever its size: 三号, 六号线, 七日."""
    match = spot.match(_NUMBERED)
    value = None if match is None else cardinal(match["number"])
    if match is None or value is None or (match["unit"] == "日" and value > _LAST_DAY):
        return None
    return Found(match.end("number"), (group(match, "number", str(value)),))
