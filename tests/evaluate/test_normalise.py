"""What the rules ignore, what they must not ignore, and that they say so."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asrcli.errors import UsageError
from asrcli.evaluate.cer import plain
from asrcli.evaluate.normalise import Normaliser, Numbers, Punctuation, Rules, Spaces, without_marks
from asrcli.evaluate.units import Unit
from asrcli.itn import written

KEEP = Punctuation.KEEP


def cut(text: str, rules: Rules) -> list[str]:
    return list(Normaliser(rules, written)(text))


@pytest.mark.parametrize(
    ("one", "other", "telling"),
    [
        ("WiFi", "wifi", Rules(case=True)),
        ("ＡＢＣ１２", "ABC12", Rules(width=True)),
        ("您好，请问？", "您好请问", Rules(punctuation=KEEP)),
        ("您 好", "您好", Rules(unit=Unit.CHAR, spaces=Spaces.KEEP)),
    ],
)
def test_each_rule_ignores_its_difference_until_it_is_asked_for(
    one: str, other: str, telling: Rules
) -> None:
    usual = Rules(unit=telling.unit)
    assert cut(one, usual) == cut(other, usual)
    assert cut(one, telling) != cut(other, telling)


@pytest.mark.parametrize(
    ("spoken", "digits"),
    [
        ("三点半开会", "3:30开会"),
        ("百分之二十五点三", "25.3%"),
        ("二零二五年三月十五号", "2025年3月15日"),
        ("一共一百二十三人", "一共１２３人"),
    ],
)
def test_numbers_are_equal_when_both_sides_are_written(spoken: str, digits: str) -> None:
    rules = Rules(numbers=Numbers.WRITTEN)
    assert cut(spoken, rules) == cut(digits, rules)
    assert cut(spoken, Rules()) != cut(digits, Rules())


def test_numbers_are_only_written_when_asked_for() -> None:
    def fail(text: str) -> str:
        raise AssertionError(text)

    assert Normaliser(Rules(), fail)("三点半") == ("三", "点", "半")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3:30，2.5%！", "3:30 2.5% "),
        ("1,000,000 1,2,3", "1000000 1 2 3"),
        ("don’t ‘quote’", "don't  quote "),
        ("-5 wi-fi 3-5", "-5 wi fi 3-5"),
        ("2025/3/15。", "2025/3/15 "),
        ("yes,no", "yes no"),
        ("《书》“名”……", " 书  名   "),
    ],
)
def test_marks_inside_numbers_and_words_stay(text: str, expected: str) -> None:
    assert without_marks(text) == expected


def test_three_point_five_is_not_thirty_five() -> None:
    assert cut("3.5", Rules()) != cut("35", Rules())


def test_traditional_characters_are_not_folded() -> None:
    assert cut("臺灣", Rules()) != cut("台湾", Rules())


def test_what_nobody_sees_is_gone_and_line_ends_are_spaces() -> None:
    assert cut("\ufeff您\u200b好\nhello\tworld\x00", Rules()) == ["您", "好", "hello", "world"]


@given(st.text(max_size=30), st.sampled_from(Unit), st.sampled_from(Punctuation))
def test_the_same_text_is_the_same_after_its_own_treatment(
    text: str, unit: Unit, punctuation: Punctuation
) -> None:
    normaliser = Normaliser(Rules(unit=unit, punctuation=punctuation), written)
    once = normaliser(text)
    assert normaliser(" ".join(once)) == tuple(part for token in once for part in normaliser(token))


@given(st.text(alphabet="您好，。 abＡＢ？1２", max_size=20))
def test_characters_are_those_of_the_demo(text: str) -> None:
    assert "".join(cut(text, Rules(unit=Unit.CHAR))) == plain(text)


@pytest.mark.parametrize("unit", [Unit.MIXED, Unit.WORD])
def test_spaces_are_no_tokens_among_words(unit: Unit) -> None:
    with pytest.raises(UsageError, match="add --unit char"):
        Rules(unit=unit, spaces=Spaces.KEEP)


def test_every_rule_is_stated_and_changes_what_is_stated() -> None:
    usual = Rules(unit=Unit.CHAR).stated()
    assert set(usual) == {
        *("unit", "case", "width", "punctuation", "spaces", "numbers", "script"),
    }
    changed = Rules(
        unit=Unit.CHAR,
        case=True,
        width=True,
        punctuation=KEEP,
        spaces=Spaces.KEEP,
        numbers=Numbers.WRITTEN,
    ).stated()
    assert {name for name in usual if usual[name] == changed[name]} == {"unit", "script"}
    assert Rules(unit=Unit.WORD).stated()["unit"] != usual["unit"]
