"""What is in a folder, without decoding any of it: `--dry-run`."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from asrcli.errors import ExitCode, RecordingError
from asrcli.wording import hours, one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from asrcli.clock import Millis
    from asrcli.pipeline.load import Probe
    from asrcli.values import SourceFile

KIND_HEADINGS = ("format", "rate", "channels", "files", "audio")
UNREADABLE_HEADINGS = ("unreadable", "reason")


@dataclass(frozen=True, slots=True, order=True)
class Kind:
    """What recordings have in common: container or codec, sample rate, number of channels."""

    format: str
    rate_hz: int
    channels: int


@dataclass(slots=True)
class Survey:
    """Readable recordings by kind, and the others with their reasons."""

    files: Counter[Kind] = field(default_factory=Counter)
    audio_ms: Counter[Kind] = field(default_factory=Counter)
    unknown_length: Counter[Kind] = field(default_factory=Counter)
    """How many of a kind do not state their length; they are missing from `audio_ms`."""
    unreadable: list[tuple[SourceFile, str]] = field(default_factory=list)
    size_bytes: int = 0

    def exit_code(self, allow_empty: bool = False) -> ExitCode:
        """The code that a real run over the same files would have at best."""
        if self.unreadable:
            return ExitCode.SOME_FAILED
        if not self.files and not allow_empty:
            return ExitCode.NOTHING_TO_DO
        return ExitCode.OK

    def kind_rows(self) -> list[tuple[str, str, str, str, str]]:
        """Cells under `KIND_HEADINGS`, the most frequent kind first."""
        return [
            (
                one_line(kind.format),
                f"{kind.rate_hz} Hz",
                str(kind.channels),
                str(count),
                self._length(kind),
            )
            for kind, count in sorted(self.files.items(), key=lambda item: (-item[1], item[0]))
        ]

    def unreadable_rows(self) -> list[tuple[str, str]]:
        """Cells under `UNREADABLE_HEADINGS`, every file by name."""
        return [(one_line(str(file.rel)), one_line(reason)) for file, reason in self.unreadable]

    def last_line(self) -> str:
        """`412 recordings, 96.4 h, 11213.5 MB, 3 unreadable`."""
        total = self.files.total() + len(self.unreadable)
        audio_ms: Millis = self.audio_ms.total()
        return (
            f"{total} recording{'' if total == 1 else 's'}, {hours(audio_ms)}, "
            f"{self.size_bytes / 1e6:.1f} MB, {len(self.unreadable)} unreadable"
        )

    def _length(self, kind: Kind) -> str:
        unknown = self.unknown_length[kind]
        return hours(self.audio_ms[kind]) + (f" + {unknown} unknown" if unknown else "")


def survey(sources: Iterable[SourceFile], probe: Callable[[SourceFile], Probe]) -> Survey:
    """Look at the head of every file.

    Args:
        sources: the files that a run would take.
        probe: reads a file's head; RecordingError is the reason why it is unreadable.
    """
    found = Survey()
    for source in sources:
        found.size_bytes += source.size_bytes
        try:
            head = probe(source)
        except RecordingError as error:
            found.unreadable.append((source, str(error)))
            continue
        kind = Kind(head.format, head.rate_hz, head.channels)
        found.files[kind] += 1
        if head.duration_ms is None:
            found.unknown_length[kind] += 1
        else:
            found.audio_ms[kind] += head.duration_ms
    return found
