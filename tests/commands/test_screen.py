"""Tables for people and for pipes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from asrcli.commands.screen import print_table

if TYPE_CHECKING:
    import pytest

LONG = "路径/" * 100


ROWS = [("[a]", LONG), ("b", "short")]
HEADINGS = ("name", "where")


def test_a_pipe_gets_whole_lines_and_brackets_stay(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(ROWS, headings=HEADINGS)
    assert capsys.readouterr().out.splitlines() == ["name  where", f"[a]   {LONG}", "b     short"]


def test_a_table_needs_neither_headings_nor_rows(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(ROWS[1:])
    assert capsys.readouterr().out == "b  short\n"
    print_table([])
    assert capsys.readouterr().out.strip() == ""


def test_a_pipe_gets_no_colours(capsys: pytest.CaptureFixture[str]) -> None:
    print_table([(Text("ok", style="green"), "fine")])
    assert capsys.readouterr().out == "ok  fine\n"


def test_a_given_width_is_kept_and_nothing_is_cut_off(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    print_table(ROWS, headings=HEADINGS)
    out = capsys.readouterr().out
    assert [out.count(one) for one in "路径/"] == [100, 100, 100]
    assert len(out.splitlines()) > len(ROWS) + 1
