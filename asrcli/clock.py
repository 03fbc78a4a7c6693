"""The one clock inside asrcli: samples at 16 kHz and milliseconds, both integers.

At 16 kHz one millisecond is exactly 16 samples, so the two convert without rounding as long as
a position lies on the millisecond grid. Seconds as floats exist only where something is printed.
"""

from typing import TypeAlias

Samples: TypeAlias = int
Millis: TypeAlias = int

SAMPLE_RATE = 16_000
SAMPLES_PER_MS = SAMPLE_RATE // 1000


def ms_to_samples(ms: Millis) -> Samples:
    """Exact position in samples of a time in milliseconds."""
    return ms * SAMPLES_PER_MS


def samples_to_ms(samples: Samples) -> Millis:
    """The last whole millisecond at or before a position in samples."""
    return samples // SAMPLES_PER_MS


def seconds_to_ms(seconds: float) -> Millis:
    """The nearest whole millisecond to a time in seconds."""
    return round(seconds * 1000)


def ms_to_seconds(ms: Millis) -> float:
    """A time in seconds, for people and files."""
    return ms / 1000
