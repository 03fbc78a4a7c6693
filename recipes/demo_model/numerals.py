"""Numbers as Mandarin speakers say them: counts, amounts, dates, times, telephone numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

DIGITS = "零一二三四五六七八九"
UNITS = ((1000, "千"), (100, "百"), (10, "十"), (1, ""))
WEEKDAYS = "一二三四五六日"
DAY_PARTS = ("上午", "下午", "晚上", "中午", "早上", "凌晨", "")
DAYS = (
    "今天",
    "明天",
    "昨天",
    "后天",
    "前天",
    "这个月",
    "上个月",
    "下个月",
    "年底",
    "周末",
    "月底",
    "去年",
)


def count(number: int) -> str:
    """A whole number from 0 below 10**12."""
    if number == 0:
        return DIGITS[0]
    groups = ((10**8, "亿"), (10**4, "万"), (1, ""))
    spoken, rest, skipped = "", number, False
    for size, unit in groups:
        group, rest = divmod(rest, size)
        if not group:
            skipped = bool(spoken)
            continue
        if spoken and (skipped or group < 1000):
            spoken += DIGITS[0]
        spoken += _below_ten_thousand(group) + unit
        skipped = False
    return spoken.removeprefix("一") if spoken.startswith("一十") else spoken


def _below_ten_thousand(number: int) -> str:
    spoken, gap = "", False
    for size, unit in UNITS:
        digit, number = divmod(number, size)
        if digit:
            spoken += (DIGITS[0] if gap else "") + DIGITS[digit] + unit
            gap = False
        else:
            gap = bool(spoken)
    return spoken


def digits(random: Random, length: int, *, one: str = "一") -> str:
    """A string of digits; `one` is how the digit 1 is said."""
    return "".join(random.choice(DIGITS) for _ in range(length)).replace("一", one)


def quantity(random: Random) -> str:
    """A count that stands before a measure word: two is 两."""
    spoken = count(_size(random))
    if spoken == "二":
        return "两"
    if random.random() < 0.5 and spoken.startswith(("二百", "二千", "二万")):
        return "两" + spoken[1:]
    return spoken


def _size(random: Random) -> int:
    ranges = ((1, 9), (1, 20), (10, 99), (100, 999), (1, 9999))
    return random.randint(*random.choice(ranges))


def large(random: Random) -> str:
    """A large round number."""
    kind = random.randrange(4)
    if kind == 0:
        return count(random.randint(11, 99) * 100)
    if kind == 1:
        return count(random.randint(1, 9999)) + "万"
    if kind == 2:
        return f"{count(random.randint(1, 99))}点{random.choice(DIGITS[1:])}{random.choice('万亿')}"
    return count(random.randint(10_000, 999_999))


def money(random: Random) -> str:
    """An amount of money."""
    ranges = ((1, 99), (100, 999), (1000, 9999), (10_000, 99_999), (100, 9000))
    number = random.randint(*random.choice(ranges))
    if random.random() < 0.3:
        number = max(10, number // 100 * 100)
    if random.random() < 0.1:
        return f"{count(random.randint(1, 99))}点{digits(random, random.choice((1, 2)))}元"
    tail = random.choice("一二三四五六七八九") + "角" if random.random() < 0.12 else ""
    return count(number) + random.choice(("元", "块", "块钱", "元")) + tail


def percent(random: Random) -> str:
    """A percentage."""
    tail = "点" + digits(random, 1) if random.random() < 0.35 else ""
    return "百分之" + count(random.randint(1, 100)) + tail


def day(random: Random) -> str:
    """A day or a rough time."""
    kind = random.randrange(6)
    if kind == 0:
        return random.choice(DAYS)
    if kind == 1:
        week = random.choice(("上周", "下周", "星期", "这周", "下星期", "上个星期"))
        return week + random.choice(WEEKDAYS)
    if kind == 2:
        return count(random.randint(1, 31)) + "号"
    return f"{count(random.randint(1, 12))}月{count(random.randint(1, 31))}{random.choice('号日')}"


def year(random: Random) -> str:
    """A year, digit by digit."""
    first = random.choice(("一九", "二零", "二零"))
    return first + digits(random, 2)


def full_date(random: Random) -> str:
    """A date with its year."""
    month, number = random.randint(1, 12), random.randint(1, 31)
    return f"{year(random)}年{count(month)}月{count(number)}{random.choice('日号')}"


def clock(random: Random) -> str:
    """A time of day."""
    part = random.choice(DAY_PARTS)
    hour = count(random.randint(1, 12) if part else random.randint(0, 23))
    hour = "两" if hour == "二" else hour
    endings: Sequence[str] = ("", "", "半", "半", "一刻", "三刻", "零五分", "整")
    if random.random() < 0.45:
        return f"{part}{hour}点{count(random.randint(10, 59))}{random.choice(('分', ''))}"
    return f"{part}{hour}点{random.choice(endings)}"


def telephone(random: Random) -> str:
    """A telephone number; most speakers say 幺 for one."""
    one = "幺" if random.random() < 0.7 else "一"
    return digits(random, random.choice((7, 8, 8, 11)), one=one)


def serial(random: Random, shortest: int = 5, longest: int = 10) -> str:
    """An order, member or contract number."""
    one = "幺" if random.random() < 0.3 else "一"
    return digits(random, random.randint(shortest, longest), one=one)
