from __future__ import annotations

import csv
import io
import os
from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given

from asrcli.pipeline.formats.csv import COLUMNS, header, outcome_row, render, sentence_rows
from asrcli.pipeline.formats.parts import shown_path
from asrcli.values import Status, Transcript
from tests.values_samples import outcome, timed, transcript, transcripts

EXAMPLE = transcript(
    [
        timed(
            "共1234元。", start_ms=1250, hotwords=["达摩院", "元"], spoken="共一千二百三十四元。"
        ),
        timed('他说"好，吗"？', start_ms=5000),
    ],
    rel="通话/客户 一.wav",
    channel=1,
)


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_the_columns_are_as_documented() -> None:
    assert header() == (
        "file,channel,sentence,start,end,text,spoken,confidence,hotwords,status,reason\n"
    )


def test_golden() -> None:
    assert render(EXAMPLE) == (
        "file,channel,sentence,start,end,text,spoken,confidence,hotwords,status,reason\n"
        "通话/客户 一.wav,2,1,1.250,2.450,共1234元。,共一千二百三十四元。,0.900,达摩院|元,done,\n"
        '通话/客户 一.wav,2,2,5.000,6.200,"他说""好，吗""？","他说""好，吗""？",0.900,,done,\n'
    )


def test_pandas_reads_it_back() -> None:
    frame = pd.read_csv(io.StringIO(render(EXAMPLE)), dtype={"text": str})
    assert list(frame.columns) == list(COLUMNS)
    assert frame["start"].tolist() == [1.25, 5.0]
    assert frame["channel"].tolist() == [2, 2]
    assert frame["text"].tolist() == [sentence.written for sentence in EXAMPLE.sentences]


@given(transcripts())
def test_every_sentence_is_a_row(made: Transcript) -> None:
    rows = read(render(made))
    assert len(rows) == len(made.sentences)
    for number, (row, sentence) in enumerate(zip(rows, made.sentences, strict=True), 1):
        assert set(row) == set(COLUMNS)
        assert row["sentence"] == str(number)
        assert row["file"].removeprefix("'") == shown_path(made.source.rel).replace("\r", "\\r")
        assert row["channel"] == ("" if made.channel is None else str(made.channel + 1))
        assert round(float(row["start"]) * 1000) == sentence.start_ms
        assert round(float(row["end"]) * 1000) == sentence.end_ms
        assert row["text"].removeprefix("'") == sentence.written.replace("\r", "\\r").removeprefix(
            "'"
        )
        assert (row["status"], row["reason"]) == ("done", "")


@given(transcripts())
def test_no_cell_is_a_formula(made: Transcript) -> None:
    for row in read(render(made)):
        for cell in row.values():
            assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))


@pytest.mark.parametrize("text", ["=1+1", "+1", "-5度", "@SUM(A1)", "\tx", "\rx"])
def test_a_formula_gets_a_quote_in_front(text: str) -> None:
    made = replace(EXAMPLE, sentences=(timed(text),))
    assert read(render(made))[0]["text"] == "'" + text.replace("\r", "\\r")


def test_a_channel_is_shown_by_the_name_of_its_speaker() -> None:
    named = replace(EXAMPLE, channel_names=("坐席", "=客户"))
    assert [row["channel"] for row in read(render(named))] == ["'=客户", "'=客户"]
    assert read(render(replace(named, channel_names=("坐席",))))[0]["channel"] == "2"


def test_rows_have_no_header() -> None:
    assert header() + sentence_rows(EXAMPLE) == render(EXAMPLE)
    assert sentence_rows(transcript()) == ""


@pytest.mark.parametrize("status", [Status.EMPTY, Status.FAILED, Status.SKIPPED, Status.SET_ASIDE])
def test_a_file_without_text_has_one_row(status: Status) -> None:
    (row,) = read(header() + outcome_row(outcome("a/b.wav", status, "no speech, or none heard")))
    assert row == dict.fromkeys(COLUMNS, "") | {
        "file": "a/b.wav",
        "status": status.value,
        "reason": "no speech, or none heard",
    }


def test_a_name_that_is_no_text_is_shown_escaped() -> None:
    row = outcome_row(outcome(os.fsdecode(b"\xff.wav"), Status.FAILED, "=1"))
    assert row == "\\xff.wav,,,,,,,,,failed,'=1\n"
