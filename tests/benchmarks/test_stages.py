"""Every stage that is timed exists under its name."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from benchmarks.stages import DECODE, PLACES, Stopwatch

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.mark.parametrize("place", [*(place for _, place in PLACES), DECODE])
def test_every_stage_is_where_it_is_looked_for(place: str) -> None:
    module, _, path = place.partition(":")
    found: Any = importlib.import_module(module)
    for name in path.split("."):
        found = getattr(found, name)
    assert callable(found)


def test_a_stopwatch_changes_no_result() -> None:
    watch = Stopwatch()
    timed = watch.around("load", lambda first, *, second: first - second)
    assert timed(5, second=2) == 3
    assert watch.seconds["load"] > 0


def test_a_generator_is_timed_while_it_works() -> None:
    watch = Stopwatch()

    def numbers(count: int) -> Iterator[int]:
        yield from range(count)

    timed = watch.around("load", numbers)
    assert list(timed(3)) == [0, 1, 2]
    assert list(timed(0)) == []
    assert watch.seconds["load"] > 0


def test_padding_is_counted() -> None:
    watch = Stopwatch()
    assert watch.waste == 0.0
    counted = watch.count(lambda _engine, batch: len(batch))
    assert counted(None, [np.zeros(800), np.zeros(400)]) == 2
    assert counted(None, []) == 0
    assert watch.waste == pytest.approx(0.25)
