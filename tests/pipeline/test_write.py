from __future__ import annotations

import codecs
import csv
import errno
import io
import json
import os
import tracemalloc
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asrcli.errors import RecordingError, RunError, UsageError
from asrcli.pipeline import write
from asrcli.pipeline.formats import encoded
from asrcli.pipeline.write import RUN_FILES, Outputs
from asrcli.values import Status
from tests.values_samples import RELS, outcome, source, timed, transcript

if TYPE_CHECKING:
    from collections.abc import Callable

    from asrcli.values import Transcript

EACH = ("json", "srt", "vtt", "ass", "lrc", "txt", "tsv", "docx")


def said(text: str = "你好。", rel: str | PurePosixPath = "a.wav") -> Any:
    return transcript([timed(text)], rel=rel)


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def rows(path: Path, encoding: str = "utf-8-sig") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode(encoding), newline="")))


# Files of one recording


def test_the_tree_is_mirrored_and_suffixes_are_kept(tmp_path: Path) -> None:
    with Outputs(tmp_path, ("json", "srt"), "utf-8-sig") as outputs:
        made = outputs.write(said(rel="通话/客户 一.wav"))
        outputs.write(said(rel="通话/客户 一.mp3"))
    assert made == (tmp_path / "通话/客户 一.wav.json", tmp_path / "通话/客户 一.wav.srt")
    assert files(tmp_path) == sorted(
        f"通话/客户 一.{suffix}" for suffix in ("wav.json", "wav.srt", "mp3.json", "mp3.srt")
    )


@pytest.mark.parametrize("name", EACH)
def test_a_file_holds_what_its_renderer_gives(tmp_path: Path, name: str) -> None:
    with Outputs(tmp_path, (name,), "utf-8") as outputs:
        (path,) = outputs.write(said())
        assert path.read_bytes() == encoded(name, said())
    assert files(tmp_path) == [f"a.wav.{name}"]


def test_a_recording_is_on_disk_while_the_run_goes_on(tmp_path: Path) -> None:
    with Outputs(tmp_path, ("csv", "srt"), "utf-8") as outputs:
        outputs.write(said())
        assert (tmp_path / "a.wav.srt").is_file()
        assert not (tmp_path / "transcripts.csv").exists()


def test_a_rerun_replaces(tmp_path: Path) -> None:
    for text in ("旧的，很长很长。", "新。"):
        with Outputs(tmp_path, ("csv", "txt"), "utf-8") as outputs:
            outputs.write(said(text))
    assert (tmp_path / "a.wav.txt").read_text("utf-8") == "新。\n"
    assert [row["text"] for row in rows(tmp_path / "transcripts.csv")] == ["新。"]


def test_a_recording_without_text_has_empty_files_and_no_rows(tmp_path: Path) -> None:
    with Outputs(tmp_path, ("csv", "srt", "jsonl"), "utf-8") as outputs:
        outputs.write(transcript(duration_ms=1000))
        outputs.record(outcome("a.wav", Status.EMPTY, "no speech"))
    assert (tmp_path / "a.wav.srt").read_bytes() == b""
    (row,) = rows(tmp_path / "transcripts.csv")
    assert (row["status"], row["reason"]) == ("empty", "no speech")


# Files of the run


def test_the_table_and_the_lines_of_the_run(tmp_path: Path) -> None:
    with Outputs(tmp_path, ("csv", "jsonl"), "utf-8-sig") as outputs:
        assert outputs.write(said("一。", "b/1.wav")) == ()
        outputs.record(outcome("b/2.wav", Status.FAILED, "not a recording"))
        outputs.record(outcome("b/1.wav", Status.DONE))
        outputs.write(transcript([timed("三。"), timed("四。", start_ms=900)], rel="b/3.wav"))
    assert files(tmp_path) == ["transcripts.csv", "transcripts.jsonl"]
    table = rows(tmp_path / "transcripts.csv")
    assert [(row["file"], row["text"], row["status"]) for row in table] == [
        ("b/1.wav", "一。", "done"),
        ("b/2.wav", "", "failed"),
        ("b/3.wav", "三。", "done"),
        ("b/3.wav", "四。", "done"),
    ]
    lines = (tmp_path / "transcripts.jsonl").read_bytes().decode().splitlines()
    assert [json.loads(line)["source"]["file"] for line in lines] == ["b/1.wav", "b/3.wav"]


def test_the_order_is_that_of_the_recordings_whichever_ends_first(tmp_path: Path) -> None:
    order = [source(f"{name}.wav") for name in "abc"]
    with Outputs(tmp_path, ("csv", "jsonl"), "utf-8-sig", order=order) as outputs:
        outputs.write(said("丙。", "c.wav"))
        outputs.record(outcome("b.wav", Status.FAILED, "is empty"))
        outputs.write(said("别的。", "z.wav"))
        outputs.rows(said("甲。", "a.wav"))
    listed = [row["file"] for row in rows(tmp_path / "transcripts.csv")]
    assert listed == ["a.wav", "b.wav", "c.wav", "z.wav"]
    lines = (tmp_path / "transcripts.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["source"]["file"] for line in lines] == ["a.wav", "c.wav", "z.wav"]


def test_files_that_stand_are_not_written_again(tmp_path: Path) -> None:
    with Outputs(tmp_path, ("csv", "srt"), "utf-8") as outputs:
        outputs.rows(said())
    assert files(tmp_path) == ["transcripts.csv"]
    assert len(rows(tmp_path / "transcripts.csv")) == 1


def test_the_tables_of_the_last_run_can_be_left_as_they_are(tmp_path: Path) -> None:
    with Outputs(tmp_path, ("csv", "srt"), "utf-8") as outputs:
        outputs.write(said("第一。"))
    before = (tmp_path / "transcripts.csv").read_bytes()
    with Outputs(tmp_path, ("csv", "srt"), "utf-8") as outputs:
        outputs.write(said("第二。"))
        outputs.discard_run_files()
    assert (tmp_path / "transcripts.csv").read_bytes() == before
    assert files(tmp_path) == ["a.wav.srt", "transcripts.csv"]


def test_excel_and_pandas_see_one_mark_at_the_start(tmp_path: Path) -> None:
    with Outputs(tmp_path, ("csv",), "utf-8-sig") as outputs:
        outputs.write(said("一。", "1.wav"))
        outputs.write(said("二。", "2.wav"))
    content = (tmp_path / "transcripts.csv").read_bytes()
    assert content.startswith(codecs.BOM_UTF8 + b"file,")
    assert content.count(codecs.BOM_UTF8) == 1
    assert pd.read_csv(tmp_path / "transcripts.csv")["text"].tolist() == ["一。", "二。"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-8-sig"])
def test_no_encoding_repeats_its_mark(tmp_path: Path, encoding: str) -> None:
    with Outputs(tmp_path, ("csv",), encoding) as outputs:
        outputs.write(said("一。"))
        outputs.write(said("二。"))
    table = rows(tmp_path / "transcripts.csv", encoding)
    assert [row["text"] for row in table] == ["一。", "二。"]


@pytest.mark.parametrize(
    ("encoding", "text"),
    [("gb18030", "你好😀。"), ("gbk", "你好\\U0001f600。"), ("ascii", "\\u4f60\\u597d")],
)
def test_what_an_encoding_lacks_is_escaped(tmp_path: Path, encoding: str, text: str) -> None:
    with Outputs(tmp_path, ("csv",), encoding) as outputs:
        outputs.write(said("你好😀。"))
    (row,) = rows(tmp_path / "transcripts.csv", encoding)
    assert row["text"].startswith(text)


def test_a_run_without_recordings_has_a_header(tmp_path: Path) -> None:
    with Outputs(tmp_path / "new" / "folder", ("csv", "jsonl"), "utf-8"):
        pass
    assert (tmp_path / "new/folder/transcripts.csv").read_text("utf-8").startswith("file,channel")
    assert (tmp_path / "new/folder/transcripts.jsonl").read_bytes() == b""


class Stopped(BaseException):
    """What a signal raises: no Exception."""


@pytest.mark.parametrize("kind", [ValueError, RunError, KeyboardInterrupt, Stopped])
def test_a_run_that_stops_keeps_its_rows(tmp_path: Path, kind: type[BaseException]) -> None:
    def job() -> None:
        with Outputs(tmp_path, ("csv", "jsonl", "srt"), "utf-8-sig") as outputs:
            outputs.write(said("一。", "1.wav"))
            outputs.write(said("二。", "2.wav"))
            raise kind

    with pytest.raises(kind):
        job()
    assert [row["text"] for row in rows(tmp_path / "transcripts.csv")] == ["一。", "二。"]
    assert len((tmp_path / "transcripts.jsonl").read_bytes().splitlines()) == 2
    assert files(tmp_path) == ["1.wav.srt", "2.wav.srt", "transcripts.csv", "transcripts.jsonl"]


def test_only_what_was_asked_for_is_written(tmp_path: Path) -> None:
    with Outputs(tmp_path, ("txt",), "utf-8") as outputs:
        outputs.write(said())
        outputs.record(outcome("b.wav", Status.FAILED, "corrupt"))
    assert files(tmp_path) == ["a.wav.txt"]


def test_a_format_asked_for_twice_is_written_once(tmp_path: Path) -> None:
    with Outputs(tmp_path, ("txt", "csv", "txt", "csv"), "utf-8") as outputs:
        assert len(outputs.write(said())) == 1
    assert len(rows(tmp_path / "transcripts.csv", "utf-8")) == 1


def test_memory_does_not_grow_with_the_run(tmp_path: Path) -> None:
    with Outputs(tmp_path, ("csv", "jsonl"), "utf-8") as outputs:
        made = said("我们今天讨论预算。" * 20)
        for _ in range(20):
            outputs.write(made)
        tracemalloc.start()
        try:
            for _ in range(200):
                outputs.write(made)
            kept, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    size = (tmp_path / "transcripts.jsonl").stat().st_size
    assert size > 2_000_000
    assert kept < 200_000


# Names


@given(RELS)
def test_any_name_is_written_or_refused(rel: str) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with Outputs(folder, ("csv", "jsonl", *EACH), "utf-8") as outputs:
            made = outputs.write(said(rel=rel))
            assert made == tuple(folder / f"{rel}.{suffix}" for suffix in EACH)
            assert all(path.is_file() for path in made)
            outputs.record(outcome(rel, Status.FAILED, "reason"))
        assert len(rows(folder / "transcripts.csv")) == 2


@pytest.mark.parametrize("rel", ["../a.wav", "/etc/a.wav", "b/../../a.wav", "b/../a.wav", "", "."])
def test_nothing_leaves_the_output_folder(tmp_path: Path, rel: str) -> None:
    folder = tmp_path / "out"
    with Outputs(folder, ("csv", "srt"), "utf-8") as outputs:
        with pytest.raises(RecordingError, match="leads out of the output folder"):
            outputs.write(said(rel=PurePosixPath(rel)))
        outputs.write(said(rel="b.wav"))
    assert files(tmp_path) == ["out/b.wav.srt", "out/transcripts.csv"]
    assert [row["file"] for row in rows(folder / "transcripts.csv")] == ["b.wav"]


@given(st.lists(st.sampled_from(["..", ".", "a", "b.wav", "/", "c"]), max_size=6))
def test_no_combination_of_parts_leaves_it(parts: list[str]) -> None:
    rel = PurePosixPath(*parts)
    folder = Path("/out")
    try:
        target = Outputs(folder, ("srt",), "utf-8")._target(rel, "srt")
    except RecordingError:
        return
    assert Path(os.path.normpath(target)).is_relative_to(folder)
    assert Path(os.path.normpath(target)) != folder


@pytest.mark.parametrize("kind", ["folder", "file", "dangling"])
def test_no_link_carries_a_text_out_of_the_folder(kind: str, tmp_path: Path) -> None:
    out, outside = tmp_path / "out", tmp_path / "outside"
    for folder in (out, outside):
        folder.mkdir()
    (outside / "precious").write_bytes(b"mine")
    if kind == "folder":
        (out / "sub").symlink_to(outside)
    else:
        (out / "sub").mkdir()
        end = outside / ("precious" if kind == "file" else "nothing")
        (out / "sub" / "a.wav.srt").symlink_to(end)
    with (
        Outputs(out, ("srt",), "utf-8") as outputs,
        pytest.raises(RecordingError, match="leads out of the output folder"),
    ):
        outputs.write(said(rel="sub/a.wav"))
    assert files(outside) == ["precious"]
    assert (outside / "precious").read_bytes() == b"mine"


def test_links_inside_the_folder_and_to_it_are_fine(tmp_path: Path) -> None:
    (tmp_path / "real" / "b").mkdir(parents=True)
    (tmp_path / "out").symlink_to("real")
    (tmp_path / "real" / "a").symlink_to("b")
    with Outputs(tmp_path / "out", ("srt",), "utf-8") as outputs:
        outputs.write(said(rel="a/x.wav"))
    assert (tmp_path / "real" / "b" / "x.wav.srt").is_file()


def test_the_summary_of_the_run_is_no_recordings(tmp_path: Path) -> None:
    with (
        Outputs(tmp_path, ("json",), "utf-8") as outputs,
        pytest.raises(RecordingError, match=r"run\.json is the name of a file of the run"),
    ):
        outputs.write(said(rel="run"))


def test_a_name_with_a_nul_is_refused(tmp_path: Path) -> None:
    with (
        Outputs(tmp_path, ("srt",), "utf-8") as outputs,
        pytest.raises(RecordingError, match="leads out"),
    ):
        outputs.write(said(rel="a\0b.wav"))


def test_a_name_that_is_too_long_costs_this_recording_only(tmp_path: Path) -> None:
    with Outputs(tmp_path, ("csv", "srt"), "utf-8") as outputs:
        with pytest.raises(RecordingError, match="too long"):
            outputs.write(said(rel="长" * 84 + ".wav"))
        outputs.write(said())
    assert files(tmp_path) == ["a.wav.srt", "transcripts.csv"]
    assert [row["file"] for row in rows(tmp_path / "transcripts.csv")] == ["a.wav"]


def test_the_longest_name_that_fits_is_written(tmp_path: Path) -> None:
    name = "a" * (255 - len(".srt"))
    with Outputs(tmp_path, ("srt",), "utf-8") as outputs:
        outputs.write(said(rel=name))
    assert files(tmp_path) == [f"{name}.srt"]


def test_a_folder_in_the_way_costs_this_recording_only(tmp_path: Path) -> None:
    (tmp_path / "a.wav.srt" / "full").mkdir(parents=True)
    with Outputs(tmp_path, ("csv", "srt"), "utf-8") as outputs:
        with pytest.raises(RecordingError, match=r"a\.wav\.srt"):
            outputs.write(said())
        outputs.write(said(rel="b.wav"))
    assert files(tmp_path) == ["b.wav.srt", "transcripts.csv"]


def test_a_file_where_a_folder_is_needed_costs_this_recording_only(tmp_path: Path) -> None:
    (tmp_path / "b").write_bytes(b"")
    with Outputs(tmp_path, ("srt",), "utf-8") as outputs:
        with pytest.raises(RecordingError, match=r"b/a\.wav\.srt"):
            outputs.write(said(rel="b/a.wav"))
        outputs.write(said())
    assert files(tmp_path) == ["a.wav.srt", "b"]


@pytest.mark.parametrize("name", RUN_FILES.values())
def test_a_folder_cannot_take_the_place_of_the_table(tmp_path: Path, name: str) -> None:
    with Outputs(tmp_path, ("csv", "jsonl", "srt"), "utf-8") as outputs:
        with pytest.raises(RecordingError, match="name of a file of the run"):
            outputs.write(said(rel=f"{name}/a.wav"))
        outputs.write(said(rel="b.wav"))
    assert files(tmp_path) == ["b.wav.srt", "transcripts.csv", "transcripts.jsonl"]


# What ends the run


def failing(code: int) -> Callable[[Path, bytes], None]:
    def call(path: Path, data: bytes) -> None:
        raise RunError(f"cannot write {path}") from OSError(code, os.strerror(code))

    return call


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO])
def test_a_disk_that_is_full_or_broken_ends_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    with Outputs(tmp_path, ("srt",), "utf-8") as outputs:
        monkeypatch.setattr(write, "atomic_write", failing(code))
        with pytest.raises(RunError):
            outputs.write(said())


@pytest.mark.parametrize("code", [errno.EACCES, errno.EISDIR, errno.EILSEQ, errno.ELOOP])
def test_a_path_that_cannot_be_written_fails_its_recording(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    with Outputs(tmp_path, ("srt",), "utf-8") as outputs:
        monkeypatch.setattr(write, "atomic_write", failing(code))
        with pytest.raises(RecordingError, match=os.strerror(code)) as caught:
            outputs.write(said())
        assert isinstance(caught.value.__cause__, OSError)


def test_a_full_disk_leaves_whole_rows(tmp_path: Path) -> None:
    def job() -> None:
        with Outputs(tmp_path, ("csv",), "utf-8") as outputs:
            outputs.write(said("一。"))
            real = os.pwrite

            def half(descriptor: int, data: memoryview, at: int) -> int:
                if len(data) < 8:
                    raise OSError(errno.ENOSPC, "No space left on device")
                return real(descriptor, data[: len(data) // 2], at)

            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(os, "pwrite", half)
                outputs.write(said("二。"))

    with pytest.raises(RunError, match="disk is full"):
        job()
    assert [row["text"] for row in rows(tmp_path / "transcripts.csv")] == ["一。"]


def test_an_output_folder_that_is_a_file_ends_the_run(tmp_path: Path) -> None:
    (tmp_path / "out").write_bytes(b"")
    with pytest.raises(RunError, match="cannot make the output folder"):
        Outputs(tmp_path / "out", ("srt",), "utf-8").__enter__()


def test_an_output_folder_without_rights_ends_the_run_before_any_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(RunError, match="cannot write into"):
        Outputs(tmp_path, ("srt",), "utf-8").__enter__()


def test_a_folder_with_the_name_of_the_table_ends_the_run_before_any_work(tmp_path: Path) -> None:
    (tmp_path / "transcripts.csv").mkdir()
    with pytest.raises(RunError, match=r"transcripts\.csv is a folder"):
        Outputs(tmp_path, ("jsonl", "csv"), "utf-8").__enter__()
    assert files(tmp_path) == []


def test_a_run_that_cannot_begin_leaves_the_table_of_the_last_run(tmp_path: Path) -> None:
    with Outputs(tmp_path, ("csv",), "utf-8") as outputs:
        outputs.write(said("昨天。"))
    (tmp_path / "transcripts.jsonl").mkdir()
    with pytest.raises(RunError):
        Outputs(tmp_path, ("csv", "jsonl"), "utf-8").__enter__()
    assert [row["text"] for row in rows(tmp_path / "transcripts.csv")] == ["昨天。"]
    assert files(tmp_path) == ["transcripts.csv"]


@pytest.mark.parametrize("encoding", ["base64", "rot13", "no-such", "idna"])
def test_an_encoding_that_cannot_be_used_is_the_users_mistake(
    tmp_path: Path, encoding: str
) -> None:
    with pytest.raises(UsageError, match="--csv-encoding"):
        Outputs(tmp_path, ("csv",), encoding)


def test_an_unknown_format_is_the_users_mistake(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="'doc' is not one of csv"):
        Outputs(tmp_path, ("srt", "doc"), "utf-8")


# The review


def doubtful(rel: str, confidence: float) -> Transcript:
    sentence = timed("我们讨论预算。")
    own = tuple(replace(token, confidence=confidence) for token in sentence.tokens)
    return transcript([replace(sentence, tokens=own)], rel=rel)


def test_the_review_lists_the_worst_of_the_run_first(tmp_path: Path) -> None:
    with Outputs(tmp_path, ("csv", "review"), "utf-8-sig") as outputs:
        assert outputs.write(doubtful("a.wav", 0.6)) == ()
        outputs.write(said(rel="b.wav"))
        outputs.rows(doubtful("c.wav", 0.3))
        assert not (tmp_path / "review.csv").exists()
    table = rows(tmp_path / "review.csv")
    assert [(row["file"], row["reasons"], row["clip"]) for row in table] == [
        ("c.wav", "low confidence 0.30", ""),
        ("a.wav", "low confidence 0.60", ""),
    ]
    assert (tmp_path / "review.csv").read_bytes().startswith(codecs.BOM_UTF8 + b"file,")


def test_the_review_does_not_depend_on_who_ends_first(tmp_path: Path) -> None:
    order = [source("a.wav"), source("b.wav")]
    tables = []
    for names in (("a.wav", "b.wav"), ("b.wav", "a.wav")):
        with Outputs(tmp_path, ("review",), "utf-8", order=order) as outputs:
            for name in names:
                outputs.write(doubtful(name, 0.6))
        tables.append((tmp_path / "review.csv").read_bytes())
    assert tables[0] == tables[1]
    assert files(tmp_path) == ["review.csv"]


def test_speech_of_which_no_text_came_is_in_the_review(tmp_path: Path) -> None:
    with Outputs(tmp_path, ("review",), "utf-8") as outputs:
        outputs.record(outcome("a.wav", Status.EMPTY, "no speech"))
        outputs.record(replace(outcome("b.wav", Status.EMPTY, "no words"), speech_ms=3000))
        outputs.record(replace(outcome("c.wav", Status.FAILED, "corrupt"), speech_ms=3000))
    assert [row["file"] for row in rows(tmp_path / "review.csv", "utf-8")] == ["b.wav"]


def test_a_run_that_stops_before_anything_keeps_the_review_of_the_last(tmp_path: Path) -> None:
    (tmp_path / "review.csv").write_bytes(b"last night's")
    with pytest.raises(ValueError), Outputs(tmp_path, ("review",), "utf-8"):
        raise ValueError
    assert (tmp_path / "review.csv").read_bytes() == b"last night's"
    with pytest.raises(ValueError), Outputs(tmp_path, ("review",), "utf-8") as outputs:
        outputs.write(doubtful("a.wav", 0.6))
        raise ValueError
    assert len(rows(tmp_path / "review.csv", "utf-8")) == 1


def test_the_review_names_the_clips_that_will_lie_beside_it(tmp_path: Path) -> None:
    with Outputs(tmp_path, ("review",), "utf-8", clips=True) as outputs:
        outputs.write(doubtful("a.wav", 0.6))
    (row,) = rows(tmp_path / "review.csv", "utf-8")
    assert row["clip"] == "review/0001 0-00-00 a.wav.wav"
    assert len(outputs.worst.doubts) == 1


def test_a_word_template_is_filled(tmp_path: Path) -> None:
    import docx

    made = docx.Document()
    made.add_paragraph("says {text}")
    target = io.BytesIO()
    made.save(target)
    with Outputs(tmp_path, ("docx",), "utf-8", docx_template=target.getvalue()) as outputs:
        (path,) = outputs.write(said())
    assert [p.text for p in docx.Document(str(path)).paragraphs] == ["says 你好。"]


# The table of calls


def test_calls_have_a_table_of_their_own(tmp_path: Path) -> None:
    call = replace(said(rel="b.wav"), lanes=(0, 1), channel_names=("坐席", "客户"))
    with Outputs(tmp_path, ("csv", "calls"), "utf-8-sig") as outputs:
        outputs.write(said(rel="a.wav"))
        outputs.write(call)
    found = rows(tmp_path / "calls.csv")
    assert [(row["file"], row["speaker"]) for row in found] == [
        ("b.wav", "坐席"),
        ("b.wav", "客户"),
    ]
    assert {row["file"] for row in rows(tmp_path / "transcripts.csv")} == {"a.wav", "b.wav"}
    for name in ("calls.csv", "transcripts.csv"):
        assert (tmp_path / name).read_bytes().startswith(codecs.BOM_UTF8)
