"""The options of written numbers, from the command line to the text and to the resume key."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.e2e.program import FAKE, Program, record

if TYPE_CHECKING:
    from pathlib import Path

SPOKEN = "二零二五年三月十五号下午三点半在三只松鼠花了十五元"


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "in" / "a.wav"
    path.parent.mkdir()
    record(path, SPOKEN)
    return path


def said(asr: Program, recording: Path, *options: str) -> str:
    done = asr("transcribe", "file", recording, *FAKE, "--quiet", *options)
    assert done.returncode == 0
    return done.stdout.strip(" 。\n")


def test_styles(asr: Program, recording: Path) -> None:
    assert said(asr, recording) == "2025年3月15日下午3:30在三只松鼠花了15元"
    assert said(asr, recording, "--itn-style", "iso") == "2025-03-15 15:30在三只松鼠花了¥15"


def test_phrases_of_the_user(asr: Program, recording: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("# ours\nkeep: 三点半\n", encoding="utf-8")
    options = ("--itn-list", "mine.txt", "--itn-phrase", "replace: 十五元 => 15块")
    assert said(asr, recording, *options) == "2025年3月15日下午三点半在三只松鼠花了15块"


def test_a_hotword_is_never_rewritten(asr: Program, recording: Path) -> None:
    heard = said(asr, recording, "--hotword", "十五元")
    assert heard == "2025年3月15日下午3:30在三只松鼠花了十五元"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--itn-style", "en"), "--itn-style: 'en' must be one of zh, iso"),
        (("--itn-phrase", "三点"), "--itn-phrase, line 1: '三点' is neither"),
        (("--itn-list", "none.txt"), "--itn-list none.txt: No such file"),
    ],
)
def test_a_bad_value_stops_before_any_work(
    asr: Program, recording: Path, options: tuple[str, str], message: str
) -> None:
    done = asr("transcribe", "folder", recording.parent, "-o", "out", *FAKE, *options)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert message in done.stderr
    assert not (recording.parent.parent / "out").exists()


def test_the_document_states_style_and_phrases(
    asr: Program, recording: Path, tmp_path: Path
) -> None:
    (tmp_path / "mine.txt").write_text("keep: 三点半\n", encoding="utf-8")
    options = ("-f", "json", "--itn-style", "iso", "--itn-list", "mine.txt")
    assert (
        asr("transcribe", "folder", recording.parent, "-o", "out", *FAKE, *options).returncode == 0
    )
    document = json.loads((tmp_path / "out" / "a.wav.json").read_text(encoding="utf-8"))
    assert document["settings"]["itn_style"] == "iso"
    assert document["settings"]["itn_phrase"] == "('keep: 三点半',)"
