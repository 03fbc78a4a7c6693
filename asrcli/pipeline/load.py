"""Stage 2: read a recording. `SourceFile` in, 16 kHz samples with their hash out, in pieces.

A piece holds one block of samples for each lane: all channels mixed down, one of them, or every
one by itself.
"""

from __future__ import annotations

import contextlib
import os
import stat
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, Self

import numpy as np

from asrcli.audio.decode import open_sound
from asrcli.audio.resample import LONGEST_H, Gatherer, Resampler
from asrcli.calls.ears import Ears
from asrcli.calls.stereo import StereoMeter, channels_for
from asrcli.clock import SAMPLE_RATE, Millis, samples_to_ms
from asrcli.errors import RecordingError
from asrcli.files import Content
from asrcli.values import Recording, SourceFile, Track

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import TracebackType

    from asrcli.audio.sound import Block, Header
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


class OpenRecording:
    """A file that is read once, from its beginning to its end; use it as a context manager.

    The type is taken from the content, not from the name. A file that is damaged or shorter than
    its header promises is refused, because a transcript of the rest would pass for the whole; so
    is one that changes while it is read. Both are only known at its end: what was read before
    must not be used when `finish` raises.
    """

    def __init__(
        self, source: SourceFile, *, channels: str, content: Content | None = None
    ) -> None:
        """Say what to read; nothing is touched yet.

        Args:
            source: the file.
            channels: "mix" for the mean of all channels, "split" for each by itself, the number
                of one, counted from 1, or "auto" for what suits the sound, see `channels_for`.
            content: what it holds, where that is known; else it is hashed when it is opened.
        """
        self._source, self._channels = source, channels
        self._stack = contextlib.ExitStack()
        self._content = content
        self._tracks: tuple[Track, ...] = ()

    @property
    def content(self) -> Content:
        """What the file holds, hashed when this is first asked for.

        Raises:
            RecordingError: it cannot be read.
        """
        if self._content is None:
            with _one_line_errors():
                path = self._source.path
                self._content = Content.of(path, _regular(path))
        return self._content

    @property
    def sha256(self) -> str:
        """The hash of `content`, which see."""
        return self.content.sha256

    def __enter__(self) -> Self:
        """Open it; `header` and `lanes` are known from now on.

        Raises:
            RecordingError: it cannot be used.
        """
        _ = self.content
        with contextlib.ExitStack() as stack, _one_line_errors():
            self._sound = stack.enter_context(open_sound(self._source.path))
            if self._channels == "auto":
                self._channels = self._suitable()
            self._lanes = [
                _Lane(channel) for channel in _channels(self._channels, self.header.channels)
            ]
            self._ears = Ears(len(self._lanes))
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    @property
    def header(self) -> Header:
        """What the file says about itself."""
        return self._sound.header

    @property
    def lanes(self) -> tuple[int | None, ...]:
        """The channels that are read side by side; None for all of them mixed down."""
        return tuple(lane.channel for lane in self._lanes)

    def blocks(self) -> Iterator[tuple[FloatArray, ...]]:
        """All of the sound, in order, once.

        Yields:
            For each lane a float32 [n_samples], mono, 16 kHz, finite, in [-1, 1]; all are equally
            long, also 0. A lane at 16 kHz with one channel is passed on unchanged, int16 divided
            by 32768.

        Raises:
            RecordingError: it cannot be used; the message is the reason.
        """
        with _one_line_errors():
            for block in self._sound.blocks():
                if self._channels == "split":
                    _require_same(self.header.channels, block.samples.shape[1])
                self._ears.hear_file(block.samples, block.rate_hz)
                yield self._heard([lane.add(block) for lane in self._lanes])
            yield self._heard([lane.resampler.finish() for lane in self._lanes])
            _require_unchanged(self.content, _regular(self._source.path))
        for lane in self._lanes:
            _require_length(lane.resampler.length)
        self._tracks = self._measured()

    def finish(self) -> tuple[Track, ...]:
        """What was read, one for each lane.

        Raises:
            ValueError: the blocks were not read to their end.
        """
        if not self._tracks:
            raise ValueError("the recording was not read to its end")
        return self._tracks

    def _suitable(self) -> str:
        """What `auto` means for this file, by listening to its beginning."""
        meter = StereoMeter()
        if self.header.channels > 1:
            with open_sound(self._source.path) as sound:
                for block in sound.blocks():
                    meter.add(block.samples, block.rate_hz)
                    if meter.enough:
                        break
        return channels_for(meter.kind(), meter.loudest)

    def _heard(self, blocks: list[FloatArray]) -> tuple[FloatArray, ...]:
        self._ears.hear_lanes(blocks)
        return tuple(blocks)

    def _measured(self) -> tuple[Track, ...]:
        acoustics, levels = self._ears.finish(self.header.rate_hz)
        return tuple(
            Track(
                source=self._source,
                length=lane.resampler.length,
                channel=lane.channel,
                source_rate_hz=self.header.rate_hz,
                source_channels=self.header.channels,
                sha256=self.sha256,
                repaired=lane.repaired,
                acoustics=acoustics,
                levels=own,
            )
            for lane, own in zip_longest(self._lanes, levels)
        )


class _Lane:
    """One mono way through the resampler."""

    def __init__(self, channel: int | None) -> None:
        self.channel = channel
        self.resampler = Resampler()
        self.repaired = 0

    def add(self, block: Block) -> FloatArray:
        mono, mended = _mono(block.samples, self.channel)
        self.repaired += mended
        return self.resampler.add(mono, block.rate_hz)


def load(source: SourceFile, *, channels: str) -> Recording:
    """Read a whole file into memory; see `OpenRecording` for the way in pieces.

    Args:
        source: the file.
        channels: "mix" for the mean of all channels, or the number of one, counted from 1.

    Returns:
        Its sound; a file at 16 kHz with one channel passes unchanged, int16 divided by 32768.

    Raises:
        RecordingError: it cannot be used; the message is the reason.
    """
    with OpenRecording(source, channels=channels) as sound, _one_line_errors():
        gatherer = Gatherer(_expected(sound.header, source.path))
        for (samples,) in sound.blocks():
            gatherer.add(samples)
        (track,) = sound.finish()
        return Recording(
            source=source,
            samples=gatherer.finish(),
            channel=track.channel,
            source_rate_hz=track.source_rate_hz,
            source_channels=track.source_channels,
            sha256=track.sha256,
            repaired=track.repaired,
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


def _channels(asked: str, count: int) -> tuple[int | None, ...]:
    """The zero-based channels that are read of a file that has `count`."""
    if asked == "mix" or (asked == "split" and count == 1):
        return (None,)
    if asked == "split":
        return tuple(range(count))
    channel = int(asked) - 1
    _require_channel(channel, count)
    return (channel,)


def _require_same(promised: int, count: int) -> None:
    if count != promised:
        raise RecordingError(f"damaged: its {promised} channels become {count} on the way")


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


def _require_unchanged(before: Content, after: os.stat_result) -> None:
    if not before.stands(after):
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
