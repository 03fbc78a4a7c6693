"""Numbers that relate to another: percent, fractions, signs, ranges, sums and scores."""

from __future__ import annotations

import re
from typing import Final

from asrcli.itn.edits import Edit, Found, Spot, group
from asrcli.itn.numerals import (
    DECIMAL,
    NUM,
    NUMERALS,
    QUANTITY,
    RUN,
    cardinal,
    quantity_edits,
)
from asrcli.itn.units import CLASSIFIERS

# Atomic: 九十 is never read as 九, whatever follows it.
_VALUE: Final = rf"(?>{NUM}|{RUN}++)(?:{DECIMAL})?+"
_FOLLOWS: Final = re.compile(r"几(?![乎何])|来[个岁]")

_PERCENT: Final = re.compile(
    rf"(?P<sign>负)?(?P<base>百|千)分之(?P<minus>负)?(?P<value>{_VALUE})"
    rf"(?:(?P<to>[到至])(?P<upper>{_VALUE})(?!分之|[点个年月日号块元]))?"
)
_FRACTION: Final = re.compile(
    rf"(?P<minus>负)?(?:(?P<wholes>{NUM})又)?(?P<base>{NUM})分之(?P<value>{NUM}(?:{DECIMAL})?)"
)
_ONE_OF: Final = {"万": 10**4, "百万": 10**6, "千万": 10**7, "亿": 10**8}
_FRACTION_SIGN: Final = {"百": "%", "千": "‰"}

_SIGN: Final = re.compile(rf"(?P<sign>零下|负){QUANTITY}")
# 胜负三比二 and 正负五度 hold no negative number.
_NO_SIGN: Final = re.compile(r"[胜正抱肩辜自担背欺孤]$")

# 三个到五个; hours, dates and years have rules of their own.
_RANGED: Final = "".join(char for char in CLASSIFIERS if char not in "点时年月日号")
_RANGE: Final = re.compile(
    rf"(?P<low>{_VALUE})(?P<class>[{_RANGED}]?)(?P<to>[到至])(?P<high>{_VALUE})(?P<end>(?P=class))"
)
# The other side of a range is left to these rules; they write digits whatever its size.
_OWN_RULE: Final = re.compile(r"[点月]|年(?!级)")
_SYMBOL: Final = "(?:乘以|除以|等于|[加减乘比])"
_FIRST_OPERAND: Final = re.compile(rf"(?P<low>{_VALUE})(?={_SYMBOL})")
_NEXT_OPERAND: Final = re.compile(rf"{_SYMBOL}(?P<minus>负)?(?P<high>{_VALUE})(?!分之|[点年月])")
_EQUALS: Final = re.compile(rf"(?P<low>{_VALUE})(?=等于)")
_EQUALS_BEFORE: Final = re.compile(r"(?<!不)等于$")
_ORDINAL_BEFORE: Final = re.compile(r"第$")


def write_value(words: str) -> str | None:
    """A quantity or decimal as text; None for what is no exact number."""
    match = _WHOLE_VALUE.fullmatch(words)
    edits = quantity_edits(match) if match else None
    return None if edits is None else "".join(edit.text for edit in edits)


_WHOLE_VALUE: Final = re.compile(QUANTITY)


def percent(spot: Spot) -> Found | None:
    """百分之九十五点五 -> 95.5%; both sides of a range carry the sign."""
    match = spot.match(_PERCENT)
    if match is None:
        return None
    sign = _FRACTION_SIGN[match["base"]]
    value = "100" if match["value"] == "百" else write_value(match["value"])
    if value is None or _FOLLOWS.match(spot.text, match.end("value"), spot.stop):
        return Found(match.end())
    # 正负百分之五 is no -5%.
    plain = match["sign"] is not None and spot.after(_NO_SIGN) is not None
    minus = "-" if match["minus"] or (match["sign"] and not plain) else ""
    start = match.start("base") if plain else match.start()
    first = Edit(start, match.end("value"), f"{minus}{value}{sign}")
    upper = write_value(match["upper"]) if match["upper"] else None
    if upper is None:
        return Found(first.end, (first,))
    return Found(match.end(), (first, group(match, "upper", f"{upper}{sign}")))


def fraction(spot: Spot) -> Found | None:
    """三分之二 -> 2/3, 一又二分之一 -> 1又1/2, 万分之一 -> 1/10000."""
    match = spot.match(_FRACTION)
    if match is None:
        return None
    base = _ONE_OF.get(match["base"]) or cardinal(match["base"])
    value = write_value(match["value"])
    if not base or value is None:
        return Found(match.end())
    edits = [Edit(match.start("base"), match.end(), f"{value}/{base}")]
    if match["wholes"]:
        wholes = cardinal(match["wholes"])
        if wholes is None:
            return Found(match.end())
        edits.insert(0, group(match, "wholes", str(wholes)))
    if match["minus"] and not spot.after(_NO_SIGN):
        edits[0] = _minus(match.start("minus"), edits[0])
    return Found(match.end(), tuple(edits))


def signed(spot: Spot) -> Found | None:
    """零下五度 -> -5度, 负三点五 -> -3.5."""
    match = spot.match(_SIGN)
    if match is None or (match["sign"] == "负" and spot.after(_NO_SIGN)):
        return None
    edits = quantity_edits(match)
    if edits is None:
        return None
    if _FOLLOWS.match(spot.text, match.end(), spot.stop):
        return Found(match.end())
    end, others = _operands(spot, match.end())
    return Found(end, (_minus(match.start("sign"), edits[0]), *edits[1:], *others))


def both_sides(spot: Spot) -> Found | None:
    """Ranges (三到五天): digits on both sides."""
    match = spot.match(_RANGE)
    if match is None:
        return None
    low, high = write_value(match["low"]), write_value(match["high"])
    if low is None or high is None or _FOLLOWS.match(spot.text, match.end("high"), spot.stop):
        return None
    if spot.after(_ORDINAL_BEFORE) and len(match["low"]) == 1:
        return Found(match.end())
    if _shares_unit(match["low"], match["high"]):
        return Found(match.end())
    first = _edits(match, "low")
    if _OWN_RULE.match(spot.text, match.end("high"), spot.stop):
        return Found(match.end("to"), first)
    return Found(match.end(), (*first, *_edits(match, "high")))


def arithmetic(spot: Spot) -> Found | None:
    """Sums (三加二), scores (三比二): digits for every number."""
    match = spot.match(_FIRST_OPERAND)
    if match is None or write_value(match["low"]) is None:
        return None
    end, others = _operands(spot, match.end())
    if not others:
        return None
    if spot.after(_ORDINAL_BEFORE) and len(match["low"]) == 1:
        return Found(end)
    return Found(end, (*_edits(match, "low"), *others))


def _operands(spot: Spot, end: int) -> tuple[int, tuple[Edit, ...]]:
    """Where the signs and numbers that follow each other from `end` on stop, and their edits."""
    edits: tuple[Edit, ...] = ()
    while (match := _NEXT_OPERAND.match(spot.text, end, spot.stop)) is not None:
        found = _edits(match, "high")
        if not found or _FOLLOWS.match(spot.text, match.end(), spot.stop):
            break
        if match["minus"]:
            found = (_minus(match.start("minus"), found[0]), *found[1:])
        edits, end = (*edits, *found), match.end()
    return end, edits


def _minus(start: int, edit: Edit) -> Edit:
    """The edit of a number with its sign, which is spoken from `start` on."""
    return Edit(start, edit.end, f"-{edit.text}")


def _edits(match: re.Match[str], name: str) -> tuple[Edit, ...]:
    """The value in a group as fine-grained edits at its place in the text."""
    value = _WHOLE_VALUE.match(match.string, match.start(name), match.end(name))
    return (quantity_edits(value) or ()) if value else ()


def _shares_unit(low: str, high: str) -> bool:
    """三到五百 means 300 to 500: the first number is no 3."""
    return len(low) == 1 and len(high) > 1 and high[-1] in "百千" and high[0] not in "百千"


def result(spot: Spot) -> Found | None:
    """What stands on either side of 等于 is a number whatever its size."""
    match = spot.match(_EQUALS)
    if match is None:
        match = spot.match(_VALUE_HERE) if spot.after(_EQUALS_BEFORE) else None
    if match is None or write_value(match["low"]) is None:
        return None
    return Found(match.end("low"), _edits(match, "low"))


_VALUE_HERE: Final = re.compile(rf"(?P<low>{_VALUE})(?![{NUMERALS}])")
