"""One small renderer per format, each a pure function from a transcript to a whole document."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from asrcli.pipeline.formats import ass, csv, docx, json, jsonl, lrc, srt, tsv, txt, vtt

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from asrcli.values import Transcript

RENDERERS: Mapping[str, Callable[[Transcript], str]] = MappingProxyType(
    {
        "csv": csv.render,
        "json": json.render,
        "srt": srt.render,
        "vtt": vtt.render,
        "ass": ass.render,
        "lrc": lrc.render,
        "txt": txt.render,
        "tsv": tsv.render,
        "jsonl": jsonl.render,
    }
)
"""The formats that are text, by the name that the user types, which is also the file's suffix."""

BINARY_RENDERERS: Mapping[str, Callable[[Transcript, bytes | None], bytes]] = MappingProxyType(
    {"docx": docx.render}
)
"""Those that are not; they take the content of a template, or None for their own."""


def encoded(name: str, transcript: Transcript, template: bytes | None = None) -> bytes:
    """The content of one file.

    Args:
        name: from either registry.
        transcript: what to write.
        template: for formats that take one.
    """
    if name in BINARY_RENDERERS:
        return BINARY_RENDERERS[name](transcript, template)
    return RENDERERS[name](transcript).encode("utf-8", "backslashreplace")
