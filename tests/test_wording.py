"""Numbers and names as people read them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asrcli.wording import first_line, harmless, hours, one_line, span, speed


@pytest.mark.parametrize(
    ("ms", "expected"),
    [
        (0, "0.0 s"),
        (8_349, "8.3 s"),
        (60_000, "1.0 min"),
        (750_000, "12.5 min"),
        (3_600_000, "1.0 h"),
        (347_040_000, "96.4 h"),
    ],
)
def test_hours(ms: int, expected: str) -> None:
    assert hours(ms) == expected


@pytest.mark.parametrize(
    ("ms", "expected"),
    [(0, "0:00:00"), (59_400, "0:00:59"), (59_600, "0:01:00"), (360_000_000, "100:00:00")],
)
def test_span(ms: int, expected: str) -> None:
    assert span(ms) == expected


@pytest.mark.parametrize(
    ("audio_ms", "wall_ms", "expected"),
    [
        (1000, 0, "-"),
        (0, 1000, "0.0x"),
        (4_200, 1_000, "4.2x"),
        (9_949, 1_000, "9.9x"),
        (9_950, 1_000, "10x"),
        (141_000, 1_000, "141x"),
    ],
)
def test_speed(audio_ms: int, wall_ms: int, expected: str) -> None:
    assert speed(audio_ms, wall_ms) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("会议 三月.wav", "会议 三月.wav"),
        ("a\nb", r"a\nb"),
        ("\x1b[31mred", r"\x1b[31mred"),
        ("right\u202eleft", r"right\u202eleft"),
        ("not utf-8 \udcff", r"not utf-8 \udcff"),
        ("it's", "it's"),
    ],
)
def test_one_line(text: str, expected: str) -> None:
    assert one_line(text) == expected


@given(st.text(st.characters()))
def test_one_line_is_one_line_that_every_terminal_takes(text: str) -> None:
    line = one_line(text)
    assert line.isprintable()
    assert len(line.splitlines()) <= 1
    assert line.encode("utf-8").decode("utf-8") == line


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (RuntimeError("no memory\nat frame 3"), "no memory"),
        (OSError("\n  libc10_cuda.so\n"), "libc10_cuda.so"),
        (RuntimeError(), "RuntimeError"),
        (ValueError("  \n"), "ValueError"),
    ],
)
def test_first_line(error: Exception, expected: str) -> None:
    assert first_line(error) == expected


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-5度", "@SUM(A1)", "\tx", "\rx"])
def test_a_formula_becomes_text(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "'=1", "会议", " =1", "a=b"])
def test_what_is_no_formula_stays(cell: str) -> None:
    assert harmless(cell) == cell
