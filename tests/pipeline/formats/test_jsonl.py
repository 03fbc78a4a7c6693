from __future__ import annotations

import json
from typing import TYPE_CHECKING

from hypothesis import given

from asrcli.pipeline.formats.json import document
from asrcli.pipeline.formats.jsonl import render
from tests.values_samples import timed, transcript, transcripts

if TYPE_CHECKING:
    from asrcli.values import Transcript


@given(transcripts())
def test_it_is_the_document_on_one_line(made: Transcript) -> None:
    text = render(made)
    assert text.count("\n") == 1
    assert text.endswith("}\n")
    assert json.loads(text) == document(made)


def test_chinese_is_written_as_such_and_without_spaces() -> None:
    text = render(transcript([timed("你好。")]))
    assert '"text":"你好。"' in text
    assert ": " not in text
