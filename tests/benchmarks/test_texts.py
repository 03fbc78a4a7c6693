"""Texts of different tools are compared by recording, without punctuation."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from benchmarks.measure import Run
from benchmarks.rounds import Entry
from benchmarks.texts import compare_texts, read_texts

if TYPE_CHECKING:
    from pathlib import Path

RUN = Run(load_s=1.0, work_s=1.0, peak_bytes=1)


def write_ours(folder: Path, **texts: str) -> None:
    folder.mkdir(parents=True)
    for name, text in texts.items():
        document = {"sentences": [{"spoken": text[:2]}, {"spoken": text[2:]}]}
        (folder / f"{name}.wav.json").write_text(json.dumps(document), encoding="utf-8")


def test_a_text_is_all_its_sentences(tmp_path: Path) -> None:
    write_ours(tmp_path / "ours", a="你好，世界。", b="")
    assert read_texts(tmp_path / "ours") == {"a": "你好世界", "b": ""}


def test_what_differs_is_counted_and_what_is_missing_too(tmp_path: Path) -> None:
    write_ours(tmp_path / "ours", a="你好世界", b="再见")
    (tmp_path / "theirs").mkdir()
    found = json.dumps({"in/a.wav": "你好 视界"})
    (tmp_path / "theirs" / "texts.json").write_text(found, encoding="utf-8")
    entries = [Entry("ours", runs=[RUN]), Entry("theirs", runs=[RUN]), Entry("absent", "why")]
    compare_texts(tmp_path, entries, "ours")
    assert entries[0].differs == 0.0
    assert entries[1].differs == pytest.approx(3 / 6)
    assert entries[2].differs is None


def test_without_a_reference_nothing_is_said(tmp_path: Path) -> None:
    entry = Entry("theirs", runs=[RUN])
    compare_texts(tmp_path, [entry], "ours")
    assert entry.differs is None
