from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asrcli.captions.style import CueStyle, display_cells, grid_before, read_cells
from asrcli.settings import Settings


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("", 0),
        ("你好", 4),
        ("abc", 3),
        ("，。？", 6),
        ("95.5%", 5),
        ("ＡＢ", 4),
        ("…", 2),
        ("e\u0301", 1),
        ("\u200b", 0),
        ("ｱ", 1),
        ("한", 2),
        ("😀", 2),
    ],
)
def test_width_counts_display_cells(text: str, cells: int) -> None:
    assert display_cells(text) == cells


def test_spaces_and_line_breaks_are_not_read() -> None:
    assert read_cells("ab 你\n 好\u3000") == 6


@given(st.text(), st.text())
def test_widths_add_up(left: str, right: str) -> None:
    assert display_cells(left + right) == display_cells(left) + display_cells(right)


@given(st.integers(0, 200), st.floats(1, 30))
def test_who_reads_that_long_reads_no_faster_than_allowed(cells: int, speed: float) -> None:
    ms = CueStyle(max_chars_per_s=speed).reading_ms(cells)
    assert cells / 2 <= speed * ms / 1000 + 1e-9
    assert ms == 0 or cells / 2 > speed * (ms - 1) / 1000 - 1e-9


def test_a_caption_is_shown_for_the_shortest_time_at_least() -> None:
    style = CueStyle(min_ms=1000, max_chars_per_s=9)
    assert style.shown_ms(18) == 1000
    assert style.shown_ms(36) == 2000


def test_the_settings_are_the_limits() -> None:
    assert CueStyle.of(Settings()) == CueStyle()
    settings = Settings(
        caption_width=20,
        caption_lines=1,
        caption_min=0.5,
        caption_max=6.0,
        caption_speed=12.0,
        caption_gap=0,
    )
    assert CueStyle.of(settings) == CueStyle(20, 1, 500, 6000, 12.0, 0)


@pytest.mark.parametrize(("ms", "grid"), [(0, 0), (9, 0), (10, 10), (1239.9, 1230), (-1, -10)])
def test_the_grid_is_never_after(ms: float, grid: int) -> None:
    assert grid_before(ms) == grid


def test_a_full_width_character_takes_two_cells() -> None:
    assert CueStyle(width=16).cells == 32
