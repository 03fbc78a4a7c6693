"""`asr models`: which models there are, where they are, and fetching one ahead."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from asrcli.commands.flags import settings_from
from asrcli.commands.options import Offline  # noqa: TC001 - typer looks at it when it runs
from asrcli.errors import ModelError

if TYPE_CHECKING:
    from asrcli.engines.catalog import CatalogModel

app = typer.Typer(
    no_args_is_help=True,
    help="The models: what there is, where it is, fetching one ahead.\n\n"
    "Example: asr models path fsmn-vad",
)


@app.command()
def path(
    name: Annotated[str, typer.Argument(metavar="NAME|DIR", help="A name of `asr models list`")],
    offline: Offline = None,
) -> None:
    """Print a model's folder, and fetch it first if it is not on this machine.

    Example: asr models path fsmn-vad
    """
    from asrcli.engines.hub import find_model

    settings = settings_from({"offline": offline}, Path.cwd())
    typer.echo(find_model(name, offline=settings.offline).path)


@app.command("list")
def list_models() -> None:
    """Show every model with a name, what it is for and where it is; touches no network.

    Example: asr models list
    """
    from rich.table import Table

    from asrcli.commands.screen import stdout_console
    from asrcli.engines.catalog import CATALOG, ROLE_OPTION

    table = Table("name", "option", "what it does", "size", "where", "licence", box=None)
    for model in CATALOG.values():
        size, where = _state(model)
        option = ROLE_OPTION[model.role]
        table.add_row(model.name, option, model.purpose, size, where, model.licence)
    stdout_console().print(table)


def _state(model: CatalogModel) -> tuple[str, str]:
    """The size and the place of a model, in words."""
    from asrcli.engines.hub import locate
    from asrcli.engines.model_folder import folder_size_bytes

    try:
        found = locate(model.name)
    except ModelError as error:
        return "", str(error)
    if found is None:
        return f"{megabytes(model.size_bytes)} to fetch", "not here"
    return megabytes(folder_size_bytes(found.path)), f"{found.where}: {found.path}"


def megabytes(size_bytes: int) -> str:
    """`1700000` -> `1.7 MB`."""
    size_mb = size_bytes / 1_000_000
    return f"{size_mb:.1f} MB" if size_mb < 10 else f"{size_mb:.0f} MB"
