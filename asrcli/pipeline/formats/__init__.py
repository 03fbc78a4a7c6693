"""One small renderer per format, each a pure function from a transcript to a whole document."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from asrcli.pipeline.formats import csv, json, jsonl, srt, tsv, txt, vtt

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from asrcli.values import Transcript

RENDERERS: Mapping[str, Callable[[Transcript], str]] = MappingProxyType(
    {
        "csv": csv.render,
        "json": json.render,
        "srt": srt.render,
        "vtt": vtt.render,
        "txt": txt.render,
        "tsv": tsv.render,
        "jsonl": jsonl.render,
    }
)
"""All formats by the name that the user types, which is also the suffix of the file."""
