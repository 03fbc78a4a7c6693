"""The names of segment files and of what stands beside them.

`会议/a.wav` gives `会议/a.wav_000012340-000015620.wav`: the recording with its suffix, so that
`a.wav` and `a.mp3` never clash, then start and end in milliseconds, so that names sort by time.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from asrcli.clock import samples_to_ms
from asrcli.errors import RecordingError
from asrcli.pipeline.formats.parts import shown_path

if TYPE_CHECKING:
    from collections.abc import Container
    from pathlib import Path, PurePath

    from asrcli.clock import Samples

_OWN = re.compile(r"_\d{9,}-\d{9,}(_c\d+)?(_gap)?\.(wav|flac)")


def piece_name(
    rel: PurePath, start: Samples, end: Samples, ending: str, *, channel: int | None, gap: bool
) -> PurePath:
    """The name of one piece of sound, beside where its recording would be mirrored.

    Args:
        rel: the recording's path from the scanned folder.
        start: of the piece, in samples at 16 kHz.
        end: likewise.
        ending: without a dot.
        channel: zero-based, None where all were mixed.
        gap: whether it is what lies between segments.
    """
    times = f"{samples_to_ms(start):09}-{samples_to_ms(end):09}"
    from_channel = "" if channel is None else f"_c{channel + 1}"
    return beside(rel, f"_{times}{from_channel}{'_gap' if gap else ''}.{ending}")


def beside(rel: PurePath, addition: str) -> PurePath:
    """A recording's path with something added to its name.

    Raises:
        RecordingError: the path leads out of the folder that it is to be put in.
    """
    if rel.is_absolute() or rel.anchor or not rel.name or ".." in rel.parts or "\0" in str(rel):
        raise RecordingError(f"its path {shown_path(rel)!r} leads out of the output folder")
    return rel.with_name(rel.name + addition)


def leftovers(folder: Path, rel: PurePath, wanted: Container[str]) -> list[Path]:
    """Pieces of this recording that an earlier run with other settings wrote.

    Args:
        folder: the output folder.
        rel: the recording's path.
        wanted: names that this run has written.

    Returns:
        Files whose whole name is one that `piece_name` makes for this recording, sorted.
    """
    here = (folder / rel).parent
    if not here.is_dir():
        return []
    return sorted(
        path
        for path in here.iterdir()
        if path.name.startswith(rel.name)
        and _OWN.fullmatch(path.name, len(rel.name))
        and path.name not in wanted
    )
