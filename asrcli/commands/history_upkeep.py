"""`asr history retry`, `export` and `backup`: what the journal is good for beside looking at it."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer looks at it when it runs
from typing import Annotated

import typer

from asrcli.commands import night_options  # noqa: TC001 - typer looks at it when it runs
from asrcli.commands.journals import Files, Folder, open_journal, standings_of
from asrcli.commands.listing import as_text
from asrcli.errors import UsageError


def retry(name: Files = None, folder: Folder = None, journal: night_options.Journal = None) -> None:
    """Let the next run try again what failed or was set aside.

    Example: asr history retry
    """
    from asrcli.history import queries

    with open_journal(journal) as store:
        count = queries.retry(store, standings_of(store, name, folder))
    typer.echo(f"{count} recording{'' if count == 1 else 's'} will be tried again by the next run")


def export(
    target: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="Ends with .csv or .json")
    ],
    name: Files = None,
    folder: Folder = None,
    journal: night_options.Journal = None,
) -> None:
    """Write the text of all recordings, or of some, into one table.

    Example: asr history export -o all.csv
    """
    from asrcli.files import atomic_write
    from asrcli.history import queries

    form, encoding = target.suffix.lower().removeprefix("."), "utf-8"
    if form not in {"csv", "json"}:
        raise UsageError(f"-o {target}: the name must end with .csv or .json")
    if form == "csv":
        encoding = "utf-8-sig"  # so that Excel shows Chinese
    with open_journal(journal) as store:
        listing = queries.texts(store, standings_of(store, name, folder))
    atomic_write(target, as_text(listing, form).encode(encoding, "backslashreplace"))
    typer.echo(f"{len(listing.rows)} rows in {target}")


def backup(
    target: Annotated[Path, typer.Argument(metavar="FILE", help="Where the copy goes")],
    journal: night_options.Journal = None,
) -> None:
    """Copy the journal, also while a run is at work, and check the copy.

    Example: asr history backup history-copy.db
    """
    with open_journal(journal) as store:
        store.back_up(target)
    typer.echo(f"a whole copy is in {target}")
