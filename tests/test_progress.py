"""Four displays: what each shows, and that none shows too much."""

from __future__ import annotations

import io
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from asrcli.progress import (
    Display,
    JsonProgress,
    PlainProgress,
    Progress,
    RichProgress,
    SilentProgress,
    Tally,
    choose,
    json_line,
)
from asrcli.report import Report
from asrcli.values import Outcome, Status
from tests.values_samples import source

if TYPE_CHECKING:
    from collections.abc import Callable

MINUTE_MS = 60_000


class Clock:
    """Seconds that pass only when told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def done(rel: str = "a.wav", *, size: int = 100, audio_ms: int = MINUTE_MS) -> Outcome:
    found = replace(source(rel), size_bytes=size)
    return Outcome(found, Status.DONE, outputs=(Path(f"/out/{rel}.srt"),), audio_ms=audio_ms)


def failed(rel: str = "bad.wav", reason: str = "is empty", *, size: int = 100) -> Outcome:
    return Outcome(replace(source(rel), size_bytes=size), Status.FAILED, reason)


def play(display: Progress, clock: Clock) -> None:
    """A short run: four files in three minutes, one of them bad."""
    report = Report(clock)
    display.start(4, 400)
    for outcome in (done("a.wav"), failed("会议/三月.wav"), done("c.wav"), done("d.wav")):
        display.stage("load", outcome.source.rel.name)
        clock.now += 45
        report.add(outcome)
        display.finished(outcome)
    display.note("one thing to know")
    display.end(report)


SUMMARY = [
    "done    3",
    "failed  1",
    "audio   3.0 min",
    "time    0:03:00 (1.0x)",
    "        会议/三月.wav: is empty",
    "4 recordings, 3.0 min, 1 failed, 0:03:00, 1.0x",
]


class TestTally:
    """Where a run stands."""

    def test_before_anything(self) -> None:
        assert Tally(Clock()).share == 0.0

    def test_in_the_middle(self) -> None:
        clock = Clock()
        tally = Tally(clock)
        tally.start(412, 1000)
        clock.now += 100
        tally.add(done(size=240, audio_ms=9_000_000))
        tally.add(failed(size=100))
        assert tally.line() == "34 %, 2 of 412 files, 2.5 h, 1 failed, 90x, 0:03:14 left"

    def test_at_the_start_nothing_is_foretold(self) -> None:
        tally = Tally(Clock())
        tally.start(3, 300)
        assert tally.line() == "0 %, 0 of 3 files, 0.0 s, 0 failed, -"

    def test_files_without_a_size_are_counted(self) -> None:
        tally = Tally(Clock())
        tally.start(4, 0)
        tally.add(failed(size=0))
        assert tally.share == 0.25

    @given(st.lists(st.integers(0, 1000)), st.integers(0, 1000))
    def test_the_share_only_grows_and_ends_at_most_at_one(
        self, sizes: list[int], grown: int
    ) -> None:
        tally = Tally(Clock())
        tally.start(len(sizes), sum(sizes))
        shares = [tally.share]
        for size in sizes:
            tally.add(done(size=size + grown))  # a file may grow after it was found
            shares.append(tally.share)
        assert shares == sorted(shares)
        assert shares[-1] <= 1.0


class TestSilent:
    """Errors and the last line."""

    def test_a_run(self) -> None:
        stream = io.StringIO()
        play(SilentProgress(stream), Clock())
        assert stream.getvalue().splitlines() == ["failed: 会议/三月.wav: is empty", SUMMARY[-1]]

    def test_a_name_cannot_forge_a_line(self) -> None:
        stream = io.StringIO()
        SilentProgress(stream).finished(failed("a\n4 recordings", "b\rc"))
        assert stream.getvalue() == "failed: a\\n4 recordings: b\\rc\n"


class TestPlain:
    """One line a minute."""

    def test_a_run(self) -> None:
        stream = io.StringIO()
        clock = Clock()
        play(PlainProgress(stream, clock=clock, listed_in="transcripts.csv"), clock)
        assert stream.getvalue().splitlines() == [
            "4 files, 0.0 MB",
            "failed: 会议/三月.wav: is empty",
            "50 %, 2 of 4 files, 1.0 min, 1 failed, 0.7x, 0:01:30 left",
            "100 %, 4 of 4 files, 3.0 min, 1 failed, 1.0x, 0:00:00 left",
            "one thing to know",
            *SUMMARY,
        ]

    def test_a_long_recording_gives_signs_of_life(self) -> None:
        stream = io.StringIO()
        clock = Clock()
        display = PlainProgress(stream, clock=clock)
        display.start(1, 10)
        for _ in range(600):
            clock.now += 1
            display.stage("decode", "8 spans")
        lines = stream.getvalue().splitlines()
        assert len(lines) == 1 + 10
        assert lines[1] == "0 %, 0 of 1 files, 0.0 s, 0 failed, 0.0x; decode: 8 spans"

    def test_ten_thousand_files_in_a_minute_are_one_line(self) -> None:
        stream = io.StringIO()
        clock = Clock()
        display = PlainProgress(stream, clock=clock)
        display.start(10_000, 10_000)
        for _ in range(10_000):
            clock.now += 0.006
            display.stage("load", "x")
            display.finished(done(size=1))
        assert len(stream.getvalue().splitlines()) <= 2

    def test_no_colours_in_a_log(self) -> None:
        stream = io.StringIO()
        play(PlainProgress(stream), Clock())
        assert "\x1b" not in stream.getvalue()


class TestJson:
    """One object a line."""

    def test_a_run(self) -> None:
        stream = io.StringIO()
        play(JsonProgress(stream), Clock())
        lines = [json.loads(line) for line in stream.getvalue().splitlines()]
        assert [line["type"] for line in lines] == ["start", *["recording"] * 4, "note", "end"]
        assert lines[0] == {"type": "start", "files": 4, "size_bytes": 400}
        assert lines[1] == {
            "type": "recording",
            "file": "a.wav",
            "status": "done",
            "reason": "",
            "audio_ms": MINUTE_MS,
            "wall_ms": 0,
            "attempts": 1,
            "outputs": ["/out/a.wav.srt"],
        }
        assert lines[2]["file"] == "会议/三月.wav"
        assert (lines[2]["status"], lines[2]["reason"]) == ("failed", "is empty")
        assert lines[-2] == {"type": "note", "message": "one thing to know"}
        assert lines[-1] == {
            "type": "end",
            "counts": {"done": 3, "empty": 0, "skipped": 0, "failed": 1, "set-aside": 0},
            "audio_ms": 3 * MINUTE_MS,
            "wall_ms": 3 * MINUTE_MS,
            "held_back": 0,
            "left": 0,
            "stopped": "",
            "exit_code": 3,
        }

    @pytest.mark.parametrize(("allow_empty", "code"), [(False, 4), (True, 0)])
    def test_the_end_of_nothing(self, allow_empty: bool, code: int) -> None:
        stream = io.StringIO()
        JsonProgress(stream, allow_empty=allow_empty).end(Report())
        assert json.loads(stream.getvalue())["exit_code"] == code

    def test_every_type_is_documented(self) -> None:
        stream = io.StringIO()
        play(JsonProgress(stream), Clock())
        for line in map(json.loads, stream.getvalue().splitlines()):
            assert f"`{line.pop('type')}`" in (JsonProgress.__doc__ or "")
            assert all(name in (JsonProgress.__doc__ or "") for name in line)

    @pytest.mark.parametrize("encoding", ["utf-8", "ascii", "gb18030", "latin-1"])
    def test_it_parses_in_every_encoding(self, encoding: str) -> None:
        stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
        name = "会议/三月\n\udcff.wav"
        print(json_line({"file": name}, stream), file=stream, flush=True)
        data = stream.buffer.getvalue()
        assert json.loads(data.decode(encoding)) == {"file": name}
        assert ("会议" in data.decode(encoding)) == (encoding == "utf-8")

    @given(st.text(st.characters()))
    def test_any_text_is_one_line_and_comes_back(self, text: str) -> None:
        stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
        line = json_line({"message": text}, stream)
        assert "\n" not in line
        assert json.loads(line.encode("utf-8")) == {"message": text}


def terminal(width: int = 60) -> Console:
    return Console(file=io.StringIO(), width=width, force_terminal=True, color_system=None)


def drawn(display: RichProgress, width: int = 60) -> list[str]:
    console = Console(file=io.StringIO(), width=width, color_system=None)
    console.print(display.picture())
    return str(console.file.getvalue()).splitlines()  # type: ignore[attr-defined]


class TestRich:
    """The bar on a terminal."""

    def test_the_picture(self) -> None:
        clock = Clock()
        with RichProgress(terminal(), clock=clock) as display:
            display.start(4, 400)
            clock.now += 30
            display.finished(done(size=200, audio_ms=7_200_000))
            display.stage("load", "三月.wav")
            display.stage("decode", "8 spans")
            display.stage("load", "四月.wav")
            lines = [line.rstrip() for line in drawn(display)]
        assert lines == [
            "█" * 15 + "░" * 15,
            "50 %, 1 of 4 files, 2.0 h, 0 failed, 240x, 0:00:30 left",
            "    load  四月.wav",
            "  decode  8 spans",
        ]

    @pytest.mark.parametrize("width", [20, 40, 80])
    def test_no_line_is_wider_than_the_terminal(self, width: int) -> None:
        with RichProgress(terminal(width), clock=Clock()) as display:
            display.start(100_000, 10**12)
            display.stage("load", "很长的会议录音文件名称" * 5 + ".wav")
            lines = drawn(display, width)
        assert len(lines) == 3
        assert lines[0].startswith("░" * 19)
        # A wide character that does not fit leaves one cell empty.
        assert all(cell_len(line) <= width for line in lines)
        assert lines[2].rstrip().endswith("…")

    def test_a_run(self) -> None:
        console = terminal(100)
        clock = Clock()
        with RichProgress(console, clock=clock) as display:
            play(display, clock)
        text = console.file.getvalue()  # type: ignore[attr-defined]
        for line in ("failed: 会议/三月.wav: is empty", "one thing to know", *SUMMARY):
            assert line in text
        assert text.rstrip().endswith(SUMMARY[-1])

    def test_the_terminal_is_given_back_after_an_error(self) -> None:
        console = terminal()
        display = RichProgress(console)
        with pytest.raises(KeyboardInterrupt), display:
            display.start(1, 1)
            raise KeyboardInterrupt
        text = console.file.getvalue()  # type: ignore[attr-defined]
        hidden, shown = "\x1b[?25l", "\x1b[?25h"
        assert text.rfind(shown) > text.rfind(hidden) >= 0
        display.close()

    def test_names_are_not_markup(self) -> None:
        console = terminal(100)
        with RichProgress(console, clock=Clock()) as display:
            display.finished(failed("[bold]a[/bold].wav", "[/]"))
            display.stage("load", "[/nothing]")
            assert any("[/nothing]" in line for line in drawn(display))
        assert "[bold]a[/bold].wav: [/]" in console.file.getvalue()  # type: ignore[attr-defined]


class TestChoose:
    """Options first, then the terminal."""

    @pytest.mark.parametrize(
        ("quiet", "log_json", "terminal", "expected"),
        [
            (False, False, False, PlainProgress),
            (False, False, True, RichProgress),
            (True, False, False, SilentProgress),
            (True, False, True, SilentProgress),
            (False, True, True, JsonProgress),
            (True, True, False, JsonProgress),
        ],
    )
    def test_choose(
        self,
        quiet: bool,
        log_json: bool,
        terminal: bool,
        expected: type[Display],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal, raising=False)
        assert type(choose(quiet, log_json)) is expected

    @pytest.mark.parametrize("log_json", [False, True])
    @pytest.mark.parametrize("quiet", [False, True])
    @pytest.mark.parametrize("terminal", [False, True])
    def test_nothing_goes_to_stdout(
        self,
        quiet: bool,
        log_json: bool,
        terminal: bool,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal, raising=False)
        with choose(quiet, log_json) as display:
            play(display, Clock())
        captured = capsys.readouterr()
        assert captured.out == ""
        assert captured.err


def test_a_bare_display_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with Display() as display:
        play(display, Clock())
    assert capsys.readouterr() == ("", "")


def test_displays_are_what_the_pipeline_asks_for() -> None:
    made: list[Callable[[], Progress]] = [SilentProgress, PlainProgress, JsonProgress, Display]
    assert all(callable(make().note) for make in made)
