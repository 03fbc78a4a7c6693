from __future__ import annotations

import csv
import io
import os
from pathlib import PurePosixPath, PureWindowsPath

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asrcli.pipeline.formats.parts import clock_time, shown_path, table, without_breaks

CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)


@pytest.mark.parametrize(
    ("ms", "expected"),
    [
        (0, "00:00:00,000"),
        (1, "00:00:00,001"),
        (59_999, "00:00:59,999"),
        (60_000, "00:01:00,000"),
        (3_600_000, "01:00:00,000"),
        (45_296_789, "12:34:56,789"),
        (360_000_000, "100:00:00,000"),
    ],
)
def test_clock_times(ms: int, expected: str) -> None:
    assert clock_time(ms, ",") == expected
    assert clock_time(ms, ".") == expected.replace(",", ".")


@given(st.integers(0, 10**9))
def test_a_clock_time_reads_back(ms: int) -> None:
    hours, minutes, rest = clock_time(ms, ".").split(":")
    assert (int(hours) * 60 + int(minutes)) * 60_000 + round(float(rest) * 1000) == ms
    assert int(minutes) < 60
    assert float(rest) < 60


def test_a_path_has_slashes_on_every_system() -> None:
    assert shown_path(PureWindowsPath("a\\b.wav")) == "a/b.wav"
    assert shown_path(PurePosixPath("通话/客户 一.wav")) == "通话/客户 一.wav"


def test_bytes_that_are_no_text_are_escaped() -> None:
    name = os.fsdecode(b"a\xff\xe4\xbd\xa0.wav")
    assert shown_path(PurePosixPath(name)) == "a\\xff你.wav"
    assert shown_path(PurePosixPath("a\ud800.wav")) == "a\\ud800.wav"


def test_one_line() -> None:
    assert without_breaks("一\n二\r\n三\u2028四") == "一 二 三 四"
    assert without_breaks("一  二") == "一  二"


@given(st.lists(st.tuples(CELLS, CELLS), max_size=4), st.sampled_from(",\t"))
def test_a_table_reads_back(rows: list[tuple[str, str]], separator: str) -> None:
    text = table(("one", "two"), rows, separator=separator, header=True)
    back = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    assert back == [
        ["one", "two"],
        *([cell.replace("\r", "\\r") for cell in row] for row in rows),
    ]


@given(st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=4), st.sampled_from(",\t"), st.booleans())
def test_a_table_is_what_pandas_writes(
    rows: list[tuple[str, str, str]], separator: str, header: bool
) -> None:
    columns = ["one", "t,wo", "th\tree"]
    cells = [[cell.replace("\r", "\\r") for cell in row] for row in rows]
    frame = pd.DataFrame(cells, columns=columns, dtype=object)
    expected = frame.to_csv(sep=separator, header=header, index=False, lineterminator="\n")
    assert table(columns, rows, separator=separator, header=header) == expected


def test_a_table_without_rows_or_header_is_empty() -> None:
    assert table(("one", "two"), [], separator=",", header=False) == ""
    assert table(("one", "two"), [("", "NA")], separator=",", header=False) == ",NA\n"
