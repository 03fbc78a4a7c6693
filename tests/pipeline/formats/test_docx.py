from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import docx
import pytest
from hypothesis import given, settings

from asrcli.errors import UsageError
from asrcli.pipeline.formats.docx import read_template, render
from tests.values_samples import timed, transcript, transcripts

if TYPE_CHECKING:
    from pathlib import Path

    from asrcli.values import Transcript

EXAMPLE = transcript(
    [timed("共1234元。"), timed("好吗？", start_ms=3_725_000)], rel="通话/客户 一.wav", channel=1
)


def opened(content: bytes) -> Any:
    return docx.Document(io.BytesIO(content))


def rows(document: Any) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in document.tables[0].rows]


def template(*paragraphs: str, cells: tuple[str, ...] = ()) -> Any:
    document = docx.Document()
    for text in paragraphs:
        document.add_paragraph(text)
    if cells:
        document.add_table(rows=2, cols=len(cells))
        for number, text in enumerate(cells):
            document.tables[0].rows[0].cells[number].text = f"head {number}"
            document.tables[0].rows[1].cells[number].text = text
    return document


def saved(document: Any) -> bytes:
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def test_our_own_document_has_a_title_a_length_and_a_row_for_each_sentence() -> None:
    document = opened(render(EXAMPLE))
    assert [paragraph.text for paragraph in document.paragraphs] == ["通话/客户 一.wav", "1:02:06"]
    assert rows(document) == [["0:00:00", "共1234元。"], ["1:02:05", "好吗？"]]


def test_speakers_with_names_have_a_column() -> None:
    named = replace(EXAMPLE, channel_names=("坐席", "客户"))
    assert rows(opened(render(named))) == [
        ["0:00:00", "客户", "共1234元。"],
        ["1:02:05", "客户", "好吗？"],
    ]


def test_a_recording_without_text_is_a_document_without_rows() -> None:
    assert rows(opened(render(transcript()))) == []


def test_a_row_of_a_template_is_repeated() -> None:
    made = template("{file}: {sentences} / {confidence}", cells=("{time}-{end}", "{text}"))
    document = opened(render(EXAMPLE, saved(made)))
    assert document.paragraphs[0].text == "通话/客户 一.wav: 2 / 0.900"
    assert rows(document) == [
        ["head 0", "head 1"],
        ["0:00:00-0:00:01", "共1234元。"],
        ["1:02:05-1:02:05", "好吗？"],
    ]


def test_a_paragraph_of_a_template_is_repeated_where_it_stands() -> None:
    made = template("记录 {duration}", "[{time}] {speaker}: {text}", "完")
    named = replace(EXAMPLE, channel_names=("坐席", "客户"))
    document = opened(render(named, saved(made)))
    assert [paragraph.text for paragraph in document.paragraphs] == [
        "记录 1:02:06",
        "[0:00:00] 客户: 共1234元。",
        "[1:02:05] 客户: 好吗？",
        "完",
    ]


def test_a_field_that_word_has_parted_is_filled_and_keeps_its_look() -> None:
    made = template()
    paragraph = made.add_paragraph()
    for part, bold in (("说{te", True), ("x", False), ("t}了", False), ("！", False)):
        paragraph.add_run(part).bold = bold
    (first, second) = opened(render(EXAMPLE, saved(made))).paragraphs
    assert (first.text, second.text) == ("说共1234元。了！", "说好吗？了！")
    assert [run.text for run in first.runs if run.bold] == ["说共1234元。"]


def test_headers_and_footers_are_filled() -> None:
    made = template("{text}")
    made.sections[0].header.paragraphs[0].text = "{file}"
    made.sections[0].footer.paragraphs[0].text = "{duration}"
    section = opened(render(EXAMPLE, saved(made))).sections[0]
    assert section.header.paragraphs[0].text == "通话/客户 一.wav"
    assert section.footer.paragraphs[0].text == "1:02:06"


def test_what_is_no_field_stays() -> None:
    made = template("{unknown} {text} {}")
    assert opened(render(EXAMPLE, saved(made))).paragraphs[0].text == "{unknown} 共1234元。 {}"


def test_what_was_said_or_named_is_no_field() -> None:
    made = transcript([timed("{file}{time}")], rel="{text}.wav")
    document = opened(render(made))
    assert document.paragraphs[0].text == "{text}.wav"
    assert rows(document) == [["0:00:00", "{file}{time}"]]


def test_the_same_text_gives_the_same_bytes_on_any_day() -> None:
    content = render(EXAMPLE)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert archive.testzip() is None
    assert render(EXAMPLE) == content


@given(transcripts())
@settings(max_examples=15)
def test_word_can_hold_every_text(made: Transcript) -> None:
    shown = rows(opened(render(made)))
    assert len(shown) == len(made.sentences)
    for (_, text), sentence in zip(shown, made.sentences, strict=True):
        letters = [c for c in sentence.written if c.isalnum()]
        assert [c for c in text if c.isalnum()] == letters


def test_a_template_is_read(tmp_path: Path) -> None:
    path = tmp_path / "会议.docx"
    path.write_bytes(saved(template("{text}")))
    assert read_template(path) == path.read_bytes()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "No such file or directory"),
        (b"no zip", "not a Word document"),
        (b"PK\x03\x04 broken", "not a Word document"),
        (saved(template("{time}")), "holds no {text}; write it where each sentence belongs"),
    ],
)
def test_a_template_that_cannot_be_used_is_one_line(
    tmp_path: Path, content: bytes | None, says: str
) -> None:
    path = tmp_path / "t.docx"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError) as caught:
        read_template(path)
    assert says in str(caught.value)
    assert str(caught.value).startswith(f"--docx-template {path}: ")
    assert "\n" not in str(caught.value)


def test_another_archive_is_no_template(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "t.docx", "w") as archive:
        archive.writestr("a.txt", "x")
    with pytest.raises(UsageError, match="not a Word document"):
        read_template(tmp_path / "t.docx")
