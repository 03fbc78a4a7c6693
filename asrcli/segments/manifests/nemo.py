"""NeMo manifest: one JSON object for each segment, ready for transcription or labelling.

Where the segments were written as files they are named from the manifest's folder, which NeMo
understands; else each object names the recording with an offset.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from asrcli.pipeline.formats.parts import shown_path
from asrcli.segments.cutlist import seconds
from asrcli.segments.manifests.parts import audio_of, in_time

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asrcli.segments.cutlist import CutList
    from asrcli.values import SpeechSpan


def render(cuts: Sequence[CutList]) -> str:
    """A line for each segment."""
    lines = [_entry(cut, index, span) for cut, index, span in in_time(cuts)]
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


def _entry(cut: CutList, index: int, span: SpeechSpan) -> dict[str, Any]:
    duration = float(seconds(span.length))
    rest = {"duration": duration, "label": "speech", "text": ""}
    if cut.audio:
        return {"audio_filepath": audio_of(cut, index), **rest}
    path, offset = shown_path(cut.source.path.absolute()), float(seconds(span.start))
    place = {"audio_filepath": path, "offset": offset, **rest}
    return place if cut.channel is None else {**place, "channel_selector": cut.channel}
