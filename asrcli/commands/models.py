"""`asr models`: which models there are, where they are, fetching, checking and passing them on."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from asrcli.commands.flags import settings_from
from asrcli.commands.options import Offline  # noqa: TC001 - typer looks at it when it runs
from asrcli.errors import ExitCode, ModelError, UsageError

if TYPE_CHECKING:
    from asrcli.settings import Settings

app = typer.Typer(
    no_args_is_help=True,
    help="The models: what there is, fetching ahead, checking, passing on.\n\n"
    "Example: asr models pull fsmn-vad",
)


@app.command("list")
def list_models() -> None:
    """Show every model with a name, where it is, and where it comes from; touches no network.

    Example: asr models list
    """
    from asrcli.commands.model_table import PLACES, SOURCES, place_rows, source_rows
    from asrcli.commands.screen import print_table

    print_table(place_rows(_settings().model_home), headings=PLACES)
    typer.echo()
    print_table(source_rows(), headings=SOURCES)


@app.command()
def pull(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="NAME...", help="Names of `asr models list`")
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Every model that does not ship with the program")
    ] = False,
) -> None:
    """Fetch models into the cache, at their pinned revisions; goes on where it broke off.

    Example: asr models pull fsmn-vad
    """
    from asrcli.engines.catalog import by_name, fetchable
    from asrcli.engines.pull import pull as pull_one

    if bool(names) == everything:
        raise UsageError("asr models pull: give names of `asr models list`, or --all")
    if _settings().offline:
        raise UsageError("asr models pull: offline is set (ASR_OFFLINE or the settings file)")
    wanted = fetchable() if everything else [by_name(name) for name in names or ()]
    failed = []
    for model in dict.fromkeys(wanted):
        try:
            place = "ships with the program" if model.bundled else pull_one(model, tell=_tell)
            typer.echo(f"{model.name}: {place}")
        except ModelError as error:
            failed.append(str(error))
    if failed:
        raise ModelError("; ".join(failed))


@app.command()
def verify(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME|DIR]...", help="Default: all that are here"),
    ] = None,
) -> None:
    """Read every file of models again and name each altered, missing or extra one.

    Example: asr models verify
    """
    from asrcli.commands.model_table import verify_lines
    from asrcli.engines.hub import present

    reports = [verify_lines(one) for one in present(names or (), home=_settings().model_home)]
    for lines, _ in reports:
        typer.echo("\n".join(lines))
    if not all(good for _, good in reports):
        raise typer.Exit(ExitCode.RUN_FAILED)


@app.command()
def path(
    name: Annotated[str, typer.Argument(metavar="NAME|DIR", help="A model or its folder")],
    offline: Offline = None,
) -> None:
    """Print a model's folder, and fetch it first if it is not on this machine.

    Example: asr models path fsmn-vad
    """
    from asrcli.engines.hub import obtain

    settings = _settings(offline)
    typer.echo(obtain(name, offline=settings.offline, home=settings.model_home).path)


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Gets a folder for each model")],
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME]...", help="Default: all that are here but do not ship"),
    ] = None,
) -> None:
    """Copy models into a folder for a machine without network, and read the copies back.

    There, `ASR_MODEL_HOME=DIR` or `model-home` in the settings file uses them.

    Example: asr models export /media/stick/models fsmn-vad
    """
    from asrcli.engines.catalog import CATALOG
    from asrcli.engines.export import export as export_one
    from asrcli.engines.hub import present

    models = [
        found
        for found in present(names or (), home=_settings().model_home)
        if names or found.where != "bundled"
    ]
    if any(found.name not in CATALOG for found in models):
        raise UsageError(
            "asr models export: give names of `asr models list`; a folder can be copied"
        )
    if not models:
        raise ModelError("no model is here to export; run `asr models pull NAME` first")
    for found in models:
        typer.echo(export_one(found, folder.absolute()))


def _settings(offline: bool | None = None) -> Settings:
    return settings_from({"offline": offline}, Path.cwd())


def _tell(line: str) -> None:
    # A terminal gets a bar instead.
    if not sys.stderr.isatty():
        typer.echo(line, err=True)
