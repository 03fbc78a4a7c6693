"""The recordings of a folder, as every command that takes one looks for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asrcli.errors import NothingToDoError

if TYPE_CHECKING:
    from pathlib import Path

    from asrcli.settings import Settings
    from asrcli.values import SourceFile


def recordings_of(directory: Path, settings: Settings, output: Path | None) -> list[SourceFile]:
    """What the settings ask for; `output` is passed over.

    Raises:
        UsageError: the folder is not there, is no folder or cannot be listed.
        NothingToDoError: there is none, and that is not allowed.
    """
    from asrcli.pipeline.discover import discover

    found = discover(
        directory,
        recursive=settings.recursive,
        include=settings.include,
        exclude=settings.exclude,
        output=output,
        min_age_s=settings.min_age,
    )
    sources = list(found)
    if not sources and not settings.allow_empty:
        young = f" older than {settings.min_age:g} s" if settings.min_age else ""
        raise NothingToDoError(
            f"no recordings{young} in {directory}; check the path, or say --allow-empty"
        )
    return sources
