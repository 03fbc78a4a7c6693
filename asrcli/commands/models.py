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
    from asrcli.commands.screen import print_table
    from asrcli.engines.catalog import CATALOG, ROLE_OPTION

    rows = [
        (model.name, ROLE_OPTION[model.role], model.purpose, *_state(model), model.licence)
        for model in CATALOG.values()
    ]
    print_table(rows, headings=("name", "option", "what it does", "size", "where", "licence"))


def _state(model: CatalogModel) -> tuple[str, str]:
    """The size and the place of a model, in words."""
    from asrcli.engines.hub import locate
    from asrcli.engines.model_folder import folder_size_bytes

    try:
        found = locate(model.name)
    except ModelError as error:
        return "", str(error)
    if found is None:
        return f"{readable_size(model.size_bytes)} to fetch", "not here"
    return readable_size(folder_size_bytes(found.path)), f"{found.where}: {found.path}"


def readable_size(size_bytes: int) -> str:
    """`1700000` -> `1.7 MB`."""
    size_mb = size_bytes / 1_000_000
    if size_mb >= 1000:
        return f"{size_mb / 1000:.1f} GB"
    return f"{size_mb:.1f} MB" if size_mb < 10 else f"{size_mb:.0f} MB"
