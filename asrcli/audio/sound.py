"""What every decoder hands out, and the words in which it says that a file cannot be used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

from asrcli.errors import RecordingError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asrcli.clock import Millis
    from asrcli.values import FloatArray

MIN_RATE_HZ = 1_000
MAX_RATE_HZ = 768_000
MAX_CHANNELS = 64
MISSING_MS = 250
"""What may be missing at the end of a file: decoders and headers differ by a frame or two."""


class Block(NamedTuple):
    """A piece of sound: float32 [n_frames, n_channels] at `rate_hz`, full scale at 1."""

    samples: FloatArray
    rate_hz: int


@dataclass(frozen=True, slots=True)
class Header:
    """What a file says about itself; `duration_ms` is None where it says nothing."""

    format: str
    rate_hz: int
    channels: int
    duration_ms: Millis | None


class Sound(Protocol):
    """An opened file."""

    @property
    def header(self) -> Header:
        """What the file says about itself."""
        ...

    def blocks(self) -> Iterator[Block]:
        """All of the sound, in order, once.

        Raises:
            RecordingError: at the place where it cannot be decoded, or at the end if less came
                than the file promises.
        """
        ...


def check_header(header: Header) -> None:
    """Refuse what no recorder writes, before anything is allocated for it.

    Raises:
        RecordingError: the rate or the number of channels is absurd.
    """
    if not MIN_RATE_HZ <= header.rate_hz <= MAX_RATE_HZ:
        raise RecordingError(f"damaged header: a sample rate of {header.rate_hz} Hz")
    if not 1 <= header.channels <= MAX_CHANNELS:
        raise RecordingError(f"damaged header: {header.channels} channels")


def require_all(got_ms: Millis, promised_ms: Millis) -> None:
    """Compare what there is with what the file promises.

    Raises:
        RecordingError: more than `MISSING_MS` are missing. A transcript of the rest would look
            complete and would not be.
    """
    if promised_ms - got_ms > MISSING_MS:
        raise RecordingError(f"truncated: {shown(got_ms)} of {shown(promised_ms)}")


def shown(ms: Millis) -> str:
    """A length for people: `3.2 s`."""
    return f"{ms / 1000:.1f} s"
