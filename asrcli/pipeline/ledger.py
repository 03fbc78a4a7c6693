"""What the chain asks and tells while it works, so that nothing is done twice and nothing is lost.

The chain works without one as well; `asrcli.pipeline.journal` keeps one in a database.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from asrcli.values import Decoded, Outcome, RunContext, SourceFile, SpeechSpan, Transcript


@dataclass(frozen=True, slots=True)
class Known:
    """How a recording ended before; it is not decoded again.

    `outcome` is final. `transcript` is there where there is text, stated as of this run.
    `files_stand` says that the recording's own files are as they would be written now.
    """

    outcome: Outcome
    transcript: Transcript | None = None
    files_stand: bool = False


@dataclass(frozen=True, slots=True)
class Attempt:
    """Work on one recording under one set of settings, models and hotwords."""

    source: SourceFile
    sha256: str
    context: RunContext


class Ledger(Protocol):
    """Remembers from run to run.

    Calls come from several threads, never two at the same time; the work of all waits for them, so
    each is short. Every call may raise RunError, which ends the run.
    """

    def rounds(self, sources: Sequence[SourceFile]) -> Iterable[Sequence[SourceFile]]:
        """All sources in the order of work; one round has ended before the next begins."""
        ...

    def known(
        self, source: SourceFile, context: RunContext, digest: Callable[[], str]
    ) -> Known | None:
        """How this recording ended, if it need not be decoded.

        Args:
            source: as it was found.
            context: what is in force for it.
            digest: gives the SHA-256 of its content, and reads the file for it once; it raises
                RecordingError where that cannot be read.
        """
        ...

    def begin(self, attempt: Attempt) -> int:
        """The recording is about to be decoded.

        Returns:
            Which attempt this is, counted from 1.
        """
        ...

    def decoded_so_far(self, attempt: Attempt) -> Mapping[SpeechSpan, Decoded]:
        """What an earlier attempt that did not end has brought; asked after `begin`."""
        ...

    def decoded(self, results: Sequence[tuple[Attempt, Decoded]]) -> None:
        """What came back of a batch, before the same recogniser gets the next one."""
        ...

    def finished(
        self, outcome: Outcome, context: RunContext, transcript: Transcript | None
    ) -> None:
        """How a recording ended; its files are written.

        Once for each source of a round, except for known ones whose files stand; also for those
        that did not get as far as `begin`.
        """
        ...

    def stop(self) -> str:
        """Why nothing more is begun; empty to go on. Asked before each file and each batch.

        What is decoded to its end by then is finished and written; the rest has no outcome.
        """
        ...


class NoLedger:
    """Knows nothing, keeps nothing, never stops."""

    def rounds(self, sources: Sequence[SourceFile]) -> Iterable[Sequence[SourceFile]]:
        """All in one."""
        return (sources,)

    def known(self, _source: object, _context: object, _digest: object) -> Known | None:
        """Nothing."""
        return None

    def begin(self, _attempt: Attempt) -> int:
        """The first, as far as anyone knows."""
        return 1

    def decoded_so_far(self, _attempt: Attempt) -> Mapping[SpeechSpan, Decoded]:
        """Nothing."""
        return {}

    def decoded(self, _results: object) -> None:
        """Forget."""

    def finished(self, _outcome: object, _context: object, _transcript: object) -> None:
        """Forget."""

    def stop(self) -> str:
        """Go on."""
        return ""


NO_LEDGER = NoLedger()
