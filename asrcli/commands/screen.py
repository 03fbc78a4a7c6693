"""Tables on stdout: as wide as the terminal, and one unbroken line for each row in a pipe."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.text import Text

UNBROKEN_COLUMNS = 10_000


def print_table(rows: Iterable[Sequence[str | Text]], *, headings: Sequence[str] = ()) -> None:
    """Print a table for people and pipes: a pipe gets no colours, no breaks, no trailing spaces.

    Args:
        rows: cells, as many in each row; a string is shown as it is, whatever brackets it holds.
        headings: as many, or none at all.
    """
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    cells = [[cell if isinstance(cell, Text) else Text(cell) for cell in row] for row in rows]
    table = Table(box=None, pad_edge=False, show_header=bool(headings))
    for heading in headings or [""] * max(map(len, cells), default=0):
        table.add_column(heading, overflow="fold")
    for row in cells:
        table.add_row(*row)
    if sys.stdout.isatty() or os.environ.get("COLUMNS"):
        Console(highlight=False).print(table)
        return
    console = Console(width=UNBROKEN_COLUMNS, no_color=True, force_terminal=False)
    with console.capture() as captured:
        console.print(table)
    for line in captured.get().splitlines():
        typer.echo(line.rstrip())
