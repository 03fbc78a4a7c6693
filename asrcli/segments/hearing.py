"""The segments of a recording of any length in little memory: it is read once for each question.

First where speech is, then where the quiet places are that segments may be cut at, and once more
for the sound of each lane that is written. No more is held than one segment, or one gap.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from asrcli.audio.sound import Block
from asrcli.clock import SAMPLE_RATE, Millis, samples_to_ms
from asrcli.engines.base import Speech
from asrcli.errors import RecordingError
from asrcli.pipeline.load import OpenRecording
from asrcli.pipeline.split import Splitter
from asrcli.segments.cutlist import CutList
from asrcli.segments.regions import shaped
from asrcli.segments.sound import pieces

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from asrcli.engines.base import Vad
    from asrcli.segments.regions import Region, Shape
    from asrcli.values import FloatArray, SourceFile, SpeechSpan, Track


@dataclass(frozen=True, slots=True)
class Heard:
    """One recording with its segments: a cut list for each lane, at least one."""

    cuts: tuple[CutList, ...]

    @property
    def audio_ms(self) -> Millis:
        """Length of the recording."""
        return samples_to_ms(self.cuts[0].length)

    def sounds(self, cut: CutList) -> Iterator[FloatArray]:
        """Float32 [n_samples] at 16 kHz for every stretch of one of the cut lists.

        Raises:
            RecordingError: the file can no longer be read, or is another one by now.
        """
        borders = [0, *(end for _, end, _ in cut.stretches())]
        channels = "mix" if cut.channel is None else str(cut.channel + 1)
        with OpenRecording(cut.source, channels=channels) as sound:
            _require_same(sound, cut.sha256)
            blocks = (Block(samples[:, None], SAMPLE_RATE) for (samples,) in sound.blocks())
            for piece in pieces(blocks, borders, SAMPLE_RATE):
                yield piece[:, 0]


def hear(source: SourceFile, vad: Vad, *, channels: str, shape: Shape) -> Heard:
    """Find the segments of a recording.

    Args:
        source: the file.
        vad: finds speech.
        channels: as for `OpenRecording`.
        shape: what is made of the regions; its limit is that of the segments.

    Raises:
        RecordingError: it cannot be used; the message is the reason.
    """
    tracks, regions = _regions(source, vad, channels)
    wanted = [
        list(shaped(own, track.length, shape)) for track, own in zip(tracks, regions, strict=True)
    ]
    spans = _spans(source, tracks, wanted, shape.limit_ms)
    return Heard(tuple(map(CutList.of, tracks, spans)))


def _regions(
    source: SourceFile, vad: Vad, channels: str
) -> tuple[tuple[Track, ...], list[list[Region]]]:
    """Every lane, and the VAD's regions in it."""
    with OpenRecording(source, channels=channels) as sound:
        streams = [vad.listen() for _ in sound.lanes]
        found: list[list[Region]] = [[] for _ in streams]
        for block in sound.blocks():
            for own, stream, samples in zip(found, streams, block, strict=True):
                own.extend(stream.feed(samples).regions)
        for own, stream in zip(found, streams, strict=True):
            own.extend(stream.finish().regions)
        return sound.finish(), found


def _spans(
    source: SourceFile,
    tracks: Sequence[Track],
    regions: Sequence[Iterable[Region]],
    limit_ms: Millis,
) -> list[tuple[SpeechSpan, ...]]:
    """The regions of every lane, cut where they are too long."""
    channels = "mix" if tracks[0].channel is None else str(tracks[0].channel + 1)
    with OpenRecording(source, channels="split" if len(tracks) > 1 else channels) as sound:
        _require_same(sound, tracks[0].sha256)
        splitters = [
            Splitter(Known(own), max_segment_ms=limit_ms, channel=track.channel)
            for track, own in zip(tracks, regions, strict=True)
        ]
        found: list[list[SpeechSpan]] = [[] for _ in splitters]
        for block in sound.blocks():
            for own, splitter, samples in zip(found, splitters, block, strict=True):
                own.extend(piece.span for piece in splitter.feed(samples))
        for own, splitter in zip(found, splitters, strict=True):
            own.extend(piece.span for piece in splitter.finish())
    return [tuple(own) for own in found]


class Known:
    """Says when it is time what is known already; see `asrcli.engines.base.VadStream`."""

    def __init__(self, regions: Iterable[Region]) -> None:
        self._coming = deque(regions)
        self._heard = 0

    def feed(self, samples: FloatArray) -> Speech:
        """Take the next float32 [n_samples]; only their number matters."""
        self._heard += len(samples)
        ended = []
        while self._coming and self._coming[0][1] <= self._heard:
            ended.append(self._coming.popleft())
        if self._coming and self._coming[0][0] < self._heard:
            start, end = self._coming[0]
            return Speech(tuple(ended), start, end, start)
        return Speech(tuple(ended), None, self._heard, self._heard)

    def finish(self) -> Speech:
        """The rest, which lies inside what was heard."""
        return Speech(tuple(self._coming), None, self._heard, self._heard)


def _require_same(sound: OpenRecording, sha256: str) -> None:
    if sound.sha256 != sha256:
        raise RecordingError("changed while it was read; run again when it is complete")
