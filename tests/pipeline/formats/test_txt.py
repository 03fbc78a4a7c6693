from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import given

from asrcli.pipeline.formats.txt import render
from tests.values_samples import timed, transcript, transcripts

if TYPE_CHECKING:
    from asrcli.values import Transcript


def test_golden() -> None:
    made = transcript([timed("共1234元。", spoken="共一千二百三十四元。"), timed("好吗？")])
    assert render(made) == "共1234元。\n好吗？\n"


def test_nothing_said_is_an_empty_file() -> None:
    assert render(transcript()) == ""


@given(transcripts())
def test_one_sentence_is_one_line(made: Transcript) -> None:
    assert len(render(made).splitlines()) == len(made.sentences)


def test_a_speaker_with_a_name_stands_before_the_sentence() -> None:
    made = replace(transcript([timed("您好。")], channel=1), channel_names=("坐席", "客户"))
    assert render(made) == "客户: 您好。\n"
