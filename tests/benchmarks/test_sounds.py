"""Folders of synthetic speech hold what was asked for, the same on every machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile

from asrcli.clock import SAMPLE_RATE
from benchmarks import sounds

if TYPE_CHECKING:
    from pathlib import Path

    from asrcli.values import FloatArray


@pytest.fixture
def pieces() -> list[FloatArray]:
    generator = np.random.default_rng(0)
    return [
        (generator.standard_normal(length) * 0.1).astype(np.float32) for length in (9_000, 40_000)
    ]


def lengths(folder: sounds.Folder) -> list[float]:
    return [soundfile.info(path).duration for path in folder.files]


def test_calls_are_short_and_add_up(tmp_path: Path, pieces: list[FloatArray]) -> None:
    folder = sounds.make_calls(tmp_path / "calls", pieces, 60.0)
    assert sum(lengths(folder)) == pytest.approx(folder.seconds)
    assert 60.0 <= folder.seconds < 61.0
    assert all(length <= sounds.CALL_S[1] for length in lengths(folder))
    assert len(folder.files) >= 3


def test_lectures_are_as_long_as_asked(tmp_path: Path, pieces: list[FloatArray]) -> None:
    folder = sounds.make_lectures(tmp_path / "lectures", pieces, 20.0, each=10.0)
    assert lengths(folder) == [10.0, 10.0]


def test_mixed_holds_both(tmp_path: Path, pieces: list[FloatArray]) -> None:
    folder = sounds.make_mixed(tmp_path / "mixed", pieces, 60.0)
    assert {path.parent.name for path in folder.files} == {"calls", "lectures"}
    assert max(lengths(folder)) == 30.0
    assert sum(lengths(folder)) == pytest.approx(folder.seconds)


def test_snippets_differ(tmp_path: Path, pieces: list[FloatArray]) -> None:
    folder = sounds.make_snippets(tmp_path / "snippets", pieces, 12)
    assert len({path.read_bytes() for path in folder.files}) == 12
    assert folder.seconds == pytest.approx(sum(lengths(folder)))


def test_the_same_folder_is_made_twice(tmp_path: Path, pieces: list[FloatArray]) -> None:
    first, second = (
        sounds.make_calls(tmp_path / name, pieces, 20.0).files for name in ("one", "two")
    )
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
    sound, rate = soundfile.read(first[0], dtype="float32")
    assert rate == SAMPLE_RATE
    assert np.abs(sound).max() <= 1.0
