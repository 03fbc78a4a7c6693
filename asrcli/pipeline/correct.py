"""Between decoding and punctuation: near misses of hotwords, and the user's aliases, are mended.

An alias in force is always written as its word. Near misses are mended only where the user asked
for it, and only in tokens below a confidence; every change is recorded with what it replaced.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from asrcli.values import Correction

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asrcli.values import Decoded, HotwordSet


def correct(
    decoded: Decoded, hotwords: HotwordSet, *, threshold: float, keep: Sequence[str] = ()
) -> Decoded:
    """Write hotwords where they were nearly recognised.

    Args:
        decoded: one span.
        hotwords: the list in force.
        threshold: tokens with a confidence below it may change; 0 leaves all but aliases alone.
        keep: texts inside which nothing is changed, such as 伟大 beside the hotword 张玮.

    Returns:
        The span with its new tokens and `corrections`; itself where nothing changed. The span's
        first and last time stay what they were.
    """
    if not decoded.tokens or not (hotwords.aliases or (threshold and hotwords.words)):
        return decoded
    from asrcli.hotwords.repair import apply, repair

    repairs = repair(decoded.tokens, hotwords, threshold=threshold, blacklist=keep)
    if not repairs:
        return decoded
    corrections = tuple(
        Correction(
            start_ms=decoded.tokens[one.first].start_ms,
            end_ms=decoded.tokens[one.last - 1].end_ms,
            text=one.text,
            replaced=one.replaced,
            hotword=one.hotword,
            score=one.score,
        )
        for one in repairs
    )
    return replace(decoded, tokens=apply(decoded.tokens, repairs), corrections=corrections)
