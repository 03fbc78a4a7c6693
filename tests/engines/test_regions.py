"""Regions from decisions: FunASR's, whatever the pieces."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from asrcli.engines.regions import RegionFinder, Rule, find_regions
from tests.engines.fsmn_vad_folder import config, funasr_vad


def rule(max_silence_ms: int = 800) -> Rule:
    return Rule.read(config()["model_conf"], max_silence_ms)


class TestFindRegions:
    """Frames of 10 ms; with the published settings speech begins at 15 of the last 20."""

    @staticmethod
    def regions(*runs: int, max_silence_ms: int = 800) -> list[tuple[int, int]]:
        """Runs of silence and speech in turn."""
        parts = [np.full(run, bool(number % 2)) for number, run in enumerate(runs)]
        return find_regions(np.concatenate(parts), rule(max_silence_ms))

    def test_speech_is_given_room_on_both_sides(self) -> None:
        # 15 frames after 100 speech begins, and 40 before that the region; 5 frames after its
        # end silence begins, of which the first 12 are kept.
        assert self.regions(100, 50, 200) == [(74, 166)]

    def test_too_little_speech_is_none(self) -> None:
        assert self.regions(100, 14, 200) == []

    def test_a_region_starts_inside_the_recording(self) -> None:
        assert self.regions(0, 50, 200)[0][0] == 0

    def test_speech_to_the_end_ends_with_the_recording(self) -> None:
        assert self.regions(100, 50) == [(74, 150)]
        assert self.regions(100, 15) == [(74, 115)]
        assert self.regions(100, 50, 30) == [(74, 180)]

    @pytest.mark.parametrize(("max_silence_ms", "pause"), [(200, 6), (800, 56), (2_000, 176)])
    def test_a_pause_ends_a_region_when_it_is_long_enough(
        self, max_silence_ms: int, pause: int
    ) -> None:
        # As in FunASR it need not be as long as its name says: the silence goes on counting while
        # speech that follows has not yet filled the window.
        short = self.regions(50, 50, pause - 1, 50, 300, max_silence_ms=max_silence_ms)
        assert len(short) == 1
        long = self.regions(50, 50, pause, 50, 300, max_silence_ms=max_silence_ms)
        assert len(long) == 2

    def test_regions_never_overlap(self) -> None:
        first, second = self.regions(50, 50, 26, 50, 300, max_silence_ms=200)
        assert first[1] <= second[0]

    def test_a_region_may_be_of_any_length(self) -> None:
        assert self.regions(100, 100_000, 200) == [(74, 100_116)]

    def test_no_frames_hold_no_regions(self) -> None:
        assert find_regions(np.zeros(0, bool), rule()) == []

    @given(
        data=st.data(), max_silence_ms=st.sampled_from([200, 255, 260, 300, 455, 800, 1_500, 6_000])
    )
    @settings(max_examples=150)
    def test_decides_as_funasr_does(self, data: st.DataObject, max_silence_ms: int) -> None:
        speech = data.draw(decisions())
        assert find_regions(speech, rule(max_silence_ms)) == funasr_regions(speech, max_silence_ms)


@st.composite
def decisions(draw: st.DrawFn) -> np.ndarray:
    """Runs of silence and speech with some frames flipped, bool [n_frames]."""
    runs = draw(st.lists(st.integers(1, 40) | st.integers(1, 250), min_size=1, max_size=12))
    speech = np.concatenate([np.full(run, bool(number % 2)) for number, run in enumerate(runs)])
    flips = draw(st.lists(st.integers(0, len(speech) - 1), max_size=20))
    speech[flips] ^= True
    return speech


rules = st.builds(
    Rule,
    margin=st.just(0.6),
    window=st.integers(1, 30),
    onset=st.integers(1, 30),
    release=st.integers(0, 30),
    look_back=st.integers(0, 60),
    patience=st.integers(1, 90),
    trim=st.integers(0, 80),
).filter(lambda rule: max(rule.onset, rule.release) <= rule.window and rule.trim <= rule.patience)


class TestPieces:
    @given(decisions(), rules, st.lists(st.integers(0, 1_500), max_size=12))
    @settings(max_examples=150)
    def test_pieces_change_nothing(self, speech: np.ndarray, rule: Rule, cuts: list[int]) -> None:
        finder, found = RegionFinder(rule), []
        for piece in np.split(speech, sorted(cuts)):
            found += finder.feed(piece)
        assert found + finder.finish() == frame_by_frame(speech, rule)
        assert find_regions(speech, rule) == frame_by_frame(speech, rule)

    @given(decisions(), rules, st.integers(1, 300))
    @settings(max_examples=100)
    def test_what_is_promised_holds(self, speech: np.ndarray, rule: Rule, size: int) -> None:
        finder = RegionFinder(rule)
        promised: list[tuple[int | None, int, int, int]] = []
        found = []
        for first in range(0, len(speech), size):
            found += finder.feed(speech[first : first + size])
            promised.append((finder.open, finder.reaches, finder.settled, len(found)))
        found += finder.finish()
        for open_, reaches, settled, known in promised:
            if open_ is not None:
                assert found[known][0] == open_
                assert found[known][1] >= reaches
            assert all(start >= settled for start, _ in found[known:])

    def test_a_long_recording_is_not_walked_frame_by_frame(self) -> None:
        finder = RegionFinder(rule())
        looks = 0

        class Counted(np.ndarray):
            def __array_finalize__(self, _: object) -> None:
                nonlocal looks
                looks += 1

        speech = np.zeros(100_000, bool)
        speech[50_000:60_000] = True
        finder.feed(speech.view(Counted))
        assert looks < 100_000 / 50


def frame_by_frame(speech: np.ndarray, rule: Rule) -> list[tuple[int, int]]:
    """The same decisions, one frame after the other."""
    total = [0, *np.cumsum(speech).tolist()]
    regions: list[tuple[int, int]] = []
    start: int | None = None
    voiced = False
    silent = seen_from = free_from = 0
    for now in range(len(speech)):
        heard = total[now + 1] - total[max(seen_from, now + 1 - rule.window)]
        if voiced:
            voiced = heard > rule.release
            silent = 0
        elif heard >= rule.onset:
            voiced = True
            if start is None:
                start = max(free_from, now - rule.look_back)
        else:
            silent += 1
            if start is not None and silent >= rule.patience:
                free_from = now + 1 - rule.trim
                regions.append((start, free_from))
                start, seen_from = None, now + 1
    if start is not None:
        regions.append((start, len(speech)))
    return regions


def funasr_regions(speech: np.ndarray, max_silence_ms: int) -> list[tuple[int, int]]:
    """What FunASR's state machine makes of a decision for every frame."""
    model = funasr_vad(config())
    silence = torch.from_numpy(np.where(speech, 0.1, 0.9).astype(np.float32))
    del model.encoder
    model.encoder = lambda feats, cache: torch.stack([silence, 1 - silence], dim=1)[None]
    cache: dict[str, Any] = model.init_cache({}, max_end_silence_time=max_silence_ms)
    found = model(
        torch.zeros(1, len(speech), 1),
        torch.zeros(1, (len(speech) - 1) * 160 + 400),
        cache=cache,
        is_final=True,
        is_streaming_input=False,
    )
    return [(start // 10, end // 10) for start, end in (found[0] if found else [])]


class TestRule:
    def test_is_read_from_the_checkpoint(self) -> None:
        assert rule(800) == Rule(
            margin=0.6, window=20, onset=15, release=15, look_back=40, patience=65, trim=54
        )

    def test_a_silence_shorter_than_the_window_ends_a_region_at_once(self) -> None:
        assert (rule(100).patience, rule(100).trim) == (1, 0)
