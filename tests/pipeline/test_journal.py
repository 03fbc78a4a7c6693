"""What is known is not decoded, what died is tried alone and then set aside."""

from __future__ import annotations

import dataclasses
import os
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from asrcli.errors import RecordingError, RunError
from asrcli.files import content_hash
from asrcli.history.store import Store
from asrcli.history.work import End
from asrcli.pipeline.discover import sources_of
from asrcli.pipeline.journal import Journal, Terms, is_blameless
from asrcli.pipeline.ledger import Attempt, Known
from asrcli.report import worked_ms
from asrcli.values import Decoded, HotwordSet, Outcome, SourceFile, SpeechSpan, Status, Token
from tests.values_samples import context, timed, transcript

if TYPE_CHECKING:
    from collections.abc import Iterator

CONTEXT = context()
OTHER = dataclasses.replace(CONTEXT, hotwords=HotwordSet((("别的", 1.0),)))
SPAN = SpeechSpan(0, 0, 1600)
DECODED = Decoded(SPAN, (Token("字", 0, 50, 0.5),))


class Folder:
    """Recordings, an output folder and runs on them, without the chain between."""

    def __init__(self, root: Path, store: Store) -> None:
        self.root, self.store = root, store
        (root / "in").mkdir()
        (root / "out").mkdir()

    def add(self, name: str = "a.wav", data: bytes = b"sound") -> SourceFile:
        (self.root / "in" / name).write_bytes(data)
        return self.source(name)

    def source(self, name: str = "a.wav") -> SourceFile:
        return sources_of([self.root / "in" / name])[0]

    def run(self, **terms: object) -> Journal:
        base = Terms(self.root / "in", self.root / "out", ("srt",), tables=True, looks="plain")
        return Journal(self.store, dataclasses.replace(base, **terms))  # type: ignore[arg-type]

    def known(self, journal: Journal, source: SourceFile, *, hashed: bool = True) -> Known | None:
        """What is known; fails if the file is hashed and should not be."""

        def digest() -> str:
            assert hashed, "the file was read"
            return content_hash(source.path)

        return journal.known(source, CONTEXT, digest)

    def begin(self, journal: Journal, source: SourceFile) -> int:
        self.known(journal, source)
        return journal.begin(Attempt(source, content_hash(source.path), CONTEXT))

    def do(
        self,
        journal: Journal,
        source: SourceFile,
        status: Status = Status.DONE,
        reason: str = "",
        *,
        speech_ms: int = 0,
    ) -> None:
        """A recording from its beginning to its end."""
        self.begin(journal, source)
        text, files = None, list[Path]()
        if status is Status.DONE:
            text = dataclasses.replace(transcript([timed("今天开会。")]), source=source)
            files.append(self.root / "out" / f"{source.rel}.srt")
            files[0].write_text("captions", encoding="utf-8")
        outcome = Outcome(source, status, reason, tuple(files), audio_ms=5, speech_ms=speech_ms)
        journal.finished(outcome, CONTEXT, text)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    with Store(None) as store:
        yield Folder(tmp_path, store)


class TestKnown:
    """What need not be decoded."""

    def test_nothing_at_first_and_nothing_is_read_for_it(self, folder: Folder) -> None:
        assert folder.known(folder.run(), folder.add(), hashed=False) is None

    def test_an_unchanged_file_is_not_even_read(self, folder: Folder) -> None:
        source = folder.add()
        folder.do(folder.run(), source)
        known = folder.known(folder.run(), source, hashed=False)
        assert known is not None
        assert known.outcome == Outcome(source, Status.SKIPPED)
        assert known.files_stand
        assert known.transcript is not None
        assert known.transcript.source == source
        assert known.transcript.context is CONTEXT

    @pytest.mark.parametrize("way", ["touched", "copied", "renamed", "rewritten"])
    def test_the_same_content_is_known_under_any_facts(self, way: str, folder: Folder) -> None:
        source = folder.add()
        folder.do(folder.run(), source)
        name = "a.wav"
        if way == "touched":
            os.utime(source.path, (1, 1))
        elif way == "rewritten":
            source.path.unlink()
            folder.add()
        else:
            name = "b.wav"
            folder.add(name)
            if way == "renamed":
                source.path.unlink()
        known = folder.known(folder.run(), folder.source(name))
        assert known is not None
        assert known.outcome.status is Status.SKIPPED
        # Its own files stand only where they were written under this name.
        assert known.files_stand == (name == "a.wav")

    def test_another_content_of_the_same_size_is_not(self, folder: Folder) -> None:
        folder.do(folder.run(), folder.add())
        assert folder.known(folder.run(), folder.add(data=b"other")) is None

    def test_other_settings_models_or_words_are_not(self, folder: Folder) -> None:
        source = folder.add()
        folder.do(folder.run(), source)
        assert folder.run().known(source, OTHER, lambda: "") is None

    def test_force_knows_nothing(self, folder: Folder) -> None:
        source = folder.add()
        folder.do(folder.run(), source)
        journal = folder.run(force=True)
        assert folder.known(journal, source, hashed=False) is None
        folder.begin(journal, source)
        journal.decoded([(Attempt(source, content_hash(source.path), CONTEXT), DECODED)])
        assert not journal.decoded_so_far(Attempt(source, content_hash(source.path), CONTEXT))

    @pytest.mark.parametrize("odd", ["fifo", "folder", "missing", "empty"])
    def test_what_is_no_file_is_looked_at_afresh(self, odd: str, folder: Folder) -> None:
        path = folder.root / "in" / "a.wav"
        if odd == "fifo":
            os.mkfifo(path)
        elif odd == "folder":
            path.mkdir()
        elif odd == "empty":
            path.touch()
        source = SourceFile(path, Path("a.wav"), 0, 0)
        journal = folder.run()
        assert folder.known(journal, source, hashed=False) is None
        journal.finished(Outcome(source, Status.FAILED, "is empty"), CONTEXT, None)
        assert folder.known(folder.run(), source, hashed=False) is None

    def test_a_file_that_cannot_be_read_is_its_own_affair(self, folder: Folder) -> None:
        folder.do(folder.run(), folder.add())

        def refused() -> str:
            raise RecordingError("cannot be read")

        with pytest.raises(RecordingError):
            folder.run().known(folder.add("b.wav"), CONTEXT, refused)

    def test_a_file_that_grew_after_it_was_hashed_is_not_taken_for_the_old(
        self, folder: Folder
    ) -> None:
        source = folder.add()
        journal = folder.run()
        folder.known(journal, source)
        attempt = Attempt(source, content_hash(source.path), CONTEXT)
        folder.add(data=b"sound and more")
        journal.begin(attempt)
        journal.finished(Outcome(source, Status.EMPTY, "no speech"), CONTEXT, None)
        assert folder.known(folder.run(), folder.source()) is None

    def test_what_cannot_be_read_back_is_decoded_once_more(self, folder: Folder) -> None:
        source = folder.add()
        folder.do(folder.run(), source)
        attempt = Attempt(source, content_hash(source.path), CONTEXT)
        folder.run().decoded([(attempt, DECODED)])
        with folder.store.transaction() as connection:
            connection.execute("UPDATE results SET transcript = x'00'")
            connection.execute("UPDATE spans SET decoded = x'00'")
        journal = folder.run()
        assert folder.known(journal, source) is None
        assert journal.decoded_so_far(attempt) == {}

    def test_no_speech_is_remembered(self, folder: Folder) -> None:
        source = folder.add()
        folder.do(folder.run(), source, Status.EMPTY, "no words", speech_ms=3)
        known = folder.known(folder.run(), source, hashed=False)
        before = Outcome(source, Status.EMPTY, "no words", attempts=0, audio_ms=5, speech_ms=3)
        assert known == Known(before, None, files_stand=True)
        assert worked_ms(before) == 0

    @pytest.mark.parametrize("retry", [False, True])
    def test_a_failure_is_remembered_until_it_is_to_be_tried_again(
        self, retry: bool, folder: Folder
    ) -> None:
        source = folder.add()
        folder.do(folder.run(), source, Status.FAILED, "truncated")
        known = folder.known(folder.run(retry_failed=retry), source, hashed=False)
        expected = Known(Outcome(source, Status.FAILED, "truncated"))
        assert known == (None if retry else expected)

    def test_a_failure_is_remembered_for_its_own_file_only(self, folder: Folder) -> None:
        source = folder.add()
        folder.do(folder.run(), source, Status.FAILED, "of a.wav")
        copy = folder.add("b.mp3")
        assert folder.known(folder.run(), copy) is None
        folder.do(folder.run(), copy, Status.FAILED, "of b.mp3")
        for each, reason in ((source, "of a.wav"), (copy, "of b.mp3")):
            known = folder.known(folder.run(), each)
            assert known == Known(Outcome(each, Status.FAILED, reason))


class TestFilesStand:
    """Whether what was written is what would be written."""

    @pytest.mark.parametrize(
        ("terms", "stand"),
        [
            ({}, True),
            ({"looks": "wider"}, False),
            ({"formats": ("srt", "vtt")}, False),
            ({"formats": ()}, True),
        ],
    )
    def test_what_is_asked_for(self, terms: dict[str, object], stand: bool, folder: Folder) -> None:
        source = folder.add()
        folder.do(folder.run(), source)
        known = folder.known(folder.run(**terms), source)
        assert known is not None
        assert known.files_stand == stand

    def test_a_file_that_was_deleted(self, folder: Folder) -> None:
        source = folder.add()
        folder.do(folder.run(), source)
        (folder.root / "out" / "a.wav.srt").unlink()
        known = folder.known(folder.run(), source)
        assert known is not None
        assert not known.files_stand
        assert known.transcript is not None

    def test_what_was_written_again_stands_again(self, folder: Folder) -> None:
        source = folder.add()
        folder.do(folder.run(), source)
        journal = folder.run(looks="wider")
        known = folder.known(journal, source)
        assert known is not None
        file = folder.root / "out" / "a.wav.srt"
        journal.finished(
            dataclasses.replace(known.outcome, outputs=(file,)), CONTEXT, known.transcript
        )
        again = folder.known(folder.run(looks="wider"), source)
        assert again is not None
        assert again.files_stand
        assert folder.store.rows("SELECT count(*) FROM results") == [(1,)]

    def test_what_could_not_be_written_is_tried_again_but_not_decoded(self, folder: Folder) -> None:
        source = folder.add()
        journal = folder.run()
        folder.begin(journal, source)
        made = transcript([timed("字。")])
        journal.finished(Outcome(source, Status.FAILED, "name too long"), CONTEXT, made)
        known = folder.known(folder.run(), source)
        assert known is not None
        assert known.outcome.status is Status.SKIPPED
        assert not known.files_stand

    def test_without_tables_no_text_is_fetched(self, folder: Folder) -> None:
        source = folder.add()
        folder.do(folder.run(), source)
        known = folder.known(folder.run(tables=False), source)
        assert known == Known(Outcome(source, Status.SKIPPED), None, files_stand=True)

    def test_another_folder_has_none(self, folder: Folder) -> None:
        source = folder.add()
        folder.do(folder.run(), source)
        known = folder.known(folder.run(output=folder.root / "elsewhere"), source)
        assert known is not None
        assert not known.files_stand

    def test_the_old_text_of_a_changed_file_is_forgotten(self, folder: Folder) -> None:
        folder.do(folder.run(), folder.add())
        folder.do(folder.run(), folder.add(data=b"new sound"))
        assert folder.store.rows("SELECT count(*) FROM results") == [(1,)]


class TestDeaths:
    """A recording that kills the process."""

    def test_it_is_set_aside_after_so_many(self, folder: Folder) -> None:
        source = folder.add()
        for number in (1, 2, 3):
            assert folder.begin(folder.run(), source) == number
        known = folder.known(folder.run(), source)
        assert known is not None
        assert known.outcome.status is Status.SET_ASIDE
        assert known.outcome.attempts == 3
        assert "died 3 times" in known.outcome.reason
        assert "--retry-failed" in known.outcome.reason

    def test_and_stays_so_until_it_is_to_be_tried_again(self, folder: Folder) -> None:
        source = folder.add()
        folder.begin(folder.run(), source)
        for _ in range(2):
            journal = folder.run(max_attempts=1)
            known = folder.known(journal, source)
            assert known is not None
            assert "died once" in known.outcome.reason
            journal.finished(known.outcome, CONTEXT, None)
        journal = folder.run(max_attempts=1, retry_failed=True)
        assert folder.known(journal, source) is None
        assert folder.begin(journal, source) == 1

    def test_an_end_clears_it(self, folder: Folder) -> None:
        source = folder.add()
        folder.begin(folder.run(), source)
        folder.do(folder.run(), source)
        folder.add(data=b"new")
        assert folder.begin(folder.run(), folder.source()) == 1

    def test_suspects_come_last_and_each_alone(self, folder: Folder) -> None:
        sources = [folder.add(f"{name}.wav", name.encode()) for name in "abcd"]
        died = folder.run()
        for source in (sources[2], sources[0]):
            folder.begin(died, source)
        rounds = [list(some) for some in folder.run().rounds(sources)]
        assert rounds == [[sources[1], sources[3]], [sources[0]], [sources[2]]]

    def test_without_suspects_there_is_one_round(self, folder: Folder) -> None:
        sources = [folder.add(f"{name}.wav", name.encode()) for name in "ab"]
        assert [list(some) for some in folder.run().rounds(sources)] == [sources]

    @pytest.mark.parametrize("blameless", [True, False])
    def test_an_orderly_end_blames_nobody(self, blameless: bool, folder: Folder) -> None:
        source = folder.add()
        journal = folder.run()
        folder.begin(journal, source)
        journal.end(End("interrupted", 130, {}, 0, 0), blameless=blameless)
        assert folder.begin(folder.run(), source) == (1 if blameless else 2)

    @pytest.mark.parametrize(
        ("error", "cause", "blameless"),
        [
            (KeyboardInterrupt(), None, True),
            (RunError("the disk is full"), OSError(), True),
            (RunError("the journal is locked"), sqlite3.OperationalError(), True),
            (RunError("the device is lost"), RuntimeError(), False),
            (RunError("two results for one span"), None, False),
            (ZeroDivisionError(), None, False),
        ],
    )
    def test_who_is_to_blame(
        self, error: BaseException, cause: BaseException | None, blameless: bool
    ) -> None:
        error.__cause__ = cause
        assert is_blameless(error) == blameless


class TestSpans:
    """A long recording."""

    def test_it_goes_on_where_it_was_stopped(self, folder: Folder) -> None:
        source = folder.add()
        attempt = Attempt(source, content_hash(source.path), CONTEXT)
        first = folder.run()
        first.begin(attempt)
        first.decoded([(attempt, DECODED)])
        second = folder.run()
        second.begin(attempt)
        assert second.decoded_so_far(attempt) == {SPAN: DECODED}
        assert not second.decoded_so_far(dataclasses.replace(attempt, context=OTHER))

    def test_when_it_is_done_they_go(self, folder: Folder) -> None:
        source = folder.add()
        journal = folder.run()
        attempt = Attempt(source, content_hash(source.path), CONTEXT)
        journal.decoded([(attempt, DECODED)])
        folder.do(journal, source)
        assert folder.store.rows("SELECT count(*) FROM spans") == [(0,)]


class TestStop:
    """When nothing more is begun."""

    def test_somebody_wants_it(self, folder: Folder) -> None:
        terms = Terms(folder.root, folder.root / "out", (), tables=False, looks="")
        assert Journal(folder.store, terms, lambda: "enough").stop() == "enough"
        assert folder.run().stop() == ""

    def test_too_many_failures(self, folder: Folder) -> None:
        journal = folder.run(max_failures=2)
        for number, reason in ((1, ""), (2, "--max-failures 2 is reached")):
            folder.do(journal, folder.add(f"{number}.wav", bytes([number])), Status.FAILED, "bad")
            assert journal.stop() == reason
        assert journal.gave_up

    def test_failures_of_other_nights_do_not_count(self, folder: Folder) -> None:
        source = folder.add()
        folder.do(folder.run(), source, Status.FAILED, "bad")
        journal = folder.run(max_failures=1)
        known = folder.known(journal, source)
        assert known is not None
        journal.finished(known.outcome, CONTEXT, None)
        assert journal.stop() == ""
        assert not journal.gave_up


class TestStanding:
    """What is in the folder of what a run did not come to."""

    def test_the_text_with_the_context_of_its_time(self, folder: Folder) -> None:
        source = folder.add()
        folder.do(folder.run(), source)
        standing = folder.run(looks="other").standing(source)
        assert standing is not None
        assert standing.outcome.status is Status.DONE
        assert standing.transcript is not None
        assert standing.transcript.context == CONTEXT

    def test_a_failure(self, folder: Folder) -> None:
        source = folder.add()
        folder.do(folder.run(), source, Status.FAILED, "bad")
        assert folder.run().standing(source) == Known(Outcome(source, Status.FAILED, "bad"))

    def test_nothing(self, folder: Folder) -> None:
        assert folder.run().standing(folder.add()) is None


def test_every_recording_that_was_worked_on_is_on_record(folder: Folder) -> None:
    journal = folder.run()
    for name, status in (("a", Status.DONE), ("b", Status.EMPTY), ("c", Status.FAILED)):
        folder.do(journal, folder.add(f"{name}.wav", name.encode()), status, "why")
    journal.end(End("complete", 3, {Status.DONE: 1}, 10, 20))
    rows = folder.store.rows("SELECT rel, status FROM outcomes WHERE run = ?", (journal.run,))
    assert rows == [(b"a.wav", "done"), (b"b.wav", "empty"), (b"c.wav", "failed")]
    again = folder.run()
    folder.known(again, folder.source("a.wav"))
    rows = folder.store.rows("SELECT count(*) FROM outcomes WHERE run = ?", (again.run,))
    assert rows == [(0,)]
