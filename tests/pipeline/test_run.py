"""The chain: every file ends once, outputs land early, nothing depends on the batch."""

from __future__ import annotations

import csv
import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asrcli.clock import SAMPLE_RATE
from asrcli.engines.base import Engines
from asrcli.engines.fake import FakeAsr, FakePunctuator, FakeVad, speak
from asrcli.errors import ExitCode, RunError
from asrcli.pipeline import run as chain
from asrcli.pipeline.discover import discover
from asrcli.pipeline.write import Outputs
from asrcli.progress import Display
from asrcli.settings import Settings
from asrcli.values import HotwordSet, Outcome, Status

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from asrcli.pipeline.lists import HotwordsOf
    from asrcli.report import Report
    from asrcli.values import DroppedHotword, FloatArray, SourceFile, Token

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
    return list(
        discover(folder, recursive=True, include=(), exclude=(), output=None, min_age_s=0.0)
    )


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
    files = files_of(out)
    # The order of rows follows the batches; what they say does not.
    for name in ("transcripts.csv", "transcripts.jsonl"):
        files[name] = b"\n".join(sorted(files[name].removeprefix(b"\xef\xbb\xbf").splitlines()))
    return files


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
