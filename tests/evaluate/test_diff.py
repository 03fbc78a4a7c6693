"""Reference and hypothesis stand in the same columns of a terminal, whatever their width."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from asrcli.evaluate.align import Kind, align
from asrcli.evaluate.diff import CONTEXT, LABELS, SHORTEST_CUT, diff
from asrcli.evaluate.units import Unit, tokens

TEXTS = st.text(alphabet="您好吗订ab 3", max_size=40)


def lines(reference: str, hypothesis: str, columns: int = 80, unit: Unit = Unit.MIXED) -> list[str]:
    steps = align(tokens(reference, unit), tokens(hypothesis, unit))
    return diff(steps, columns).plain.splitlines()


@pytest.mark.parametrize(
    ("reference", "hypothesis", "expected"),
    [
        ("您好", "你好", ["REF: 您好", "HYP: 你好", "     S"]),
        ("您好", "您好吗", ["REF: 您好**", "HYP: 您好吗", "         I"]),
        ("请您好", "您好", ["REF: 请您好", "HYP: **您好", "     D"]),
        ("您好", "您好", ["REF: 您好", "HYP: 您好"]),
        (
            "say hello 您",
            "say hallo 您",
            ["REF: say hello 您", "HYP: say hallo 您", "         S"],
        ),
        ("ok", "okay 好", ["REF: **** ok", "HYP: okay 好", "     I    S"]),
    ],
)
def test_short_texts(reference: str, hypothesis: str, expected: list[str]) -> None:
    assert lines(reference, hypothesis) == expected


def test_nothing_gives_nothing() -> None:
    assert lines("", "") == []


def test_long_texts_are_wrapped_and_every_block_is_labelled() -> None:
    found = lines("您" * 30, "你" * 30, columns=25)
    assert found == ["REF: " + "您" * 10, "HYP: " + "你" * 10, "     " + "S " * 9 + "S"] * 3


def test_agreement_far_from_errors_is_cut_out_and_counted() -> None:
    found = lines("您" * 100 + "好" + "您" * 50, "您" * 100 + "坏" + "您" * 50, columns=200)
    near = "您" * CONTEXT
    assert found[0] == f"REF:  …{100 - CONTEXT} same… {near}好{near} …{50 - CONTEXT} same…"
    assert lines("您" * 40, "您" * 40)[0] == f"REF: {near} …{40 - CONTEXT} same…"


def test_a_short_stretch_is_not_cut_out() -> None:
    same = "您" * (2 * CONTEXT + SHORTEST_CUT - 1)
    assert "same" not in "".join(lines(f"好{same}好", f"坏{same}坏", columns=200))
    assert f"…{SHORTEST_CUT} same…" in lines(f"好{same}您好", f"坏{same}您坏", columns=200)[0]
    short = "您" * (CONTEXT + SHORTEST_CUT - 1)
    assert lines(f"{short}好{short}", f"{short}坏{short}", 200)[0] == f"REF: {short}好{short}"
    assert lines(short, short)[0] == f"REF: {short}"


def test_a_space_that_is_compared_can_be_seen() -> None:
    steps = align(tokens("您 好", Unit.CHAR, spaces=True), tokens("您好", Unit.CHAR, spaces=True))
    assert "␣" in diff(steps, 80).plain


def test_a_terminal_too_narrow_for_a_word_still_gets_it() -> None:
    assert "REF: internationalisation" in lines("a internationalisation", "b", columns=8)


def test_errors_have_colours_and_agreement_has_none() -> None:
    steps = align(list("您好请"), list("你好请吗"))
    text = diff(steps, 80)
    styled = {text.plain[span.start : span.end] for span in text.spans if "bold" in str(span.style)}
    assert {"您", "你", "吗"} <= styled
    assert not {"好", "请"} & styled


@given(TEXTS, TEXTS, st.integers(12, 60))
def test_the_lines_of_a_block_hold_their_columns(
    reference: str, hypothesis: str, columns: int
) -> None:
    steps = align(tokens(reference, Unit.CHAR), tokens(hypothesis, Unit.CHAR))
    found = diff(steps, columns).plain.splitlines()
    marks = "".join(line[5:] for line in found if line.startswith(LABELS[2]))
    errors = [step.kind.name[0] for step in steps if step.kind is not Kind.CORRECT]
    assert [mark for mark in marks if mark in "SDI"] == errors
    for place, line in enumerate(found):
        if not line.startswith(LABELS[2]):
            continue
        above, below = found[place - 2][5:], found[place - 1][5:]
        for column in [at for at, mark in enumerate(line[5:]) if mark != " "]:
            assert at_column(above, column) != at_column(below, column)


def at_column(line: str, column: int) -> str:
    """The character that starts in a column of the terminal."""
    used = 0
    for char in line:
        if used == column:
            return char
        used += cell_len(char)
    return ""
