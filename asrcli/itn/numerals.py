"""Reading Chinese numerals: quantities (一千二百), digits read out (幺三八), decimals (三点五)."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from asrcli.itn.edits import Edit

if TYPE_CHECKING:
    import re

DIGITS: Final = "零〇一二三四五六七八九"
READ_OUT: Final = DIGITS + "幺"
NUMERALS: Final = READ_OUT + "两十百千万亿"

_VALUES: Final = {char: value for value, char in enumerate("零一二三四五六七八九")} | {
    "〇": 0,
    "两": 2,
    "幺": 1,
}
_UNITS: Final = {"十": 10, "百": 100, "千": 1000}
_WAN: Final = 10**4
_YI: Final = 10**8
_TO_ARABIC: Final = str.maketrans({char: str(value) for char, value in _VALUES.items()})

# 千克 and 千瓦 are units: 五千克 is 5千克. 三千米 stays 3000 metres, as everybody says it; no
# number holds 十千, so 十千米 is 10千米.
# 两 leads a hundred or stands alone; behind a number it is the weight: 三百两.
NUM: Final = (
    rf"(?:两(?![{NUMERALS}])"
    rf"|(?:[{DIGITS}十百万亿]|两(?=[百千万亿])"
    rf"|千(?![瓦卡帕赫伏]|克(?!拉)|(?<=十千)米|(?<=百千)米|(?<=十[一二三四五六七八九]千)米))++)"
)
RUN: Final = rf"[{READ_OUT}]"
# After 点 digits are read out one by one; a ten there means minutes, another 点 a chain or a list.
DECIMAL: Final = rf"点{RUN}++(?![十点]|几(?![乎何])|[一三]?刻)"
QUANTITY: Final = (
    rf"(?P<whole>{NUM}|{RUN}++)"
    rf"(?:(?P<point>点)(?P<fraction>{RUN}++)(?![十点]|几(?![乎何])|[一三]?刻)(?P<scale>[百千万亿]*))?"
)


def digits(run: str) -> str:
    """Digits read out one by one, 幺 as 1, leading zeros kept: 幺三零 -> 130."""
    return run.translate(_TO_ARABIC)


@lru_cache(maxsize=8192)
def cardinal(words: str) -> int | None:
    """The value of a well-formed quantity, elided tails expanded (三千五 -> 3500).

    Returns:
        None for what is no exact quantity: digits read out (三四五), approximations (三四百,
        十七八), a bare unit (千万).
    """
    if words in {"零", "〇"}:
        return 0
    if not words or words[0] in "零〇百千万亿" or "幺" in words:
        return None
    head, yi, tail = words.rpartition("亿")
    if not yi:
        return _below_yi(tail)
    high = _below_yi(head)
    low = _tail(tail, _YI)
    return None if high is None or low is None else high * _YI + low


def _below_yi(words: str) -> int | None:
    head, wan, tail = words.rpartition("万")
    if not wan:
        return _below_wan(tail)
    high = _below_wan(head)
    low = _tail(tail, _WAN)
    return None if high is None or low is None else high * _WAN + low


def _tail(words: str, unit: int) -> int | None:
    """What follows 万 or 亿: nothing, a lower number, or one digit of the next place."""
    if not words:
        return 0
    if words in _VALUES and words not in "零〇":
        return _VALUES[words] * unit // 10
    lower = words.lstrip("零〇")
    value = _below_yi(lower) if unit == _YI else _below_wan(lower)
    return value if lower and len(words) - len(lower) <= 1 else None


def _below_wan(words: str) -> int | None:
    """A number from 1 to 9999, each place at most once and in order."""
    value, place, zero = 0, _WAN, False
    pending: int | None = None
    for char in words:
        unit = _UNITS.get(char)
        if unit is None:
            if char in "零〇":
                if pending is not None or zero or not value:
                    return None
                zero = True
            elif char not in _VALUES or pending is not None:
                return None
            else:
                pending = _VALUES[char]
            continue
        # 十 may stand alone at the start and, in the south, after 百 (一百十五).
        if pending is None and unit == 10 and ((place == 100 and not zero) or zero or not value):
            pending = 1
        gap = bool(value) and unit * 10 != place
        if pending is None or unit >= place or gap != zero:
            return None
        value, place, zero, pending = value + pending * unit, unit, False, None
    return _with_last(value, place, zero, pending)


def _with_last(value: int, place: int, zero: bool, pending: int | None) -> int | None:
    """The last digit: after 十 or 零 it counts ones, else it stands for the next lower place."""
    if pending is None:
        return value if value and not zero else None
    if not value or place == 10:
        return None if zero else value + pending
    return value + pending * (1 if zero else place // 10)


def write_cardinal(words: str, value: int) -> str:
    """A value as it is written: 350万, 1.35亿, 12万亿, else plain digits."""
    if value >= _YI:
        if words.endswith("万亿"):
            return f"{value // (_YI * _WAN)}万亿"
        hundredths, rest = divmod(value, _YI // 100)
        if rest:
            return str(value)
        return f"{hundredths // 100}.{hundredths % 100:02d}".rstrip("0").rstrip(".") + "亿"
    if value >= _WAN and value % _WAN == 0:
        return f"{value // _WAN}万"
    return str(value)


def write_number(words: str) -> str | None:
    """A quantity or digits read out; None for what is no exact number, such as 三四."""
    value = cardinal(words)
    if value is not None:
        return write_cardinal(words, value)
    if all(char in READ_OUT for char in words) and (len(words) > 2 or set(words) & set("零〇幺")):
        return digits(words)
    return None


def quantity_edits(match: re.Match[str]) -> tuple[Edit, ...] | None:
    """The edits that write a match of `QUANTITY`; a spoken decimal keeps its 万 or 亿."""
    whole = match["whole"]
    written = write_number(whole)
    if written is None:
        return None
    first = Edit(match.start("whole"), match.end("whole"), written)
    if match["point"] is None:
        return (first,)
    plain = cardinal(whole)
    return (
        Edit(first.start, first.end, written if plain is None else str(plain)),
        Edit(match.start("point"), match.end("point"), "."),
        Edit(match.start("fraction"), match.end("fraction"), digits(match["fraction"])),
    )
