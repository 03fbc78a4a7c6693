"""The tables of units: patterns that compile, and words that only look like a unit."""

from __future__ import annotations

import re

import pytest

from asrcli.itn import units
from asrcli.itn.scan import rewrite, written

TABLES = {
    name: getattr(units, name)
    for name in ("MEASURES", "DURATIONS", "CURRENCIES", "PLACES", "SHARES")
}


@pytest.mark.parametrize("name", TABLES)
def test_every_unit_is_a_pattern_that_begins_with_a_word(name: str) -> None:
    assert TABLES[name]
    for unit in TABLES[name]:
        re.compile(unit)
        assert "一" <= unit[0] <= "\u9fff"


ALWAYS = (
    *("公里", "米", "厘米", "公斤", "斤", "克", "吨", "升", "平方米", "亩", "岁", "千瓦", "摄氏度"),
    *("年", "天", "周", "个月", "个小时", "小时", "分钟", "秒", "个工作日", "周年", "居室", "号线"),
    *("元", "美元", "块钱", "毛钱", "欧元", "人民币", "楼", "单元", "号楼", "个百分点"),
)


@pytest.mark.parametrize(("spoken", "digits"), [("三", "3"), ("两", "2"), ("十五", "15")])
def test_any_number_before_a_unit_becomes_digits(spoken: str, digits: str) -> None:
    for unit in ALWAYS:
        assert written(f"大约{spoken}{unit}") == f"大约{digits}{unit}"


@pytest.mark.parametrize("classifier", "个位次张件种家份条")
def test_a_classifier_asks_for_digits_from_ten(classifier: str) -> None:
    for spoken in "一两三四五六七八九":
        assert rewrite(f"有{spoken}{classifier}") == ()
    assert written(f"有十{classifier}") == f"有10{classifier}"
    assert written(f"有十一{classifier}") == f"有11{classifier}"


@pytest.mark.parametrize(
    "text",
    [
        "三米饭",
        "三年级",
        "五周围",
        "两小时候",
        "三元素",
        "二克服",
        "两斤斤计较",
        "三楼梯",
        "一室内",
        "三秒杀",
    ],
)
def test_a_longer_word_is_no_unit(text: str) -> None:
    assert rewrite(text) == ()
