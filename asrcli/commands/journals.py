"""Which journal a command means, and which of its recordings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from asrcli.commands.flags import settings_from
from asrcli.errors import UsageError
from asrcli.settings import NO_JOURNAL

if TYPE_CHECKING:
    from asrcli.history.queries import Standing
    from asrcli.history.store import Store
    from asrcli.settings import Settings

Folder: TypeAlias = Annotated[
    Path | None, typer.Option("--in", metavar="DIR", help="Only what stands in this output folder")
]
Files: TypeAlias = Annotated[
    list[str] | None,
    typer.Argument(metavar="FILE...", help="Recordings, by any end of their paths; all without"),
]


def journal_path(settings: Settings) -> Path | None:
    """The file of the journal; None for one that is gone after the run."""
    from asrcli.history.store import default_path

    if settings.journal == NO_JOURNAL:
        return None
    return Path(settings.journal) if settings.journal else default_path()


def open_journal(journal: str | None) -> Store:
    """The journal that an option, the environment or the settings file names; it must be there.

    Raises:
        UsageError: there is none.
        RunError: it is damaged, or of a newer version.
    """
    from asrcli.history.store import Store

    path = journal_path(settings_from({"journal": journal}, Path()))
    if path is None or not path.is_file():
        named = NO_JOURNAL if path is None else path
        raise UsageError(f"there is no journal at {named}; a run makes one, --journal names one")
    return Store(path)


def standings_of(
    store: Store, names: list[str] | None, folder: Path | None, status: str = ""
) -> list[Standing]:
    """How the recordings stand that a user names.

    Raises:
        UsageError: names were given, and the journal knows none of them.
    """
    from asrcli.history import queries

    found = [
        one
        for name in names or [""]
        for one in queries.standings(store, output=folder, status=status, name=name)
    ]
    if not found and names:
        raise UsageError(f"the journal knows no recording {names[0]}; asr history files lists them")
    return list(dict.fromkeys(found))
