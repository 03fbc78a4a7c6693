"""What a run writes is opened before any work; the clips come behind it."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from asrcli.commands.documents import finish_review, outputs_of
from asrcli.errors import UsageError
from asrcli.settings import Settings
from asrcli.values import SourceFile
from tests.e2e.program import files_in, record
from tests.values_samples import timed, transcript

REVIEW = Settings(format=("review",), csv_encoding="utf-8")


def reviewed(source: SourceFile, folder: Path, settings: Settings) -> list[str]:
    """Write one doubtful recording; what the user is told."""
    outputs, notes = outputs_of(settings, folder, [source]), list[str]()
    sentence = timed("我们讨论预算。")
    tokens = tuple(replace(token, confidence=0.3) for token in sentence.tokens)
    with outputs:
        made = transcript([replace(sentence, tokens=tokens)])
        outputs.write(replace(made, source=source))
    finish_review(outputs, settings, folder, notes.append)
    return notes


@pytest.fixture
def source(tmp_path: Path) -> SourceFile:
    record(tmp_path / "in" / "a.wav", "我们讨论预算")
    return SourceFile(tmp_path / "in" / "a.wav", Path("a.wav"), 1, 1)


def test_a_template_that_cannot_be_used_is_told_before_any_work(tmp_path: Path) -> None:
    settings = Settings(format=("docx",), docx_template=str(tmp_path / "none.docx"))
    with pytest.raises(UsageError, match=r"--docx-template .*none\.docx: No such file"):
        outputs_of(settings, tmp_path / "out", [])
    assert not (tmp_path / "out").exists()


def test_a_template_is_filled(source: SourceFile, tmp_path: Path) -> None:
    import docx

    template = docx.Document()
    template.add_paragraph("<{text}>")
    template.save(str(tmp_path / "t.docx"))
    settings = Settings(format=("docx",), docx_template=str(tmp_path / "t.docx"))
    reviewed(source, tmp_path / "out", settings)
    made = docx.Document(str(tmp_path / "out" / "a.wav.docx"))
    assert [paragraph.text for paragraph in made.paragraphs] == ["<我们讨论预算。>"]


def test_the_review_is_told_and_no_clip_is_cut_unasked(source: SourceFile, tmp_path: Path) -> None:
    assert reviewed(source, tmp_path / "out", REVIEW) == [
        "1 piece should be heard by a person: see review.csv"
    ]
    assert files_in(tmp_path / "out") == {"review.csv"}


def test_clips_lie_where_the_table_says(source: SourceFile, tmp_path: Path) -> None:
    reviewed(source, tmp_path / "out", replace(REVIEW, review_clips=True))
    with (tmp_path / "out" / "review.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert files_in(tmp_path / "out") == {"review.csv", row["clip"]}


def test_nothing_is_told_where_no_review_was_asked_for(source: SourceFile, tmp_path: Path) -> None:
    assert reviewed(source, tmp_path / "out", Settings(format=("txt",))) == []
