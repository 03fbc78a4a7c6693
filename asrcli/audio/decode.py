"""Which decoder reads a file: libsndfile for plain samples, FFmpeg for everything else."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from asrcli.audio.ffmpeg import open_ffmpeg
from asrcli.audio.headers import HEAD_BYTES, for_libsndfile, is_known, sound_bytes
from asrcli.audio.sndfile import open_sndfile
from asrcli.audio.sound import check_header

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from asrcli.audio.sound import Sound


@contextlib.contextmanager
def open_sound(path: Path) -> Iterator[Sound]:
    """Open a regular file by its content, whatever its name; it is closed with the context.

    Raises:
        RecordingError: it is not sound, is damaged or is shorter than its header promises.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    stated = sound_bytes(path)
    # A size of 0 with bytes behind it: the recorder died. libsndfile would see an empty file.
    unclosed = stated is not None and stated.promised == 0 < stated.present
    with contextlib.ExitStack() as stack:
        sound: Sound | None = None
        if for_libsndfile(head) and not unclosed:
            sound = stack.enter_context(open_sndfile(path, stated))
        if sound is None:
            sound = stack.enter_context(open_ffmpeg(path, stated, known=is_known(head)))
        check_header(sound.header)
        yield sound
