"""A listing on stdout: a table for people, CSV or JSON for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

if TYPE_CHECKING:
    from asrcli.history.queries import Listing

FORMS = ("table", "csv", "json")

Form: TypeAlias = Annotated[
    str, typer.Option("--as", metavar="FORM", help="table, csv or json", show_default=True)
]


def print_listing(listing: Listing, form: str) -> None:
    """Print a listing.

    Raises:
        UsageError: the form is none.
    """
    from asrcli.commands.screen import print_table
    from asrcli.errors import UsageError
    from asrcli.wording import one_line

    if form not in FORMS:
        raise UsageError(f"--as: {form!r} is not one of {', '.join(FORMS)}")
    if form == "table":
        rows = [["" if cell is None else one_line(str(cell)) for cell in r] for r in listing.rows]
        print_table(rows, headings=listing.columns)
    else:
        typer.echo(as_text(listing, form), nl=False)


def as_text(listing: Listing, form: str) -> str:
    """A listing as CSV, safe to open in a spreadsheet, or as JSON: a list of objects."""
    import pandas as pd

    from asrcli.wording import harmless

    rows = listing.rows
    if form == "csv":
        rows = [[harmless(cell) if isinstance(cell, str) else cell for cell in row] for row in rows]
    # As objects: a column of numbers with gaps would turn them into floats.
    frame = pd.DataFrame(list(rows), columns=list(listing.columns), dtype=object)
    if form == "csv":
        return str(frame.to_csv(index=False, lineterminator="\n"))
    return f"{frame.to_json(orient='records', force_ascii=False, indent=2)}\n"
