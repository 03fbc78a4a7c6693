"""One listing in three forms."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import pytest

from asrcli.commands.listing import FORMS, as_text, print_listing
from asrcli.errors import UsageError
from asrcli.history.queries import Listing

if TYPE_CHECKING:
    from asrcli.history.queries import Cell

ROWS: list[tuple[Cell, ...]] = [
    ("=cmd()", 1, 0.5, None),
    ('会议 "一", 二\n', 2, 1.0, "\x1b[31m"),
]
LISTING = Listing(("file", "n", "s", "reason"), ROWS)


def test_csv_is_safe_and_keeps_whole_numbers_whole() -> None:
    rows = list(csv.reader(io.StringIO(as_text(LISTING, "csv"))))
    assert rows[0] == ["file", "n", "s", "reason"]
    assert rows[1] == ["'=cmd()", "1", "0.5", ""]
    assert rows[2][0] == '会议 "一", 二\n'


def test_json_is_a_list_of_objects() -> None:
    read = json.loads(as_text(LISTING, "json"))
    assert read[0] == {"file": "=cmd()", "n": 1, "s": 0.5, "reason": None}
    assert "会议" in as_text(LISTING, "json")


def test_a_table_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    print_listing(LISTING, "table")
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert len(out.splitlines()) == 3


@pytest.mark.parametrize("form", FORMS)
def test_no_rows_are_no_error(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    print_listing(Listing(("a", "b"), []), form)
    assert capsys.readouterr().out.split() in (["a", "b"], ["a,b"], ["[]"], ["[", "]"])


def test_a_form_that_is_none() -> None:
    with pytest.raises(UsageError, match="'xml' is not one of table, csv, json"):
        print_listing(LISTING, "xml")
