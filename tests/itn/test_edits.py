"""Edits, and the window through which a rule looks at the text."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from asrcli.itn.edits import Edit, Spot, apply, group


def test_apply() -> None:
    assert apply("三月五号", [Edit(0, 1, "3"), Edit(2, 3, "5"), Edit(3, 4, "日")]) == "3月5日"
    assert apply("abc", []) == "abc"
    assert apply("abc", [Edit(1, 2, "")]) == "ac"


@given(st.text(), st.data())
def test_an_edit_changes_nothing_outside(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    assert apply(text, [Edit(start, end, "#")]) == f"{text[:start]}#{text[end:]}"


def test_a_rule_sees_nothing_from_the_next_guard_on() -> None:
    spot = Spot("三点一心一意", 0, 2)
    assert spot.match(re.compile("三点$"))
    assert spot.match(re.compile("三点一")) is None


def test_the_context_before_ends_where_the_rule_looks() -> None:
    spot = Spot("今天下午三点", 4, 6)
    assert spot.after(re.compile("下午$"))
    assert spot.after(re.compile("三$")) is None
    assert Spot("三点", 0, 2).after(re.compile(".$")) is None


def test_group() -> None:
    match = re.match("(?P<a>.)(?P<b>..)", "xyz")
    assert match is not None
    assert group(match, "b", "2") == Edit(1, 3, "2")
