"""Signals in every stage, the time of day, and recordings that kill the process."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING

import pytest

from asrcli.engines.fake import speak
from tests.e2e.program import record
from tests.faults.conftest import OPTIONS
from tests.faults.folders import batches, listed, read_outputs, redone

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.faults.child import Runner
    from tests.faults.folders import Outputs

    Tell = Callable[[str, int], None]

SMALL = ("--batch-seconds", "20")


def job(forty: Path) -> tuple[object, ...]:
    return ("transcribe", "folder", forty, "-o", "out", *OPTIONS, *SMALL)


@pytest.mark.parametrize("stage", ["load", "decode", "write"])
def test_sigterm_in_each_stage(
    stage: str, runner: Runner, forty: Path, undisturbed: Outputs, tell: Tell
) -> None:
    ended = runner(*job(forty), signal_in=stage)
    assert ended.code == 143, ended.stderr
    assert ended.last_line.startswith("terminated: ")
    assert " left" in ended.last_line
    partly = read_outputs(runner.folder / "out")
    for name in partly.keys() - {"transcripts.csv"}:
        assert partly[name] == undisturbed[name]
    if "transcripts.csv" in partly:
        rows = listed(partly)
        assert {f"{name}.json" for name in rows} == partly.keys() - {"transcripts.csv"}
    summary = json.loads((runner.folder / "out" / "run.json").read_text(encoding="utf-8"))
    assert (summary["end"], summary["exit_code"]) == ("terminated", 143)
    assert runner(*job(forty)).code == 0
    assert read_outputs(runner.folder / "out") == undisturbed
    assert redone(runner.decoded_log) == 0
    tell("signals in a stage, then a rerun that decoded nothing twice", 1)


def test_a_second_signal_stops_at_once(
    runner: Runner, forty: Path, undisturbed: Outputs, tell: Tell
) -> None:
    run = runner.start(*job(forty), slow=0.5)
    while run.runs_for(0.02) and not runner.decoded_log.read_text(encoding="utf-8"):
        pass
    run.signal(signal.SIGINT)
    assert run.runs_for(0.05)
    run.signal(signal.SIGINT)
    assert run.wait(30).code == 130
    assert runner(*job(forty)).code == 0
    assert read_outputs(runner.folder / "out") == undisturbed
    assert redone(runner.decoded_log) <= max(batches(runner.decoded_log).values())
    tell("second signals, then a rerun", 1)


def test_a_recording_that_kills_the_process_is_set_aside(runner: Runner, tell: Tell) -> None:
    for number, said in enumerate(("今天开会", "明天再说", "杀手来了啊呀", "后天见", "好")):
        record(runner.folder / "in" / f"{number}.wav", said)
    # As the pipeline cuts it out of the silence around it.
    deadly = len(speak("杀手来了啊呀")) - len(speak("")) + 2 * 1600
    args = ("transcribe", "folder", "in", "-o", "out", *OPTIONS)
    found = _length_of(runner, args, deadly)
    codes = []
    for _ in range(4):
        codes.append(runner(*args, dies_at=found))
        if codes[-1].code != 11:
            break
    assert [ended.code for ended in codes] == [11, 11, 11, 3]
    last = codes[-1]
    assert "1 set aside" in last.last_line
    assert "set-aside: 2.wav: the program died 3 times while it worked on it" in last.stderr
    assert len([name for name in read_outputs(runner.folder / "out") if "json" in name]) == 4
    # In good company by then: the others were done on the way.
    assert "unchanged" in last.last_line
    assert runner(*args, dies_at=found).code == 3
    assert runner(*args, "--retry-failed").code == 0
    tell("recordings that killed the process, set aside and tried again", 1)


def _length_of(runner: Runner, args: tuple[str, ...], guess: int) -> str:
    """The number of samples of the longest span that the recogniser is given."""
    from asrcli.engines.fake import FakeVad

    spans = FakeVad().speech(speak("杀手来了啊呀"))
    assert len(spans) == 1
    assert abs(spans[0][1] - spans[0][0] - guess) < 16_000
    return str(spans[0][1] - spans[0][0])


def test_a_time_of_day_that_is_over(runner: Runner, forty: Path, tell: Tell) -> None:
    """The run ends by plan, with what is whole; the next night goes on."""
    ended = runner(*job(forty), "--until", "06:30", slow=0.3, night_ends_in=0.5)
    assert ended.code == 0, ended.stderr
    assert ended.last_line.startswith("--until 06:30 is reached: ")
    assert runner(*job(forty)).code == 0
    assert redone(runner.decoded_log) == 0
    tell("runs ended by --until, then a rerun", 1)
