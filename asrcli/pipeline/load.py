"""Stage 2: read a recording. `SourceFile` in, 16 kHz mono samples with their hash out."""

from __future__ import annotations

import contextlib
import os
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from asrcli.audio.decode import open_sound
from asrcli.audio.resample import LONGEST_H, Gatherer
from asrcli.clock import SAMPLE_RATE, Millis, samples_to_ms
from asrcli.errors import RecordingError
from asrcli.files import content_hash
from asrcli.values import Recording, SourceFile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from asrcli.audio.sound import Header
    from asrcli.values import FloatArray

SHORTEST_MS = 100
_SAMPLES_PER_BYTE = 32
"""More than any codec for speech makes of a byte; bounds what a lying header can ask for."""


@dataclass(frozen=True, slots=True)
class Probe:
    """What a file's header says; `duration_ms` is None where it says nothing.

    The duration of a headerless stream (MP3 without a tag, AAC, AMR) is estimated from its bit
    rate. `format` is the container and the codec, such as `wav pcm_16` or `mp4 aac`.
    """

    duration_ms: Millis | None
    rate_hz: int
    channels: int
    format: str


def load(source: SourceFile, *, channels: str) -> Recording:
    """Decode a whole file.

    The type is taken from the content, not from the name. A file that is damaged or shorter than
    its header promises is refused, because a transcript of the rest would pass for the whole; so
    is one that changes while it is read.

    Args:
        source: the file.
        channels: "mix" for the mean of all channels, or the number of one, counted from 1.

    Returns:
        Its sound; a file at 16 kHz with one channel passes unchanged, int16 divided by 32768.

    Raises:
        RecordingError: it cannot be used; the message is the reason.
    """
    channel = None if channels == "mix" else int(channels) - 1
    with _one_line_errors():
        before = _regular(source.path)
        sha256 = content_hash(source.path)
        with open_sound(source.path) as sound:
            header = sound.header
            _require_channel(channel, header.channels)
            gatherer = Gatherer(_expected(header, source.path))
            repaired = 0
            for block in sound.blocks():
                mono, mended = _mono(block.samples, channel)
                repaired += mended
                gatherer.add(mono, block.rate_hz)
        samples = gatherer.finish()
        _require_unchanged(before, _regular(source.path))
    _require_length(len(samples))
    return Recording(
        source=source,
        samples=samples,
        channel=channel,
        source_rate_hz=header.rate_hz,
        source_channels=header.channels,
        sha256=sha256,
        repaired=repaired,
    )


def probe(source: SourceFile) -> Probe:
    """Read a file's header only.

    Raises:
        RecordingError: as far as the header shows that `load` would raise it.
    """
    with _one_line_errors():
        _regular(source.path)
        with open_sound(source.path) as sound:
            header = sound.header
    if header.duration_ms is not None:
        _require_length(header.duration_ms * SAMPLE_RATE // 1000)
    return Probe(header.duration_ms, header.rate_hz, header.channels, header.format)


def _regular(path: Path) -> os.stat_result:
    """Facts of a regular file with content. Nothing else is opened: a pipe would never answer."""
    try:
        facts = path.stat()
    except FileNotFoundError as error:
        if path.is_symlink():
            raise RecordingError(f"a broken link to {path.readlink()}") from error
        raise RecordingError("gone: it was deleted or moved after it was found") from error
    if stat.S_ISDIR(facts.st_mode):
        raise RecordingError(_why_not_listed(path))
    if not stat.S_ISREG(facts.st_mode):
        raise RecordingError("not a file: a named pipe, a socket or a device")
    if not facts.st_size:
        raise RecordingError("the file is empty")
    return facts


def _why_not_listed(folder: Path) -> str:
    try:
        with os.scandir(folder):
            return "a folder, not a recording"
    except OSError as error:
        return (
            f"a folder that cannot be listed: {error.strerror or error}; what it holds is missing"
        )


def _expected(header: Header, path: Path) -> int:
    """Samples at 16 kHz that will probably come."""
    stated = (header.duration_ms or 0) * SAMPLE_RATE // 1000 + SAMPLE_RATE
    return min(stated, path.stat().st_size * _SAMPLES_PER_BYTE, LONGEST_H * 3600 * SAMPLE_RATE)


def _mono(samples: FloatArray, channel: int | None) -> tuple[FloatArray, int]:
    """One channel of float32 [n_frames, n_channels], and how many bad samples became 0."""
    count = samples.shape[1]
    _require_channel(channel, count)
    used = samples if channel is None else samples[:, channel : channel + 1]
    mended = 0
    # The extremes show any NaN and infinity; looking at each sample is ten times the work.
    if used.size and not (np.isfinite(used.max()) and np.isfinite(used.min())):
        bad = ~np.isfinite(used)
        mended = int(np.count_nonzero(bad))
        used = np.where(bad, np.float32(0), used)
    mono = used[:, 0]
    if channel is None and count > 1:
        # Column by column: numpy is slow at means over a short last axis.
        mono = mono / np.float32(count)
        for other in range(1, count):
            mono += used[:, other] / np.float32(count)
    return mono, mended


def _require_channel(channel: int | None, count: int) -> None:
    if channel is not None and channel >= count:
        has = "1 channel" if count == 1 else f"{count} channels"
        raise RecordingError(f"has {has}, so there is no channel {channel + 1}")


def _require_length(samples: int) -> None:
    if not samples:
        raise RecordingError("no sound in it: 0 samples")
    if samples < SHORTEST_MS * SAMPLE_RATE // 1000:
        length = samples_to_ms(samples)
        raise RecordingError(f"too short: {length} ms, at least {SHORTEST_MS} ms are needed")


def _require_unchanged(before: os.stat_result, after: os.stat_result) -> None:
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise RecordingError("changed while it was read; run again when it is complete")


@contextlib.contextmanager
def _one_line_errors() -> Iterator[None]:
    """Turn what the system says about a file into this recording's reason."""
    try:
        yield
    except FileNotFoundError as error:
        raise RecordingError("gone: it was deleted or moved while it was read") from error
    except OSError as error:
        raise RecordingError(f"cannot be read: {error.strerror or error}") from error
    except MemoryError as error:
        raise RecordingError("does not fit into memory; split it") from error
