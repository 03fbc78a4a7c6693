from __future__ import annotations

import io
import itertools
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from asrcli.audio.sound import Block
from asrcli.errors import RecordingError
from asrcli.segments.sound import Encoding, Taker, encoded, encoding_of, frame_of, pieces

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asrcli.values import FloatArray


def decoded(data: bytes, dtype: str = "int16") -> tuple[npt.NDArray[np.generic], int]:
    return soundfile.read(io.BytesIO(data), dtype=dtype)  # type: ignore[no-any-return]


def every_int16() -> npt.NDArray[np.int16]:
    return np.arange(-(1 << 15), 1 << 15).astype(np.int16)


class TestEncoded:
    @pytest.mark.parametrize("container", ["wav", "flac"])
    def test_sixteen_bits_come_back_exactly(self, container: str) -> None:
        samples = every_int16()
        data = encoded(samples.astype(np.float32) / np.float32(32_768), Encoding(container))
        found, rate = decoded(data)
        assert rate == 16_000
        assert np.array_equal(found, samples)

    @pytest.mark.parametrize("container", ["wav", "flac"])
    def test_twenty_four_bits_come_back_exactly(self, container: str) -> None:
        samples = np.random.default_rng(0).integers(-(1 << 23), 1 << 23, 10_000)
        samples[:2] = (-(1 << 23), (1 << 23) - 1)
        sound = (samples / (1 << 23)).astype(np.float32)
        found, _ = decoded(encoded(sound, Encoding(container, 48_000, "PCM_24")), "int32")
        assert np.array_equal(found.astype(np.int64) >> 8, samples)

    def test_floats_come_back_exactly(self) -> None:
        sound = np.random.default_rng(0).normal(0, 1, (1_000, 2)).astype(np.float32)
        found, rate = decoded(encoded(sound, Encoding("wav", 44_100, "FLOAT")), "float32")
        assert rate == 44_100
        assert np.array_equal(found, sound)

    def test_what_is_finer_is_rounded_and_what_is_louder_clipped(self) -> None:
        sound = np.array([0.4, 0.6, -0.6, 40_000, -40_000], np.float32) / np.float32(32_768)
        found, _ = decoded(encoded(sound, Encoding("wav")))
        assert found.tolist() == [0, 1, -1, 32_767, -32_768]

    def test_what_a_format_cannot_hold_is_this_recordings_error(self) -> None:
        with pytest.raises(RecordingError, match=r"^flac cannot hold 9 channels at 16000 Hz; "):
            encoded(np.zeros((10, 9), np.float32), Encoding("flac"))


@pytest.mark.parametrize(
    ("sound_format", "wav", "flac"),
    [
        ("wav pcm_16", "PCM_16", "PCM_16"),
        ("wav alaw", "PCM_16", "PCM_16"),
        ("wav pcm_u8", "PCM_16", "PCM_16"),
        ("flac pcm_24", "PCM_24", "PCM_24"),
        ("wav pcm_32", "PCM_24", "PCM_24"),
        ("wav g721_32", "PCM_16", "PCM_16"),
        ("wav float", "FLOAT", "PCM_24"),
        ("mov,mp4 alac", "PCM_24", "PCM_24"),
        ("mp3 mp3float", "PCM_16", "PCM_16"),
    ],
)
def test_the_encoding_keeps_what_the_file_has(sound_format: str, wav: str, flac: str) -> None:
    assert encoding_of("wav", 8_000, sound_format) == Encoding("wav", 8_000, wav)
    assert encoding_of("flac", 8_000, sound_format) == Encoding("flac", 8_000, flac)


class TestFrames:
    @given(st.integers(0, 10**9), st.integers(1_000, 768_000))
    def test_the_nearest_frame(self, place: int, rate_hz: int) -> None:
        assert abs(frame_of(place, rate_hz) - place * rate_hz / 16_000) <= 0.5 + 1e-6

    @given(st.lists(st.integers(0, 10**7), min_size=2), st.integers(1_000, 768_000))
    def test_they_never_turn_back(self, places: list[int], rate_hz: int) -> None:
        frames = [frame_of(place, rate_hz) for place in sorted(places)]
        assert frames == sorted(frames)

    def test_at_the_same_rate_they_are_the_places(self) -> None:
        assert [frame_of(place, 16_000) for place in (0, 1, 999)] == [0, 1, 999]


def blocks(sound: FloatArray, sizes: list[int], rate_hz: int) -> list[Block]:
    edges = [0, *itertools.accumulate(sizes)]
    cuts = [edge for edge in edges if edge < len(sound)] + [len(sound)]
    return [Block(sound[a:b], rate_hz) for a, b in itertools.pairwise(cuts)]


@st.composite
def cases(draw: st.DrawFn) -> tuple[FloatArray, list[Block], list[int], int]:
    """A file, how it is decoded, borders on the 16 kHz clock, its rate."""
    rate_hz = draw(st.sampled_from([8_000, 11_025, 16_000, 22_050, 44_100, 48_000]))
    frames = draw(st.integers(1, 5_000))
    sound = np.arange(2 * frames, dtype=np.float32).reshape(-1, 2)
    sizes = draw(st.lists(st.integers(1, 2_000), max_size=8))
    length = frames * 16_000 // rate_hz
    inner = draw(st.lists(st.integers(0, length), max_size=8))
    return sound, blocks(sound, sizes, rate_hz), [0, *sorted(inner), length], rate_hz


class TestPieces:
    @given(cases())
    def test_end_to_end_they_are_the_file(
        self, case: tuple[FloatArray, list[Block], list[int], int]
    ) -> None:
        sound, stream, borders, rate_hz = case
        found = list(pieces(stream, borders, rate_hz))
        assert len(found) == len(borders) - 1
        assert np.array_equal(np.concatenate(found), sound)

    @given(cases())
    def test_each_begins_where_its_border_lies(
        self, case: tuple[FloatArray, list[Block], list[int], int]
    ) -> None:
        sound, stream, borders, rate_hz = case
        for border, piece in zip(borders, pieces(stream, borders, rate_hz), strict=False):
            at = frame_of(border, rate_hz)
            assert np.array_equal(piece, sound[at : at + len(piece)])

    def test_a_file_that_changed_is_noticed(self) -> None:
        sound = np.zeros((1_000, 1), np.float32)
        for length in (900, 1_100):
            with pytest.raises(RecordingError, match="changed while it was read"):
                list(pieces([Block(sound, 16_000)], [0, 500, length], 16_000))

    def test_a_rate_that_changes_is_refused(self) -> None:
        sound = np.zeros((100, 1), np.float32)
        stream = [Block(sound, 16_000), Block(sound, 8_000)]
        with pytest.raises(RecordingError, match="sample rate changes"):
            list(pieces(stream, [0, 300], 16_000))

    def test_channels_that_change_are_refused(self) -> None:
        stream = [Block(np.zeros((100, n), np.float32), 16_000) for n in (1, 2)]
        with pytest.raises(RecordingError, match="channels change"):
            list(pieces(stream, [0, 200], 16_000))

    def test_what_is_no_number_becomes_zero(self) -> None:
        sound = np.array([[np.nan], [np.inf], [0.5], [-np.inf]], np.float32)
        (piece,) = pieces([Block(sound, 16_000)], [0, 4], 16_000)
        assert piece.ravel().tolist() == [0.0, 0.0, 0.5, 0.0]


def test_a_decoder_may_use_its_buffer_again() -> None:
    buffer = np.zeros((4, 1), np.float32)

    def stream() -> Iterator[Block]:
        for value in (1, 2):
            buffer[:] = value
            yield Block(buffer, 16_000)

    taker = Taker(stream(), 16_000)
    assert taker.until(6).ravel().tolist() == [1, 1, 1, 1, 2, 2]
    assert taker.rest().ravel().tolist() == [2, 2]
    assert taker.frames == 8
