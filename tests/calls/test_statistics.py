from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asrcli.calls.statistics import ANSWER_MS, PAUSE_MS, call_statistics, overlaps, talk_of
from asrcli.values import TimedSentence, Token
from tests.values_samples import timed


def said(channel: int, start_ms: int, end_ms: int) -> TimedSentence:
    """One word of any length."""
    sentence = timed("字", start_ms=start_ms)
    token = Token("字", start_ms, end_ms, 0.9)
    return replace(sentence, end_ms=end_ms, tokens=(token,), channel=channel)


@st.composite
def calls(draw: st.DrawFn) -> tuple[list[TimedSentence], int]:
    """Words of up to three speakers, and the length of the call."""
    words = draw(
        st.lists(
            st.tuples(st.integers(0, 2), st.integers(0, 20_000), st.integers(0, 3_000)),
            max_size=12,
        )
    )
    sentences = [said(channel, start, start + length) for channel, start, length in words]
    last = max((s.end_ms for s in sentences), default=0)
    return sorted(sentences, key=lambda s: s.start_ms), last + draw(st.integers(0, 5_000))


class TestAnyCall:
    @given(calls())
    def test_the_figures_belong_together(self, call: tuple[list[TimedSentence], int]) -> None:
        sentences, duration_ms = call
        found = call_statistics(sentences, range(3), duration_ms)
        talk_ms = sum(share.talk_ms for share in found.shares)
        assert [share.channel for share in found.shares] == [0, 1, 2]
        assert -1e-9 <= found.silence_ratio <= 1
        if talk_ms:
            assert sum(share.talk_ratio for share in found.shares) == pytest.approx(1)
        for share in found.shares:
            own = talk_of(sentences, share.channel)
            longest = max((end - start for start, end in own), default=0)
            assert longest <= share.longest_monologue_ms <= duration_ms
            assert 0 <= share.interruptions <= len(own)
        spoken = round((1 - found.silence_ratio) * duration_ms)
        assert spoken + found.overlap_ms <= talk_ms or not duration_ms

    @given(calls())
    def test_counted_by_the_millisecond(self, call: tuple[list[TimedSentence], int]) -> None:
        sentences, duration_ms = call
        found = call_statistics(sentences, range(3), duration_ms)
        depth = [0] * (duration_ms + 1)
        for channel in range(3):
            for start, end in talk_of(sentences, channel):
                for at in range(start, end):
                    depth[at] += 1
        assert found.overlap_ms == sum(count >= 2 for count in depth)
        if duration_ms:
            quiet = sum(count == 0 for count in depth[:duration_ms])
            assert found.silence_ratio == pytest.approx(quiet / duration_ms)

    @given(calls())
    def test_overlaps_by_the_millisecond(self, call: tuple[list[TimedSentence], int]) -> None:
        sentences, _ = call
        talk = {channel: talk_of(sentences, channel) for channel in range(3)}
        for sentence, found in zip(sentences, overlaps(sentences), strict=True):
            others = [one for c, own in talk.items() if c != sentence.channel for one in own]
            wanted = sum(
                any(start <= at < end for start, end in others)
                for at in range(sentence.start_ms, sentence.end_ms)
            )
            assert found == wanted


class TestTalk:
    def test_short_gaps_belong_to_it(self) -> None:
        words = [said(0, 0, 100), said(0, 100 + PAUSE_MS - 1, 900), said(0, 900 + PAUSE_MS, 1_500)]
        assert talk_of(words, 0) == [(0, 900), (900 + PAUSE_MS, 1_500)]
        assert talk_of(words, 1) == []

    def test_a_channel_without_a_number_talks_to_nobody(self) -> None:
        assert overlaps([timed("你好"), timed("再见")]) == [0, 0]


class TestShares:
    def monologue(self, *sentences: TimedSentence) -> int:
        return call_statistics(sentences, (0, 1), 100_000).shares[0].longest_monologue_ms

    def test_a_call(self) -> None:
        call = [said(0, 0, 4_000), said(1, 3_000, 6_000), said(0, 8_000, 9_000)]
        found = call_statistics(call, (0, 1), 10_000)
        assert [share.talk_ms for share in found.shares] == [5_000, 3_000]
        assert [share.talk_ratio for share in found.shares] == [0.625, 0.375]
        assert [share.interruptions for share in found.shares] == [0, 1]
        assert found.overlap_ms == 1_000
        assert found.silence_ratio == pytest.approx(0.3)

    def test_a_monologue_goes_on_over_ones_own_pauses(self) -> None:
        assert self.monologue(said(0, 1_000, 2_000), said(0, 5_000, 6_000)) == 5_000

    def test_a_turn_of_the_other_ends_it(self) -> None:
        other = said(1, 2_500, 2_500 + ANSWER_MS)
        assert self.monologue(said(0, 1_000, 2_000), other, said(0, 5_000, 6_500)) == 1_500

    def test_a_short_answer_does_not(self) -> None:
        other = said(1, 2_500, 2_500 + ANSWER_MS - 1)
        assert self.monologue(said(0, 1_000, 2_000), other, said(0, 5_000, 6_000)) == 5_000

    @pytest.mark.parametrize(
        ("start_ms", "end_ms", "wanted"),
        [
            (2_000, 4_000, 1),
            (2_000, 2_900, 0),
            (2_800, 4_000, 0),
            (1_100, 4_000, 0),
            (3_100, 4_000, 0),
        ],
    )
    def test_who_breaks_in(self, start_ms: int, end_ms: int, wanted: int) -> None:
        call = [said(0, 1_000, 3_000), said(1, start_ms, end_ms)]
        assert call_statistics(call, (0, 1), 10_000).shares[1].interruptions == wanted

    def test_nobody_speaks(self) -> None:
        found = call_statistics([], (0, 1), 10_000)
        assert found.silence_ratio == 1
        assert [share.talk_ratio for share in found.shares] == [0, 0]
        assert call_statistics([], (0,), 0).silence_ratio == 0
