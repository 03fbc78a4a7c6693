"""Amounts: money, measures, ages, addresses, ordinals, and what is only counted."""

from __future__ import annotations

import re
from typing import Final

from asrcli.itn.edits import Edit, Found, Spot, Style, group
from asrcli.itn.numerals import (
    DIGITS,
    NUM,
    NUMERALS,
    QUANTITY,
    cardinal,
    digits,
    quantity_edits,
    write_cardinal,
)
from asrcli.itn.units import (
    CLASSIFIERS,
    COUNTED,
    CURRENCIES,
    DURATIONS,
    MEASURES,
    PER_UNIT,
    PLACES,
    SHARES,
)

_END: Final = r"(?=$|[，。？、！ ])"
_ONE_TO_NINE: Final = "[一二三四五六七八九]"

# 块 counts cakes as well as money, 毛 and 角 have other meanings: they need more than themselves.
_COINS: Final = (
    rf"(?:块(?:多钱?|来钱|半)?{_END}|块(?=[两一二三四五六七八九]|零|半|[了的吧呢啊吗左右上下一涨降跌]|包邮|起[步送]|封顶|以[上下内]|出头)"
    rf"|毛(?={_ONE_TO_NINE}|$|[，。？、！的])|角(?=[{DIGITS}]+分))"
)
# 三十块一斤: the 一 is no 1毛.
_FOR_ONE: Final = rf"(?!一[毛角]){PER_UNIT}"
_COIN_TAIL: Final = re.compile(
    rf"(?:[块元]零?(?!{_FOR_ONE})(?P<jiao>[两一二三四五六七八九])(?P<unit>[毛角])?"
    rf"|(?P<mao>[毛角])(?!{_FOR_ONE})(?P<fen>{_ONE_TO_NINE})(?:分(?![钟之]))?)"
    rf"(?:(?={PER_UNIT})|(?!{COUNTED}|[毛角]|(?!两{COUNTED})[{NUMERALS}]))"
)

_ALWAYS: Final = "|".join((*DURATIONS, *CURRENCIES, *SHARES, *MEASURES, *PLACES))
_UNIT: Final = re.compile(rf"{QUANTITY}(?P<unit>{_ALWAYS}|{_COINS})")
# Behind these even a lone 块 is money: 花了三块, 便宜五毛.
_PRICED: Final = re.compile(
    r"(?:花|便宜|贵|省|涨|降|付|罚|赔|赚|欠|优惠|(?<!免)费|[单售]价|价格)[了是]?$"
)
_COIN: Final = re.compile(rf"{QUANTITY}(?P<unit>[块毛])")
# 一米七八, 十一秒八 and 三十七度五: the tail is read out and has no unit of its own.
_TAIL: Final = re.compile(
    rf"(?:[米秒尺](?!{PER_UNIT})(?P<tenths>{_ONE_TO_NINE}{{1,2}})|度(?P<degree>{_ONE_TO_NINE}))"
    rf"(?![{NUMERALS}]|几(?![乎何])|{COUNTED})"
)
_ANY_QUANTITY: Final = re.compile(QUANTITY)

# 度 is a temperature or an angle; 一度 and 两度 are guarded as adverbs.
_DEGREE: Final = re.compile(rf"(?P<whole>{NUM})度(?!过|假|日|量|数|角|空间)")
# 层 is a floor beside a building, else a layer of meaning; 排 and 座 are a seat only together.
_FLOOR: Final = re.compile(rf"(?P<whole>{NUM})层(?:[小高]?楼|别墅|洋房|[{NUMERALS}]+[室号房])")
_BUILDING: Final = re.compile(
    r"(?:[楼栋幢座元号厦]|地下|地上|大厦|商场|[在到去住]|[楼厦](?:一共|总共|共|有|高|只有))的?$"
)
_FLAT: Final = re.compile(
    rf"(?P<rooms>{NUM})[室房](?P<halls>{NUM})厅(?:(?P<baths>{NUM})卫)?(?:(?P<kitchens>{NUM})厨)?"
)
_SEAT: Final = re.compile(rf"(?P<row>{NUM})排(?P<seat>{NUM})(?=[座号])")
_JIN_LIANG: Final = re.compile(r"(?:斤|公斤)零?$")
_LIANG: Final = re.compile(rf"(?P<whole>{_ONE_TO_NINE})两(?![{NUMERALS}])")
_NIGHTS: Final = re.compile(rf"(?P<whole>{NUM})[晚夜](?!上|里|间|班)")
_DAYS_BEFORE: Final = re.compile(r"天$")

# 一 behind a price means "each": 三十块一斤.
_PRICE_BEFORE: Final = re.compile(rf"(?:[块元毛角钱][{NUMERALS}]?|美元|美金|[{NUMERALS}0-9])$")
_ORDINAL: Final = re.compile(r"第$")
_FEW: Final = re.compile(
    rf"好?几(?![乎何])|把[{CLASSIFIERS}]|来(?!回)[{CLASSIFIERS}]|来(?:岁|公里|平|分钟|小时|万|亿)"
)
# 几十, 数百, but 人数十人 counts.
_SEVERAL: Final = re.compile(r"(?:几|(?<![人次总个分参指倍函页字件天岁少多口])数)$")
_MANY: Final = re.compile(r"[多余]([万亿]+)")
# 十 alone is a number only where something is counted by it.
_COUNTS: Final = re.compile(
    rf"[{CLASSIFIERS}多余]|[A-Za-z0-9，。？、！ ]|$|来|[强人送减环楼栋幢室路线班万亿加减乘除到至比]"
    r"|[兆瓦伏集句圈步公平厘毫英海吨]|世纪|立方|摄|小时|分钟|秒钟|工作日|港[元币]|欧元|日元|美[元金]|单元|等于|周年|几"
)
_LATIN: Final = re.compile("[A-Za-z] ?$")
_NUMBER: Final = re.compile(rf"{NUM}")


def money(spot: Spot) -> Found | None:
    """三百二十七块五 -> 327块5, 五块六毛 -> 5块6毛, 八毛八 -> 8毛8."""
    if spot.style is Style.ISO and (match := spot.match(_ISO_SUM)) is not None:
        return _iso_sum(match)
    match = spot.match(_ANY_QUANTITY)
    if match is None:
        return None
    tail = _COIN_TAIL.match(spot.text, match.end(), spot.stop)
    edits = quantity_edits(match)
    if tail is None or edits is None:
        return None
    name = "jiao" if tail["jiao"] else "fen"
    cent = group(tail, name, digits(tail[name]))
    return Found(tail.end(), (*edits, cent))


_ISO_SUM: Final = re.compile(
    rf"(?P<whole>{NUM})[块元]零?(?!{_FOR_ONE})(?P<jiao>[两一二三四五六七八九])"
    rf"(?:[毛角](?:(?!{_FOR_ONE})(?P<fen>{_ONE_TO_NINE})分?(?![钟之]))?)?"
    rf"(?:(?={PER_UNIT})|(?![毛角{NUMERALS}]|{COUNTED}))钱?"
)


def _iso_sum(match: re.Match[str]) -> Found | None:
    """三块五毛二 -> ¥3.52."""
    whole = cardinal(match["whole"])
    if whole is None:
        return None
    text = f"¥{whole}.{digits(match['jiao'] + (match['fen'] or ''))}"
    return Found(match.end(), (Edit(match.start(), match.end(), text),))


def measure(spot: Spot) -> Found | None:
    """A number before a unit that asks for digits whatever the number's size."""
    match = spot.match(_UNIT) or (spot.match(_COIN) if spot.after(_PRICED) else None)
    if match is None:
        return None
    if match[0].startswith("一") and match["whole"] == "一" and spot.after(_PRICE_BEFORE):
        return Found(match.end())
    edits = None if _is_each(match, spot) else quantity_edits(match)
    if edits is None:
        return None
    if spot.style is Style.ISO and _YUAN.fullmatch(match["unit"]):
        text = "".join(edit.text for edit in edits) + (match["scale"] or "")
        return Found(match.end(), (Edit(spot.start, match.end(), f"¥{text}"),))
    tail = _TAIL.match(spot.text, match.start("unit"), spot.stop)
    if tail is not None and tail["tenths"]:
        return Found(tail.end(), (*edits, group(tail, "tenths", digits(tail["tenths"]))))
    return Found(match.end("unit"), edits)


_YUAN: Final = re.compile(r"元|块钱|块|人民币")


def degrees(spot: Spot) -> Found | None:
    """三十七度五 -> 37度5."""
    match = spot.match(_DEGREE)
    value = None if match is None else cardinal(match["whole"])
    if match is None or value is None:
        return None
    edits = (group(match, "whole", write_cardinal(match["whole"], value)),)
    tail = _TAIL.match(spot.text, match.end("whole"), spot.stop)
    if tail is not None and tail["degree"]:
        return Found(tail.end(), (*edits, group(tail, "degree", digits(tail["degree"]))))
    return Found(match.end("whole"), edits)


def rooms(spot: Spot) -> Found | None:
    """Flats (三室两厅), seats (五排八座), floors of a building."""
    match = spot.match(_FLAT) or spot.match(_SEAT)
    if match is None:
        match = spot.match(_FLOOR)
        if match is None and spot.after(_BUILDING):
            match = spot.match(_ANY_FLOOR)
    if match is None:
        return None
    edits = []
    for name, words in match.groupdict().items():
        value = cardinal(words) if words else None
        if value is not None:
            edits.append(group(match, name, str(value)))
    return Found(edits[-1].end, tuple(edits)) if edits else None


_ANY_FLOOR: Final = re.compile(rf"(?P<whole>{NUM})层")


def small_parts(spot: Spot) -> Found | None:
    """The lesser unit behind a greater one: 三斤二两, 三天两夜."""
    match = spot.match(_LIANG) if spot.after(_JIN_LIANG) else None
    if match is None and spot.after(_DAYS_BEFORE):
        match = spot.match(_NIGHTS)
    value = cardinal(match["whole"]) if match else None
    if match is None or value is None:
        return None
    return Found(match.end("whole"), (group(match, "whole", str(value)),))


def ordinal(spot: Spot) -> Found | None:
    """Behind 第 a single digit stays a word, whatever follows it."""
    match = spot.match(_NUMBER)
    if match is None or not spot.after(_ORDINAL):
        return None
    value = cardinal(match[0])
    if value is None:
        return None
    if value < 10:
        return Found(match.end())
    return Found(match.end(), (Edit(spot.start, match.end(), write_cardinal(match[0], value)),))


def approximate(spot: Spot) -> Found | None:
    """十几, 二十来个, 百把块: an estimate stays words."""
    match = spot.match(_NUMBER)
    if match is None:
        return None
    if _FEW.match(spot.text, match.end(), spot.stop):
        return Found(match.end() + 1)
    return Found(match.end()) if match[0][0] in "十百千万亿" and spot.after(_SEVERAL) else None


def count(spot: Spot) -> Found | None:
    """Everything else: words below ten, digits from ten."""
    match = spot.match(_ANY_QUANTITY)
    if match is None:
        return None
    if _is_each(match, spot):
        words = match["whole"][:-1]
        shorter = _ANY_QUANTITY.match(spot.text, spot.start, match.end("whole") - 1)
        edits = quantity_edits(shorter) if shorter and cardinal(words) is not None else None
        return Found(match.end("whole"), edits) if edits else None
    value = cardinal(match["whole"])
    if value is None and match["point"] is None:
        return None
    if match["point"] is None and value is not None and not _worth_digits(spot, match, value):
        return None
    edits = quantity_edits(match)
    return None if edits is None else Found(match.end(), edits)


def _is_each(match: re.Match[str], spot: Spot) -> bool:
    """三百一斤 is 300 for each jin, no 310."""
    words = match["whole"]
    if match["point"] is not None or words[-1] != "一" or cardinal(words[:-1]) is None:
        return False
    # 四百八十一斤 may weigh 481, but nobody stays 481 nights.
    pattern = _A_NIGHT if words[-2] in "十零〇" else _EACH
    return bool(pattern.match(spot.text, match.end("whole") - 1, spot.stop))


_EACH: Final = re.compile(PER_UNIT)
_A_NIGHT: Final = re.compile("一(?:晚|夜|间夜)(?![上里间])")


def _worth_digits(spot: Spot, match: re.Match[str], value: int) -> bool:
    if value < 10:
        return bool(_MANY.match(spot.text, match.end(), spot.stop))
    if match["whole"] != "十" or spot.after(_LATIN):
        return True
    return bool(_COUNTS.match(spot.text, match.end(), spot.stop))
