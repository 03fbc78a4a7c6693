"""Runs, attempts, and how an output folder stands."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from asrcli.history import contents, work
from asrcli.history.contents import Work
from asrcli.history.work import Delivery, End
from asrcli.values import Outcome, Status
from tests.values_samples import context, source

if TYPE_CHECKING:
    from asrcli.history.store import Store

OUT = Path("/out")
HASH = "ab" * 32


def begin(store: Store, output: Path = OUT) -> int:
    with store.transaction() as connection:
        return work.begin_run(connection, inputs=Path("/in"), output=output)


def attempt(store: Store, run: int, item: Work, *, output: Path = OUT, path: str = "/a") -> None:
    with store.transaction() as connection:
        work.begin_attempt(connection, run, output, Path(path), item)


def deaths(store: Store, item: Work, *, besides: int = 0, output: Path = OUT) -> int:
    return work.deaths(store, output, item, besides=besides)


@pytest.fixture
def item(store: Store) -> Work:
    return Work(HASH, contents.context_id(store, context()))


def test_a_run_that_never_ended_has_no_end(store: Store) -> None:
    run = begin(store)
    row = store.rows("SELECT process, output, ended, exit_code FROM runs WHERE id = ?", (run,))
    assert row == [(os.getpid(), b"/out", "", None)]


def test_a_run_that_ended(store: Store) -> None:
    run = begin(store)
    counts = {Status.DONE: 3, Status.FAILED: 1, Status.EMPTY: 0}
    with store.transaction() as connection:
        work.end_run(connection, run, End("complete", 3, counts, 10, 20))
    [(ended, code, told, audio, wall)] = store.rows(
        "SELECT ended, exit_code, counts, audio_ms, wall_ms FROM runs"
    )
    assert (ended, code, audio, wall) == ("complete", 3, 10, 20)
    assert json.loads(told) == {"done": 3, "failed": 1}


class TestAttempts:
    """What was under way when a process died."""

    def test_each_run_that_died_counts_once(self, store: Store, item: Work) -> None:
        first, second, now = begin(store), begin(store), begin(store)
        for run in (first, first, second, now):
            attempt(store, run, item)
        assert deaths(store, item, besides=now) == 2

    def test_other_folders_and_contents_have_counts_of_their_own(
        self, store: Store, item: Work
    ) -> None:
        attempt(store, begin(store), item)
        assert deaths(store, item, output=Path("/other")) == 0
        assert deaths(store, Work("cd" * 32, item.context)) == 0

    def test_an_end_clears_them(self, store: Store, item: Work) -> None:
        attempt(store, begin(store), item)
        with store.transaction() as connection:
            work.end_attempts(connection, OUT, item, Path("/copy"))
        assert deaths(store, item) == 0
        assert work.suspects(store, OUT) == set()

    def test_an_end_clears_what_was_tried_under_its_path(self, store: Store, item: Work) -> None:
        older = Work("cd" * 32, item.context)
        attempt(store, begin(store), older, path="/a")
        attempt(store, begin(store), older, path="/b")
        with store.transaction() as connection:
            work.end_attempts(connection, OUT, item, Path("/a"))
        assert work.suspects(store, OUT) == {b"/b"}

    def test_a_run_that_ends_orderly_takes_its_own_back(self, store: Store, item: Work) -> None:
        died, orderly = begin(store), begin(store)
        attempt(store, died, item)
        attempt(store, orderly, item)
        with store.transaction() as connection:
            work.release_attempts(connection, orderly)
        assert deaths(store, item) == 1

    def test_suspects_are_the_files_of_this_folder(self, store: Store, item: Work) -> None:
        attempt(store, begin(store), item, path=os.fsdecode(b"/\xff.wav"))
        attempt(store, begin(store), item, output=Path("/other"), path="/b")
        assert work.suspects(store, OUT) == {b"/\xff.wav"}


def deliver(store: Store, run: int, delivery: Delivery, rel: str = "a.wav") -> int | None:
    with store.transaction() as connection:
        outcome = Outcome(source(rel), delivery.status)
        return work.save_delivery(connection, run, OUT, outcome, delivery)


def results(store: Store, *hashes: str) -> list[int]:
    numbers = []
    for sha256 in hashes:
        item = Work(sha256, contents.context_id(store, context()))
        with store.transaction() as connection:
            ended = Outcome(source(), Status.EMPTY)
            numbers.append(contents.save_result(connection, item, ended, None))
    return numbers


class TestDeliveries:
    """How each recording of a folder stands."""

    def test_there_and_back(self, store: Store) -> None:
        assert work.find_delivery(store, OUT, Path("a.wav")) is None
        made = Delivery(
            Status.FAILED, "no room \udcff", None, "looks", ("srt",), ("a.wav.srt", "b\udcff")
        )
        deliver(store, begin(store), made)
        back = work.find_delivery(store, OUT, Path("a.wav"))
        assert back == Delivery(
            Status.FAILED, "no room \\udcff", None, "looks", ("srt",), ("a.wav.srt", "b\udcff")
        )
        assert work.find_delivery(store, Path("/other"), Path("a.wav")) is None

    def test_the_result_that_is_no_longer_there_is_named(self, store: Store) -> None:
        first, second = results(store, "aa" * 32, "bb" * 32)
        run = begin(store)

        def stand(result: int | None) -> int | None:
            return deliver(store, run, Delivery(Status.DONE, "", result, "", (), ()))

        assert stand(None) is None
        assert stand(first) is None
        assert stand(first) is None
        assert stand(second) == first
        assert stand(None) == second


def test_outcomes_are_kept_run_by_run(store: Store) -> None:
    run = begin(store)
    outcome = Outcome(source("\udcff.wav"), Status.FAILED, "bad \udcff", attempts=2, audio_ms=5)
    with store.transaction() as connection:
        work.save_outcome(connection, run, outcome)
        work.save_outcome(connection, run, outcome)
    rows = store.rows("SELECT run, rel, status, reason, attempts, audio_ms FROM outcomes")
    assert rows == [(run, b"\xff.wav", "failed", "bad \\udcff", 2, 5)]
