"""`asr hotwords check` and `asr hotwords suggest`: a list before anything is recognised with it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from asrcli.commands.flags import settings_from
from asrcli.commands.options import Model  # noqa: TC001 - typer looks at it when it runs
from asrcli.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from asrcli.hotwords.documents import Document
    from asrcli.hotwords.inspection import Inspection
    from asrcli.settings import Settings

STDOUT = Path("-")
TERMS = 50


def check(
    words: Annotated[Path, typer.Argument(metavar="FILE", help="The list: txt, csv, json or toml")],
    model: Model = None,
    json: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write it as JSON; - for stdout")
    ] = None,
    csv: Annotated[
        Path | None,
        typer.Option("--csv", metavar="FILE", help="Write a row for each word; - for stdout"),
    ] = None,
) -> None:
    """Say which words of a list will be used, which not and why, and what to look at again.

    Reads the model's vocabulary only. Exits with 1 when no word can be used.

    Example: asr hotwords check examples/hotwords.txt --model demo
    """
    from asrcli.hotwords.inspection import inspect
    from asrcli.hotwords.lists import read_list

    if json == STDOUT and csv == STDOUT:
        raise UsageError("--json - --csv -: only one of them can go to stdout")
    listed = read_list(words)
    name, spell = _vocabulary(settings_from({"model": model}, words.parent))
    found = inspect(listed, spell, model=name)
    _write(json, found.as_json)
    _write(csv, found.as_csv)
    if STDOUT not in (json, csv):
        _show(found)
    if not found.words:
        raise typer.Exit(ExitCode.RUN_FAILED)


def suggest(
    texts: Annotated[
        list[Path],
        typer.Argument(metavar="FOLDER|FILE...", help="txt, md, csv, or transcripts of asr"),
    ],
    number: Annotated[
        int, typer.Option("--number", "-n", metavar="N", min=1, help="The most words to print")
    ] = TERMS,
    against: Annotated[
        Path | None,
        typer.Option(
            "--against",
            metavar="FILE|FOLDER",
            help="Transcripts made without them: what is right there is left out",
        ),
    ] = None,
) -> None:
    """Print a list of words that stand out in texts: names and terms that the language lacks.

    Example: asr hotwords suggest docs > words.txt
    """
    from asrcli.errors import NothingToDoError
    from asrcli.hotwords.heard import missed
    from asrcli.hotwords.terms import find_terms, render

    documents = list(_documents(texts))
    terms = find_terms(documents)
    if against is not None:
        terms = missed(terms, list(_documents([against])))
    if not terms:
        raise NothingToDoError("no word stands out in these texts; give more of them")
    typer.echo(render(terms[:number], documents), nl=False)


def _vocabulary(settings: Settings) -> tuple[str, Callable[[str], tuple[str, ...]] | None]:
    """The model's name and how it spells a word; neither where it is not on this machine."""
    from asrcli.engines.hub import locate
    from asrcli.engines.spelling import Spelling

    found = locate(settings.model, role="asr", home=settings.model_home)
    if found is None:
        line = f"{settings.model} is not on this machine: the list is checked without a vocabulary"
        typer.echo(f"{line} (asr models pull {settings.model})", err=True)
        return "", None
    spelling = Spelling.read(found.path)
    return found.name, lambda word: tuple(spelling.tokens[i] for i in spelling.encode(word))


def _write(path: Path | None, text: Callable[[], str]) -> None:
    from asrcli.files import atomic_write

    if path == STDOUT:
        typer.echo(text(), nl=False)
    elif path is not None:
        atomic_write(path, text().encode())


def _show(found: Inspection) -> None:
    from asrcli.commands.screen import print_table
    from asrcli.hotwords.inspection import DROPPED_COLUMNS, REMARK_COLUMNS, USED_COLUMNS

    for rows, headings in (
        (found.used_rows(), USED_COLUMNS),
        (found.dropped_rows(), DROPPED_COLUMNS),
        (found.remark_rows(), REMARK_COLUMNS),
    ):
        if rows:
            print_table(rows, headings=headings)
            typer.echo()
    typer.echo(found.last_line())


def _documents(paths: Sequence[Path]) -> Iterator[Document]:
    """The texts; a JSON file that is no transcript is told of and left out, unless it was named."""
    from asrcli.hotwords.documents import NoTranscriptError, find_documents, read_document

    for path in find_documents(paths):
        try:
            yield read_document(path)
        except NoTranscriptError as error:
            if path in paths:
                raise
            typer.echo(f"left out: {error}", err=True)
