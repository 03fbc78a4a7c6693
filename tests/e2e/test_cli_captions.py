"""Captions, documents and the review, from the command line to the files."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import docx
import pytest

from tests.e2e.program import FAKE, Program, files_in, record

if TYPE_CHECKING:
    from pathlib import Path

SPOKEN = "今天我们主要讨论预算，然后请市场部的同事介绍情况，最后一起总结。"
QUIET = (*FAKE, "--journal", "none", "--quiet")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "in" / "a.wav"
    path.parent.mkdir()
    record(path, SPOKEN)
    return path.parent


def test_the_captions_of_every_format_pass_our_own_check(asr: Program, folder: Path) -> None:
    formats = "srt,vtt,ass,lrc"
    done = asr("transcribe", "folder", folder, "-o", "out", "-f", formats, *QUIET)
    assert done.returncode == 0, done.stderr
    out = asr.folder / "out"
    assert {f"a.wav.{name}" for name in formats.split(",")} <= files_in(out)
    checked = asr("captions", "check", *(out / f"a.wav.{name}" for name in ("srt", "vtt", "ass")))
    assert checked.stdout.splitlines()[-1].endswith(" in 3 files, 0 over a limit")
    assert checked.returncode == 0


def test_the_options_change_the_captions(asr: Program, folder: Path) -> None:
    options = ("--caption-width", "8", "--caption-lines", "1", "--caption-gap", "0")
    asr("transcribe", "folder", folder, "-o", "out", "-f", "srt", *QUIET, *options)
    text = (asr.folder / "out" / "a.wav.srt").read_text("utf-8")
    lines = [line for line in text.splitlines() if line and not line[0].isdigit()]
    assert max(map(len, lines)) <= 8
    assert "".join(lines).startswith("今天我们主要讨论预算")


def test_a_strict_run_fails_what_cannot_be_read(asr: Program, folder: Path) -> None:
    hard = ("--caption-speed", "3", "--caption-width", "4", "--caption-lines", "1")
    loose = asr("transcribe", "folder", folder, "-o", "out", "-f", "srt,csv", *FAKE, *hard)
    assert loose.returncode == 0
    assert "too fast to read" in loose.stderr
    strict = ("--strict-captions", "--journal", "none")
    done = asr(
        "transcribe", "folder", folder, "-o", "strict", "-f", "srt,csv", *FAKE, *hard, *strict
    )
    assert done.returncode == 3
    with (asr.folder / "strict" / "transcripts.csv").open(encoding="utf-8-sig") as file:
        (row,) = csv.DictReader(file)
    assert (row["status"], "leave out --strict-captions" in row["reason"]) == ("failed", True)


def test_what_a_strict_run_failed_is_written_when_the_limits_are_others(
    asr: Program, folder: Path
) -> None:
    options = ("-o", "out", "-f", "srt,csv", *FAKE, "--journal", "j.db", "--quiet")
    strict = asr(
        "transcribe", "folder", folder, *options, "--strict-captions", "--caption-speed", "3"
    )
    assert strict.returncode == 3
    assert "a.wav.srt" not in files_in(asr.folder / "out")
    later = asr("transcribe", "folder", folder, *options, "--strict-captions")
    assert later.returncode == 0, later.stderr
    assert "a.wav.srt" in files_in(asr.folder / "out")
    assert "1 unchanged" in later.stderr


def test_a_template_of_the_user_is_filled(asr: Program, folder: Path) -> None:
    template = docx.Document()
    template.add_paragraph("{time}|{text}")
    template.save(str(asr.folder / "t.docx"))
    done = asr("transcribe", "folder", folder, "-o", "out", "--docx-template", "t.docx", *QUIET)
    assert done.returncode == 0, done.stderr
    made = docx.Document(str(asr.folder / "out" / "a.wav.docx"))
    assert made.paragraphs[0].text.startswith("0:00:00|今天我们主要讨论预算")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--docx-template", "none.docx"), "--docx-template none.docx: No such file"),
        (("--caption-min", "4"), "--caption-min: '4' must be a number of seconds from 0.2 to 3"),
        (("-f", "doc"), "--format: 'doc' holds doc, which is no format"),
    ],
)
def test_a_bad_value_stops_before_any_work(
    asr: Program, folder: Path, options: tuple[str, str], message: str
) -> None:
    done = asr("transcribe", "folder", folder, "-o", "out", *FAKE, *options)
    assert done.returncode == 2
    assert message in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_the_review_and_its_clips(asr: Program, folder: Path) -> None:
    record(folder / "b.wav", "对对对对对对")
    done = asr("transcribe", "folder", folder, "-o", "out", "-f", "txt", "--review-clips", *QUIET)
    assert done.returncode == 0, done.stderr
    with (asr.folder / "out" / "review.csv").open(encoding="utf-8-sig") as file:
        found = list(csv.DictReader(file))
    assert [row["file"] for row in found if "repeats 对" in row["reasons"]] == ["b.wav"]
    assert {row["clip"] for row in found} <= files_in(asr.folder / "out")
    again = asr("transcribe", "folder", folder, "-o", "two", "-f", "txt", "--review-clips", *QUIET)
    assert again.returncode == 0
    for name in ("review.csv", found[0]["clip"]):
        assert (asr.folder / "out" / name).read_bytes() == (asr.folder / "two" / name).read_bytes()
