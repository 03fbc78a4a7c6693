from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from asrcli.calls.crosstalk import explained, suppressed, without_crosstalk
from asrcli.calls.levels import FRAME_MS, LevelMeter
from asrcli.clock import ms_to_samples
from asrcli.values import Correction, Decoded, SpeechSpan, Token, Track
from tests.audio_samples import noise, silence
from tests.values_samples import HASH, source

if TYPE_CHECKING:
    from asrcli.values import FloatArray

SECONDS = 24


def voice(seed: int, seconds: int = SECONDS) -> FloatArray:
    """Noise in syllables of random length and loudness, with pauses between the phrases."""
    generator = np.random.default_rng(seed)
    parts = []
    for _ in range(seconds * 6):
        length = int(generator.uniform(0.08, 0.3) * 16_000)
        shape = np.hanning(length) * 10 ** generator.uniform(-1.5, 0)
        parts.append(shape * generator.normal(0, 0.2, length))
        if generator.random() < 0.15:
            parts.append(np.zeros(int(generator.uniform(0.1, 0.6) * 16_000)))
    return np.concatenate(parts)[: seconds * 16_000].astype(np.float32)


def levels(sound: FloatArray) -> FloatArray:
    meter = LevelMeter()
    meter.add(sound)
    return meter.levels()


def leaked(sound: FloatArray, weaker_db: float, delay_ms: int, floor: float) -> FloatArray:
    """What another channel picks up of it."""
    late = np.concatenate([silence(delay_ms / 1000), sound])[: len(sound)]
    return late * np.float32(10 ** (-weaker_db / 20)) + noise(SECONDS, amplitude=floor, seed=9)


def everywhere(own: FloatArray) -> np.ndarray:
    return np.ones(len(own), np.bool_)


def share(own: FloatArray, other: FloatArray) -> float:
    """How much of what is loud in `own` is explained."""
    mine = levels(own)
    loud = mine >= mine.max() - 25
    return float(explained(mine, [levels(other)], everywhere(mine))[loud].mean())


class TestExplained:
    @pytest.mark.parametrize("weaker_db", [10, 20, 35])
    @pytest.mark.parametrize("delay_ms", [0, 35, 200])
    @pytest.mark.parametrize("floor", [1e-5, 5e-4])
    def test_what_leaks_is_found(self, weaker_db: float, delay_ms: int, floor: float) -> None:
        talk = voice(1)
        assert share(leaked(talk, weaker_db, delay_ms, floor), talk) > 0.9

    @pytest.mark.parametrize("weaker_db", [0, 10, 20])
    def test_somebody_else_is_not(self, weaker_db: float) -> None:
        assert share(leaked(voice(2), weaker_db, 0, 1e-4), voice(1)) == 0

    def test_the_louder_channel_keeps_its_own(self) -> None:
        talk = voice(1)
        assert share(talk, leaked(talk, 20, 35, 1e-4)) == 0

    def test_even_noise_explains_nothing(self) -> None:
        hum, louder = noise(SECONDS, amplitude=1e-3, seed=1), noise(SECONDS, amplitude=0.1, seed=2)
        assert share(hum, louder) == 0
        assert share(silence(SECONDS), silence(SECONDS)) == 0

    def test_in_turns_only_the_others_turn(self) -> None:
        first, second = voice(1), voice(2)
        half = len(first) // 2
        first[half:], second[:half] = 0, 0
        mine = levels(second + leaked(first, 20, 40, 1e-4))
        found = explained(mine, [levels(first)], everywhere(mine))
        assert found[: half // 320 - 10].mean() > 0.95
        assert found[half // 320 + 10 :].mean() == 0

    def test_speech_over_a_leak_is_kept(self) -> None:
        first, second = voice(1), voice(2) * np.float32(0.5)
        mine = levels(second + leaked(first, 20, 40, 1e-4))
        assert explained(mine, [levels(first)], everywhere(mine)).mean() < 0.05

    @pytest.mark.parametrize("length", [0, 1, 49, 50, 51])
    def test_short_recordings(self, length: int) -> None:
        own = np.full(length, -40, np.float32)
        assert len(explained(own, [own[:-1], own], everywhere(own))) == length
        assert not explained(own, [], everywhere(own)).any()


def decoded(channel: int, start_ms: int, end_ms: int) -> Decoded:
    """A token every 200 ms."""
    tokens = tuple(Token("字", at, at + 200, 0.9) for at in range(0, end_ms - start_ms, 200))
    span = SpeechSpan(0, ms_to_samples(start_ms), ms_to_samples(end_ms), channel=channel)
    return Decoded(span, tokens, (Correction(0, 200, "字", "自", "字", 1.0),))


class TestSuppressed:
    def test_each_keeps_its_own_words(self) -> None:
        first, second = voice(1), voice(2)
        half = len(first) // 2
        first[half:], second[:half] = 0, 0
        left = first + leaked(second, 15, 0, 1e-4)
        right = second + leaked(first, 15, 0, 1e-4)
        half_ms, end_ms = SECONDS * 500, SECONDS * 1000
        spans = {
            channel: [decoded(channel, 0, half_ms - 400), decoded(channel, half_ms + 400, end_ms)]
            for channel in (0, 1)
        }
        found = suppressed(spans, {0: levels(left), 1: levels(right)})
        assert found[0] == [spans[0][0]]
        assert found[1] == [spans[1][1]]

    def test_of_a_span_that_holds_both_only_the_leak_goes(self) -> None:
        first, second = voice(1), voice(2)
        half = len(first) // 2
        first[half:], second[:half] = 0, 0
        right = second + leaked(first, 15, 0, 1e-4)
        item = decoded(1, 0, SECONDS * 1000)
        (kept,) = suppressed({1: [item]}, {0: levels(first), 1: levels(right)})[1]
        starts = [token.start_ms for token in kept.tokens]
        assert starts
        assert min(starts) >= SECONDS * 500 - 5 * FRAME_MS - 400
        own = [token.start_ms for token in item.tokens if token.start_ms >= SECONDS * 500 + 400]
        assert set(own) <= set(starts)

    def test_a_cut_before_what_goes_is_none_any_more(self) -> None:
        first, second = voice(1), voice(2)
        half = len(first) // 2
        first[:half], second[half:] = 0, 0
        right = second + leaked(first, 15, 0, 1e-4)
        end_ms = SECONDS * 500
        own = decoded(1, 0, end_ms)
        cut = replace(own, span=replace(own.span, forced_cut=True))
        leak = decoded(1, end_ms, 2 * end_ms)
        sounds = {0: levels(first), 1: levels(right)}
        assert suppressed({1: [cut, leak]}, sounds)[1] == [own]

    def test_without_a_leak_nothing_changes(self) -> None:
        sounds = {0: levels(voice(1)), 1: levels(voice(2))}
        spans = {channel: [decoded(channel, 0, 20_000)] for channel in (0, 1)}
        assert suppressed(spans, sounds) == spans

    def test_a_span_beyond_the_levels_is_kept(self) -> None:
        item = decoded(0, 60_000, 60_400)
        assert suppressed({0: [item]}, {0: levels(voice(1))}) == {0: [item]}


class TestLanes:
    def track(self, channel: int, own: FloatArray | None) -> Track:
        return Track(source(), 16_000 * SECONDS, channel, 8_000, 2, HASH, levels=own)

    def test_a_lane_that_only_repeats_is_blank(self) -> None:
        talk = voice(1)
        lanes = [
            (self.track(0, levels(talk)), [decoded(0, 0, 20_000)]),
            (self.track(1, levels(leaked(talk, 20, 40, 1e-4))), [decoded(1, 0, 20_000)]),
        ]
        (_, first), (_, second) = without_crosstalk(lanes)
        assert first == lanes[0][1]
        assert second == []

    def test_lanes_without_levels_stay(self) -> None:
        lanes = [(self.track(n, None), [decoded(n, 0, 2_000)]) for n in (0, 1)]
        assert without_crosstalk(lanes) == lanes
        assert without_crosstalk(lanes[:1]) == lanes[:1]

    @pytest.mark.parametrize("length_ms", [300, 600])
    def test_a_single_word_is_enough(self, length_ms: int) -> None:
        word = np.concatenate([silence(5), voice(1)[: 16 * length_ms], silence(18)])
        talk = np.concatenate([word, silence(1)])[: SECONDS * 16_000]
        lanes = [
            (self.track(0, levels(talk + noise(SECONDS, amplitude=1e-5))), []),
            (self.track(1, levels(leaked(talk, 20, 40, 1e-4))), [decoded(1, 5_000, 5_600)]),
        ]
        assert without_crosstalk(lanes)[1][1] == []
