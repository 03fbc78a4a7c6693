from __future__ import annotations

from asrcli.segments.overview import HEADINGS, rows, title
from tests.segments.cuts import cut_list


def test_a_title() -> None:
    cut = cut_list((0, 16_000), (16_000, 40_000), length=80_000, forced=frozenset({0}))
    assert title(cut) == (
        "会议/三 月.wav: 2 segments, 2.5 of 5.0 s are speech (50 %), 1 cut at the limit"
    )


def test_a_title_of_one_channel_with_one_segment() -> None:
    cut = cut_list((0, 160), length=1_600, rel="a\n.wav", channel=1)
    assert title(cut) == (
        r"a\n.wav, channel 2: 1 segment, 0.0 of 0.1 s are speech (10 %), 0 cut at the limit"
    )


def test_no_speech() -> None:
    assert "0 segments, 0.0 of 0.0 s are speech (0 %)" in title(cut_list(length=0))
    assert rows(cut_list(length=0)) == []


def test_rows() -> None:
    cut = cut_list((0, 16_000), (16_000, 40_000), forced=frozenset({0}))
    assert rows(cut) == [
        ("1", "0.000", "1.000", "1.000", "cut"),
        ("2", "1.000", "2.500", "1.500", "pause"),
    ]
    assert all(len(row) == len(HEADINGS) for row in rows(cut))
