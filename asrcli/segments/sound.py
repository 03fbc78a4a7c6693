"""Pieces of sound: taken out of a stream to the sample, and encoded whole."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from asrcli.clock import SAMPLE_RATE
from asrcli.errors import RecordingError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from asrcli.audio.sound import Block
    from asrcli.clock import Samples
    from asrcli.values import FloatArray

_FLOAT = frozenset({"float", "double", "pcm_f32le", "pcm_f32be", "pcm_f64le", "pcm_f64be"})
_DEEP = frozenset(
    {
        *("pcm_24", "pcm_s24le", "pcm_s24be", "pcm_32", "pcm_s32le", "pcm_s32be"),
        *("alac", "flac", "wavpack", "tta", "ape", "mlp"),
    }
)
"""Codecs of more than 16 bits; FLAC and its like may have fewer, and then lose nothing."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """How a piece is written: container `wav` or `flac`, rate, and libsndfile's sample format."""

    container: str
    rate_hz: int = SAMPLE_RATE
    subtype: str = "PCM_16"


def encoding_of(container: str, rate_hz: int, sound_format: str) -> Encoding:
    """What keeps all that the file has.

    Args:
        container: `wav` or `flac`.
        rate_hz: of the file.
        sound_format: as its header says, container and codec; 16 bits hold what lossy codecs and
            the telephone's give, 24 bits what is finer. Floats stay floats, in FLAC 24 bits.
    """
    codec = sound_format.rsplit(maxsplit=1)[-1]
    if codec in _FLOAT:
        return Encoding(container, rate_hz, "FLOAT" if container == "wav" else "PCM_24")
    return Encoding(container, rate_hz, "PCM_24" if codec in _DEEP else "PCM_16")


def encoded(samples: FloatArray, encoding: Encoding) -> bytes:
    """A whole file. Samples that came from as many bits or fewer are written exactly.

    Args:
        samples: float32 [n_samples] or [n_samples, n_channels], full scale at 1; what is beyond
            it is clipped, what is finer than the format is rounded.
        encoding: how.

    Raises:
        RecordingError: the format cannot hold this sound.
    """
    import soundfile

    file = io.BytesIO()
    try:
        soundfile.write(
            file,
            _integers(samples, encoding.subtype),
            encoding.rate_hz,
            format=encoding.container.upper(),
            subtype=encoding.subtype,
        )
    except (soundfile.LibsndfileError, ValueError) as error:
        count = 1 if samples.ndim == 1 else samples.shape[1]
        raise RecordingError(
            f"{encoding.container} cannot hold {count} channels at {encoding.rate_hz} Hz; "
            "choose another --audio, or leave out --original"
        ) from error
    return file.getvalue()


def frame_of(place: Samples, rate_hz: int) -> int:
    """The frame of a file nearest to a place on the 16 kHz clock.

    It never decreases from one place to the next, so that pieces that do not overlap on the clock
    do not overlap in the file.
    """
    return (2 * place * rate_hz + SAMPLE_RATE) // (2 * SAMPLE_RATE)


def pieces(
    blocks: Iterable[Block], borders: Sequence[Samples], rate_hz: int
) -> Iterator[FloatArray]:
    """The file's own sound between borders; end to end the pieces are the file.

    Args:
        blocks: all of the file's sound: float32 [n_frames, n_channels].
        borders: places on the 16 kHz clock, the first 0, the last the end of the recording.
        rate_hz: of the file.

    Yields:
        float32 [n_frames, n_channels], one for each two neighbouring borders.

    Raises:
        RecordingError: the rate changes on the way, or the file is not as long as the borders say.
    """
    taken = Taker(blocks, rate_hz)
    for border in borders[1:-1]:
        yield taken.until(frame_of(border, rate_hz))
    rest = taken.rest()
    if abs(taken.frames - frame_of(borders[-1], rate_hz)) > 1 + rate_hz // SAMPLE_RATE:
        raise RecordingError("changed while it was read; run again when it is complete")
    yield rest


class Taker:
    """Takes frames off a stream of blocks."""

    def __init__(self, blocks: Iterable[Block], rate_hz: int) -> None:
        self._blocks = iter(blocks)
        self._rate_hz = rate_hz
        self._held: list[FloatArray] = []
        self._held_frames = 0
        self.frames = 0
        """How many were taken."""

    def until(self, frame: int) -> FloatArray:
        """Float32 [n_frames, n_channels] from where the last piece ended up to `frame`."""
        wanted = frame - self.frames
        # The first block says how many channels an empty piece has.
        while (not self._held or self._held_frames < wanted) and self._read():
            pass
        return self._take(min(wanted, self._held_frames))

    def rest(self) -> FloatArray:
        """Float32 [n_frames, n_channels]: all that is left."""
        while self._read():
            pass
        return self._take(self._held_frames)

    def _read(self) -> bool:
        block = next(self._blocks, None)
        if block is None:
            return False
        if block.rate_hz != self._rate_hz:
            raise RecordingError("its sample rate changes on the way; leave out --original")
        if self._held and block.samples.shape[1] != self._held[0].shape[1]:
            raise RecordingError("its channels change on the way; leave out --original")
        # A decoder may use its buffer again.
        self._held.append(np.nan_to_num(block.samples, nan=0.0, posinf=0.0, neginf=0.0))
        self._held_frames += len(block.samples)
        return True

    def _take(self, count: int) -> FloatArray:
        together = np.concatenate(self._held) if self._held else np.empty((0, 1), np.float32)
        # A copy, so that a short rest does not keep a long piece in memory.
        self._held, self._held_frames = [together[count:].copy()], len(together) - count
        self.frames += count
        return together[:count]


def _integers(samples: FloatArray, subtype: str) -> np.ndarray:
    """The numbers to store. libsndfile itself would scale by one less than full scale."""
    if subtype == "FLOAT":
        return samples
    bits = int(subtype.removeprefix("PCM_"))
    full = 1 << (bits - 1)
    scaled = np.clip(np.rint(samples.astype(np.float64) * full), -full, full - 1)
    if bits == 16:
        return scaled.astype(np.int16)
    # Of 32-bit numbers libsndfile stores the upper bits.
    return scaled.astype(np.int32) << (32 - bits)
