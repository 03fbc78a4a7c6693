"""Files that are still being written are held back, whatever time their copier gives them."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from asrcli.pipeline.discover import sources_of
from asrcli.pipeline.settle import LOOKS_APART_S, settle

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from asrcli.values import SourceFile

LATER = 10_000.0
"""Seconds after the files were made at which they are looked at."""


def clock() -> float:
    return time.time() + LATER


def never(_: float) -> None:
    pytest.fail("nothing to wait for")


def files(folder: Path, *names: str) -> list[SourceFile]:
    for name in names:
        (folder / name).write_bytes(b"sound")
    return sources_of([folder / name for name in names])


def names(sources: list[SourceFile]) -> list[str]:
    return [source.path.name for source in sources]


def aged(source: SourceFile, seconds: float) -> None:
    """Set a file's time to so long before the moment of looking."""
    then = clock() - seconds
    os.utime(source.path, (then, then))


def test_without_an_age_everything_is_taken(tmp_path: Path) -> None:
    found = files(tmp_path, "a.wav", "b.wav")
    assert settle(found, min_age_s=0, sleep=never) == (found, [])


@pytest.mark.parametrize(
    ("age_s", "held"), [(5, True), (50, True), (-5, True), (61, False), (-86_400, False)]
)
def test_a_file_that_changed_lately_is_held_back(age_s: float, held: bool, tmp_path: Path) -> None:
    found = files(tmp_path, "a.wav", "b.wav", "c.wav")
    for source, age in zip(found, (100, age_s, 100), strict=True):
        aged(source, age)
    taken, back = settle(found, min_age_s=60, clock=clock, sleep=never)
    assert names(back) == (["b.wav"] if held else [])
    assert names(taken) == (["a.wav", "c.wav"] if held else ["a.wav", "b.wav", "c.wav"])


def growing(path: Path, then: float) -> Callable[[float], None]:
    """A copier that adds to the file while we wait, and sets its time back as it goes."""

    def wait(seconds: float) -> None:
        assert seconds == LOOKS_APART_S
        with path.open("ab") as file:
            file.write(b"more")
        os.utime(path, (then, then))

    return wait


def test_a_copy_with_the_time_of_its_original_is_looked_at_twice(tmp_path: Path) -> None:
    found = files(tmp_path, "a.wav", "b.wav")
    old = time.time() - 1000
    for source in found:
        os.utime(source.path, (old, old))
    taken, back = settle(found, min_age_s=60, sleep=growing(found[1].path, old))
    assert (names(taken), names(back)) == (["a.wav"], ["b.wav"])


def test_the_wait_is_short_and_happens_once(tmp_path: Path) -> None:
    found = files(tmp_path, "a.wav", "b.wav")
    old = time.time() - 1000
    for source in found:
        os.utime(source.path, (old, old))
    waits: list[float] = []
    assert settle(found, min_age_s=0.5, sleep=waits.append) == (found, [])
    assert waits == [0.5]


def test_a_file_that_goes_away_meanwhile_is_held_back(tmp_path: Path) -> None:
    [source] = files(tmp_path, "a.wav")
    os.utime(source.path, (1, 1))
    _, back = settle([source], min_age_s=60, sleep=lambda _: source.path.unlink())
    assert back == [source]


def test_what_is_no_file_is_taken_so_that_loading_reports_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.wav")
    (tmp_path / "link.wav").symlink_to("nowhere.wav")
    (tmp_path / "self.wav").symlink_to("self.wav")
    found = sources_of([tmp_path / name for name in ("pipe.wav", "link.wav", "self.wav")])
    assert settle(found, min_age_s=60, sleep=never) == (found, [])
