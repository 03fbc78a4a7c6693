"""Phrases whose numerals are words: idioms, names, places, festivals. Guards win over every rule.

The phrases are data, in `guards.txt` beside this file. `PATTERNS` holds what needs a look at its
neighbours, with the reason.
"""

from __future__ import annotations

import re
from importlib.resources import files
from itertools import groupby
from typing import TYPE_CHECKING, Final

from asrcli.itn.numerals import NUMERALS, RUN
from asrcli.itn.units import CLASSIFIERS, COUNTED

if TYPE_CHECKING:
    from collections.abc import Iterable


def read_phrases() -> dict[str, tuple[str, ...]]:
    """The sections of `guards.txt`."""
    sections: dict[str, tuple[str, ...]] = {}
    name = ""
    for line in files(__package__).joinpath("guards.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            name = line.strip("[]")
        elif line and not line.startswith("#"):
            sections[name] = (*sections.get(name, ()), *line.split())
    return sections


_PHRASES: Final = read_phrases()
_FIGURES: Final = "|".join(sorted(_PHRASES["figures"], key=len, reverse=True))
_NUMERAL: Final = f"[{NUMERALS}]"
_LENGTH: Final = rf"{_NUMERAL}+(?:天|个?小时|分钟|公里|元|块|公斤)"

# What makes 一天 a certain day and no length of time: 这一天, 前一天, but 目前一天 and 合同一年.
_THAT: Final = "|".join(
    (
        "(?<=[这那每某另哪])",
        "(?<=(?<![合共相])同)",
        "(?<=(?<![主责担信])任)",
        "(?<=(?<![计预结打总])算)",
        "(?<=(?<![以早晚路网线车身际脸加地之])上)",
        "(?<=(?<![天之留地当以])下)",
        "(?<=(?<![目面元眼之以])前)",
        "(?<=(?<![随此之以然业])后)",
        "(?<=(?<![点回街码])头)",
    )
)
# A name ends before a number only where that is a time: 李四|十点来.
_NAME_END: Final = rf"(?!{_NUMERAL}(?!{_NUMERAL}{{0,2}}[点号日时月]))"

# Guards that begin with a word; what of a numeral stretch they take is theirs.
LED_IN: Final = (
    # Short names whose first character also ends other words: 两张三十元, 行李四件, 国王五位.
    (
        rf"(?:(?<![{NUMERALS}0-9几每这那多少主紧扩夸半整])张三|(?<!行)李四|(?<![国女霸帝君亲])王五|赵六"
        rf"|(?<![种农耕稻水油棉良梯麦煤丹])田七|陈十三|燕十三){_NAME_END}"
    ),
    # Gates and lanes of Beijing, but 山东四个; a shop of tea, but 两张一元.
    rf"(?<![山广房股河关辽华以向])[东西]四[北南]?{_NUMERAL}+条",
    rf"(?<![{NUMERALS}0-9几])张一元",
    (
        r"(?<![今明去前后每当同次青少中早晚上下半多成逐过本来近元周末])年三十"
        rf"(?!{_NUMERAL}|[{CLASSIFIERS}来多几])"
    ),
    # The coldest days, hands put together: 人数九十 and 适合十岁 are numbers.
    r"(?<![人总个分参倍函天次指字招])数九(?=[寒严隆腊天])",
    r"(?<=双手)合十|(?<![适组联配混])合十(?=[祈祷礼致拜，。？、！]|$)",
    # A weekday ends before the hour or the day that follows it: 周三|十点, 星期二|十二月.
    # 每周三天 counts days.
    (
        rf"(?<![{NUMERALS}0-9半])(?:周|星期|礼拜)(?!(?<=每周|星期|礼拜){_LENGTH}|(?<=黄金周){_NUMERAL})(?:"
        rf"[一二三四五六](?!{_NUMERAL})|[一二三四五六](?={_NUMERAL}{{1,3}}[点号日时月])"
        # Several weekdays in a row: 周一二三.
        r"|[一二三四五六日天]{2,}(?![十百千万点号日]))"
    ),
    # Days of the lunar month; 年初三十个 is no 初三.
    r"(?<![年月当最起之期])初(?:十|[一二三四五六七八九])(?![十点])",
    (
        r"(?:农历|阴历|旧历)(?:[一二三四五六七八九十正腊冬闰]{1,3}月)?"
        r"(?:[二三]?十[一二三四五六七八九]?)?"
    ),
    # Spacecraft, rockets and kings have names: 神舟五号, 路易十四.
    (
        r"(?:神舟|神州|长征|天宫|嫦娥|天问|东方红|风云|天舟|玉兔|快舟|亚太|空军|路易|查理|查尔斯|亨利"
        rf"|爱德华|威廉|乔治|拿破仑|[女男])(?:{_NUMERAL}+(?:号|世(?!纪))|(?<=路易){_NUMERAL}+)(?!线|楼)"
    ),
    # Day after day, year after year.
    r"复一[日月年天]",
    r"[孤丁叮铃]零零",
    # Holidays named by their date.
    r"[今去明每前]年(?:[五六]一|十一)(?=[一二三四五六七八九十]{1,2}天|[假放去])",
    # Grades in a row: 高一二三.
    rf"[高初大](?:一二三?四?|二三四?)(?!{_NUMERAL})",
    r"双十[一二](?![月亿万千百伏点个])",
    # 兵分三路 is three ways, no bus line.
    r"[兵各]分[两三四五六七八九]路",
    # Words for "once and for all", also behind a number: 两个二十三个三十一共多少.
    r"一(?:共|直|定|旦|律|并|向|概|致)",
)

# Guards that begin with a numeral: only where its stretch begins, so 一块 is not in 二十一块.
FIRST: Final = (
    rf"(?<!点)(?:{_FIGURES})(?!{_NUMERAL}|[块元个年月日号米])",
    # "Very", unless it counts minutes or a score.
    r"(?<![点时扣打考加减满差])(?<!点过)十分(?!钟|之|秒|制|贝|米|左右|以[上下]|(?<=[有是了]十分)(?:$|[，。？、]))",
    r"(?<![点时])十二分(?=的|满意|感谢|热情|努力|精神|小心)",
    rf"一点一点(?!{_NUMERAL})",
    r"[三五]分钟热度",
    # Events are named by their date: 三一八惨案, 一二九运动.
    r"(?<![点A-Za-z号码到至])[零一二三四五六七八九]{2,3}(?:惨案|事变|起义|运动(?![员会场鞋服量装衣]))",
    # Festivals that are dates: 八月十五 is the moon festival, 八月十五号 is not.
    (
        r"(?:三月三|二月二|七月七|七月半|六月六|九月九|八月十五)"
        rf"(?![日号十点{NUMERALS}]|[上下早晚凌])"
    ),
    r"十一(?=黄金周|长假|假期|放假|国庆|期间|小长假|出游|旅游|去哪)",
    r"六一八(?=大促|购物节|活动|年中|期间|狂欢)",
    # Geometry; 一点到两点之间 is a range of hours.
    r"两点之间(?=线段|直线|的?距离|的?直线|最短|的?线)",
    r"零点能(?=量|源)",
    # The shops, else a price.
    r"(?<=[去吃到在])九毛九(?!的|买|一)|九毛九(?=西北|餐|酸菜|集团|公司|饭)",
    # "Must not" and "in case" may stand before an hour: 千万三点前到.
    r"(?:千万|万一)",
    # 一块 is "together" or one piece, unless it is a price; what is cut is counted in pieces.
    r"一块(?!钱|多钱|[两一二三四五六七八九](?![个起边样块同直])|零|半)",
    r"(?<=[成切分掰劈砍碎拼])[两三四五六七八九]块",
    # 四周 is "all around", 一日 is literary, unless time is measured.
    (
        r"(?<![满每近共第住用花需前到至])(?<!怀孕)(?<!为期)(?<!培训)(?<!休息)(?<!连续)(?<!过去)(?<!还[有剩])(?<!持续)"
        r"四周(?![内后前以时之年岁左])"
    ),
    r"(?<!月)一日(?![内后前以之左])",
    r"[一二三四五六七八九]零[一二三四五六七八九][落碎散乱]",
    r"十字(?!以|左右)",
    # Party congresses: 十五大, 二十大.
    r"(?<!点)(?:十[一二三四五六七八九]|二十)大(?![杯碗类块箱袋人约概于小学家部量多])",
    # Days of the lunar calendar with their month: 五月初五.
    r"[正一二三四五六七八九十冬腊]{1,2}月初[一二三四五六七八九十](?![十个点])",
    # One building is no building number one.
    rf"[一两][栋幢](?!{_NUMERAL}|单元)",
    # An adjective and "a bit" before a digit: 快一点五个人.
    (
        r"(?<=[快慢多少大小早晚好坏高低长短重轻有差近远便宜])(?<![今明昨当每后前][晚早])"
        rf"一点(?!半|钟|整|{RUN}++(?!点|{COUNTED}))"
    ),
    # The day after, the year before, some day: 一 means no count of them.
    (
        rf"(?:{_THAT})一(?:天|年|周|星期|礼拜|个月|个星期|分钟|秒钟|秒|刻|米|斤)"
        rf"(?!{_NUMERAL}|[半零多])"
    ),
    rf"(?<![还只没仅共就已具拥约]有)(?<=有)一(?:天|年)(?!{_NUMERAL}|[半多]|以上)",
    # "A few days": nobody counts them.
    r"(?<=[这那前过近明])两(?:天|年|块(?!钱))(?!半)",
    # Adverbs and times over: 一度, 两度, unless a temperature is spoken of.
    r"(?<![下上温降升到至约负零点])[一二两]度(?!电|左右|以)",
    # School classes: 三年二班.
    r"[一二三四五六七八九]年[一二三四五六七八九十]{1,2}班",
    # A multiplication recited: 三七二十一, 九九八十一, 二三得六.
    (
        r"[一二三四五六七八九]{2}"
        r"(?:得[一二三四五六七八九]|(?:[一二三四五六七八九]?十[一二三四五六七八九]?))"
        r"(?![个百千万亿点月年日号元块])"
    ),
)


def _trie(words: Iterable[str]) -> str:
    """A pattern for the longest of many words that tests each character once.

    The plain alternation of a thousand phrases would try them one after the other.
    """
    branches: list[str] = []
    optional = False
    for first, group in groupby(sorted(words), key=lambda word: word[:1]):
        if not first:
            optional = True
            list(group)
            continue
        rest = _trie(word[1:] for word in group)
        branches.append(re.escape(first) + rest)
    body = branches[0] if len(branches) == 1 and not optional else f"(?:{'|'.join(branches)})"
    if not branches:
        return ""
    return f"{body}?" if optional else body


def compile_guards(
    phrases: Iterable[str], led_in: Iterable[str] = (), first: Iterable[str] = ()
) -> re.Pattern[str]:
    """One pattern for phrases and patterns.

    Args:
        phrases: literal; those that begin with a numeral guard only where its stretch begins.
        led_in: patterns that guard wherever they match.
        first: patterns that guard only where a stretch of numerals begins.
    """
    words = sorted(set(phrases))
    others = [_trie(word for word in words if word[0] not in NUMERALS), *led_in]
    numeral = [_trie(word for word in words if word[0] in NUMERALS), *first]
    outside, inside = ("|".join(filter(None, parts)) or "(?!)" for parts in (others, numeral))
    # The look-ahead spares the numeral guards at every other character.
    return re.compile(rf"{outside}|(?<![{NUMERALS}第])(?={_NUMERAL})(?:{inside})")


GUARDS: Final = compile_guards(_PHRASES["phrases"], LED_IN, FIRST)
"""Every guarded phrase; what it matches stays as it was spoken."""
