"""The JSON document of a recording on one line, so that a run's recordings fit into one file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asrcli.pipeline.formats.json import compact, document

if TYPE_CHECKING:
    from asrcli.values import Transcript


def render(transcript: Transcript) -> str:
    """One line with its line break; read it with any JSON Lines reader."""
    return compact(document(transcript)) + "\n"
