"""Stage 3: the stretches of a recording that are handed to the recogniser.

The VAD says where speech is; a stretch longer than the recogniser takes at once is cut at the
quietest point shortly before the limit, so that a cut seldom hits a word.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from asrcli.clock import SAMPLES_PER_MS, Millis, Samples, ms_to_samples, samples_to_ms
from asrcli.engines.base import FRAME_SHIFT, MIN_SAMPLES, GatheredStream, frame_count
from asrcli.review.sound import measure
from asrcli.values import SpanAudio, SpeechSpan

if TYPE_CHECKING:
    from asrcli.engines.base import Speech, Vad, VadStream
    from asrcli.values import FloatArray, Recording

MIN_LIMIT_MS: Millis = 100
"""The shortest limit that leaves room for a look-back and for two pieces a model can read."""

SMOOTHING_MS: Millis = 100
"""About half a Mandarin syllable: a shorter dip is a plosive inside a word, not a pause."""

LONGEST_LOOK_BACK_MS: Millis = 5_000
"""People pause for breath more often; looking further back only makes more and shorter pieces."""

SHORTEST_TAIL_MS: Millis = 500
"""What a cut leaves over at least: a scrap of a syllable is recognised badly."""

GRID = FRAME_SHIFT
"""Cuts lie where a model's frame begins, so that frames on both sides are those of the whole."""

_REACH = max(MIN_SAMPLES + SAMPLES_PER_MS, ms_to_samples(SMOOTHING_MS // 2))
"""How far growing, joining and cutting look beyond a place."""

Region: TypeAlias = tuple[Samples, Samples]


def split(recording: Recording, vad: Vad, *, max_segment_ms: Millis) -> tuple[SpeechSpan, ...]:
    """Find the speech of a whole recording and cut it into spans of at most `max_segment_ms`.

    Args:
        recording: float32 [n_samples] at 16 kHz, at least `MIN_SAMPLES` long.
        vad: finds the stretches of speech, of any length; only `Vad.speech` is asked.
        max_segment_ms: the longest span, at least `MIN_LIMIT_MS`.

    Returns:
        The spans that a `Splitter` cuts.

    Raises:
        RecordingError: the VAD refuses the samples.
        ValueError: `max_segment_ms` is too small to cut anything.
    """
    stream = GatheredStream(vad)
    splitter = Splitter(stream, max_segment_ms=max_segment_ms, channel=recording.channel)
    pieces = [*splitter.feed(recording.samples), *splitter.finish()]
    return tuple(piece.span for piece in pieces)


class Splitter:
    """Cuts one channel into spans of at most `max_segment_ms` while it is being read.

    Every sample that the VAD marks lies in exactly one span. Spans lie on the millisecond grid,
    except for an end at the very end of the recording, and hold at least `MIN_SAMPLES`; forced
    cuts lie on the grid of frames. Spans come in order, disjoint, inside the recording. One that
    ends at a cut is marked `forced_cut`, and the next one starts where it ends.

    A span comes out as soon as nothing can change it any more; only the sound that is not yet
    decided is held. What comes out does not depend on the pieces in which the sound came.
    """

    def __init__(
        self,
        stream: VadStream,
        *,
        max_segment_ms: Millis,
        channel: int | None = None,
        mel: bool = False,
    ) -> None:
        """Begin a recording.

        Args:
            stream: listens to this channel, and has heard nothing yet.
            max_segment_ms: the longest span, at least `MIN_LIMIT_MS`.
            channel: stated in the spans.
            mel: give spans as log-mel features, where the VAD has them; see `SpanAudio`.

        Raises:
            ValueError: `max_segment_ms` is too small to cut anything.
        """
        if max_segment_ms < MIN_LIMIT_MS:
            raise ValueError(f"max_segment_ms is {max_segment_ms}, must be at least {MIN_LIMIT_MS}")
        self._stream = stream
        self._limit_ms, self._channel = max_segment_ms, channel
        self._tape, self._frames = _Tape(), _Tape()
        """What was heard and what the VAD made of it, as far as it is not yet decided."""
        self._mel = mel
        self._count = 0
        self._ended: deque[Region] = deque()
        """Regions as the VAD gave them."""
        self._held: Region | None = None
        """The last one grown; the next one may still join it."""
        self._begun: Samples | None = None
        """Where the rest of the region begins that goes on, once it is surely its own."""

    def feed(self, samples: FloatArray) -> list[SpanAudio]:
        """Take the next float32 [n_samples] of the recording.

        Returns:
            The spans that are decided now.

        Raises:
            RecordingError: the VAD refuses the samples.
        """
        self._tape.add(samples)
        speech = self._listened(self._stream.feed(samples))
        self._ended.extend(speech.regions)
        known = self._tape.end - _REACH
        spans: list[SpanAudio] = []
        while self._ended and self._ended[0][1] <= known:
            spans += self._take(self._grown(self._ended.popleft()))
        if self._ended:
            return spans
        if speech.open is not None:
            spans += self._go_on(speech.open, speech.reaches)
        elif self._held and self._held[1] <= min(speech.settled, self._tape.end) - _REACH:
            spans += self._release()
        needed = self._needed_from(speech.settled) - _REACH
        self._tape.drop(needed)
        self._frames.drop(needed // FRAME_SHIFT)
        return spans

    def finish(self) -> list[SpanAudio]:
        """The recording has ended.

        Returns:
            The spans that were not decided before.

        Raises:
            RecordingError: the VAD refuses the recording.
        """
        self._ended.extend(self._listened(self._stream.finish()).regions)
        spans: list[SpanAudio] = []
        while self._ended:
            spans += self._take(self._grown(self._ended.popleft()))
        return spans + self._release()

    def _listened(self, speech: Speech) -> Speech:
        """The same, its frames kept for the spans."""
        if self._mel and speech.mel is not None:
            self._frames.add(speech.mel)
        return speech

    def _grown(self, region: Region) -> Region:
        return _grown(*region, self._tape.end)

    def _needed_from(self, settled: Samples) -> Samples:
        """Where the sound begins that is not yet decided."""
        if self._held:
            return min(settled, self._held[0])
        return settled if self._begun is None else self._begun

    def _take(self, region: Region) -> list[SpanAudio]:
        """A region that ended: the one before it is decided, unless the two overlap."""
        low, high = region
        if self._begun is not None:
            low, self._begun = self._begun, None
        if self._held and low < self._held[1]:
            self._held = min(low, self._held[0]), max(high, self._held[1])
            return []
        spans = self._release()
        self._held = low, high
        return spans

    def _release(self) -> list[SpanAudio]:
        """The held region in pieces; nothing can join it any more."""
        if self._held is None:
            return []
        (start, end), self._held = self._held, None
        spans: list[SpanAudio] = []
        while end - start > ms_to_samples(self._limit_ms):
            cut = self._tape.quietest(*_look_back(start, end, self._limit_ms))
            spans.append(self._span(start, cut, forced_cut=True))
            start = cut
        return [*spans, self._span(start, end)]

    def _go_on(self, start: Samples, reaches: Samples) -> list[SpanAudio]:
        """Pieces of the region that goes on, as far as its end cannot change them."""
        if reaches - start < MIN_SAMPLES:
            return []
        spans: list[SpanAudio] = []
        if self._begun is None:
            low = start - start % SAMPLES_PER_MS
            if self._held and low < self._held[1]:
                # Both are one region, which reaches as far as either.
                low, self._held = min(low, self._held[0]), None
            spans += self._release()
            self._begun = low
        limit = ms_to_samples(self._limit_ms)
        sure = min(reaches - _tail(self._limit_ms), self._tape.end - _REACH)
        while self._begun + limit <= sure:
            cut = self._tape.quietest(*_look_back(self._begun, reaches, self._limit_ms))
            spans.append(self._span(self._begun, cut, forced_cut=True))
            self._begun = cut
        return spans

    def _span(self, start: Samples, end: Samples, *, forced_cut: bool = False) -> SpanAudio:
        # Now or never: later nobody has the samples any more.
        measures, channel = measure(self._tape.view(start, end)), self._channel
        span = SpeechSpan(self._count, start, end, forced_cut, sound=measures, channel=channel)
        self._count += 1
        return SpanAudio(span, self._sound(start, end))

    def _sound(self, start: Samples, end: Samples) -> FloatArray:
        """What the recogniser is given of a span."""
        first = start // FRAME_SHIFT
        last = first + frame_count(end - start)
        aligned = start % FRAME_SHIFT == end % FRAME_SHIFT == 0
        if aligned and self._frames.start <= first and last <= self._frames.end:
            return self._frames.copy(first, last)
        return self._tape.copy(start, end)


class _Tape:
    """The last stretch of a recording, growing at its end and forgotten at its start.

    Its places are samples, or frames where it holds those.
    """

    def __init__(self) -> None:
        self._blocks: deque[FloatArray] = deque()
        self.start = self.end = 0

    def add(self, block: FloatArray) -> None:
        self._blocks.append(block)
        self.end += len(block)

    def drop(self, before: int) -> None:
        """Forget the blocks that end before this place."""
        while self._blocks and self.start + len(self._blocks[0]) <= before:
            self.start += len(self._blocks.popleft())

    def view(self, start: int, end: int) -> FloatArray:
        """float32 [end - start, ...]; shares memory where it lies in one block."""
        parts: list[FloatArray] = []
        place = self.start
        for block in self._blocks:
            if place >= end:
                break
            if place + len(block) > start:
                parts.append(block[max(0, start - place) : end - place])
            place += len(block)
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def copy(self, start: int, end: int) -> FloatArray:
        """float32 [end - start, ...], read-only, with memory of its own."""
        part = self.view(start, end).copy()
        part.flags.writeable = False
        return part

    def quietest(self, low: Samples, high: Samples) -> Samples:
        """The place in [low, high] on the grid around which it is quietest; see `_quietest`."""
        half = ms_to_samples(SMOOTHING_MS // 2)
        first, last = max(0, low - half), min(self.end, high + half)
        return _quietest(self.view(first, last), first, low, high)


def _grown(start: Samples, end: Samples, length: Samples) -> Region:
    low = start - start % SAMPLES_PER_MS
    high = min(length, end + -end % SAMPLES_PER_MS)
    missing = MIN_SAMPLES - (high - low)
    if missing > 0:
        low = max(0, low - ms_to_samples(samples_to_ms(missing // 2)))
        high = min(length, low + MIN_SAMPLES)
        last_start = max(0, length - MIN_SAMPLES)
        low = min(low, last_start - last_start % SAMPLES_PER_MS)
    return low, high


def _tail(limit_ms: Millis) -> Samples:
    """What a cut leaves over at least."""
    return ms_to_samples(min(SHORTEST_TAIL_MS, limit_ms // 4))


def _look_back(start: Samples, end: Samples, limit_ms: Millis) -> Region:
    """Where a cut may fall: the last third of the limit, at most `LONGEST_LOOK_BACK_MS`.

    It ends early enough for the last piece of the region to hold `SHORTEST_TAIL_MS`, or a quarter
    of a short limit; so no sliver ever comes to be. Both ends are on the grid and may be used.
    """
    high = min(start + ms_to_samples(limit_ms), end - _tail(limit_ms))
    low = high - ms_to_samples(min(LONGEST_LOOK_BACK_MS, limit_ms // 3))
    return low + -low % GRID, high - high % GRID


def _quietest(samples: FloatArray, first: Samples, low: Samples, high: Samples) -> Samples:
    """The place in [low, high] on the grid around which `SMOOTHING_MS` hold the least energy.

    The energy of each millisecond is weighted with a raised cosine, which makes the middle of a
    pause quieter than its edges. Of equal places the first is taken.

    Args:
        samples: float32 [n_samples], from `first` on; beyond its ends counts what lies nearest.
        first: the place of its first sample, on the grid of milliseconds.
        low: first place allowed, on the grid.
        high: last place allowed, on the grid.
    """
    half = ms_to_samples(SMOOTHING_MS // 2)
    whole = samples[: len(samples) - len(samples) % SAMPLES_PER_MS].astype(np.float64)
    energy = np.square(whole.reshape(-1, SAMPLES_PER_MS)).sum(axis=1)
    before = samples_to_ms(first - (low - half))
    missing = samples_to_ms(high - low) + SMOOTHING_MS - before - len(energy)
    padded = np.pad(energy, (before, missing), mode="edge")
    # An even number of weights is symmetric about the edge between two milliseconds: the cut.
    weights = np.hanning(SMOOTHING_MS + 2)[1:-1]
    smooth = np.convolve(padded, weights, mode="valid")[:: samples_to_ms(GRID)]
    return low + GRID * int(np.argmin(smooth))
