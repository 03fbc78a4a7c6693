"""`asr itn`: spoken numbers as they are written, for text that is here already."""

from __future__ import annotations

import sys
from pathlib import Path  # noqa: TC003 - typer looks at it when it runs
from typing import TYPE_CHECKING, Annotated

import typer

from asrcli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from asrcli.itn import Wishes

STYLES = ("zh", "iso")


def itn(
    text: Annotated[
        list[str] | None,
        typer.Argument(help="Spoken text; without it, lines are read from stdin.", metavar="TEXT"),
    ] = None,
    itn_style: Annotated[
        str,
        typer.Option(
            "--itn-style", help="zh: 2025年3月15日, 下午3:30; iso: 2025-03-15, 15:30, ¥1234."
        ),
    ] = "zh",
    itn_list: Annotated[
        Path | None,
        typer.Option(
            "--itn-list",
            help="Your own phrases, one a line: `keep: 三点` or `replace: 三点半会 => 3:30会`.",
        ),
    ] = None,
) -> None:
    """Write spoken Chinese numbers, dates, times and amounts as digits, one line for each text.

    Example: asr itn 二零二五年三月十五号下午三点半
    """
    from asrcli.itn import NO_WISHES, Style, written

    if itn_style not in STYLES:
        raise UsageError(f"--itn-style: {itn_style!r} must be one of {', '.join(STYLES)}")
    style = Style(itn_style)
    wishes = NO_WISHES if itn_list is None else _read_wishes(itn_list)
    lines = text or _lines(sys.stdin.buffer)
    for line in lines:
        # echo flushes: whoever reads the pipe sees each line when it is done.
        typer.echo(written(line, style=style, wishes=wishes))


def _lines(stream: Iterable[bytes]) -> Iterator[str]:
    """Lines of UTF-8 without their ends, as they arrive."""
    for number, raw in enumerate(stream, 1):
        try:
            line = raw.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            raise UsageError(
                f"stdin, line {number}: not UTF-8 text; convert it first, "
                "for example with `iconv -f GB18030 -t UTF-8`"
            ) from error
        yield line.rstrip("\r\n")


def _read_wishes(path: Path) -> Wishes:
    from asrcli.itn import parse_wishes

    try:
        content = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UsageError(f"--itn-list {path}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"--itn-list {path}: not UTF-8 text; save it as UTF-8") from error
    return parse_wishes(content.splitlines(), origin=str(path))
