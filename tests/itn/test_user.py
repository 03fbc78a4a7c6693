"""The user's list: what it may say, and what it says where it is wrong."""

from __future__ import annotations

import pytest

from asrcli.errors import UsageError
from asrcli.itn import NO_WISHES, Wishes, parse_wishes
from asrcli.itn.edits import Edit


def test_a_list_is_read() -> None:
    lines = [
        "# ours",
        "keep: 三点",
        "",
        "replace：三点半会 => 3:30会  # the daily one",
        "replace: 嗯 =>",
    ]
    assert parse_wishes(lines, origin="list.txt") == Wishes(
        keep=("三点",), replace=(("三点半会", "3:30会"), ("嗯", ""))
    )


def test_an_empty_list_wishes_nothing() -> None:
    assert parse_wishes(["", "# nothing"], origin="x") == NO_WISHES
    assert not NO_WISHES


@pytest.mark.parametrize(
    "line", ["三点", "keep:", "keep: 三点 => 3点", "replace: 三点", "replace: => 3点", "drop: 三点"]
)
def test_a_wrong_line_is_named(line: str) -> None:
    with pytest.raises(UsageError, match=r"^mine\.txt, line 2: .*keep: PHRASE"):
        parse_wishes(["keep: 五点", line], origin="mine.txt")


def test_the_longest_phrase_wins() -> None:
    wishes = Wishes(keep=("三点",), replace=(("三点半", "half past"),))
    assert list(wishes.find("三点半和三点")) == [
        (0, 3, (Edit(0, 3, "half past"),)),
        (4, 6, ()),
    ]


@pytest.mark.parametrize(
    ("text", "places"),
    [("十三点", []), ("三点五十", [(0, 2)]), ("二三点", []), ("在三点", [(1, 3)])],
)
def test_a_phrase_is_none_inside_a_longer_number(text: str, places: list[tuple[int, int]]) -> None:
    assert [(start, end) for start, end, _ in Wishes(keep=("三点",)).find(text)] == places


def test_a_phrase_that_ends_in_a_number_ends_there() -> None:
    wishes = Wishes(keep=("双十",))
    assert list(wishes.find("双十一")) == []
    assert [start for start, _, _ in wishes.find("在双十，双十")] == [1, 4]
