"""The recordings of a folder, as every command that takes one looks for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from asrcli.errors import NothingToDoError

if TYPE_CHECKING:
    from pathlib import Path

    from asrcli.settings import Settings
    from asrcli.values import SourceFile


@dataclass(frozen=True, slots=True)
class Found:
    """The recordings to take, and those that are still being written."""

    sources: list[SourceFile]
    held_back: list[SourceFile]


def recordings_of(directory: Path, settings: Settings, output: Path | None) -> list[SourceFile]:
    """What the settings ask for; `output` is passed over.

    Raises:
        UsageError: the folder is not there, is no folder or cannot be listed.
        NothingToDoError: there is none, and that is not allowed.
    """
    return look_into(directory, settings, output).sources


def look_into(directory: Path, settings: Settings, output: Path | None) -> Found:
    """As `recordings_of`, with what is left alone because it is still being written."""
    from asrcli.pipeline.discover import discover
    from asrcli.pipeline.settle import settle

    found = discover(
        directory,
        recursive=settings.recursive,
        include=settings.include,
        exclude=settings.exclude,
        output=output,
    )
    sources, held_back = settle(found, min_age_s=settings.min_age)
    if not sources and not settings.allow_empty:
        young = f" older than {settings.min_age:g} s" if settings.min_age else ""
        raise NothingToDoError(
            f"no recordings{young} in {directory}; check the path, or say --allow-empty"
        )
    return Found(sources, held_back)
