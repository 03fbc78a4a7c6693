"""The pieces of `review.csv` as sound files, cut out of the recordings once more."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from asrcli.clock import ms_to_samples
from asrcli.errors import RecordingError
from asrcli.files import atomic_write
from asrcli.pipeline.load import load
from asrcli.review.worst import CLIP_FOLDER, clip_path
from asrcli.segments.sound import Encoding, encoded
from asrcli.wording import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from asrcli.review.doubts import Doubt
    from asrcli.values import Recording, SourceFile

MARGIN_MS = 300
"""What is heard before and after a piece, so that no word begins at once."""

_OWN = re.compile(r"\d{4,} \d+-\d\d-\d\d .*\.wav", re.DOTALL)


def cut_clips(doubts: Sequence[Doubt], folder: Path, note: Callable[[str], None]) -> int:
    """Write a wav file for each piece; those of an earlier run go.

    Every recording is read once, one after the other. One that cannot be read any more is told.

    Args:
        doubts: the worst first, as in the table.
        folder: the output folder.
        note: takes a line for the user.

    Returns:
        How many were written.

    Raises:
        RunError: nothing can be written.
    """
    by_sound: dict[tuple[SourceFile, str], list[tuple[int, Doubt]]] = {}
    for rank, doubt in enumerate(doubts, 1):
        heard = "mix" if doubt.channel is None else str(doubt.channel + 1)
        by_sound.setdefault((doubt.source, heard), []).append((rank, doubt))
    written: set[str] = set()
    for (source, heard), pieces in by_sound.items():
        try:
            recording = load(source, channels=heard)
        except RecordingError as error:
            note(f"no clips of {one_line(str(source.rel))}: {error}")
            continue
        for rank, doubt in pieces:
            target = folder / clip_path(rank, doubt)
            atomic_write(target, _clip(recording, doubt))
            written.add(target.name)
    for path in _leftovers(folder / CLIP_FOLDER, written):
        path.unlink(missing_ok=True)
    return len(written)


def _clip(recording: Recording, doubt: Doubt) -> bytes:
    start = ms_to_samples(max(0, doubt.start_ms - MARGIN_MS))
    end = ms_to_samples(doubt.end_ms + MARGIN_MS)
    return encoded(recording.samples[start:end], Encoding("wav"))


def _leftovers(folder: Path, written: set[str]) -> Iterator[Path]:
    """Clips that are there under a name that only an earlier run can have given."""
    if folder.is_dir():
        for path in sorted(folder.iterdir()):
            if _OWN.fullmatch(path.name) and path.name not in written:
                yield path
