"""Clock times (下午3:30) and lengths of time (3个小时20分钟)."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from asrcli.itn.edits import Edit, Found, Spot, Style, group
from asrcli.itn.numerals import DIGITS, NUM, NUMERALS, cardinal, digits

_CLOCK: Final = re.compile(
    rf"(?P<hour>{NUM})(?P<point>[点时])"
    rf"(?:(?P<half>半)(?!导体|岛|径|信半疑|途而废|个?小时|个钟头)|(?P<quarter>[一三])刻(?!钟[^，。？、])|过?(?P<minute>[{DIGITS}十]++)(?!点)"
    rf"(?:(?P<fen>分)(?!钟|之[{NUMERALS}]|钱|贝|米|[{NUMERALS}]+点)(?:(?P<second>{NUM})秒)?)?)?"
)
_PARTS: Final = (
    "早上|上午|中午|下午|晚上|凌晨|傍晚|夜里|半夜|清晨|早晨|清早|午后|深夜|午夜|夜间|晚间|早间"
    "|今早|今晚|明早|明晚|昨晚|当晚|后晚|每晚|午间"
)
_DAYPART: Final = re.compile(rf"(?P<part>{_PARTS})的?$")
# The second time of a range is in the same part of the day: 下午三点到五点.
_DAYPART_BEFORE_RANGE: Final = re.compile(
    rf"(?P<part>{_PARTS})的?[{NUMERALS}]{{1,3}}点(?:半|[一三]刻|[{NUMERALS}]{{1,3}}分?)?[到至]$"
)
_LATE: Final = (
    "下午",
    "午后",
    "傍晚",
    "晚",
    "夜间",
    "今晚",
    "明晚",
    "昨晚",
    "当晚",
    "后晚",
    "每晚",
)
_NIGHT: Final = ("凌晨", "半夜", "深夜", "午夜", "夜", "晚", "今晚", "明晚", "昨晚", "当晚", "每晚")
_DATE_BEFORE: Final = re.compile(
    r"(?:今天|明天|昨天|后天|前天|当天|每天|天天|[日号]|[周期拜][一二三四五六日天末]|[点半][到至]|从)的?$"
)
_A_BIT: Final = re.compile("一点(?:[也都儿不没点])")
_UNTIL: Final = re.compile(rf"一点开?[到至][{NUMERALS}]{{1,3}}点")
# "八点五分" is a mark out of ten behind these.
_SCORE: Final = re.compile(
    r"(?:评分|得分|均分|平均分?|打了?|(?<![记觉晓显懂])得了?|考了?|扣了?|豆瓣|分数|涨了?|评为)$"
)
_MARK: Final = re.compile(rf".{{1,3}}点[{DIGITS}]分的?(?:[差好]评|评[价分]|绩点|成绩)")
# "三点" followed by these, or led in by those, means three items.
_ITEMS_AFTER: Final = re.compile(
    r".{1,3}点(?:建议|要求|意见|内容|要(?:说|讲|补充|强调|提醒)|原因|问题|想法|看法|体会|说明|理由|好处|不足|希望|感受|启示|措施"
    r"|区别|优势|优点|缺点|特点|经验|教训|结论|共识|思考|疑问|需要|值得|心得|收获|变化|水|作用|好(?![吧吗不了])|坏"
    r"|注意|补充|不同|相同|东西|小|钱|事)"
)
_ITEMS_BEFORE: Final = re.compile(
    r"(?:(?<![还具拥所])有|这|那|以下|如下|下面|提|提出|讲|谈|强调|补充|总结|注意|做到|做好|头|(?<![之以目面])前|后面|列|占|归纳|概括"
    rf"|介绍|分享|(?<![{NUMERALS}零半0-9部充划成评积])分|明确)了?$"
)
_TIME_AFTER: Final = re.compile(
    r".{1,3}点(?:钟|整|多|左右|前|以前|之前|后|以后|之后|开|到|集合|见|出发|的|起床|[上下][班课]|睡|吃饭|回[来家])"
)
# 八点零五开会 is a time, 增长到八点零五 a decimal.
_APPOINTED: Final = re.compile(
    rf"准时|开[始会盘播门车课]|出发|集合|见|到(?![零百{NUMERALS}])|起[飞床]|[上下]班|[上下]课|发车|结束|之?前|以前"
    r"|的(?:会|车|飞机|航班|高铁|动车|火车|班车|课|票|闹钟)"
)
# What nobody counts in tenths: behind 点 and a digit these begin a new phrase, 三点三个人开会.
_WHOLE_THINGS: Final = re.compile(
    r"(?:个(?!半|多|小时|钟头|月|星期|礼拜|百分点|亿|点|工作日|[G百千万])|[位名张条辆场只遍起]|次(?!方))"
    r"(?!$|[，。？、！]|左右|以[上下]|[吧呢]|的$)"
)
_MEAN: Final = re.compile(r"(?:平均|人均|均)[^，。]{0,4}$")
_FEW_MINUTES: Final = re.compile(rf"(?P<minute>{NUM})分(?!钟|之|钱)")
_TO_THE_HOUR: Final = re.compile(r"(?:点差|差)$")
_PAST_THE_HOUR: Final = re.compile(rf"[{NUMERALS}]点差$")
_BEFORE_HOUR: Final = re.compile(
    rf".{{1,3}}分(?:钟)?(?:到|就)?[{NUMERALS}]{{1,3}}点|.{{1,3}}分(?:钟)?(?=$|[，。？、])"
)


class _Part(NamedTuple):
    """The part of the day that an hour is in; `start`: where it stands, or the hour itself."""

    name: str
    start: int


def clock(spot: Spot) -> Found | None:
    """An hour, with what of minutes and seconds is spoken."""
    match = spot.match(_CLOCK)
    hour = None if match is None else cardinal(match["hour"].lstrip("零〇") or "零")
    if match is None or hour is None or hour > 24:
        return None
    part = _part_of_day(spot)
    if _is_no_clock(spot, match, part):
        return None
    minute = _minute(match)
    if match["minute"] and (minute is None or not (match["fen"] or _is_time(spot, match, part))):
        return _hour_or_decimal(spot, match, hour, part)
    if minute is None:
        return _full_hour(spot, match, hour, part)
    return _with_minutes(spot, match, (hour, minute), part)


def _is_no_clock(spot: Spot, match: re.Match[str], part: _Part | None) -> bool:
    """一时半刻 and 四时八节 tell no time, 评分八点五分 is a mark."""
    if match["fen"] is None:
        return match["point"] == "时" and part is None and not spot.match(_HOUR)
    if spot.match(_MARK):
        return True
    digit_only = not set(match["minute"]) & set("零〇十")
    return digit_only and (match["hour"] in "零〇" or spot.after(_SCORE) is not None)


# Without a part of the day 时 is an hour only behind what no other word counts: 零时, 十四时.
_HOUR: Final = re.compile(rf"(?:零|[二]?十[{DIGITS}]?)时(?![候常段间光节辰差期代髦尚刻装])")


def _part_of_day(spot: Spot) -> _Part | None:
    match = spot.after(_DAYPART)
    if match is not None:
        return _Part(match["part"], max(match.start(), spot.floor))
    match = spot.after(_DAYPART_BEFORE_RANGE)
    return None if match is None else _Part(match["part"], spot.start)


def _minute(match: re.Match[str]) -> int | None:
    """The minutes that are spoken, None without any or where they are none."""
    if match["half"]:
        return 30
    if match["quarter"]:
        return 15 if match["quarter"] == "一" else 45
    words = match["minute"]
    if words is None:
        return None
    value = cardinal(words.lstrip("零〇") or "零")
    if value is None and len(words) == 2 and all(char in DIGITS for char in words):
        value = int(digits(words))
    return value if value is not None and value < 60 else None


def _is_time(spot: Spot, match: re.Match[str], part: _Part | None) -> bool:
    """Without 分 a ten says minutes; two digits do behind a part of the day or before a meeting."""
    words = match["minute"]
    if "十" in words or match["point"] == "时" or (part is not None and len(words) == 2):
        return True
    return (
        words[0] in "零〇"
        and len(words) == 2
        and _APPOINTED.match(spot.text, match.end()) is not None
    )


def _hour_or_decimal(
    spot: Spot, match: re.Match[str], hour: int, part: _Part | None
) -> Found | None:
    """Behind 点 stands a number that is no minute: a decimal, or the next phrase."""
    words, end = match["minute"], match.end("minute")
    if "十" in words or match["point"] == "时":
        return _full_hour(spot, match, hour, part)
    next_phrase = _WHOLE_THINGS.match(spot.text, end, spot.stop)
    if cardinal(words) is None or not next_phrase or spot.after(_MEAN):
        return None
    # Nobody says 二点 for two o'clock.
    spoken_hour = hour > 1 and match["hour"] != "二"
    if len(words) == 1 and (spoken_hour or part is not None):
        return _full_hour(spot, match, hour, part)
    return None


def _full_hour(spot: Spot, match: re.Match[str], hour: int, part: _Part | None) -> Found | None:
    end = match.end("point")
    if hour < 10 and not _means_hour(spot, match, part):
        return Found(end)
    if spot.style is Style.ISO and not _ABOUT.match(spot.text, end, spot.stop):
        end += spot.text.startswith(("钟", "整"), end, spot.stop)
        hours = group(match, "hour", f"{hour:02d}")
        if part is not None:
            hours = _iso_hour(part, hour, match.start("point"))
        return Found(end, (hours, Edit(match.start("point"), end, ":00")))
    return Found(end, (group(match, "hour", str(hour)),))


# 三点多 is no 03:00.
_ABOUT: Final = re.compile("钟?[多来]")


def _means_hour(spot: Spot, match: re.Match[str], part: _Part | None) -> bool:
    """Whether a single digit and 点 is an hour and no count of items, no 一点."""
    if part is not None:
        return True
    if spot.text.startswith(("钟", "整"), match.end("point"), spot.stop):
        return True
    if match["hour"] == "一":
        is_hour = spot.after(_DATE_BEFORE) or spot.match(_UNTIL)
        return is_hour is not None and not (spot.match(_ITEMS_AFTER) or spot.match(_A_BIT))
    if spot.match(_ITEMS_AFTER):
        return False
    return not spot.after(_ITEMS_BEFORE) or bool(spot.match(_TIME_AFTER))


def _with_minutes(
    spot: Spot, match: re.Match[str], time: tuple[int, int], part: _Part | None
) -> Found:
    hour, minute = time
    end = match.end()
    if match["half"] or match["quarter"]:
        if spot.text.startswith("钟", end, spot.stop):
            end += 1
        tail = [Edit(match.start("point"), end, f":{minute:02d}")]
    else:
        minute_end = match.end("fen") if match["fen"] else match.end("minute")
        tail = [
            Edit(match.start("point"), match.start("minute"), ":"),
            Edit(match.start("minute"), minute_end, f"{minute:02d}"),
        ]
        second = cardinal(match["second"].lstrip("零〇") or "零") if match["second"] else None
        end = minute_end
        if second is not None and second < 60:
            end = match.end()
            tail.append(Edit(match.start("second"), end, f":{second:02d}"))
    if spot.style is Style.ISO and part is not None:
        return Found(end, (_iso_hour(part, hour, match.start("point")), *tail))
    width = 2 if spot.style is Style.ISO else 1
    return Found(end, (group(match, "hour", f"{hour:0{width}d}"), *tail))


def _iso_hour(part: _Part, hour: int, end: int) -> Edit:
    """The part of the day and the hour as one hour of 24."""
    if hour == 12:
        hour = 0 if part.name.startswith(_NIGHT) else 12
    elif part.name.startswith(_LATE) or (part.name in {"中午", "午间"} and hour < 6):
        hour = hour + 12 if hour < 12 else hour
    return Edit(part.start, end, f"{hour:02d}")


def minutes_around(spot: Spot) -> Found | None:
    """差五分三点, 三点差五分: minutes to the hour, and 两小时五分."""
    match = spot.match(_FEW_MINUTES)
    value = None if match is None else cardinal(match["minute"])
    if match is None or value is None:
        return None
    if (
        spot.after(_PAST_THE_HOUR)
        or (spot.after(_TO_THE_HOUR) and spot.match(_BEFORE_HOUR))
        or spot.after(_HOURS_BEFORE)
        or spot.match(_SECONDS_AFTER)
    ):
        return Found(match.end(), (group(match, "minute", str(value)),))
    return None


_HOURS_BEFORE: Final = re.compile(r"(?:小时|钟头)零?$")
_SECONDS_AFTER: Final = re.compile(rf"{NUM}分零?[{NUMERALS}]+秒")
