"""Phrases whose numerals are words: idioms, names, places, festivals. Guards win over every rule.

A phrase that begins with a numeral guards only where a numeral stretch begins: 一起 does not
guard 二十一起案件. `PATTERNS` holds what needs a look at its neighbours, with the reason.
"""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING, Final

from asrcli.itn.numerals import NUMERALS

if TYPE_CHECKING:
    from collections.abc import Iterable

IDIOMS: Final = """
一而再再而三 一日三秋 一日千里 一日三餐 一日之计 一日不见 一日夫妻 一日游 一分为二 一分钱一分货 一分一秒
一寸光阴一寸金 一寸光阴 一寸山河一寸血 一尺之遥 一年之计在于春 一年之计 一年一度 一年半载 一年到头 一年四季
一年又一年 一天又一天 一天天 一天一天 一天到晚 一天一个样 一天比一天 一年比一年 一时半会 一时半刻 一时三刻
一点一滴 一点半点 一点一点 一毛一样 一米阳光 一米线 一元复始 一元二次方程 一元一次方程 二元一次方程 二元论
一元论 一元化 一亩三分地 一周遭 一目十行 一万个不愿意 一万个放心 一百个放心 一百个不愿意 一千零一夜 一丈红
一丈青 一斤一两 一层一层 一楼一楼 一岁一枯荣 一秒入戏 一号文件 一升一降 一心一意 一起 一会儿
二一添作五 二八年华 两点论 两点一线 两点之间 两元店 三天两头 三天打鱼两天晒网 三天打鱼 两天晒网 三天三夜
三日不见 三下五除二 三三两两 三十而立 三十六计 三十年河东三十年河西 三十年河东 三十年河西 三百六十行
三百六十五里路 三分钟热度 三尺讲台 三尺之童 三寸不烂之舌 三寸金莲 三寸之舌 三岁看大七岁看老 三岁看老 三岁看大
三月不知肉味 三月街 三伏天 三点一线 三点式 三点共线 三十六天罡 三千弱水 弱水三千 三千烦恼丝 三千佳丽 三千宠爱
四十不惑 五十步笑百步 五十知天命 五十而知天命 五年计划 五百罗汉 六月飞雪 六月飞霜 六十甲子 六十花甲 六十耳顺
七零八落 七老八十 七月流火 七十二变 七十二家房客 七十二行 七十古来稀 七年之痒 八年抗战 八千里路云和月
八百里加急 八百里秦川 八百壮士 八点档 八十老母 八十一难 九牛一毛 九曲十八弯 九天揽月 九年义务教育 九十春光
十全十美 十万火急 十有八九 十之八九 十之七八 十年磨一剑 十年树木百年树人 十年树木 十年寒窗 十年如一日 十年一日
十年生死两茫茫 十年九不遇 十年河东 十字路口 十字架 十字绣 十字军 十字街头 十室九空 十里洋场 十里长街 十里八乡
十里桃花 十里长亭 十里飘香 十万八千里 十万个为什么 十万大山 十项全能 十面埋伏 十八般武艺 十八罗汉 十八弯
十八相送 十八线 十八反 十八层地狱 十二生肖 十二星座 十二时辰 十二月花 十三陵 十三香 十三太保 十三行 十三邀
十三经 十四行诗 十五的月亮 十五个吊桶打水 十八里相送 二十四节气 二十四孝 二十四史 二十四桥 二十四式太极拳
二十四味 二十八宿 二十八星宿 百里挑一 一百零八将 一百单八将 一百零八好汉 千儿八百 以一当十 闻一知十 举一反三
接二连三 颠三倒四 丢三落四 朝三暮四 推三阻四 低三下四 不三不四 说三道四 挑三拣四 张三李四 连三赶四 横七竖八
杂七杂八 歪七扭八 半斤八两 人五人六 数一数二 独一无二 说一不二 有一说一 略知一二 知其一不知其二 此地无银三百两
新三年旧三年缝缝补补又三年 台上一分钟台下十年功 台上一分钟 台下十年功 听君一席话胜读十年书 胜读十年书
养兵千日用兵一时 冰冻三尺非一日之寒 冰冻三尺 非一日之寒 罗马不是一天建成的 飞流直下三千尺 疑是银河落九天
烽火连三月 白发三千丈 春风十里 有朝一日 总有一天 终有一天 过一天算一天 做一天和尚撞一天钟 当一天和尚撞一天钟
一日为师终身为父 士别三日 余音绕梁三日 山路十八弯 女大十八变 小九九 火冒三丈 垂涎三尺 入木三分 举头三尺
道高一尺魔高一丈 更上一层楼 红十字 双手合十 合十 上下五千年 成百上千 成千上万 百八十 入土三分 君子报仇十年不晚
君子一言驷马难追 百分百 十六字令 二十四番花信 九九八十一难 七七四十九天 三百六十度无死角 四万万同胞 十二分
""".split()

NAMES: Final = """
张三 李四 王五 赵六 田七 丁一 陈十三 伍六一 燕十三 阮小二 阮小五 阮小七 王十朋 杜十娘 谢三郎 王二麻子
三亚 三元桥 三元里 三元牛奶 三元催化 三元锂 二元期权 三里屯 五月天 七天酒店 七天连锁酒店 八百里洞庭 九毛九
十里堡 十里河 十里铺 十里亭 十三中 十六铺 十八里店 一号店 五百丁 三六零安全卫士 十二道锋味 十月围城 十月革命
七月与安生 八月长江 二十大 十九大 十八大 十七大 十六大 三门峡 东四十条 东四 西四 南三条 天字一号 头一号
三天门 十二铜表法 十四运 十二公民 七里香 二十不惑 三十而已 六月柿 七月七 老幺
双十一 双十二 国庆十一 大年三十 年三十 除夕三十 大年初一 正月十五 腊月二十三 腊月三十 九月九重阳 重阳九月九
端午五月五 二月二龙抬头 八月十五中秋 中秋八月十五 三一五晚会 一二九运动 九一八事变 一二八事变 七七事变
一二三木头人 一二三产业 零零星星 零零散散 零零碎碎
""".split()

# Made of numerals alone: guards only where the stretch is nothing else.
FIGURES: Final = """
二百五 三七二十一 三三五五 七七八八 五五六六 八九不离十 一二九 九一八 一二一 百八十
""".split()

_NUMERAL: Final = f"[{NUMERALS}]"
_BARE: Final = rf"(?<![{NUMERALS}0-9])"

PATTERNS: Final = (
    # A weekday ends before the hour or the day that follows it: 周三|十点, 星期二|十二月.
    rf"(?<![{NUMERALS}0-9半])(?:周|星期|礼拜)[一二三四五六]"
    rf"(?!{_NUMERAL})",
    rf"(?<![{NUMERALS}0-9半])(?:周|星期|礼拜)[一二三四五六](?={_NUMERAL}{{1,3}}(?:点|号|日|时|月))",
    # Several weekdays or months in a row: 周一二三.
    rf"(?<![{NUMERALS}0-9半])(?:周|星期|礼拜)[一二三四五六日天]{{2,}}(?![十百千万点号日])",
    # Days of the lunar month; 年初三十个 is no 初三.
    r"(?<![年月当最起之期])初(?:十|[一二三四五六七八九])(?![十点])",
    r"(?:农历|阴历|旧历)(?:[一二三四五六七八九十正腊冬闰]{1,3}月)?(?:[二三]?十[一二三四五六七八九]?)?",
    # "Very", unless it counts minutes or a score.
    rf"(?<![点时{NUMERALS}扣打考加减满差有是0-9])十分(?!钟|之|秒|制|$|[，。？、！]|{_NUMERAL})",
    rf"{_BARE}(?:{'|'.join(FIGURES)})(?!{_NUMERAL}|[块元个年月日号米])",
    # Festivals that are dates: 八月十五 is the moon festival, 八月十五号 is not.
    rf"{_BARE}(?:三月三|二月二|七月七|七月半|六月六|九月九|八月十五)(?![日号十点{NUMERALS}]|[上下早晚凌])",
    r"十一(?=黄金周|长假|假期|放假|国庆|期间|小长假|出游|旅游|去哪)",
    r"六一八(?=大促|购物节|活动|年中|期间|狂欢)",
    # "Must not": 千万三点前到. 万一 may stand before an hour too.
    rf"{_BARE}(?:千万|万一)",
    # 一块 is "together" or one piece, unless it is a price; what is cut is counted in pieces.
    r"一块(?!钱|多钱|[两一二三四五六七八九](?![个起边样块同直])|零|半)",
    r"(?<=[成切分掰劈砍碎拼])[两三四五六七八九]块",
    # One building is no building number one.
    rf"一[栋幢](?!{_NUMERAL}|单元)",
    # An adjective and "a bit" before a digit: 快一点五个人.
    r"(?<=[快慢多少大小早晚好坏高低长短重轻有差近远便宜])(?<![今明昨当每后前][晚早])一点(?!半|钟|整)",
    # The day after, the year before, some day: 一 means no count of them.
    r"(?<=[这那每某同另哪上下前后头任])一(?:天|年|周|星期|礼拜|个月|个星期|分钟|秒钟|秒|刻|米|斤)",
    r"(?<![还只没仅共就])有一(?:天|年)(?!半|的|到|以上)",
    # "A few days": nobody counts them.
    r"(?<=[这那前过])两(?:天|年)(?!半)",
    # Adverbs and times over: 一度, 两度, 再度, unless a temperature is spoken of.
    r"(?<![下上温降升到至约负是])(?<![零温]度)[一二两]度(?!电|左右|以)",
    # School classes: 三年二班.
    r"[一二三四五六七八九]年[一二三四五六七八九十]{1,2}班",
    # Fractions of games and routes: 兵分三路 is three ways, 五五分 half and half.
    r"[兵各]分[两三四五六七八九]路",
    # A multiplication recited: 三七二十一, 九九八十一, 二三得六.
    rf"{_BARE}[一二三四五六七八九]{{2}}(?:得[一二三四五六七八九]|(?:[一二三四五六七八九]?十[一二三四五六七八九]?))"
    r"(?![个百千万亿点月年日号元块])",
    # Words for "once and for all" that may stand behind a number: 两个二十三个三十一共多少.
    r"一(?:共|直|定|旦|律|并|向|概|致)",
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


def compile_guards(phrases: Iterable[str]) -> re.Pattern[str]:
    """A pattern for literal phrases, each only where no numeral runs into it."""
    kept = set(phrases)
    numeral = [word for word in kept if word[0] in NUMERALS]
    other = [word for word in kept if word[0] not in NUMERALS]
    parts = [_trie(other)] if other else []
    parts += [rf"(?<![{NUMERALS}]){_trie(numeral)}"] if numeral else []
    return re.compile("|".join(parts) or r"(?!)")


GUARDS: Final = re.compile(
    "|".join((compile_guards((*IDIOMS, *NAMES)).pattern, *(f"(?:{part})" for part in PATTERNS)))
)
"""Every guarded phrase; what it matches stays as it was spoken."""
