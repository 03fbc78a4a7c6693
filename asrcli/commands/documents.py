"""What a run writes: opened before any work, and the clips of its review behind it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from asrcli.pipeline.write import Outputs
    from asrcli.settings import Settings
    from asrcli.values import SourceFile


def outputs_of(settings: Settings, folder: Path, sources: Sequence[SourceFile]) -> Outputs:
    """The outputs that the user asked for; nothing is touched yet.

    Raises:
        UsageError: the template of Word documents cannot be used.
    """
    from asrcli.pipeline.formats.docx import read_template
    from asrcli.pipeline.write import Outputs

    template = settings.docx_template
    return Outputs(
        folder,
        settings.format,
        settings.csv_encoding,
        order=sources,
        docx_template=read_template(Path(template)) if template else None,
        clips=settings.review_clips,
    )


def finish_review(
    outputs: Outputs, settings: Settings, folder: Path, note: Callable[[str], None]
) -> None:
    """Say how much is doubtful, and cut it out where that was asked for.

    Raises:
        RunError: nothing can be written.
    """
    from asrcli.segments.clips import cut_clips

    worst = outputs.worst
    if "review" in settings.format and worst.total:
        pieces = "1 piece" if worst.total == 1 else f"{worst.total} pieces"
        listed = (
            ""
            if len(worst.doubts) == worst.total
            else f" (the worst {len(worst.doubts)} are listed)"
        )
        note(f"{pieces} should be heard by a person{listed}: see review.csv")
    if settings.review_clips:
        cut_clips(worst.doubts, folder, note)
