"""The words behind a number: which make it digits whatever its size, which only count."""

from __future__ import annotations

from typing import Final

# Length, weight, area, volume, speed, heat, power, data, age: always digits, units kept. A unit
# that also begins an everyday word carries the letters that may not follow it.
MEASURES: Final = (
    *("公里", "千米", "厘米", "毫米", "分米", "微米", "纳米", "公分", "英里", "英尺", "英寸"),
    *("海里", "光年", r"米(?!饭|粒|线|色|粉|兰|老鼠|其林|奇)", "尺(?!寸|度|子)", "寸(?!步)"),
    *("丈(?!夫|母|人)", "里(?=路|地|外|远)", "公斤", "千克", "毫克", "微克", "克拉"),
    *("克(?!服|制|扣|隆|里|星|拉)", "斤(?!斤)", "吨", "磅", "盎司", "两(?=重|酒|白酒|肉|饭|银子)"),
    *("立方米", "立方厘米", "立方", "平方米", "平方公里", "平方千米", "平方厘米", "平方英尺"),
    *("平方", "平米", "亩", "公顷", "毫升", "加仑", "升(?!级|学|职|旗|华|温|起|迁|降|值|至|到)"),
    *("摄氏度", "华氏度", "千瓦时", "千瓦", "兆瓦", "瓦(?=$|的)", "千伏", "伏特", "毫安", "安培"),
    *("赫兹", "兆赫", "千赫", "分贝", "像素", "字节", "比特", "兆", "千卡", "大卡", "卡路里"),
    *("焦耳", "千帕", "兆帕", "毫米汞柱", "周岁", "岁", "迈(?=$|的)", "度电"),
)

# A length of time is digits whatever its size; 三年级 counts no years.
DURATIONS: Final = (
    *(
        "年(?!级|生(?!了|下)|[一二三四五六七八九十]+班)",
        "周年",
        "天",
        "周(?!末|围|边|期|到|密|折|转|边)",
        "星期",
    ),
    *("礼拜", "小时(?!候)", "钟头", "分钟", "分半钟", "刻钟", "秒钟", "毫秒", "秒(?!杀|懂|表)"),
    *("个[多半]?月", "个[多半]?小时", "个[多半]?钟头", "个[多半]?星期", "个[多半]?礼拜"),
    *("个工作日", "个交易日", "个自然日", "工作日", "昼夜", "光年"),
)

# Money that needs no look at what follows; 块, 毛, 角 and 分 are decided by the money rule.
CURRENCIES: Final = (
    *(
        "元(?![旦素宵老首帅气件月年音桥里组化方函关酸醇论及区说])",
        "人民币",
        "美元",
        "美金",
        "欧元",
        "英镑",
    ),
    *("日元", "日币", "港元", "港币", "韩元", "韩币", "卢布", "卢比", "法郎", "泰铢", "澳元"),
    *("加元", "新币", "台币", "新台币", "块钱", "毛钱", "角钱", "分钱"),
)

# Floors, rooms, gates, lines: an address is digits whatever its size.
PLACES: Final = (
    *(
        "单元",
        *(rf"{unit}(?![楼别房建大老小高写民住居公])" for unit in "栋幢"),
        "号楼",
        "楼(?!梯|盘|市|道|房|兰)",
        "室(?!内|外|友|之)",
        "居室",
        "号",
    ),
    *("号线", "路(?=公交|电车|汽车|巴士|车)", "航站楼", "房间", "号房", "车厢"),
)

# Shares and sums that are counted with 个.
SHARES: Final = ("个百分点", "个亿")

# General classifiers: below ten a word, from ten digits.
CLASSIFIERS: Final = (
    "个位次张件种家份条只支枝把本册部台辆架艘间套双对群批名人口头匹篇页章节段句字行列排层级"
    "届期轮场局盘杯瓶碗盒箱包袋桶罐根块片粒颗朵棵株座门扇面道项款类样步趟遍回下声封幅首曲"
    "顿餐桌单笔堂课集季户户城省市区县村国倍折成分点号年月日天周秒米克斤吨升亩尺寸里岁度元角毛"
    "枚处招卷队代车文顷员发尊则丈艘班针"
)

# What a price can be for: 三百一斤, 一万二一平, 三十万一年. The 一 there means "each".
PER_UNIT: Final = rf"一(?:平方米|平方|平米|平|公斤|公里|小时|分钟|晚上|晚|夜|人|吨|[{CLASSIFIERS}])"
