from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asrcli.clock import ms_to_samples
from asrcli.engines.base import FRAME_SHIFT, MIN_SAMPLES, Speech
from asrcli.engines.fake import FakeVad, speak
from asrcli.engines.samples import span_length
from asrcli.errors import RecordingError
from asrcli.pipeline.split import (
    GRID,
    LONGEST_LOOK_BACK_MS,
    MIN_LIMIT_MS,
    SHORTEST_TAIL_MS,
    SMOOTHING_MS,
    Splitter,
    split,
)
from asrcli.values import ModelInfo, Recording, SourceFile, SpeechSpan

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from asrcli.engines.base import VadStream
    from asrcli.values import FloatArray, SpanAudio

    Region = tuple[int, int]


class Says:
    """A VAD that answers what it was told."""

    info = ModelInfo("vad", "says", "0" * 64)

    def __init__(self, *regions: Region) -> None:
        self.regions = regions

    def speech(self, samples: FloatArray) -> tuple[Region, ...]:
        return self.regions

    def listen(self) -> Slow:
        return Slow(self.regions, 0)


class Slow:
    """Says what it was told, each word of it a little later than it could."""

    def __init__(self, regions: tuple[Region, ...], delay: int) -> None:
        self.regions, self.delay = list(regions), delay
        self.taken = 0

    def feed(self, samples: FloatArray) -> Speech:
        self.taken += len(samples)
        known = self.taken - self.delay
        ended = [region for region in self.regions if region[1] <= known]
        del self.regions[: len(ended)]
        start, end = self.regions[0] if self.regions else (known, known)
        if start >= known:
            return Speech(tuple(ended), None, 0, known)
        return Speech(tuple(ended), start, min(end, self.taken), start)

    def finish(self) -> Speech:
        return Speech(tuple(self.regions), None, self.taken, self.taken)


def in_pieces(
    samples: FloatArray,
    stream: VadStream,
    limit_ms: int,
    sizes: Iterable[int],
    *,
    mel: bool = False,
) -> Iterator[tuple[int, list[SpanAudio]]]:
    """(samples read, spans that came out), step by step."""
    splitter = Splitter(stream, max_segment_ms=limit_ms, mel=mel)
    at = 0
    for size in itertools.cycle(sizes):
        if at >= len(samples):
            break
        at += size
        yield at, splitter.feed(samples[at - size : at])
    yield at, splitter.finish()


def recording(samples: FloatArray) -> Recording:
    source = SourceFile(Path("a.wav"), PurePath("a.wav"), 2 * len(samples), 0)
    samples = samples.copy()
    samples.setflags(write=False)
    return Recording(source, samples, None, 16000, 1, "0" * 64)


def noise(length: int, seed: int = 0, loudness: float = 0.1) -> FloatArray:
    sound = np.random.default_rng(seed).normal(0, loudness, length)
    return np.clip(sound, -1, 1).astype(np.float32)


def spans_of(
    *regions: Region, length: int = 160_000, limit_ms: int = 30_000
) -> list[tuple[int, int]]:
    spans = split(recording(noise(length)), Says(*regions), max_segment_ms=limit_ms)
    return [(span.start, span.end) for span in spans]


def check(spans: tuple[SpeechSpan, ...], length: int, limit_ms: int) -> None:
    """What holds for any recording and any VAD."""
    borders = [0, *[edge for span in spans for edge in (span.start, span.end)], length]
    assert borders == sorted(borders)
    assert [span.index for span in spans] == list(range(len(spans)))
    for span, following in itertools.pairwise([*spans, None]):
        assert span is not None
        assert MIN_SAMPLES <= span.length <= ms_to_samples(limit_ms)
        assert span.start % 16 == 0
        assert span.end % 16 == 0 or span.end == length
        if span.forced_cut:
            assert span.end % GRID == 0
            assert following is not None
            assert following.start == span.end


def covered(spans: tuple[SpeechSpan, ...], length: int) -> np.ndarray:
    mask = np.zeros(length, bool)
    for span in spans:
        mask[span.start : span.end] = True
    return mask


@st.composite
def region_lists(draw: st.DrawFn) -> tuple[int, list[Region]]:
    """A recording's length, and regions as any VAD may give them: down to one sample long."""
    sizes = draw(st.lists(st.integers(0, 30_000) | st.integers(0, 50), max_size=16))
    edges = np.cumsum([0, *sizes]).tolist()
    pairs = zip(edges[1::2], edges[2::2], strict=False)
    length = max(MIN_SAMPLES, edges[-1] + draw(st.integers(0, 1000)))
    return length, [(start, end) for start, end in pairs if end > start]


class TestEverySpan:
    @given(region_lists(), st.integers(MIN_LIMIT_MS, 2_000))
    @settings(max_examples=300)
    def test_whatever_the_vad_says(self, case: tuple[int, list[Region]], limit_ms: int) -> None:
        length, regions = case
        samples = noise(length)
        spans = split(recording(samples), Says(*regions), max_segment_ms=limit_ms)
        check(spans, length, limit_ms)
        mask = covered(spans, length)
        for start, end in regions:
            assert mask[start:end].all()

    @given(
        st.lists(st.integers(1, 3_000), min_size=1, max_size=12),
        st.integers(100, 1_000),
        st.integers(500, 3_000),
    )
    @settings(max_examples=60)
    def test_with_a_vad_that_listens(
        self, parts_ms: list[int], max_silence_ms: int, limit_ms: int
    ) -> None:
        loud = [noise(ms_to_samples(ms), seed=ms) * (n % 2) for n, ms in enumerate(parts_ms)]
        samples = np.concatenate([*loud, np.zeros(417, np.float32)])
        vad = FakeVad(max_silence_ms=max_silence_ms)
        spans = split(recording(samples), vad, max_segment_ms=limit_ms)
        check(spans, len(samples), limit_ms)
        mask = covered(spans, len(samples))
        for start, end in vad.speech(samples):
            assert mask[start:end].all()

    @given(st.integers(0, 5), st.integers(200, 1_500))
    @settings(max_examples=20)
    def test_the_same_every_time(self, seed: int, limit_ms: int) -> None:
        sound = recording(noise(50_000, seed))
        first = split(sound, Says((100, 49_000)), max_segment_ms=limit_ms)
        assert split(sound, Says((100, 49_000)), max_segment_ms=limit_ms) == first


class TestPieces:
    @given(
        region_lists(),
        st.integers(MIN_LIMIT_MS, 700),
        st.lists(st.integers(1, 9_000), min_size=1, max_size=5),
        st.integers(0, 4_000),
    )
    @settings(max_examples=200)
    def test_pieces_change_nothing(
        self, case: tuple[int, list[Region]], limit_ms: int, sizes: list[int], delay: int
    ) -> None:
        length, regions = case
        samples = noise(length)
        whole = split(recording(samples), Says(*regions), max_segment_ms=limit_ms)
        steps = in_pieces(samples, Slow(tuple(regions), delay), limit_ms, sizes)
        pieces = [piece for _, spans in steps for piece in spans]
        assert tuple(piece.span for piece in pieces) == whole
        for piece in pieces:
            assert np.array_equal(piece.sound, samples[piece.span.start : piece.span.end])
            assert piece.sound.base is None
            assert not piece.sound.flags.writeable

    @given(st.lists(st.integers(1, 1_500), min_size=1, max_size=12), st.integers(400, 9_000))
    @settings(max_examples=40)
    def test_with_a_vad_that_listens(self, parts_ms: list[int], size: int) -> None:
        loud = [noise(ms_to_samples(ms), seed=ms) * (n % 2) for n, ms in enumerate(parts_ms)]
        samples = np.concatenate([*loud, np.zeros(417, np.float32)])
        vad = FakeVad(max_silence_ms=200)
        steps = in_pieces(samples, vad.listen(), 900, [size])
        spans = tuple(piece.span for _, found in steps for piece in found)
        assert spans == split(recording(samples), vad, max_segment_ms=900)

    def test_a_span_comes_out_soon_after_its_end(self) -> None:
        regions = ((16_000, 48_000), (80_000, 112_000), (400_000, 416_000))
        steps = in_pieces(noise(500_000), Slow(regions, 0), 30_000, [1_600])
        came = {piece.span.end: at for at, spans in steps for piece in spans}
        assert [came[end] - end for _, end in regions] == [1_600, 1_600, 1_600]

    def test_a_region_without_end_is_cut_on_the_way(self) -> None:
        length = ms_to_samples(600_000)
        splitter = Splitter(Slow(((0, length),), 0), max_segment_ms=10_000)
        block = noise(16_000)
        held = 0
        for _ in range(0, length, len(block)):
            splitter.feed(block)
            held = max(held, splitter._tape.end - splitter._tape.start)
        assert held <= ms_to_samples(10_000 + 500 + 50 + 2_000)

    def test_silence_is_not_held(self) -> None:
        splitter = Splitter(FakeVad().listen(), max_segment_ms=10_000)
        for _ in range(100):
            splitter.feed(np.zeros(16_000, np.float32))
        assert splitter._tape.end - splitter._tape.start <= 2 * 16_000
        assert splitter.finish() == []

    def test_a_span_says_its_channel(self) -> None:
        splitter = Splitter(FakeVad().listen(), max_segment_ms=10_000, channel=1)
        splitter.feed(speak("好"))
        assert [piece.span.channel for piece in splitter.finish()] == [1]

    def test_a_span_says_how_its_sound_is(self) -> None:
        samples = noise(32_000)
        samples[8_000:16_000] *= 30
        heard = Says((8_000, 16_000), (20_000, 28_000))
        loud, quiet = split(recording(np.clip(samples, -1, 1)), heard, max_segment_ms=900)
        assert loud.sound is not None
        assert quiet.sound is not None
        assert loud.sound.clipped > 0.1
        assert quiet.sound.clipped == 0.0
        assert loud.sound.level_db > quiet.sound.level_db > -25


class Framing(Slow):
    """Gives frames as well, some of them late: frame n is n, 80 times."""

    def __init__(self, regions: tuple[Region, ...], delay: int, late: int = 0) -> None:
        super().__init__(regions, delay)
        self.late, self.frames = late, 0

    def feed(self, samples: FloatArray) -> Speech:
        return self.framed(super().feed(samples), self.taken - self.late)

    def finish(self) -> Speech:
        return self.framed(super().finish(), self.taken)

    def framed(self, speech: Speech, heard: int) -> Speech:
        count = max(self.frames, (heard - MIN_SAMPLES) // FRAME_SHIFT + 1)
        numbers = np.arange(self.frames, count, dtype=np.float32)
        self.frames = count
        mel = np.repeat(numbers[:, None], 80, axis=1) if len(numbers) else None
        return replace(speech, mel=mel)


class TestFrames:
    @given(
        region_lists(),
        st.integers(MIN_LIMIT_MS, 700),
        st.lists(st.integers(1, 9_000), min_size=1, max_size=5),
        st.integers(0, 4_000),
    )
    @settings(max_examples=100)
    def test_a_span_on_the_grid_comes_as_its_frames(
        self, case: tuple[int, list[Region]], limit_ms: int, sizes: list[int], delay: int
    ) -> None:
        length, regions = case
        samples = noise(length)
        whole = split(recording(samples), Says(*regions), max_segment_ms=limit_ms)
        stream = Framing(tuple(regions), delay)
        steps = in_pieces(samples, stream, limit_ms, sizes, mel=True)
        pieces = [piece for _, spans in steps for piece in spans]
        assert tuple(piece.span for piece in pieces) == whole
        for piece in pieces:
            span = piece.span
            if span.start % FRAME_SHIFT or span.end % FRAME_SHIFT:
                assert np.array_equal(piece.sound, samples[span.start : span.end])
            else:
                first = span.start // FRAME_SHIFT
                frames = np.arange(first, first + (span.length - MIN_SAMPLES) // FRAME_SHIFT + 1)
                assert piece.sound.shape == (len(frames), 80)
                assert np.array_equal(piece.sound[:, 79], frames)
                assert span_length(piece.sound) == span.length
                assert not piece.sound.flags.writeable

    def test_frames_that_are_late_are_not_waited_for(self) -> None:
        regions = ((16_000, 48_000), (80_000, 112_000))
        stream = Framing(regions, 0, late=5_000)
        steps = in_pieces(noise(120_000), stream, 30_000, [1_600], mel=True)
        came = {piece.span.end: (at, piece) for at, spans in steps for piece in spans}
        assert [at for at, _ in came.values()] == [49_600, 113_600]
        assert [piece.sound.ndim for _, piece in came.values()] == [1, 1]

    def test_a_recogniser_that_takes_samples_gets_samples(self) -> None:
        steps = in_pieces(noise(64_000), Framing(((16_000, 48_000),), 0), 30_000, [1_600])
        assert [piece.sound.shape for _, spans in steps for piece in spans] == [(32_000,)]

    def test_frames_are_forgotten_with_the_samples(self) -> None:
        stream = Framing(((0, ms_to_samples(600_000)),), 0)
        splitter = Splitter(stream, max_segment_ms=10_000, mel=True)
        held = 0
        for _ in range(600):
            splitter.feed(noise(16_000))
            held = max(held, splitter._frames.end - splitter._frames.start)
        assert held <= 1_000 + 50 + 5 + 200


class TestShortRegions:
    def test_regions_are_grown_to_the_millisecond_grid(self) -> None:
        assert spans_of((1001, 2001), (5000, 9000)) == [(992, 2016), (4992, 9008)]

    def test_one_on_the_grid_stays_as_it_is(self) -> None:
        assert spans_of((1600, 3200), (3200, 4800)) == [(1600, 3200), (3200, 4800)]

    def test_a_scrap_is_widened_on_both_sides(self) -> None:
        ((start, end),) = spans_of((8000, 8016))
        assert end - start == MIN_SAMPLES
        assert start < 8000 - 100
        assert end > 8016 + 100

    def test_a_scrap_at_the_start_is_widened_to_the_right(self) -> None:
        assert spans_of((0, 10)) == [(0, MIN_SAMPLES)]

    def test_a_scrap_at_an_end_off_the_grid_is_widened_to_the_left(self) -> None:
        ((start, end),) = spans_of((9_990, 10_001), length=10_001)
        assert end == 10_001
        assert start % 16 == 0
        assert MIN_SAMPLES <= end - start < MIN_SAMPLES + 16

    def test_a_scrap_beside_a_neighbour_joins_it(self) -> None:
        assert spans_of((1600, 3200), (3216, 3232), (3248, 6400)) == [(1600, 6400)]

    def test_the_shortest_recording_is_one_span(self) -> None:
        assert spans_of((3, 5), length=MIN_SAMPLES) == [(0, MIN_SAMPLES)]

    def test_many_scraps_are_one_span_each_or_joined(self) -> None:
        assert spans_of((0, 16), (10_000, 10_016), (10_160, 10_176)) == [
            (0, 400),
            (9_808, 10_368),
        ]

    def test_no_speech_is_no_span(self) -> None:
        assert spans_of() == []


class TestCuts:
    def test_a_region_of_the_limit_is_not_cut(self) -> None:
        (span,) = split(recording(noise(32_000)), Says((0, 16_000)), max_segment_ms=1_000)
        assert (span.start, span.end, span.forced_cut) == (0, 16_000, False)

    def test_one_sample_more_is_cut_in_two(self) -> None:
        first, last = split(recording(noise(32_000)), Says((0, 16_001)), max_segment_ms=1_000)
        assert (first.start, last.end) == (0, 16_016)
        assert first.end == last.start
        assert (first.forced_cut, last.forced_cut) == (True, False)

    @pytest.mark.parametrize("limit_ms", [100, 101, 999, 1_000, 10_000, 30_000])
    @pytest.mark.parametrize("over", [1, 16, 399, 400, 5_000])
    def test_no_piece_is_a_sliver(self, limit_ms: int, over: int) -> None:
        for pieces in (1, 2, 3):
            length = pieces * ms_to_samples(limit_ms) + over
            spans = split(recording(noise(length)), Says((0, length)), max_segment_ms=limit_ms)
            check(spans, length, limit_ms)
            assert spans[-1].length >= ms_to_samples(min(SHORTEST_TAIL_MS, limit_ms // 4))

    @given(st.integers(0, 99), st.integers(25_100, 29_900))
    @settings(max_examples=30)
    def test_a_cut_falls_into_the_pause(self, seed: int, pause_ms: int) -> None:
        samples = noise(ms_to_samples(50_000), seed)
        middle = ms_to_samples(pause_ms)
        samples[middle - 800 : middle + 800] *= 0.05
        first, last = split(recording(samples), Says((0, len(samples))), max_segment_ms=30_000)
        assert abs(first.end - middle) <= ms_to_samples(10)
        assert last.end == len(samples)

    def test_it_takes_the_quietest_of_several_pauses(self) -> None:
        samples = noise(ms_to_samples(45_000))
        for at_ms, loudness in ((26_000, 0.5), (27_500, 0.01), (29_500, 0.2)):
            samples[ms_to_samples(at_ms - 60) : ms_to_samples(at_ms + 60)] *= loudness
        first, _ = split(recording(samples), Says((0, len(samples))), max_segment_ms=30_000)
        assert abs(first.end_ms - 27_500) <= 10

    def test_a_dip_shorter_than_a_syllable_is_no_pause(self) -> None:
        samples = noise(ms_to_samples(45_000))
        samples[ms_to_samples(26_000) : ms_to_samples(26_015)] = 0.0
        samples[ms_to_samples(28_000) : ms_to_samples(28_100)] *= 0.1
        first, _ = split(recording(samples), Says((0, len(samples))), max_segment_ms=30_000)
        assert 28_000 < first.end_ms < 28_100

    def test_words_stay_whole(self) -> None:
        samples = speak("今天天气很好我们一起去公园散步" * 8)
        spans = split(recording(samples), FakeVad(), max_segment_ms=3_000)
        assert len(spans) >= 8
        assert all(span.forced_cut for span in spans[:-1])
        for span in spans:
            assert not samples[span.start : span.start + 160].any()
            assert not samples[span.end - 160 : span.end].any()

    @pytest.mark.parametrize("seed", range(5))
    def test_even_noise_is_cut_within_the_look_back(self, seed: int) -> None:
        samples = noise(ms_to_samples(200_000), seed)
        spans = split(recording(samples), Says((0, len(samples))), max_segment_ms=30_000)
        check(spans, len(samples), 30_000)
        for span in spans[:-1]:
            assert span.forced_cut
            assert span.length >= ms_to_samples(30_000 - LONGEST_LOOK_BACK_MS - SHORTEST_TAIL_MS)

    @pytest.mark.parametrize("level", [0.0, 0.25])
    def test_a_sound_without_any_difference_is_cut_too(self, level: float) -> None:
        samples = np.full(ms_to_samples(70_000), level, np.float32)
        spans = split(recording(samples), Says((0, len(samples))), max_segment_ms=30_000)
        check(spans, len(samples), 30_000)
        assert len(spans) == 3

    def test_no_cut_is_marked_where_a_pause_ended_the_span(self) -> None:
        sound = recording(noise(100_000))
        spans = split(sound, Says((0, 20_000), (20_000, 60_000)), max_segment_ms=1_500)
        ends = [span.end for span in spans if not span.forced_cut]
        assert ends == [20_000, 60_000]

    def test_the_look_back_of_a_short_limit_is_its_last_third(self) -> None:
        samples = noise(ms_to_samples(5_000))
        samples[ms_to_samples(600) : ms_to_samples(700)] = 0.0
        samples[ms_to_samples(800) : ms_to_samples(900)] *= 0.1
        first = split(recording(samples), Says((0, len(samples))), max_segment_ms=1_000)[0]
        assert 800 < first.end_ms < 900

    def test_the_smoothing_reaches_over_the_ends_of_the_recording(self) -> None:
        length = ms_to_samples(MIN_LIMIT_MS) + 7
        assert ms_to_samples(SMOOTHING_MS) > length // 2
        spans = split(recording(noise(length)), Says((0, length)), max_segment_ms=MIN_LIMIT_MS)
        check(spans, length, MIN_LIMIT_MS)
        assert len(spans) == 2


class TestErrors:
    def test_a_limit_that_leaves_no_room_is_refused(self) -> None:
        with pytest.raises(ValueError, match="max_segment_ms is 99"):
            split(recording(noise(1000)), Says(), max_segment_ms=MIN_LIMIT_MS - 1)

    def test_what_the_vad_refuses_is_this_recordings_error(self) -> None:
        with pytest.raises(RecordingError, match="too few"):
            split(recording(noise(399)), FakeVad(), max_segment_ms=30_000)
