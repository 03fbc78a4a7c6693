"""`asr history`: what was done, found and failed, and where something was said."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import typer

from asrcli.commands import night_options  # noqa: TC001 - typer looks at it when it runs
from asrcli.commands.history_upkeep import backup, export, retry
from asrcli.commands.journals import Files, Folder, open_journal, standings_of
from asrcli.commands.listing import Form, print_listing
from asrcli.errors import NothingToDoError, UsageError

app = typer.Typer(
    no_args_is_help=True,
    help="What was done, found and failed.\n\nExample: asr history runs",
)

Limit: TypeAlias = Annotated[int, typer.Option("--limit", min=1, help="Rows at most")]


@app.command()
def runs(limit: Limit = 20, form: Form = "table", journal: night_options.Journal = None) -> None:
    """List the newest runs, the last one last.

    Example: asr history runs
    """
    from asrcli.history import queries

    with open_journal(journal) as store:
        print_listing(queries.runs(store, limit=limit), form)


@app.command()
def files(
    name: Files = None,
    folder: Folder = None,
    status: Annotated[
        str, typer.Option("--status", metavar="WORD", help="done, empty, failed or set-aside")
    ] = "",
    form: Form = "table",
    journal: night_options.Journal = None,
) -> None:
    """List how recordings stand: done, without speech, failed and why, or set aside.

    Example: asr history files --status failed
    """
    from asrcli.history import queries

    if status not in {"", "done", "empty", "failed", "set-aside"}:
        raise UsageError(f"--status: {status!r} is not one of done, empty, failed, set-aside")
    with open_journal(journal) as store:
        found = standings_of(store, name, folder, status)
        print_listing(queries.files(found), form)


@app.command()
def show(
    what: Annotated[
        str, typer.Argument(metavar="RUN|FILE", help="Number of a run, or end of a file's path")
    ],
    form: Form = "table",
    journal: night_options.Journal = None,
) -> None:
    """Show what one run did, or the text of one recording with its times.

    Example: asr history show 12
    """
    from asrcli.history import queries

    with open_journal(journal) as store:
        if what.isdecimal():
            print_listing(queries.outcomes(store, int(what)), form)
            return
        found = standings_of(store, [what], None)
        print_listing(queries.texts(store, found), form)


@app.command()
def search(
    text: Annotated[str, typer.Argument(metavar="TEXT", help="Any part of what was said")],
    limit: Limit = 50,
    form: Form = "table",
    journal: night_options.Journal = None,
) -> None:
    """Find where something was said, and when in the recording; exits 4 where it was not.

    Example: asr history search 退款
    """
    from asrcli.history import queries
    from asrcli.history.search import search as find

    with open_journal(journal) as store:
        found = find(store, text, limit=limit)
        if not found:
            raise NothingToDoError(f"{text!r} was not found in any transcript of the journal")
        print_listing(queries.hits(found), form)


app.command()(retry)
app.command()(export)
app.command()(backup)
