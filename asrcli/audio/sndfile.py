"""libsndfile: plain samples in WAV, FLAC, AIFF, CAF, AU and Wave64."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from asrcli.audio.sound import MISSING_MS, Block, Header, require_all, shown
from asrcli.errors import RecordingError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import soundfile

    from asrcli.audio.headers import SoundBytes

BLOCK_FRAMES = 16_384
_UNKNOWN_FRAMES = 1 << 48
"""libsndfile says 2^63 - 1 for a stream of unknown length, and then loses its last block."""


class SndfileSound:
    """A file opened by libsndfile."""

    def __init__(self, file: soundfile.SoundFile) -> None:
        self._file = file
        self.header = Header(
            format=f"{file.format} {file.subtype}".lower(),
            rate_hz=int(file.samplerate),
            channels=int(file.channels),
            duration_ms=int(file.frames) * 1000 // max(1, int(file.samplerate)),
        )

    def blocks(self) -> Iterator[Block]:
        """All of the sound; raises RecordingError where it cannot be decoded."""
        import soundfile

        got = 0
        while True:
            try:
                samples = self._file.read(BLOCK_FRAMES, dtype="float32", always_2d=True)
            except soundfile.LibsndfileError as error:
                raise self._damaged(got) from error
            if not len(samples):
                break
            got += len(samples)
            yield Block(samples, self.header.rate_hz)
        if got < self._file.frames:
            raise self._damaged(got)

    def _damaged(self, got_frames: int) -> RecordingError:
        got_ms = got_frames * 1000 // self.header.rate_hz
        whole_ms = self.header.duration_ms or 0
        return RecordingError(f"damaged: only {shown(got_ms)} of {shown(whole_ms)} can be decoded")


@contextlib.contextmanager
def open_sndfile(path: Path, stated: SoundBytes | None) -> Iterator[SndfileSound | None]:
    """Open a file for as long as the context lasts.

    Args:
        path: the file.
        stated: what its header promises, see `headers.sound_bytes`.

    Yields:
        The sound, or None if libsndfile cannot read this file well.

    Raises:
        RecordingError: the file is shorter than its header promises, or much longer.
    """
    import soundfile

    try:
        # As bytes: soundfile cannot encode a name that is not UTF-8.
        file = soundfile.SoundFile(os.fsencode(path))
    except (soundfile.LibsndfileError, ValueError):
        yield None
        return
    with file:
        if file.subtype.startswith("MPEG") or file.frames > _UNKNOWN_FRAMES:
            yield None
            return
        sound = SndfileSound(file)
        there_ms = sound.header.duration_ms or 0
        if stated is not None:
            require_all(there_ms, stated.whole_ms(there_ms))
            if stated.stray_ms(there_ms) > MISSING_MS:
                raise RecordingError(f"damaged header: sound goes on after {shown(there_ms)}")
        yield sound
