"""`asr evaluate`: how far transcripts are from what was said, counted as NIST sclite counts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias, TypedDict, Unpack

import typer
from typer.core import TyperCommand

from asrcli.commands.flags import takes
from asrcli.errors import ExitCode
from asrcli.evaluate.normalise import Numbers, Punctuation, Rules, Spaces
from asrcli.evaluate.texts import Field
from asrcli.evaluate.units import Unit

if TYPE_CHECKING:
    from asrcli.evaluate.result import Result

DIFFS = 5
ROWS = 10

Count: TypeAlias = int | None
File: TypeAlias = Path | None
Flag: TypeAlias = bool | None


class EvaluateFlags(TypedDict, total=False):
    """What is compared, and where the result goes."""

    unit: Annotated[
        Unit | None,
        typer.Option(help="What is counted; default mixed: Chinese characters, other words."),
    ]
    case: Annotated[Flag, typer.Option("--case/--no-case", metavar="", help="A is not a.")]
    width: Annotated[Flag, typer.Option("--width/--no-width", metavar="", help="Ａ is not A.")]
    punctuation: Annotated[Punctuation | None, typer.Option(help="Compare marks? Default drop.")]
    spaces: Annotated[Spaces | None, typer.Option(help="Under --unit char; default drop.")]
    numbers: Annotated[Numbers | None, typer.Option(help="written: 三点半 equals 3:30.")]
    field: Annotated[Field | None, typer.Option(help="Text of a transcript; default spoken.")]
    diff: Annotated[
        Count, typer.Option(min=1, metavar="[N]", help="Show the N (5) worst texts aligned.")
    ]
    rows: Annotated[Count, typer.Option(min=1, metavar="N", help="Length of lists; default 10.")]
    html: Annotated[File, typer.Option(metavar="FILE", help="Write a page with every text.")]
    json: Annotated[File, typer.Option(metavar="FILE", help="Write all figures and errors.")]
    csv: Annotated[File, typer.Option(metavar="FILE", help="Write one row for each file.")]
    max_cer: Annotated[
        str | None, typer.Option(metavar="RATE", help="Exit 1 above this rate: 5% or 0.05.")
    ]


class Command(TyperCommand):
    """`--diff` may stand without its number."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        """Complete a bare `--diff`, unless it stands behind `--`."""
        end = args.index("--") if "--" in args else len(args)
        complete: list[str] = []
        for place, arg in enumerate(args):
            complete.append(arg)
            follows = args[place + 1] if place + 1 < end else ""
            if arg == "--diff" and place < end and not follows.lstrip("+-").isdecimal():
                complete.append(str(DIFFS))
        return super().parse_args(ctx, complete)


@takes(EvaluateFlags)
def evaluate(
    reference: Annotated[
        Path, typer.Argument(metavar="REF", help="What was said: .txt, a folder of them, a table.")
    ],
    hypothesis: Annotated[
        Path, typer.Argument(metavar="HYP", help="What was heard: an output folder, or as REF.")
    ],
    **flags: Unpack[EvaluateFlags],
) -> None:
    """Count what is wrong, missing and too many in transcripts.

    Example: asr evaluate reference.csv transcripts/
    """
    from asrcli.evaluate.limit import parse_limit
    from asrcli.evaluate.normalise import Normaliser
    from asrcli.evaluate.result import Result
    from asrcli.evaluate.scores import evaluate as compare
    from asrcli.evaluate.texts import read_texts
    from asrcli.itn import written

    rules = _rules(flags)
    limit = None if (wanted := flags.get("max_cer")) is None else parse_limit(wanted)
    field = flags.get("field") or Field.SPOKEN
    texts = [read_texts(path, field) for path in (reference, hypothesis)]
    found = compare(texts[0], texts[1], Normaliser(rules, written))
    result = Result(texts[0], texts[1], rules, found)
    _write(result, flags)
    _show(result, flags)
    if limit is not None and found.total.rate > limit:
        typer.echo(f"{rules.unit.rate} {found.total.rate:.2%} is above {limit:.2%}", err=True)
        raise typer.Exit(ExitCode.RUN_FAILED)


def _rules(flags: EvaluateFlags) -> Rules:
    return Rules(
        unit=flags.get("unit") or Unit.MIXED,
        case=flags.get("case") or False,
        width=flags.get("width") or False,
        punctuation=flags.get("punctuation") or Punctuation.DROP,
        spaces=flags.get("spaces") or Spaces.DROP,
        numbers=flags.get("numbers") or Numbers.SPOKEN,
    )


def _write(result: Result, flags: EvaluateFlags) -> None:
    from asrcli.evaluate.page import render
    from asrcli.evaluate.result import as_csv, as_json
    from asrcli.files import atomic_write

    if path := flags.get("html"):
        atomic_write(path, render(result, flags.get("rows") or ROWS).encode())
    if path := flags.get("json"):
        atomic_write(path, as_json(result).encode())
    if path := flags.get("csv"):
        # With a byte order mark, without which Excel takes it for another encoding.
        atomic_write(path, as_csv(result).encode("utf-8-sig"))


def _show(result: Result, flags: EvaluateFlags) -> None:
    from asrcli.commands.screen import print_table

    rows = flags.get("rows") or ROWS
    print_table(result.head_rows())
    typer.echo()
    print_table(result.file_rows(rows), headings=result.headings())
    typer.echo()
    print_table([*result.summary_rows(rows), *result.confusion_rows(rows)])
    if wanted := flags.get("diff"):
        _show_diffs(result, wanted)


def _show_diffs(result: Result, most: int) -> None:
    from rich.console import Console

    from asrcli.evaluate.diff import diff
    from asrcli.wording import one_line

    console = Console(highlight=False, soft_wrap=True)
    for score in result.evaluation.worst()[:most]:
        if score.count.errors:
            console.print(f"\n{one_line(score.name)} {score.count.rate:.2%}", markup=False)
            console.print(diff(score.steps, console.width), end="")
