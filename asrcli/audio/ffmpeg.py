"""FFmpeg through PyAV: MP3, AAC, Opus, AMR, WMA and the sound of video files.

Three things are checked that FFmpeg passes over:

- A packet that cannot be decoded is an error, unless it is the last of the file: a recorder that
  was switched off leaves half a packet, which holds a few hundredths of a second. So does a
  stream that was cut out of a longer one leave some at its beginning.
- Where packets have times of their own, a hole between them becomes silence, so that later text
  keeps its time (telephone systems send nothing while nobody speaks). A hole that comes from
  damage is an error.
- The end is compared with the length that the file states, where it states one.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import numpy as np

from asrcli.audio.headers import SoundBytes, mp3_states_length, ogg_is_cut
from asrcli.audio.sound import MISSING_MS, Block, Header, require_all, shown
from asrcli.errors import RecordingError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from av import AudioFrame, AudioStream, Packet
    from av.container import InputContainer
    from av.stream import Stream

    from asrcli.clock import Millis
    from asrcli.values import FloatArray

BLOCK_FRAMES = 16_384
HOLE_MS = 100
"""Shorter differences between a packet's time and its place are rounding."""
LONGEST_HOLE_MS = 3_600_000
"""A clock that jumps further is broken, and silence for it would fill the memory."""
_HOLE_BYTES = 256
"""More than the headers that stand between two packets of Matroska."""
_SILENCE_FRAMES = 1 << 20

_FORMATS = (
    "aac,ac3,aiff,amr,amrnb,amrwb,ape,asf,au,avi,caf,dts,eac3,flac,flv,loas,matroska,mov,mp3,mpeg,"
    "mpegts,nistsphere,ogg,qcp,tta,voc,w64,wav,wv"
)
"""Only these: a playlist or a text in disguise could lead FFmpeg to other files or the network."""
_WITH_CLOCK = {"asf", "flv", "matroska", "mov", "mpeg", "mpegts"}
_CUT_ANYWHERE = {"aac", "ac3", "dts", "eac3", "loas", "mp3", "mpeg", "mpegts"}
"""Streams without an index: a part of one is a file of its own."""
_TRACK_STATES_LENGTH = {"avi", "flac", "mov", "ogg", "tta"}
_FILE_STATES_LENGTH = {"asf", "flv", "matroska"}


class FfmpegSound:
    """The sound track of a file opened by FFmpeg."""

    def __init__(self, container: InputContainer, track: AudioStream, whole: _Whole) -> None:
        self._container = container
        self._track = track
        self._whole = whole
        self._family = container.format.name.partition(",")[0]
        self._clock = _Clock(container.start_time or 0)
        self._reached_ms = self._unread_ms = 0
        self._packet_at = self._packet_end = self._skipped_bytes = 0
        codec = track.codec_context
        length = track.duration and track.time_base and int(track.duration * track.time_base * 1000)
        self.header = Header(
            format=f"{'mp4' if self._family == 'mov' else self._family} {codec.name}",
            rate_hz=codec.sample_rate,
            channels=codec.channels,
            duration_ms=length or (container.duration or 0) // 1000 or None,
        )

    def blocks(self) -> Iterator[Block]:
        """All of the sound; raises RecordingError where something is missing."""
        pending: list[FloatArray] = []
        rate_hz = self.header.rate_hz
        for frame in self._frames():
            samples = _samples(frame)
            hole = self._hole(frame)
            full = sum(map(len, pending)) >= BLOCK_FRAMES
            changed = pending and pending[0].shape[1] != samples.shape[1]
            if pending and (hole or full or changed or rate_hz != frame.sample_rate):
                yield Block(np.concatenate(pending), rate_hz)
                pending = []
            rate_hz = frame.sample_rate
            for start in range(0, hole, _SILENCE_FRAMES):
                length = min(_SILENCE_FRAMES, hole - start)
                yield Block(np.zeros((length, samples.shape[1]), np.float32), rate_hz)
            pending.append(samples)
            self._clock.advance(len(samples) + hole, rate_hz)
        if pending:
            yield Block(np.concatenate(pending), rate_hz)
        self._require_all()

    def _frames(self) -> Iterator[AudioFrame]:
        import av

        broken: Exception | None = None
        try:
            for packet in self._packets():
                if broken is not None and packet.size:
                    raise self._damaged() from broken
                try:
                    frames = packet.decode()
                    broken = ValueError("marked as corrupt") if packet.is_corrupt else None
                except av.FFmpegError as error:
                    broken = None if self._is_forgiven(packet) else error
                    continue
                yield from frames  # type: ignore[misc]  # a sound track gives AudioFrames
        except av.FFmpegError as error:
            raise self._damaged() from error

    def _is_forgiven(self, packet: Packet[Stream]) -> bool:
        """Whether a packet that cannot be decoded holds no sound or is the torn beginning."""
        if bytes(packet)[:3] == b"ID3":  # where MP3 files were joined together
            return True
        if packet.duration and packet.time_base:
            self._unread_ms += int(packet.duration * packet.time_base * 1000)
        at_start = self._clock.now_ms == 0 and self._unread_ms <= MISSING_MS
        return at_start and self._family in _CUT_ANYWHERE

    def _packets(self) -> Iterator[Packet[Stream]]:
        """Packets of our track; of the others only the place and the time are looked at."""
        for packet in self._container.demux(*self._whole.tracks(self._container, self._track)):
            if packet.pos is not None and packet.pos != self._packet_at:
                self._skipped_bytes = packet.pos - self._packet_end
                self._packet_at = self._packet_end = packet.pos
            self._packet_end += packet.size
            if packet.pts is not None:
                end = (packet.pts + (packet.duration or 0)) * packet.time_base
                self._reached_ms = max(self._reached_ms, int(end * 1000))
            if packet.stream is self._track or packet.stream_index == self._track.index:
                yield packet

    def _hole(self, frame: AudioFrame) -> int:
        """Samples of silence that are due before this frame."""
        hole = self._clock.missing(frame)
        if hole * 1000 < HOLE_MS * frame.sample_rate:
            return 0
        if self._family not in {*_WITH_CLOCK, "ogg"}:
            return 0
        torn = self._family == "matroska" and self._skipped_bytes > _HOLE_BYTES
        hole_ms = hole * 1000 // frame.sample_rate
        if torn or self._family == "ogg" or hole_ms > LONGEST_HOLE_MS:
            at = shown(self._clock.now_ms)
            raise RecordingError(f"damaged: {shown(hole_ms)} missing at {at}")
        return hole

    def _require_all(self) -> None:
        got_ms = self._clock.now_ms
        if self._whole.stated is not None:
            require_all(got_ms, self._whole.stated.whole_ms(got_ms))
        if self._whole.track_ms is not None:
            require_all(got_ms, self._whole.track_ms)
        if self._whole.file_ms is not None:
            require_all(self._reached_ms, self._whole.file_ms)
        if self._whole.is_cut:
            raise RecordingError(f"truncated: the file breaks off after {shown(got_ms)}")

    def _damaged(self) -> RecordingError:
        return RecordingError(f"damaged: cannot be decoded at {shown(self._clock.now_ms)}")


class _Whole:
    """What a whole file would hold.

    `track_ms`: end of our track; `file_ms`: end of the longest track, where ours has no length
    of its own; None where the file does not say. `is_cut`: it breaks off inside a page.
    """

    def __init__(
        self,
        container: InputContainer,
        track: AudioStream,
        path: Path,
        stated: SoundBytes | None,
    ) -> None:
        family = container.format.name.partition(",")[0]
        self.stated = stated
        self.is_cut = family == "ogg" and ogg_is_cut(path)
        self.track_ms: Millis | None = None
        self.file_ms: Millis | None = None
        of_track = family in _TRACK_STATES_LENGTH or (family == "mp3" and mp3_states_length(path))
        if of_track and track.duration and track.time_base:
            late_ms = 0
            if track.start_time is not None and family in _WITH_CLOCK:
                start_ms = int(track.start_time * track.time_base * 1000)
                late_ms = start_ms - (container.start_time or 0) // 1000
            self.track_ms = int(track.duration * track.time_base * 1000) + late_ms
        elif family in _FILE_STATES_LENGTH and container.duration:
            self.file_ms = container.duration // 1000

    def tracks(self, container: InputContainer, track: AudioStream) -> tuple[int, ...]:
        """Indices of the tracks to read; the pictures are skipped where only ours counts."""
        from av.stream import Discard

        if self.file_ms is not None:
            return tuple(stream.index for stream in container.streams)
        for stream in container.streams:
            if stream.index != track.index:
                stream.discard = Discard.all
        return (track.index,)


class _Clock:
    """How much sound was handed out, against the times written on the packets."""

    def __init__(self, origin_us: int) -> None:
        self._origin_us = origin_us
        self._written = 0
        self._rate_hz = 1

    @property
    def now_ms(self) -> Millis:
        """Length of what was handed out."""
        return self._written * 1000 // self._rate_hz

    def missing(self, frame: AudioFrame) -> int:
        """Samples between what was handed out and where this frame belongs; may be negative."""
        if frame.pts is None or frame.time_base is None:
            return 0
        self._turn_to(frame.sample_rate)
        base = frame.time_base
        place = frame.pts * base.numerator * self._rate_hz // base.denominator
        return place - self._origin_us * self._rate_hz // 1_000_000 - self._written

    def advance(self, samples: int, rate_hz: int) -> None:
        """Account for samples that were handed out."""
        self._turn_to(rate_hz)
        self._written += samples

    def _turn_to(self, rate_hz: int) -> None:
        if rate_hz != self._rate_hz:
            self._written = self._written * rate_hz // self._rate_hz
            self._rate_hz = rate_hz


@contextlib.contextmanager
def open_ffmpeg(path: Path, stated: SoundBytes | None, *, known: bool) -> Iterator[FfmpegSound]:
    """Open a file's sound track, the one a player would choose, while the context lasts.

    Args:
        path: the file.
        stated: what its header promises, see `headers.sound_bytes`.
        known: whether its first bytes are those of sound, so that a failure means damage.

    Raises:
        RecordingError: it cannot be opened, or holds no sound that can be decoded.
    """
    import av

    av.logging.set_level(None)
    with contextlib.ExitStack() as stack:
        try:
            container = av.open(
                # Without this, a colon in a name would make its first part a protocol.
                f"file:{path}",
                options={"format_whitelist": _FORMATS, "protocol_whitelist": "file"},
                metadata_errors="replace",
            )
            stack.enter_context(container)
            track = _track(container)
        except (av.FFmpegError, ValueError) as error:
            raise RecordingError(_cannot_open(path, known=known)) from error
        yield FfmpegSound(container, track, _Whole(container, track, path, stated))


def _track(container: InputContainer) -> AudioStream:
    from av import AudioStream

    best = container.streams.best("audio")
    if not isinstance(best, AudioStream):
        if container.streams.audio:
            raise RecordingError("its audio track is of a kind that cannot be decoded")
        raise RecordingError("no sound in it: it has no audio track")
    # Typed as always there, but None for a codec that this FFmpeg does not know.
    codec: object = best.codec_context
    if codec is None or not best.codec_context.sample_rate:
        raise RecordingError("its audio track is empty or of a kind that cannot be decoded")
    return best


def _cannot_open(path: Path, *, known: bool) -> str:
    with path.open("rb") as file:
        head = file.read(12)
    if head[4:8] == b"ftyp":
        return "truncated: its index is missing, so the recording was cut off or never closed"
    return "damaged: its header cannot be read" if known else "not audio, or of an unknown format"


def _samples(frame: AudioFrame) -> FloatArray:
    """float32 [n_frames, n_channels], full scale at 1."""
    raw = frame.to_ndarray()
    raw = raw.T if frame.format.is_planar else raw.reshape(-1, frame.layout.nb_channels)
    if raw.dtype.kind == "f":
        with np.errstate(over="ignore"):  # beyond float32 becomes infinite, and is repaired later
            return raw.astype(np.float32, copy=False)
    scale = np.float32(1 / (1 << (8 * raw.dtype.itemsize - 1)))
    if raw.dtype.kind == "u":
        return (raw.astype(np.float32) - np.float32(128)) * scale
    return raw.astype(np.float32) * scale
