from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asrcli.clock import ms_to_samples
from asrcli.segments.regions import Shape, shaped
from tests.segments.cuts import Region, region_lists


def ms(
    *regions: Region, length_ms: int = 10_000, limit_ms: int = 30_000, **options: int
) -> list[tuple[float, float]]:
    """Shape regions given in milliseconds."""
    scaled = [(ms_to_samples(start), ms_to_samples(end)) for start, end in regions]
    shape = Shape(limit_ms=limit_ms, **options)
    found = shaped(scaled, ms_to_samples(length_ms), shape)
    return [(start / 16, end / 16) for start, end in found]


shapes = st.builds(
    Shape,
    limit_ms=st.integers(100, 500),
    merge_gap_ms=st.integers(0, 60),
    min_speech_ms=st.integers(0, 80),
    pad_ms=st.integers(0, 60),
)


class TestWhateverTheVadSays:
    @given(region_lists(), shapes)
    def test_regions_stay_ordered_disjoint_and_inside(
        self, case: tuple[int, list[Region]], shape: Shape
    ) -> None:
        length, regions = case
        found = list(shaped(regions, length, shape))
        borders = [0, *itertools.chain.from_iterable(found), length]
        assert borders == sorted(borders)
        assert all(start < end for start, end in found)

    @given(region_lists(), shapes)
    def test_every_long_enough_region_is_kept_whole(
        self, case: tuple[int, list[Region]], shape: Shape
    ) -> None:
        length, regions = case
        found = list(shaped(regions, length, shape))
        for start, end in regions:
            if end - start >= ms_to_samples(shape.min_speech_ms):
                assert any(low <= start and end <= high for low, high in found)

    @given(region_lists(grid=16), shapes)
    def test_neither_joining_nor_padding_goes_over_the_limit(
        self, case: tuple[int, list[Region]], shape: Shape
    ) -> None:
        length, regions = case
        limit = ms_to_samples(shape.limit_ms)
        longest = max((end - start for start, end in regions), default=0)
        if longest <= limit:
            assert all(end - start <= limit for start, end in shaped(regions, length, shape))

    @given(region_lists())
    def test_zeros_change_nothing(self, case: tuple[int, list[Region]]) -> None:
        length, regions = case
        assert list(shaped(regions, length, Shape(limit_ms=1_000))) == regions

    @given(region_lists(), shapes)
    def test_regions_may_come_one_by_one(
        self, case: tuple[int, list[Region]], shape: Shape
    ) -> None:
        length, regions = case
        assert list(shaped(iter(regions), length, shape)) == list(shaped(regions, length, shape))


class TestJoining:
    def test_gaps_up_to_the_limit_given(self) -> None:
        regions = [(0, 1_000), (1_300, 2_000), (2_301, 3_000)]
        assert ms(*regions, merge_gap_ms=300) == [(0, 2_000), (2_301, 3_000)]

    def test_regions_that_touch_stay_two_without_it(self) -> None:
        assert ms((0, 1_000), (1_000, 2_000)) == [(0, 1_000), (1_000, 2_000)]
        assert ms((0, 1_000), (1_000, 2_000), merge_gap_ms=1) == [(0, 2_000)]

    def test_never_beyond_the_longest_segment(self) -> None:
        regions = [(0, 4_000), (4_100, 6_000), (6_100, 9_000)]
        found = ms(*regions, merge_gap_ms=500, limit_ms=6_000)
        assert found == [(0, 6_000), (6_100, 9_000)]


class TestSortingOut:
    def test_what_is_short_goes(self) -> None:
        assert ms((0, 199), (1_000, 1_200), min_speech_ms=200) == [(1_000, 1_200)]

    def test_a_short_word_beside_a_sentence_belongs_to_it(self) -> None:
        found = ms((0, 100), (300, 2_000), (5_000, 5_100), merge_gap_ms=200, min_speech_ms=150)
        assert found == [(0, 2_000)]


class TestPadding:
    def test_both_sides(self) -> None:
        assert ms((1_000, 2_000), pad_ms=200) == [(800, 2_200)]

    def test_not_over_the_ends_of_the_recording(self) -> None:
        assert ms((100, 9_950), pad_ms=200) == [(0, 10_000)]

    def test_a_narrow_gap_is_shared_in_its_middle(self) -> None:
        assert ms((0, 1_000), (1_300, 2_000), pad_ms=200) == [(0, 1_150), (1_150, 2_200)]

    @pytest.mark.parametrize("limit_ms", [1_000, 1_100, 1_101])
    def test_never_so_much_that_a_cut_is_needed(self, limit_ms: int) -> None:
        ((start, end),) = ms((5_000, 6_000), pad_ms=300, limit_ms=limit_ms)
        assert (start <= 5_000, end >= 6_000) == (True, True)
        assert end - start == limit_ms

    def test_what_is_cut_anyway_is_padded_in_full(self) -> None:
        assert ms((2_000, 8_000), pad_ms=300, limit_ms=5_000) == [(1_700, 8_300)]

    def test_room_that_one_side_cannot_use_goes_to_the_other(self) -> None:
        assert ms((100, 1_000), pad_ms=500, limit_ms=1_200) == [(0, 1_200)]
