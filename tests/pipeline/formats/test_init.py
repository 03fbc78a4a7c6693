from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings

from asrcli.pipeline.formats import BINARY_RENDERERS, RENDERERS, encoded
from asrcli.settings import CAPTION_FORMATS, FORMATS
from tests.values_samples import timed, transcript, transcripts

if TYPE_CHECKING:
    from collections.abc import Callable

    from asrcli.values import Transcript


def test_every_format_that_can_be_asked_for_has_a_renderer() -> None:
    assert {*RENDERERS, *BINARY_RENDERERS, "review", "calls"} == set(FORMATS)
    assert not set(RENDERERS) & set(BINARY_RENDERERS)
    assert set(RENDERERS) > CAPTION_FORMATS


@given(transcripts())
def test_every_renderer_takes_every_transcript(made: Transcript) -> None:
    for render in RENDERERS.values():
        document = render(made)
        assert document == render(made)
        document.encode("utf-8")
        assert document == "" or document.endswith("\n")


@given(transcripts())
@settings(max_examples=10)
def test_the_bytes_of_every_format_depend_on_the_transcript_alone(made: Transcript) -> None:
    for name in (*RENDERERS, *BINARY_RENDERERS):
        assert encoded(name, made) == encoded(name, made)


def test_what_utf_8_cannot_hold_is_escaped() -> None:
    assert encoded("txt", transcript([timed("\ud800")])) == b"\\ud800\n"


def test_the_registry_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        RENDERERS["doc"] = RENDERERS["txt"]  # type: ignore[index]


def test_pandas_is_not_loaded_before_a_table_is_written(fresh_python: Callable[[str], str]) -> None:
    program = (
        "import asrcli.pipeline.formats, sys;"
        "print(bool({'pandas', 'docx', 'jieba'} & set(sys.modules)))"
    )
    assert fresh_python(program) == "False\n"
