"""What several manifests write the same way: names without blanks, segments in order of time."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from asrcli.pipeline.formats.parts import shown_path

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asrcli.segments.cutlist import CutList
    from asrcli.values import SpeechSpan

_UNSAFE = re.compile(r"[\s%\x00-\x1f\x7f]")


def recording_id(cut: CutList) -> str:
    """The recording's path as one word, unique: blanks and % stand as in a URL, channels as _c1."""
    name = _UNSAFE.sub(_escaped, shown_path(cut.source.rel))
    return name if cut.channel is None else f"{name}_c{cut.channel + 1}"


def channel_number(cut: CutList) -> int | None:
    """The channel counted from 1, None where all were mixed."""
    return None if cut.channel is None else cut.channel + 1


def in_time(cuts: Sequence[CutList]) -> list[tuple[CutList, int, SpeechSpan]]:
    """(list, index in it, segment) of all channels, by their starts."""
    found = [(cut, index, span) for cut in cuts for index, span in enumerate(cut.spans)]
    return sorted(found, key=lambda item: (item[2].start, item[0].channel or 0))


def audio_of(cut: CutList, index: int) -> str:
    """The file of a segment from the output folder; empty where no sound was written."""
    return shown_path(cut.audio[index]) if cut.audio else ""


def _escaped(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match.group().encode())
