"""`review.csv`: what a person should hear first, one doubtful piece a row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asrcli.clock import ms_to_seconds
from asrcli.pipeline.formats.parts import shown_path, table
from asrcli.review.worst import clip_path
from asrcli.wording import harmless

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asrcli.review.doubts import Doubt

COLUMNS = (
    "file", "channel", "sentence", "start", "end", "doubt", "reasons", "text", "confidence",
    "syllables_per_s", "snr_db", "level_db", "clipped", "clip",
)  # fmt: skip


def render(doubts: Sequence[Doubt], *, clips: bool) -> str:
    """A whole table.

    `start` and `end` are seconds; `sentence` counts from 1 in the recording and is empty for speech
    without text; `doubt` is 0 to 1; `clipped` is a share of the samples.

    Args:
        doubts: the worst first.
        clips: whether each lies as a file of its own, which `clip` then names.
    """
    rows = [
        _row(doubt, shown_path(clip_path(rank, doubt)) if clips else "")
        for rank, doubt in enumerate(doubts, 1)
    ]
    return table(COLUMNS, rows, separator=",", header=True)


def _row(doubt: Doubt, clip: str) -> tuple[str, ...]:
    sound = doubt.sound
    channel = "" if doubt.channel is None else str(doubt.channel + 1)
    return (
        harmless(shown_path(doubt.source.rel)),
        harmless(doubt.speaker or channel),
        "" if doubt.sentence is None else str(doubt.sentence),
        f"{ms_to_seconds(doubt.start_ms):.3f}",
        f"{ms_to_seconds(doubt.end_ms):.3f}",
        f"{doubt.score:.3f}",
        harmless("; ".join(reason.text for reason in doubt.reasons)),
        harmless(doubt.text),
        _shown(doubt.confidence, 3),
        _shown(doubt.rate, 1),
        _shown(sound.snr_db if sound else None, 1),
        _shown(sound.level_db if sound else None, 1),
        _shown(sound.clipped if sound else None, 4),
        clip,
    )


def _shown(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:.{digits}f}"
