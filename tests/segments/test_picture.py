from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asrcli.segments.picture import BLOCKS, MOST_ROWS, PLAIN, marks_for, picture
from asrcli.values import SpeechSpan
from tests.segments.cuts import Region, region_lists


def spans(*regions: Region, forced: int = -1) -> list[SpeechSpan]:
    return [SpeechSpan(n, *region, n == forced) for n, region in enumerate(regions)]


def cells(lines: list[str]) -> str:
    """The marks without the clock."""
    return "".join(line.split("  ", 1)[1] for line in lines[:-1])


@given(
    region_lists(grid=1_600),
    st.integers(30, 300),
    st.sampled_from([BLOCKS, PLAIN]),
)
def test_no_line_is_wider_and_there_are_not_too_many(
    case: tuple[int, list[Region]], columns: int, marks: object
) -> None:
    length, regions = case
    lines = picture(spans(*regions), length, columns=columns, marks=BLOCKS)
    assert all(len(line) <= columns for line in lines[:-1])
    assert len(lines) <= MOST_ROWS + 1


@given(region_lists(grid=1_600))
def test_a_cell_is_empty_only_where_there_is_no_speech(case: tuple[int, list[Region]]) -> None:
    length, regions = case
    lines = picture(spans(*regions), length, columns=100, marks=PLAIN)
    drawn = cells(lines)
    step = int(float(lines[-1].split("a mark is ")[1].split(" s:")[0]) * 16_000)
    assert len(drawn) == -(-length // step)
    for number, mark in enumerate(drawn):
        low, high = number * step, min((number + 1) * step, length)
        heard = sum(max(0, min(high, end) - max(low, start)) for start, end in regions)
        assert (mark == ".") == (heard == 0)
        assert (mark == "#") == (heard * 2 > high - low)


def test_a_short_recording() -> None:
    lines = picture(spans((800, 2_000), (4_800, 8_000)), 8_400, columns=80, marks=BLOCKS)
    assert lines == [
        "0:00:00  ·█▄···████▁"[:19] + "·",
        "         a mark is 0.05 s: · no speech, █ speech, | cut at the limit",
    ]


def test_a_cut_is_shown_where_it_lies() -> None:
    lines = picture(spans((0, 1_600), (1_600, 3_200), forced=0), 4_000, columns=80, marks=PLAIN)
    assert cells(lines) == "#|##."


def test_rows_begin_at_round_times() -> None:
    length = 16_000 * 60
    lines = picture(spans((0, length)), length, columns=80, marks=PLAIN)
    assert [line.split()[0] for line in lines[:-1]] == [f"0:00:{12 * row:02}" for row in range(5)]


def test_two_days_fit_too() -> None:
    length = 16_000 * 3600 * 48
    long = spans(*((16_000 * n, 16_000 * n + 8_000) for n in range(0, 3600, 7)), forced=3)
    lines = picture(long, length, columns=80, marks=BLOCKS)
    assert len(lines) <= MOST_ROWS + 1
    assert "|" not in "".join(lines)


def test_a_narrow_terminal_still_shows_something() -> None:
    assert cells(picture(spans((0, 800)), 1_600, columns=1, marks=PLAIN)) == "#."


@pytest.mark.parametrize(
    ("encoding", "marks"),
    [("utf-8", BLOCKS), ("ascii", PLAIN), ("latin-1", PLAIN), (None, PLAIN), ("klingon", PLAIN)],
)
def test_what_the_output_can_carry(encoding: str | None, marks: object) -> None:
    assert marks_for(encoding) is marks
