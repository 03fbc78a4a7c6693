"""Results belong to contents: found again under any name, replaced, forgotten when unused."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from asrcli.history import contents, work
from asrcli.history.contents import Facts, Work
from asrcli.history.index import query
from asrcli.history.work import Delivery
from asrcli.values import (
    Decoded,
    DroppedHotword,
    HotwordSet,
    ModelInfo,
    Outcome,
    SpeechSpan,
    Status,
    Token,
    Transcript,
)
from tests.values_samples import context, source, timed, transcript

if TYPE_CHECKING:
    from asrcli.history.store import Store

HASH = "ab" * 32


def work_of(store: Store, sha256: str = HASH) -> Work:
    return Work(sha256, contents.context_id(store, context()))


def save(store: Store, item: Work, text: str = "今天开会。") -> int:
    made = transcript([timed(text)]) if text else None
    status = Status.DONE if text else Status.EMPTY
    with store.transaction() as connection:
        return contents.save_result(connection, item, Outcome(source(), status), made)


def hits(store: Store, text: str) -> int:
    return len(store.rows("SELECT rowid FROM texts WHERE texts MATCH ?", (query(text),)))


class TestContext:
    """What makes a text depend on more than its sound."""

    def test_the_same_values_share_a_number(self, store: Store) -> None:
        assert contents.context_id(store, context()) == contents.context_id(store, context())
        assert store.rows("SELECT count(*) FROM contexts") == [(1,)]

    @pytest.mark.parametrize(
        "change",
        [
            {"settings_sha256": "other"},
            {"models": (ModelInfo("asr", "demo", "other"),)},
            {"hotwords": HotwordSet((("达摩院", 2.0),))},
            {"hotwords": dataclasses.replace(context().hotwords, aliases=())},
        ],
    )
    def test_what_changes_the_text_changes_it(self, change: dict[str, object]) -> None:
        other = dataclasses.replace(context(), **change)  # type: ignore[arg-type]
        assert contents.context_sha256(other) != contents.context_sha256(context())

    def test_remarks_on_a_list_do_not(self) -> None:
        words = dataclasses.replace(
            context().hotwords, dropped=(DroppedHotword(1, "x", "y"),), sha256="another file"
        )
        other = dataclasses.replace(context(), hotwords=words)
        assert contents.context_sha256(other) == contents.context_sha256(context())

    def test_the_schema_does(self, monkeypatch: pytest.MonkeyPatch) -> None:
        before = contents.context_sha256(context())
        monkeypatch.setattr(contents, "SCHEMA_VERSION", 99)
        assert contents.context_sha256(context()) != before


class TestHashes:
    """Stat first, hash second."""

    FACTS = Facts(10, 20, 30)

    def test_a_file_that_has_not_changed(self, store: Store) -> None:
        with store.transaction() as connection:
            contents.remember_hash(connection, Path("/a.wav"), self.FACTS, HASH)
        assert contents.hash_of(store, Path("/a.wav"), self.FACTS) == HASH

    @pytest.mark.parametrize("field", ["size_bytes", "mtime_ns", "inode"])
    def test_a_file_that_has(self, field: str, store: Store) -> None:
        with store.transaction() as connection:
            contents.remember_hash(connection, Path("/a.wav"), self.FACTS, HASH)
        other = dataclasses.replace(self.FACTS, **{field: 1})
        assert contents.hash_of(store, Path("/a.wav"), other) == ""

    def test_another_name_of_a_known_size_is_worth_hashing(self, store: Store) -> None:
        assert not contents.knows_size(store, 10)
        with store.transaction() as connection:
            contents.remember_hash(connection, Path("/a.wav"), self.FACTS, HASH)
        assert contents.knows_size(store, 10)
        assert contents.hash_of(store, Path("/b.wav"), self.FACTS) == ""

    def test_a_name_that_is_no_text(self, store: Store) -> None:
        path = Path(os.fsdecode(b"/\xff.wav"))
        with store.transaction() as connection:
            contents.remember_hash(connection, path, self.FACTS, HASH)
            contents.remember_hash(connection, path, self.FACTS, "new")
        assert contents.hash_of(store, path, self.FACTS) == "new"

    def test_facts_are_those_of_the_disk(self, tmp_path: Path) -> None:
        (tmp_path / "a").write_bytes(b"12345")
        found = (tmp_path / "a").stat()
        assert Facts.of(found) == Facts(5, found.st_mtime_ns, found.st_ino)


class TestResults:
    """What came out."""

    def test_it_is_found_with_its_transcript(self, store: Store) -> None:
        item = work_of(store)
        assert contents.find_result(store, item) is None
        number = save(store, item)
        result = contents.find_result(store, item)
        assert result is not None
        assert (result.id, result.status, result.reason) == (number, Status.DONE, "")
        assert result.transcript is not None
        elsewhere = source("sub/b.wav")
        back = contents.load_transcript(result.transcript, elsewhere, context())
        made = transcript([timed("今天开会。")])
        assert back == dataclasses.replace(made, source=elsewhere, context=context())

    def test_neither_content_nor_context_alone_finds_it(self, store: Store) -> None:
        item = work_of(store)
        save(store, item)
        assert contents.find_result(store, Work("cd" * 32, item.context)) is None
        assert contents.find_result(store, Work(HASH, item.context + 1)) is None

    def test_a_new_one_takes_the_place_of_the_old(self, store: Store) -> None:
        item = work_of(store)
        first = save(store, item, "今天开会。")
        assert save(store, item, "明天再说。") == first
        assert (hits(store, "今天"), hits(store, "明天")) == (0, 1)
        assert save(store, item, "") == first
        assert hits(store, "明天") == 0

    def test_what_could_not_be_written_is_decoded_all_the_same(self, store: Store) -> None:
        item = work_of(store)
        failed = Outcome(source(), Status.FAILED, "too long a name \udcff")
        with store.transaction() as connection:
            contents.save_result(connection, item, failed, transcript([timed("字。")]))
        result = contents.find_result(store, item)
        assert result is not None
        assert (result.status, result.reason) == (Status.DONE, "")

    def test_a_failure_is_remembered_with_its_reason(self, store: Store) -> None:
        item = work_of(store)
        failed = Outcome(source(), Status.FAILED, "truncated \udcff")
        with store.transaction() as connection:
            contents.save_result(connection, item, failed, None)
        result = contents.find_result(store, item)
        assert result is not None
        assert (result.status, result.reason) == (Status.FAILED, "truncated \\udcff")
        assert result.transcript is None

    def test_a_failure_of_a_copy_does_not_take_the_place_of_a_text(self, store: Store) -> None:
        item = work_of(store)
        number = save(store, item)
        with store.transaction() as connection:
            failed = Outcome(source("copy.mp3"), Status.FAILED, "its name misleads")
            assert contents.save_result(connection, item, failed, None) == number
        result = contents.find_result(store, item)
        assert result is not None
        assert result.status is Status.DONE
        assert hits(store, "今天") == 1

    def test_one_that_is_in_use_stays(self, store: Store) -> None:
        number = save(store, work_of(store))
        with store.transaction() as connection:
            run = work.begin_run(connection, inputs=Path("/in"), output=Path("/out"))
            delivery = Delivery(Status.DONE, "", number, "", (), ())
            work.save_delivery(
                connection, run, Path("/out"), Outcome(source(), Status.DONE), delivery
            )
            contents.drop_if_unused(connection, number)
        assert hits(store, "今天") == 1

    def test_one_that_is_not_is_forgotten(self, store: Store) -> None:
        number = save(store, work_of(store))
        with store.transaction() as connection:
            contents.drop_if_unused(connection, number)
            contents.drop_if_unused(connection, number)
        assert contents.find_result(store, work_of(store)) is None
        assert hits(store, "今天") == 0

    def test_a_transcript_with_the_context_of_its_time(self, store: Store) -> None:
        number = save(store, work_of(store))
        back = contents.transcript_of(store, number, source("x.wav"))
        assert isinstance(back, Transcript)
        assert back.context == context()
        assert back.source == source("x.wav")
        empty = save(store, work_of(store, "ef" * 32), "")
        assert contents.transcript_of(store, empty, source()) is None


class TestSpans:
    """A long recording goes on where it was stopped."""

    SPANS = (SpeechSpan(0, 0, 1600), SpeechSpan(1, 3200, 4800, forced_cut=True))

    def keep(self, store: Store, item: Work, *spans: SpeechSpan) -> None:
        tokens = (Token("字", 0, 50, 0.1 + 0.2),)
        with store.transaction() as connection:
            contents.save_spans(connection, [(item, Decoded(span, tokens)) for span in spans])

    def test_they_come_back_by_their_span(self, store: Store) -> None:
        item = work_of(store)
        self.keep(store, item, *self.SPANS)
        back = contents.load_spans(store, item)
        assert set(back) == set(self.SPANS)
        assert back[self.SPANS[1]].tokens == (Token("字", 0, 50, 0.1 + 0.2),)

    def test_channels_are_kept_apart(self, store: Store) -> None:
        item = work_of(store)
        both = [dataclasses.replace(self.SPANS[0], channel=channel) for channel in (0, 1, None)]
        self.keep(store, item, *both)
        assert set(contents.load_spans(store, item)) == set(both)

    def test_they_hold_for_their_content_and_context_only(self, store: Store) -> None:
        item = work_of(store)
        self.keep(store, item, *self.SPANS)
        assert contents.load_spans(store, work_of(store, "cd" * 32)) == {}

    @pytest.mark.parametrize(
        ("status", "kept"), [(Status.DONE, 0), (Status.EMPTY, 0), (Status.FAILED, 2)]
    )
    def test_they_go_when_the_recording_is_done(
        self, status: Status, kept: int, store: Store
    ) -> None:
        item = work_of(store)
        self.keep(store, item, *self.SPANS)
        made = transcript([timed("字。")]) if status is Status.DONE else None
        with store.transaction() as connection:
            contents.save_result(connection, item, Outcome(source(), status), made)
        assert len(contents.load_spans(store, item)) == kept
