"""Recordings one after the other: each is heard, its segments are taken, one outcome comes out."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeAlias

from asrcli.clock import seconds_to_ms
from asrcli.errors import RecordingError
from asrcli.values import Outcome, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from asrcli.progress import Display
    from asrcli.segments.hearing import Heard
    from asrcli.values import SourceFile

    Hear: TypeAlias = Callable[[SourceFile], Heard]
    Take: TypeAlias = Callable[[Heard], tuple[Path, ...]]


def outcomes(
    sources: Sequence[SourceFile], hear: Hear, take: Take, display: Display
) -> Iterator[Outcome]:
    """One for each source, in their order.

    Args:
        sources: the files.
        hear: loads one and finds its segments.
        take: does something with what was heard; gives the files that it wrote.
        display: is told before and after each.
    """
    display.start(len(sources), sum(source.size_bytes for source in sources))
    for source in sources:
        display.stage("split", source.rel.name)
        outcome = _outcome(source, hear, take)
        yield outcome
        display.finished(outcome)


def _outcome(source: SourceFile, hear: Hear, take: Take) -> Outcome:
    started = time.monotonic()
    try:
        heard = hear(source)
        files = take(heard)
    except RecordingError as error:
        return Outcome(source, Status.FAILED, str(error), wall_ms=_since(started))
    done = any(cut.spans for cut in heard.cuts)
    return Outcome(
        source,
        Status.DONE if done else Status.EMPTY,
        "" if done else "no speech",
        files,
        audio_ms=heard.audio_ms,
        wall_ms=_since(started),
    )


def _since(started: float) -> int:
    return seconds_to_ms(time.monotonic() - started)
