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
