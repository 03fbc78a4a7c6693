"""Stage 1, after the walk: recordings that are still being written are left for a later run."""

from __future__ import annotations

import stat
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable

    from asrcli.values import SourceFile

LOOKS_APART_S = 2.0
"""Between two looks at a file that may be growing."""


def settle(
    sources: Iterable[SourceFile],
    *,
    min_age_s: float,
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], None] | None = None,
) -> tuple[list[SourceFile], list[SourceFile]]:
    """Part recordings that can be read from those that are still being written.

    A file that changed within `min_age_s` is held back. Programs that copy a file may set its time
    back to that of the original; the time of its last change of any kind cannot be set, and where
    that is recent, the file is looked at twice and held back if it grew.

    Args:
        sources: what was found.
        min_age_s: seconds since the last change; 0 takes everything.
        clock: the wall clock in seconds.
        sleep: waits; called once at most.

    Returns:
        What to take and what is held back, both in order. What cannot be looked at is taken, so
        that loading it reports why.
    """
    found = list(sources)
    if not min_age_s:
        return found, []
    now = clock()
    looks = {source: _facts(source) for source in found}
    # Either way: a time in the far future is a wrong clock, not a file that is being written.
    held = {s for s, facts in looks.items() if facts and abs(now - facts.st_mtime) < min_age_s}
    doubtful = {
        source: facts
        for source, facts in looks.items()
        if facts and source not in held and abs(now - facts.st_ctime) < min_age_s
    }
    if doubtful:
        (sleep or time.sleep)(min(LOOKS_APART_S, min_age_s))
        held |= {s for s, facts in doubtful.items() if _identity(_facts(s)) != _identity(facts)}
    taken = [source for source in found if source not in held]
    return taken, [source for source in found if source in held]


def _facts(source: SourceFile) -> os.stat_result | None:
    """Facts of a regular file, or None."""
    try:
        facts = source.path.stat()
    except (OSError, ValueError):
        return None
    return facts if stat.S_ISREG(facts.st_mode) else None


def _identity(facts: os.stat_result | None) -> tuple[int, int, int] | None:
    return None if facts is None else (facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns)
