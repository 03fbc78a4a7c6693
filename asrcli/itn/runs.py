"""Digits read out one by one: telephone, order and plate numbers, versions."""

from __future__ import annotations

import re
from typing import Final

from asrcli.itn.edits import Edit, Found, Spot
from asrcli.itn.numerals import DIGITS, NUM, NUMERALS, READ_OUT, RUN, cardinal, digits

_PART: Final = rf"(?:{RUN}++|{NUM})"
# 192.168.1.1 and 3.2.1; a chain that ends in 点 is a list of hours: 八点九点十点.
_CHAIN: Final = re.compile(rf"{_PART}(?:点{_PART}){{2,}}+(?![点分半刻{NUMERALS}])")
# One 点 makes a version only behind what has versions: Python 三点十二, 版本号是二点零.
_VERSION: Final = re.compile(rf"{_PART}(?:点{_PART})+(?![分刻点半{NUMERALS}])")
_VERSIONED: Final = re.compile(
    r"(?:(?<![A-Za-z])(?:python|java|ios|android|ubuntu|version|v)|版本号?[是为]?) ?$", re.I
)
_CHAIN_PART: Final = re.compile(rf"点?({_PART})")

_RUN: Final = re.compile(rf"{RUN}{{2,}}+(?![{NUMERALS}])")
# Two digits read out could be an approximation (三四); these words in front say that they are not.
_FIELD: Final = re.compile(
    r"(?:[编尾工单学账帐卡房证票门批货型户座文]号|号码|密码|代码|区号|车牌|验证码|提取码|邮编|分机|热线"
    r"|股票|航班|车次|版本|代号|微信|[零点杠A-Za-z]|后[两三四]位)(?:号码?|是|为|就是)?$"
)
# What makes two digits exact from behind: 八零后, 九零年代, 八五折.
_CENTURY_TAIL: Final = re.compile(
    r"[五六七八九零幺][零五]后|[二三四五六七八九]零年代|[五六七八九][五八]折"
)
# 三四五楼 lists floors, it is no number 345.
_LISTED: Final = re.compile(rf"{RUN}{{3}}(?=[楼月线级季年个天次层号])")
_IN_A_ROW: Final = "零一二三四五六七八九十"
# The run ends before a word that begins with 一: 尾号三二五六一共三百块, 编号零零七一个.
_ONE_WORD: Final = re.compile(r"一(?=[个位次起样遍些下条])")

_LETTER_BEFORE: Final = re.compile(r"[A-Za-z] ?$")
_JOINED_LETTER: Final = re.compile(rf"(?<![A-Za-z])[A-Za-z]$|[0-9{NUMERALS}][A-Za-z]+$")
# After a letter a single 一 is a number only where no word can begin with it: A一座, B一层.
_ONE_AFTER_LETTER: Final = re.compile(
    r"一(?=[层区座栋号楼栏线级口出馆厅组班赛芯型卡驾](?!起)|[A-Za-z]|$|[，。？、的和到在])"
)
_SINGLE: Final = re.compile(rf"[{READ_OUT}](?![{NUMERALS}]|点[{DIGITS}])")
_LETTER_AFTER: Final = re.compile(rf"[{READ_OUT}两](?=[A-Za-z])")
_COUNTED: Final = re.compile(r".[个位次张件种份条场辆台只]")
_METRIC: Final = re.compile(
    rf"[{DIGITS}两](?= (?:kg|km|cm|mm|nm|g|mg|ml|[mgtk]b|[mgtk]bps|gb|hz|[kmg]hz|kw|w|v|inch)\b)",
    re.I,
)


def chain(spot: Spot) -> Found | None:
    """Two or more 点 between numbers, or one behind a name that has versions."""
    match = spot.match(_CHAIN) or (spot.match(_VERSION) if spot.after(_VERSIONED) else None)
    if match is None:
        return None
    edits: list[Edit] = []
    position = spot.start
    for part in _CHAIN_PART.finditer(spot.text, spot.start, match.end()):
        value = cardinal(part[1])
        written = str(value) if value is not None else digits(part[1])
        if not written.isdecimal():
            return None
        if part.start(1) > position:
            edits.append(Edit(position, part.start(1), "."))
        edits.append(Edit(part.start(1), part.end(1), written))
        position = part.end()
    return Found(match.end(), tuple(edits))


def listed(spot: Spot) -> Found | None:
    """Three neighbours before something that is counted stay words."""
    match = spot.match(_LISTED)
    return Found(match.end()) if match is not None and match[0] in _IN_A_ROW else None


def run(spot: Spot) -> Found | None:
    """Two or more digits read out; two alone need a context that says that they are exact."""
    match = spot.match(_RUN)
    if match is None:
        return None
    words, end = match[0], match.end()
    if len(words) > 3 and _ONE_WORD.match(spot.text, end - 1, spot.stop):
        words, end = words[:-1], end - 1
    if len(words) == 2 and not _exact_pair(spot, words):
        return Found(end)
    return Found(end, (Edit(spot.start, end, digits(words)),))


def _exact_pair(spot: Spot, words: str) -> bool:
    if words != "零零" and any(char in "零〇幺" for char in words):
        return True
    letter_after = spot.text[spot.start + 2 : spot.start + 3]
    return (
        bool(spot.after(_FIELD))
        or bool(spot.match(_CENTURY_TAIL))
        or (letter_after.isascii() and letter_after.isalpha())
    )


def beside_letter(spot: Spot) -> Found | None:
    """One digit joined to Latin letters: 京A八B二, 五G, A四纸, iPhone 八."""
    after = spot.match(_LETTER_AFTER) or spot.match(_METRIC)
    if after is not None:
        return Found(after.end(), (Edit(spot.start, after.end(), digits(after[0])),))
    match = spot.match(_SINGLE)
    if match is None or not spot.after(_LETTER_BEFORE):
        return None
    joined = spot.after(_JOINED_LETTER)
    if match[0] == "一" and not (joined and spot.match(_ONE_AFTER_LETTER)):
        return None
    if not joined and spot.match(_COUNTED):
        return None
    return Found(match.end(), (Edit(spot.start, match.end(), digits(match[0])),))
