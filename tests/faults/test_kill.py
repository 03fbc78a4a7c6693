"""kill -9 at any moment: the next run ends with what an undisturbed one would have left."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from tests.e2e.program import record
from tests.faults.child import Runner
from tests.faults.conftest import OPTIONS, scaled
from tests.faults.folders import batches, listed, read_outputs, redone

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from tests.faults.folders import Outputs

    Tell = Callable[[str, int], None]

SMALL = {"batch_seconds": 20}
"""Eight batches or so."""

MOMENTS = scaled(50, 6)
POINTS_APART = scaled(1, 29)
WORKERS = 4
"""Parts into which the points are divided, so that they can be tried at the same time."""


def job(runner: Runner, forty: Path, **more: int) -> int:
    """Run to the end; the exit code."""
    return runner("transcribe", "folder", forty, "-o", "out", *OPTIONS, **SMALL, **more).code


def check(runner: Runner, undisturbed: Outputs, kills: int) -> None:
    """Everything is there once, as it should be, and little was done twice."""
    found = read_outputs(runner.folder / "out")
    assert found.keys() == undisturbed.keys()
    assert found == undisturbed
    assert listed(found) == listed(undisturbed)
    largest = max(batches(runner.decoded_log).values())
    assert redone(runner.decoded_log) <= kills * largest


def fresh(folder: Path, env: Mapping[str, str]) -> Runner:
    """A runner in a new folder, with a journal of its own."""
    folder.mkdir(parents=True)
    return Runner(folder, {**env, "XDG_STATE_HOME": str(folder / "state")})


def killed_after(seconds: float, folder: Path, env: Mapping[str, str], forty: Path) -> Runner:
    """Where a run was killed after so long, or sooner if it would have been over by then."""
    for attempt in range(20):
        runner = fresh(folder / str(attempt), env)
        run = runner.start("transcribe", "folder", forty, "-o", "out", *OPTIONS, **SMALL)
        alive = run.runs_for(seconds / 2**attempt)
        run.kill()
        if alive:
            return runner
    raise AssertionError("every run was over before it was killed")


@pytest.mark.parametrize("number", range(MOMENTS))
def test_at_a_random_moment(
    number: int,
    tmp_path: Path,
    subprocess_env: Mapping[str, str],
    forty: Path,
    undisturbed: Outputs,
    tell: Tell,
) -> None:
    moment = random.Random(number).uniform(0, 0.8)
    runner = killed_after(moment, tmp_path, subprocess_env, forty)
    assert job(runner, forty) == 0
    check(runner, undisturbed, 1)
    tell("kills at random moments, then a rerun: outputs as undisturbed", 1)


def points_of_a_run(runner: Runner, forty: Path) -> int:
    assert job(runner, forty) == 0
    return len(runner.points_log.read_text(encoding="utf-8").splitlines())


@pytest.mark.parametrize("worker", range(WORKERS))
def test_before_and_after_every_commit_and_every_file(
    worker: int,
    tmp_path: Path,
    subprocess_env: Mapping[str, str],
    forty: Path,
    undisturbed: Outputs,
    tell: Tell,
) -> None:
    def runner(name: str) -> Runner:
        return fresh(tmp_path / name, subprocess_env)

    points = points_of_a_run(runner("count"), forty)
    tried = range(1 + worker * POINTS_APART, points + 1, WORKERS * POINTS_APART)
    kills = 0
    for point in tried:
        killed = runner(f"{point}")
        code = job(killed, forty, kill_at=point)
        assert code in {-9, 0}
        kills += code == -9
        assert job(killed, forty) == 0
        check(killed, undisturbed, 1)
    # Runs do not all have the same number of batches: one may end before the last points.
    assert kills >= len(tried) - 4
    tell("kills at commit points and file publications, then a rerun", kills)


def test_again_and_again(runner: Runner, forty: Path, undisturbed: Outputs, tell: Tell) -> None:
    """Each run gets a little further; a recording that was unlucky is not blamed for ever."""
    args = ("transcribe", "folder", forty, "-o", "out", *OPTIONS, "--max-attempts", "100")
    times = scaled(40, 6)
    points = [random.Random(1000 + number).randint(1, 12) for number in range(times)]
    kills = [runner(*args, kill_at=point, **SMALL).code for point in points].count(-9)
    assert kills >= 5
    assert job(runner, forty) == 0
    check(runner, undisturbed, kills)
    tell("kills one after the other on one folder", kills)


def test_an_unchanged_rerun_decodes_nothing(
    runner: Runner, forty: Path, undisturbed: Outputs
) -> None:
    assert job(runner, forty) == 0
    before = runner.decoded_log.read_text(encoding="utf-8")
    assert job(runner, forty) == 0
    assert runner.decoded_log.read_text(encoding="utf-8") == before
    assert read_outputs(runner.folder / "out") == undisturbed


def test_a_long_recording_goes_on_after_its_last_batch(runner: Runner, tell: Tell) -> None:
    said = "。".join(chr(0x4E00 + 11 * number) * 3 for number in range(60)) + "。"
    record(runner.folder / "in" / "长.wav", said)
    args = ("transcribe", "folder", "in", *OPTIONS)
    assert runner(*args, "-o", "whole", "--journal", "none").code == 0
    runner.decoded_log.unlink()
    run = runner.start(*args, "-o", "out", batch_seconds=6, slow=0.02)
    while run.runs_for(0.01) and not (
        runner.decoded_log.exists()
        and runner.decoded_log.read_text(encoding="utf-8").count("\n") > 20
    ):
        pass
    assert run.kill().code == -9
    assert not read_outputs(runner.folder / "out").keys() & {"长.wav.json"}
    assert runner(*args, "-o", "out", batch_seconds=6).code == 0
    assert read_outputs(runner.folder / "out") == read_outputs(runner.folder / "whole")
    assert redone(runner.decoded_log) <= max(batches(runner.decoded_log).values())
    tell("kills inside one long recording, which then went on", 1)
