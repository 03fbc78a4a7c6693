from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given

from asrcli.pipeline.formats import RENDERERS
from asrcli.settings import FORMATS
from tests.values_samples import transcripts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from asrcli.values import Transcript


def test_every_format_that_can_be_asked_for_has_a_renderer() -> None:
    assert set(RENDERERS) == set(FORMATS)


@given(transcripts())
def test_every_renderer_takes_every_transcript(transcript: Transcript) -> None:
    for render in RENDERERS.values():
        document = render(transcript)
        assert document == render(transcript)
        document.encode("utf-8")
        assert document == "" or document.endswith("\n")


def test_the_registry_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        RENDERERS["doc"] = RENDERERS["txt"]  # type: ignore[index]


def test_pandas_is_not_loaded_before_a_table_is_written(
    subprocess_env: Mapping[str, str],
) -> None:
    program = "import asrcli.pipeline.formats, sys; print('pandas' in sys.modules)"
    answer = subprocess.run(
        [sys.executable, "-c", program],
        env=dict(subprocess_env),
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.strip() == "False"
