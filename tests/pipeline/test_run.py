"""The chain: every file ends once, outputs land early, nothing depends on the batch."""

from __future__ import annotations

import csv
import json
import os
import sys
import threading
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asrcli.captions import words
from asrcli.clock import SAMPLE_RATE
from asrcli.engines.base import Engines
from asrcli.engines.fake import FakeAsr, FakePunctuator, FakeVad, speak
from asrcli.errors import ExitCode, RecordingError, RunError
from asrcli.pipeline import pool
from asrcli.pipeline import run as chain
from asrcli.pipeline.discover import discover
from asrcli.pipeline.job import Job
from asrcli.pipeline.ledger import NO_LEDGER, Known
from asrcli.pipeline.write import Outputs
from asrcli.progress import Display
from asrcli.settings import Settings
from asrcli.values import HotwordSet, Outcome, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from asrcli.pipeline.ledger import Attempt, Ledger
    from asrcli.pipeline.lists import HotwordsOf
    from asrcli.report import Report
    from asrcli.values import (
        Decoded,
        DroppedHotword,
        FloatArray,
        RunContext,
        SourceFile,
        SpeechSpan,
        Token,
        Transcript,
    )

FORMATS = ("csv", "json", "srt", "vtt", "txt", "tsv", "jsonl", "review")


class Notes(Display):
    """Remembers what the run told."""

    def __init__(self) -> None:
        self.ended: list[Outcome] = []
        self.notes: list[str] = []
        self.expected = (0, 0)

    def start(self, files: int, size_bytes: int) -> None:
        self.expected = (files, size_bytes)

    def finished(self, outcome: Outcome) -> None:
        self.ended.append(outcome)

    def note(self, line: str) -> None:
        self.notes.append(line)


def record(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, speak(text), SAMPLE_RATE)


def sources_in(folder: Path) -> list[SourceFile]:
    return list(discover(folder, recursive=True, include=(), exclude=(), output=None))


def engines(asr: FakeAsr | None = None, punctuator: FakePunctuator | None = None) -> Engines:
    return Engines(FakeVad(), asr or FakeAsr(), punctuator)


def run(
    folder: Path,
    out: Path,
    used: Engines | None = None,
    *,
    hotwords: HotwordSet | None = None,
    hotwords_of: HotwordsOf | None = None,
    progress: Notes | None = None,
    ledger: Ledger = NO_LEDGER,
    **options: Any,
) -> Report:
    with Outputs(out, FORMATS, "utf-8-sig") as outputs:
        return chain.run(
            sources_in(folder),
            used or engines(),
            Settings(**options),
            hotwords_of or (lambda _: hotwords or HotwordSet()),
            outputs,
            progress or Notes(),
            ledger,
        )


def rows(out: Path) -> list[dict[str, str]]:
    with (out / "transcripts.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def files_of(out: Path) -> dict[str, bytes]:
    return {
        path.relative_to(out).as_posix(): path.read_bytes()
        for path in sorted(out.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "in"
    record(root / "甲 一.wav", "公司成立。我们做工")
    record(root / "sub" / "乙.wav", "达摩院在二零二五年三月十五号成立")
    record(root / "sub" / "甲 一.flac", "他在吗")
    return root


@pytest.mark.parametrize(
    ("formats", "order"), [(("srt",), ["words", "start"]), (("txt",), ["start"])]
)
def test_the_dictionary_of_captions_is_there_before_the_work_starts(
    formats: tuple[str, ...],
    order: list[str],
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[str] = []

    class Starting(Notes):
        def start(self, files: int, size_bytes: int) -> None:
            told.append("start")

    monkeypatch.setattr(words, "prepare", lambda: told.append("words"))
    run(folder, tmp_path / "out", progress=Starting(), format=formats)
    assert told == order


def test_every_recording_is_written_in_every_format(folder: Path, tmp_path: Path) -> None:
    progress = Notes()
    report = run(folder, tmp_path / "out", progress=progress)
    assert report.counts[Status.DONE] == report.total == 3
    assert report.exit_code() == ExitCode.OK
    written = set(files_of(tmp_path / "out"))
    per_file = {
        f"{name}.{suffix}"
        for name in ("甲 一.wav", "sub/乙.wav", "sub/甲 一.flac")
        for suffix in ("json", "srt", "vtt", "txt", "tsv")
    }
    assert written == per_file | {"transcripts.csv", "transcripts.jsonl", "review.csv"}
    assert progress.expected == (3, sum(s.size_bytes for s in sources_in(folder)))
    assert [outcome.source.rel for outcome in progress.ended] == [
        outcome.source.rel for outcome in dict.fromkeys(progress.ended)
    ]


def test_numbers_are_written_and_the_spoken_form_is_kept(folder: Path, tmp_path: Path) -> None:
    run(folder, tmp_path / "out")
    (row,) = [row for row in rows(tmp_path / "out") if row["file"] == "sub/乙.wav"]
    assert row["text"] == "达摩院在2025年3月15日成立。"
    assert row["spoken"] == "达摩院在二零二五年三月十五号成立。"


def test_numbers_stay_spoken_when_asked(folder: Path, tmp_path: Path) -> None:
    run(folder, tmp_path / "out", itn=False)
    assert all(row["text"] == row["spoken"] for row in rows(tmp_path / "out"))


def test_a_punctuator_decides_the_sentences(folder: Path, tmp_path: Path) -> None:
    run(folder, tmp_path / "out", engines(punctuator=FakePunctuator()))
    texts = [row["text"] for row in rows(tmp_path / "out") if row["file"].endswith(".flac")]
    assert texts == ["他在吗？"]


def test_hotwords_reach_the_text_and_the_rows(folder: Path, tmp_path: Path) -> None:
    progress = Notes()
    words = HotwordSet((("它在", 1.0), ("\t", 1.0)))
    run(folder, tmp_path / "out", hotwords=words, progress=progress)
    (row,) = [row for row in rows(tmp_path / "out") if row["file"].endswith(".flac")]
    assert row["text"].startswith("它在吗")
    assert row["hotwords"] == "它在"
    assert len(progress.notes) == 1
    assert "is not used" in progress.notes[0]


def test_each_recording_is_heard_with_its_own_list(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    words = ("它在", "她在", "他在")
    for number in range(12):
        record(folder / f"{number:02}.wav", "他在吗")

    def list_of(source: SourceFile) -> HotwordSet:
        return HotwordSet(((words[int(source.rel.stem) % 3], 1.0),))

    asr = FakeAsr()
    run(folder, tmp_path / "out", engines(asr), hotwords_of=list_of)
    for row in rows(tmp_path / "out"):
        wanted = words[int(row["file"].removesuffix(".wav")) % 3]
        assert (row["text"], row["hotwords"]) == (f"{wanted}吗？", wanted)
    assert asr.largest_batch > 1


def test_aliases_and_near_misses_are_mended_and_recorded(folder: Path, tmp_path: Path) -> None:
    record(folder / "院.wav", "我们找打磨院")
    words = HotwordSet((("打磨院", 1.0),), (), "", (("打磨院", "达摩院"),))
    run(folder, tmp_path / "out", hotwords=words)
    document = json.loads((tmp_path / "out" / "院.wav.json").read_text(encoding="utf-8"))
    assert document["sentences"][0]["text"] == "我们找达摩院。"
    (one,) = document["corrections"]
    assert (one["replaced"], one["text"]) == ("打磨院", "达摩院")
    tokens = document["sentences"][0]["tokens"]
    assert (one["start"], one["end"]) == (tokens[3]["start"], tokens[5]["end"])


def test_one_list_is_given_to_the_recogniser_once(folder: Path, tmp_path: Path) -> None:
    given: list[HotwordSet] = []

    class Watched(FakeAsr):
        def set_hotwords(self, hotwords: HotwordSet) -> tuple[DroppedHotword, ...]:
            given.append(hotwords)
            return super().set_hotwords(hotwords)

    for number in range(9):
        record(folder / f"{number}.wav", "好")
    run(folder, tmp_path / "out", engines(Watched()))
    assert len(given) == 1


def test_captions_over_a_limit_are_told(folder: Path, tmp_path: Path) -> None:
    progress = Notes()
    impossible: dict[str, Any] = {"caption_speed": 3.0, "caption_width": 4, "caption_lines": 1}
    report = run(folder, tmp_path / "out", progress=progress, **impossible)
    assert report.exit_code() == ExitCode.OK
    told = [note for note in progress.notes if "over a limit" in note]
    assert any(note.startswith("sub/乙.wav: ") and "too fast to read" in note for note in told)


def test_captions_over_a_limit_fail_a_strict_run(folder: Path, tmp_path: Path) -> None:
    impossible: dict[str, Any] = {"caption_speed": 3.0, "caption_width": 4, "caption_lines": 1}
    report = run(folder, tmp_path / "out", strict_captions=True, **impossible)
    assert report.exit_code() == ExitCode.SOME_FAILED
    reasons = {row["file"]: row["reason"] for row in rows(tmp_path / "out") if row["reason"]}
    assert reasons["sub/乙.wav"].endswith("change the limits, or leave out --strict-captions")
    assert "sub/乙.wav.srt" not in files_of(tmp_path / "out")


def test_captions_within_the_limits_pass_a_strict_run(folder: Path, tmp_path: Path) -> None:
    progress = Notes()
    report = run(folder, tmp_path / "out", progress=progress, strict_captions=True)
    assert report.counts[Status.DONE] == 3
    assert progress.notes == []


def test_a_sentence_is_no_longer_than_asked(tmp_path: Path) -> None:
    record(tmp_path / "in" / "a.wav", "我们做工" * 12)
    run(tmp_path / "in", tmp_path / "out", max_sentence=8, hotwords=HotwordSet((("做工", 1.0),)))
    texts = [row["text"].rstrip("。") for row in rows(tmp_path / "out")]
    assert len(texts) > 1
    assert max(map(len, texts)) <= 16
    assert sum(text.count("做工") for text in texts) == 12


def test_what_a_person_should_hear_is_listed(folder: Path, tmp_path: Path) -> None:
    class Silent(FakeAsr):
        def decode(self, batch: Sequence[FloatArray]) -> list[tuple[Token, ...]]:
            return [() for _ in batch]

    run(folder, tmp_path / "out", engines(Silent()))
    with (tmp_path / "out" / "review.csv").open(encoding="utf-8-sig", newline="") as file:
        found = list(csv.DictReader(file))
    assert {row["file"] for row in found} == {"甲 一.wav", "sub/乙.wav", "sub/甲 一.flac"}
    assert all("of speech without text" in row["reasons"] for row in found)


def test_broken_files_cost_only_themselves(folder: Path, tmp_path: Path) -> None:
    (folder / "empty.wav").write_bytes(b"")
    (folder / "text.wav").write_text("not a recording")
    soundfile.write(folder / "silent.wav", np.zeros(SAMPLE_RATE), SAMPLE_RATE)
    soundfile.write(folder / "short.wav", np.zeros(SAMPLE_RATE // 20), SAMPLE_RATE)
    report = run(folder, tmp_path / "out")
    counts = report.counts
    assert (counts[Status.DONE], counts[Status.EMPTY], counts[Status.FAILED]) == (3, 1, 3)
    assert report.exit_code() == ExitCode.SOME_FAILED
    ended = {row["file"]: row for row in rows(tmp_path / "out") if row["status"] != "done"}
    assert set(ended) == {"empty.wav", "text.wav", "silent.wav", "short.wav"}
    assert all(row["reason"] and not row["text"] for row in ended.values())


def test_a_refused_span_fails_its_recording_only(folder: Path, tmp_path: Path) -> None:
    def refuse(samples: FloatArray) -> bool:
        return len(samples) > 2.5 * SAMPLE_RATE

    report = run(folder, tmp_path / "out", engines(FakeAsr(refuse=refuse)))
    assert [outcome.source.rel.name for outcome in report.failures] == ["乙.wav"]
    assert report.counts[Status.DONE] == 2


def test_a_recording_that_cannot_be_written_is_failed(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "out" / "sub" / "乙.wav.json").mkdir(parents=True)
    report = run(folder, tmp_path / "out")
    assert [outcome.source.rel.name for outcome in report.failures] == ["乙.wav"]
    assert {row["file"] for row in rows(tmp_path / "out") if row["status"] == "failed"} == {
        "sub/乙.wav"
    }


def test_speech_without_words_is_empty(folder: Path, tmp_path: Path) -> None:
    class Deaf(FakeAsr):
        def decode(self, batch: Sequence[FloatArray]) -> list[tuple[Token, ...]]:
            return [() for _ in batch]

    report = run(folder, tmp_path / "out", engines(Deaf()))
    assert report.counts[Status.EMPTY] == 3
    assert {row["reason"] for row in rows(tmp_path / "out")} == {"no words recognised"}


def test_a_lost_device_stops_the_run_and_keeps_what_was_done(folder: Path, tmp_path: Path) -> None:
    for number in range(6):
        record(folder / f"z{number}.wav", "好")

    class Dying(FakeAsr):
        def decode(self, batch: Sequence[FloatArray]) -> list[tuple[Token, ...]]:
            if self.calls >= 2:
                raise RunError("the device is gone")
            return super().decode(batch)

    with pytest.raises(RunError, match="device is gone"):
        run(folder, tmp_path / "out", engines(Dying()))
    done = {row["file"] for row in rows(tmp_path / "out")}
    assert done
    assert all((tmp_path / "out" / f"{name}.srt").exists() for name in done)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.sampled_from([1.0, 3.0, 7.0, 200.0]), st.integers(60_000, 900_000))
def test_the_text_does_not_depend_on_the_batch(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, seconds: float, memory: int
) -> None:
    plain = files_of_run(folder, tmp_path_factory.mktemp("plain"), engines())
    asr = FakeAsr(memory_limit=memory)
    other = files_of_run(
        folder, tmp_path_factory.mktemp("other"), engines(asr), batch_seconds=seconds
    )
    assert other == plain


def files_of_run(folder: Path, out: Path, used: Engines, **options: Any) -> dict[str, bytes]:
    run(folder, out, used, **options)
    return tables_sorted(out)


KINDS = ("speech", "silence", "zero", "text", "short")


def make(path: Path, kind: str) -> None:
    match kind:
        case "speech":
            record(path, "公司在")
        case "silence":
            soundfile.write(path, np.zeros(SAMPLE_RATE), SAMPLE_RATE)
        case "zero":
            path.write_bytes(b"")
        case "text":
            path.write_text("hello")
        case "short":
            soundfile.write(path, np.zeros(100), SAMPLE_RATE)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(KINDS), max_size=9))
def test_every_file_ends_exactly_once(
    tmp_path_factory: pytest.TempPathFactory, kinds: list[str]
) -> None:
    base = tmp_path_factory.mktemp("kinds")
    (base / "in").mkdir()
    for number, kind in enumerate(kinds):
        make(base / "in" / f"{number}.wav", kind)
    progress = Notes()
    report = run(base / "in", base / "out", progress=progress)
    names = Counter(outcome.source.rel.name for outcome in progress.ended)
    assert names == Counter(f"{number}.wav" for number in range(len(kinds)))
    assert report.total == len(kinds)
    assert report.counts[Status.DONE] == kinds.count("speech")
    assert report.counts[Status.EMPTY] == kinds.count("silence")
    assert {row["file"] for row in rows(base / "out")} == set(names)


def test_transcribe_yields_as_it_goes(folder: Path) -> None:
    results: Iterator[tuple[Outcome, object]] = chain.transcribe(
        sources_in(folder), engines(), Settings(), lambda _: HotwordSet(), Notes()
    )
    outcome, transcript = next(results)
    assert outcome.status is Status.DONE
    assert transcript is not None
    assert len(list(results)) == 2


def test_nothing_to_do_is_said(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    report = run(tmp_path / "in", tmp_path / "out")
    assert report.exit_code() == ExitCode.NOTHING_TO_DO
    assert report.exit_code(allow_empty=True) == ExitCode.OK


class Watcher:
    """A ledger that writes down what it is told, and fails when two tell it at once."""

    def __init__(self, *, known: dict[str, Known] | None = None, stop_after: int = 10**9) -> None:
        self.known_ones, self.stop_after = known or {}, stop_after
        self.told: list[tuple[str, str]] = []
        self.kept: dict[str, dict[SpeechSpan, Decoded]] = {}
        self.ended: list[tuple[Outcome, RunContext, Transcript | None]] = []
        self.alone = False
        self._busy = threading.Lock()

    def _tell(self, what: str, source: SourceFile | None = None) -> None:
        assert self._busy.acquire(blocking=False), "two calls at the same time"
        os.sched_yield()
        self.told.append((what, source.rel.as_posix() if source else ""))
        self._busy.release()

    def rounds(self, sources: Sequence[SourceFile]) -> Iterable[Sequence[SourceFile]]:
        return [[source] for source in sources] if self.alone else [sources]

    def known(
        self, source: SourceFile, _context: RunContext, digest: Callable[[], str]
    ) -> Known | None:
        self._tell("known", source)
        assert len(digest()) == 64
        return self.known_ones.get(source.rel.as_posix())

    def begin(self, attempt: Attempt) -> int:
        self._tell("begin", attempt.source)
        return 5

    def decoded_so_far(self, attempt: Attempt) -> Mapping[SpeechSpan, Decoded]:
        self._tell("so far", attempt.source)
        return self.kept.get(attempt.sha256, {})

    def decoded(self, results: Sequence[tuple[Attempt, Decoded]]) -> None:
        self._tell("decoded")
        for attempt, result in results:
            self.kept.setdefault(attempt.sha256, {})[result.span] = result

    def finished(
        self, outcome: Outcome, context: RunContext, transcript: Transcript | None
    ) -> None:
        self._tell("finished", outcome.source)
        self.ended.append((outcome, context, transcript))

    def stop(self) -> str:
        batches = sum(what == "decoded" for what, _ in self.told)
        return "enough" if batches >= self.stop_after else ""


class TestLedger:
    def test_it_is_told_in_order(self, folder: Path, tmp_path: Path) -> None:
        watcher = Watcher()
        run(folder, tmp_path / "out", ledger=watcher)
        for name in ("甲 一.wav", "sub/乙.wav", "sub/甲 一.flac"):
            order = [what for what, told in watcher.told if told == name]
            assert order == ["known", "begin", "so far", "finished"]
        assert {outcome.attempts for outcome, _, _ in watcher.ended} == {5}
        assert all(transcript for _, _, transcript in watcher.ended)
        # The files are written when it is told.
        assert all(path.exists() for outcome, _, _ in watcher.ended for path in outcome.outputs)
        spans = sum(map(len, watcher.kept.values()))
        assert spans == sum(len(t.spans) for _, _, t in watcher.ended if t)

    def test_what_was_decoded_before_is_not_decoded_again(
        self, folder: Path, tmp_path: Path
    ) -> None:
        first = Watcher()
        run(folder, tmp_path / "first", ledger=first)
        asr, second = FakeAsr(), Watcher()
        second.kept = dict(first.kept)
        lost = next(iter(second.kept))
        lost_spans = len(second.kept.pop(lost))
        run(folder, tmp_path / "second", engines(asr), ledger=second)
        assert asr.largest_batch * asr.calls <= lost_spans
        assert tables_sorted(tmp_path / "first") == tables_sorted(tmp_path / "second")

    def test_spans_of_other_places_are_decoded(self, folder: Path, tmp_path: Path) -> None:
        watcher = Watcher()
        run(folder, tmp_path / "first", ledger=watcher)
        watcher.kept = {
            sha256: {replace(span, start=span.start + 16): item for span, item in kept.items()}
            for sha256, kept in watcher.kept.items()
        }
        run(folder, tmp_path / "second", ledger=watcher)
        assert tables_sorted(tmp_path / "first") == tables_sorted(tmp_path / "second")

    def test_known_recordings_are_not_read(self, folder: Path, tmp_path: Path) -> None:
        first = Watcher()
        run(folder, tmp_path / "first", ledger=first)
        known = {
            outcome.source.rel.as_posix(): Known(
                replace(outcome, status=Status.SKIPPED, outputs=()), transcript, files_stand=stand
            )
            for (outcome, _, transcript), stand in zip(
                sorted(first.ended, key=lambda end: end[0].source.rel),
                (True, False, False),
                strict=True,
            )
        }
        asr, second = FakeAsr(), Watcher(known=known)
        report = run(folder, tmp_path / "second", engines(asr), ledger=second, caption_width=4)
        assert asr.calls == 0
        assert report.counts[Status.SKIPPED] == 3
        assert [what for what, _ in second.told if what == "begin"] == []
        # Those whose files do not stand are written again, with the captions of today.
        assert len(second.ended) == 2
        for outcome, _, _ in second.ended:
            assert outcome.outputs
        srt = next(p for o, _, _ in second.ended for p in o.outputs if p.suffix == ".srt")
        lines = srt.read_text(encoding="utf-8").splitlines()
        assert all(len(line) <= 4 for line in lines if line and not line.isascii())
        assert {row["file"] for row in rows(tmp_path / "second")} == set(known)

    def test_a_known_failure_is_only_recorded(self, folder: Path, tmp_path: Path) -> None:
        source = next(s for s in sources_in(folder) if s.rel.name == "乙.wav")
        known = Known(Outcome(source, Status.SET_ASIDE, "it killed the program"))
        report = run(folder, tmp_path / "out", ledger=Watcher(known={"sub/乙.wav": known}))
        assert report.counts[Status.SET_ASIDE] == 1
        reasons = {row["reason"] for row in rows(tmp_path / "out") if row["status"] != "done"}
        assert reasons == {"it killed the program"}

    def test_a_file_that_cannot_be_read_is_finished_without_a_beginning(
        self, tmp_path: Path
    ) -> None:
        record(tmp_path / "in" / "a.wav", "好")
        sources = sources_in(tmp_path / "in")
        (tmp_path / "in" / "a.wav").unlink()
        watcher = Watcher()
        with Outputs(tmp_path / "out", FORMATS, "utf-8") as outputs:
            chain.run(
                sources, engines(), Settings(), lambda _: HotwordSet(), outputs, Notes(), watcher
            )
        assert [what for what, _ in watcher.told] == ["known", "finished"]
        assert watcher.ended[0][0].status is Status.FAILED

    def test_a_round_ends_before_the_next_begins(self, folder: Path, tmp_path: Path) -> None:
        watcher = Watcher()
        watcher.alone = True
        run(folder, tmp_path / "out", ledger=watcher)
        names = [told for what, told in watcher.told if what in {"known", "finished"}]
        assert names[0::2] == names[1::2]

    def test_a_stop_writes_what_is_whole_and_begins_nothing(self, tmp_path: Path) -> None:
        for number in range(40):
            record(tmp_path / "in" / f"{number:02}.wav", chr(0x4E00 + number))
        watcher = Watcher(stop_after=3)
        report = run(tmp_path / "in", tmp_path / "out", ledger=watcher, batch_seconds=1)
        assert 3 <= report.total <= 8
        assert len(rows(tmp_path / "out")) == report.total
        assert len(list((tmp_path / "out").glob("*.srt"))) == report.total

    def test_a_recording_that_takes_too_long_fails(
        self, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        spent: list[float] = []

        def spend(job: Job, seconds: float) -> None:
            spent.append(seconds)
            if job.source.rel.name == "乙.wav":
                raise RecordingError("took longer than --max-time 1 s")

        monkeypatch.setattr(Job, "spend", spend)
        report = run(folder, tmp_path / "out", max_time=1)
        assert [outcome.reason for outcome in report.failures] == [
            "took longer than --max-time 1 s"
        ]
        assert report.counts[Status.DONE] == 2
        assert all(seconds >= 0 for seconds in spent)


class TestThreads:
    @settings(max_examples=10, deadline=None)
    @given(st.integers(1, 3), st.integers(1, 3), st.sampled_from([2.0, 5.0, 60.0]))
    def test_who_works_when_changes_nothing(
        self,
        tmp_path_factory: pytest.TempPathFactory,
        readers: int,
        decoders: int,
        seconds: float,
    ) -> None:
        folder = tmp_path_factory.mktemp("in")
        words = ("它在", "她在")
        for number, text in enumerate(
            ("公司成立。我们做工", "他在吗。他在", "好", "达摩院在。") * 3
        ):
            record(folder / f"{number:02}.wav", text)

        def list_of(source: SourceFile) -> HotwordSet:
            return HotwordSet(((words[int(source.rel.stem) % 2], 1.0),))

        plain, other = tmp_path_factory.mktemp("plain"), tmp_path_factory.mktemp("other")
        run(folder, plain, hotwords_of=list_of)
        before = sys.getswitchinterval()
        sys.setswitchinterval(1e-6)
        try:
            others = tuple(FakeAsr() for _ in range(decoders - 1))
            used = Engines(FakeVad(), FakeAsr(), None, others, readers)
            run(folder, other, used, hotwords_of=list_of, batch_seconds=seconds)
        finally:
            sys.setswitchinterval(before)
        assert tables_sorted(plain) == tables_sorted(other)

    def test_progress_is_told_by_one_thread_at_a_time(self, folder: Path, tmp_path: Path) -> None:
        busy = threading.Lock()
        seen: set[str] = set()

        class Jealous(Notes):
            def stage(self, name: str, waits_for: str) -> None:
                assert busy.acquire(blocking=False)
                os.sched_yield()
                seen.add(name)
                busy.release()

            def finished(self, outcome: Outcome) -> None:
                self.stage("finished", "")
                super().finished(outcome)

        for number in range(20):
            record(folder / f"{number}.wav", "好。在")
        used = Engines(FakeVad(), FakeAsr(), None, (FakeAsr(),), 2)
        run(folder, tmp_path / "out", used, progress=Jealous(), batch_seconds=1)
        assert seen == {"load", "decode", "write", "finished"}

    @pytest.mark.parametrize("broken", ["vad", "asr", "punctuator"])
    def test_what_fails_anywhere_stops_the_run(
        self, folder: Path, tmp_path: Path, broken: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object) -> None:
            raise RunError("the device is gone")

        used = engines(punctuator=FakePunctuator())
        method = {"vad": "listen", "asr": "decode", "punctuator": "marks"}[broken]
        monkeypatch.setattr(getattr(used, broken), method, fail)
        with pytest.raises(RunError, match="the device is gone"):
            run(folder, tmp_path / "out", used)
        assert not [t for t in threading.enumerate() if t.daemon and "reader" in t.name]

    def test_an_interrupt_comes_through(self, folder: Path, tmp_path: Path) -> None:
        class Interrupted(FakeAsr):
            def decode(self, batch: Sequence[FloatArray]) -> list[tuple[Token, ...]]:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            run(folder, tmp_path / "out", engines(Interrupted()))

    def test_a_recording_cut_off_at_its_end_fails_whole(self, tmp_path: Path) -> None:
        folder = tmp_path / "in"
        record(folder / "a.flac", "公司成立。" * 40)
        whole = (folder / "a.flac").read_bytes()
        (folder / "a.flac").write_bytes(whole[: len(whole) * 3 // 4])
        record(folder / "b.wav", "好")
        asr = FakeAsr()
        report = run(folder, tmp_path / "out", engines(asr), batch_seconds=1)
        assert [outcome.source.rel.name for outcome in report.failures] == ["a.flac"]
        assert report.counts[Status.DONE] == 1
        assert not list((tmp_path / "out").glob("a.flac.*"))

    def test_little_waits_however_long_a_recording_is(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(pool, "LEAST_ROOM", 0)
        folder, waits = tmp_path / "in", []
        text = speak("公司成立。我们做工。")
        soundfile.write(folder_of(folder) / "a.wav", np.tile(text, 60), SAMPLE_RATE)
        put = pool.Pool.put

        def watched(self: pool.Pool, *args: Any) -> None:
            put(self, *args)
            waits.append(self.length)

        monkeypatch.setattr(pool.Pool, "put", watched)
        run(folder, tmp_path / "out", batch_seconds=3)
        assert len(waits) == 120
        assert max(waits) <= (4 * 3 + 30) * SAMPLE_RATE


def folder_of(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    return path


def tables_sorted(out: Path) -> dict[str, bytes]:
    """All files of a run, the tables without the order of their rows."""
    files = files_of(out)
    for name in ("transcripts.csv", "transcripts.jsonl"):
        files[name] = b"\n".join(sorted(files[name].removeprefix(b"\xef\xbb\xbf").splitlines()))
    return files
