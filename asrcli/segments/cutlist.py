"""The segments of one recording: what every manifest is written from."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from asrcli.clock import SAMPLE_RATE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePath

    from asrcli.clock import Samples
    from asrcli.values import SourceFile, SpeechSpan, Track

_MILLISECONDS = Decimal("0.001")


@dataclass(frozen=True, slots=True)
class CutList:
    """One recording, or one channel of it, and where its segments lie.

    `length` and the spans count samples at 16 kHz; the spans are ordered, disjoint and inside.
    `channel` is zero-based, None where all were mixed. `audio` holds the file of each span from
    the output folder, or nothing where no sound was written.
    """

    source: SourceFile
    sha256: str
    length: Samples
    source_rate_hz: int
    source_channels: int
    channel: int | None
    spans: tuple[SpeechSpan, ...]
    audio: tuple[PurePath, ...] = ()

    @classmethod
    def of(cls, track: Track, spans: tuple[SpeechSpan, ...]) -> CutList:
        """The spans of one lane."""
        return cls(
            source=track.source,
            sha256=track.sha256,
            length=track.length,
            source_rate_hz=track.source_rate_hz,
            source_channels=track.source_channels,
            channel=track.channel,
            spans=spans,
        )

    @property
    def speech(self) -> Samples:
        """Length of all segments together."""
        return sum(span.length for span in self.spans)

    @property
    def cuts(self) -> int:
        """How many segments end at the limit instead of a pause."""
        return sum(span.forced_cut for span in self.spans)

    def stretches(self) -> Iterator[tuple[Samples, Samples, SpeechSpan | None]]:
        """Segments and the gaps around them in order: end to end they are the recording."""
        at = 0
        for span in self.spans:
            if span.start > at:
                yield at, span.start, None
            yield span.start, span.end, span
            at = span.end
        if self.length > at:
            yield at, self.length, None


def seconds(samples: Samples) -> str:
    """A time in seconds, exact to the sample: three decimals, more where they are needed."""
    exact = Decimal(samples) / SAMPLE_RATE
    return f"{exact.quantize(_MILLISECONDS) if exact == round(exact, 3) else exact:f}"
