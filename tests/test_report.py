"""Counts give the exit code, the last line and the table."""

from __future__ import annotations

import io
from itertools import chain, repeat
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from asrcli.errors import ExitCode
from asrcli.report import FAILURES_SHOWN, Report
from asrcli.values import Outcome, Status
from tests.values_samples import source

if TYPE_CHECKING:
    from collections.abc import Callable

HOUR_MS = 3_600_000


def clock(*ticks: float) -> Callable[[], float]:
    """The given times, then the last one for ever."""
    times = chain(ticks, repeat(ticks[-1]))
    return lambda: next(times)


def outcome(status: Status, rel: str = "a.wav", reason: str = "", audio_ms: int = 0) -> Outcome:
    return Outcome(source(rel), status, reason, audio_ms=audio_ms)


def shown(report: Report, listed_in: str = "", width: int = 100) -> list[str]:
    stream = io.StringIO()
    Console(file=stream, width=width).print(report.table(listed_in=listed_in))
    return [line.rstrip() for line in stream.getvalue().splitlines()]


def test_the_last_line() -> None:
    report = Report(clock(0.0, 2467.0))
    for number in range(409):
        report.add(outcome(Status.DONE, f"{number}.wav", audio_ms=848_509))
    for number in range(3):
        report.add(outcome(Status.FAILED, f"bad{number}.wav", "truncated"))
    assert report.last_line() == "412 recordings, 96.4 h, 3 failed, 0:41:07, 141x"


def test_the_last_line_of_one() -> None:
    report = Report(clock(10.0, 12.0))
    report.add(outcome(Status.DONE, audio_ms=8_300))
    assert report.last_line() == "1 recording, 8.3 s, 0 failed, 0:00:02, 4.2x"


def test_the_last_line_names_what_happened() -> None:
    report = Report(clock(0.0, 3600.0))
    for status, count in (
        (Status.DONE, 5),
        (Status.SKIPPED, 380),
        (Status.FAILED, 3),
        (Status.SET_ASIDE, 1),
    ):
        for number in range(count):
            report.add(outcome(status, f"{status}{number}.wav", audio_ms=HOUR_MS))
    report.held_back = 2
    assert report.last_line() == (
        "389 recordings, 380 unchanged, 5.0 h, 3 failed, 1 set aside, 2 held back, 1:00:00, 5.0x"
    )
    report.stopped("--until 06:30 is reached", left=7, exit_code=ExitCode.OK)
    assert report.last_line() == (
        "--until 06:30 is reached: 389 recordings, 380 unchanged, 5.0 h, 3 failed, 1 set aside,"
        " 2 held back, 7 left, 1:00:00, 5.0x"
    )


@pytest.mark.parametrize(
    ("code", "statuses", "expected"),
    [
        (ExitCode.INTERRUPTED, [Status.FAILED], ExitCode.INTERRUPTED),
        (ExitCode.TERMINATED, [], ExitCode.TERMINATED),
        (ExitCode.RUN_FAILED, [Status.FAILED], ExitCode.RUN_FAILED),
        (ExitCode.OK, [Status.FAILED], ExitCode.SOME_FAILED),
        (ExitCode.OK, [Status.DONE], ExitCode.OK),
        (ExitCode.OK, [], ExitCode.OK),
    ],
)
def test_the_exit_code_of_a_run_that_stopped(
    code: ExitCode, statuses: list[Status], expected: ExitCode
) -> None:
    report = Report()
    for status in statuses:
        report.add(outcome(status))
    report.stopped("interrupted", left=4, exit_code=code)
    assert report.exit_code() is expected


def test_the_table_says_what_was_not_done() -> None:
    report = Report()
    assert not any("left" in line or "held back" in line for line in shown(report))
    report.held_back = 2
    report.stopped("interrupted", left=3, exit_code=ExitCode.INTERRUPTED)
    lines = [line.rsplit(maxsplit=1) for line in shown(report)]
    assert ["held back, still being written", "2"] in [[a.strip(), b] for a, b in lines]
    assert ["left for the next run", "3"] in [[a.strip(), b] for a, b in lines]


def test_the_last_line_of_nothing() -> None:
    assert Report(clock(5.0)).last_line() == "0 recordings, 0.0 s, 0 failed, 0:00:00, -"


def test_wall_time_ends_with_the_last_outcome() -> None:
    report = Report(clock(10.0, 11.0, 14.5))
    report.add(outcome(Status.DONE))
    assert report.wall_ms == 1000
    report.add(outcome(Status.DONE))
    assert report.wall_ms == 4500
    assert report.wall_ms == 4500


def test_only_what_was_worked_through_counts_as_audio() -> None:
    report = Report()
    for status in Status:
        report.add(outcome(status, audio_ms=HOUR_MS))
    assert report.audio_ms == 2 * HOUR_MS  # done and empty
    assert report.counts == dict.fromkeys(Status, 1)
    assert report.total == len(Status)


@pytest.mark.parametrize(
    ("statuses", "allow_empty", "expected"),
    [
        ([], False, ExitCode.NOTHING_TO_DO),
        ([], True, ExitCode.OK),
        ([Status.DONE], False, ExitCode.OK),
        ([Status.EMPTY], False, ExitCode.OK),
        ([Status.SKIPPED], False, ExitCode.OK),
        ([Status.DONE, Status.EMPTY, Status.SKIPPED], False, ExitCode.OK),
        ([Status.FAILED], True, ExitCode.SOME_FAILED),
        ([Status.SET_ASIDE], False, ExitCode.SOME_FAILED),
        ([Status.DONE] * 99 + [Status.FAILED], False, ExitCode.SOME_FAILED),
    ],
)
def test_the_exit_code(statuses: list[Status], allow_empty: bool, expected: ExitCode) -> None:
    report = Report()
    for status in statuses:
        report.add(outcome(status))
    assert report.exit_code(allow_empty) is expected


@given(st.lists(st.sampled_from(Status)), st.booleans())
def test_partial_success_is_never_zero(statuses: list[Status], allow_empty: bool) -> None:
    report = Report()
    for status in statuses:
        report.add(outcome(status))
    bad = {Status.FAILED, Status.SET_ASIDE} & set(statuses)
    assert sum(report.counts.values()) == report.total == len(statuses)
    assert (report.exit_code(allow_empty) == ExitCode.SOME_FAILED) == bool(bad)
    assert len(report.failures) == sum(status in bad for status in statuses)


def test_the_table() -> None:
    report = Report(clock(0.0, 90.0))
    report.add(outcome(Status.DONE, audio_ms=HOUR_MS))
    report.add(outcome(Status.EMPTY, "静音.wav", "no speech"))
    report.add(outcome(Status.FAILED, "会议/[三月].wav", "truncated"))
    assert shown(report) == [
        "done       1",
        "no speech  1",
        "failed     1",
        "audio      1.0 h",
        "time       0:01:30 (40x)",
        "           会议/[三月].wav: truncated",
    ]


def test_the_table_of_nothing_says_so() -> None:
    assert shown(Report(clock(0.0)))[0].split() == ["done", "0"]


@pytest.mark.parametrize(("more", "listed_in"), [(0, ""), (37, "transcripts.csv"), (37, "")])
def test_a_long_list_of_failures_is_cut(more: int, listed_in: str) -> None:
    report = Report()
    for number in range(FAILURES_SHOWN + more):
        report.add(outcome(Status.FAILED, f"{number}.wav", "is empty"))
    lines = shown(report, listed_in)
    assert sum("is empty" in line for line in lines) == FAILURES_SHOWN
    place = f" in {listed_in}" if listed_in else ""
    assert (lines[-1].strip() == f"and {more} more{place}") == bool(more)


def test_failures_cannot_steer_the_terminal() -> None:
    report = Report()
    report.add(outcome(Status.FAILED, "a\nb.wav", "[red]\x1b[2J"))
    assert shown(report)[-1].strip() == r"a\nb.wav: [red]\x1b[2J"


def test_long_chinese_names_stay_whole_in_a_narrow_table() -> None:
    report = Report()
    name = "会" * 60 + ".wav"
    report.add(outcome(Status.FAILED, name, "truncated"))
    text = "".join(line.strip() for line in shown(report, width=40))
    assert f"{name}:truncated" in text.replace(" ", "")
