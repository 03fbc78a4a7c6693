"""JSON: everything about the segments of one recording."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeAlias

from asrcli.clock import SAMPLE_RATE
from asrcli.pipeline.formats.parts import shown_path
from asrcli.segments.cutlist import seconds
from asrcli.segments.manifests.parts import audio_of, channel_number, in_time

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asrcli.segments.cutlist import CutList

    Json: TypeAlias = dict[str, Any]


def render(cuts: Sequence[CutList]) -> str:
    """The document, indented for people."""
    return json.dumps(document(cuts), ensure_ascii=False, indent=2) + "\n"


def document(cuts: Sequence[CutList]) -> Json:
    """Plain values: times in seconds, samples on the 16 kHz clock, all exact."""
    first = cuts[0]
    return {
        "file": shown_path(first.source.rel),
        "sha256": first.sha256,
        "duration": float(seconds(first.length)),
        "samples": first.length,
        "sample_rate": SAMPLE_RATE,
        "source_rate": first.source_rate_hz,
        "source_channels": first.source_channels,
        "segments": [
            {
                "channel": channel_number(cut),
                "start": float(seconds(span.start)),
                "end": float(seconds(span.end)),
                "start_sample": span.start,
                "end_sample": span.end,
                "forced_cut": span.forced_cut,
                "audio": audio_of(cut, index) or None,
            }
            for cut, index, span in in_time(cuts)
        ],
    }
