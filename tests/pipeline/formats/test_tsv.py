from __future__ import annotations

import csv
import io
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd
from hypothesis import given

from asrcli.pipeline.formats.tsv import render
from tests.values_samples import timed, transcript, transcripts

if TYPE_CHECKING:
    from asrcli.values import Transcript


def test_golden() -> None:
    made = transcript([timed("你好。", start_ms=1250), timed("-5度。", start_ms=3000)])
    assert render(made) == ("start_ms\tend_ms\ttext\n1250\t1650\t你好。\n3000\t3600\t-5度。\n")


def test_nothing_said_is_a_header() -> None:
    assert render(transcript()) == "start_ms\tend_ms\ttext\n"


def test_pandas_reads_whole_numbers() -> None:
    frame = pd.read_csv(io.StringIO(render(transcript([timed("你好。")]))), sep="\t")
    assert frame["end_ms"].tolist() == [400]
    assert frame["end_ms"].dtype == "int64"


@given(transcripts())
def test_it_reads_back(made: Transcript) -> None:
    _, *rows = csv.reader(io.StringIO(render(made), newline=""), delimiter="\t")
    assert rows == [
        [str(s.start_ms), str(s.end_ms), s.written.replace("\r", "\\r")] for s in made.sentences
    ]


def test_speakers_with_names_have_a_column() -> None:
    made = replace(transcript([timed("您好。")], channel=1), channel_names=("坐席", "客户"))
    assert render(made) == "start_ms\tend_ms\tspeaker\ttext\n0\t400\t客户\t您好。\n"
