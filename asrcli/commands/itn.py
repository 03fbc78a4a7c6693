"""`asr itn`: spoken numbers as they are written, for text that is here already."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from asrcli.commands import number_options
from asrcli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def itn(
    text: Annotated[
        list[str] | None,
        typer.Argument(help="Spoken text; without it, lines are read from stdin.", metavar="TEXT"),
    ] = None,
    itn_style: number_options.ItnStyle = None,
    itn_list: number_options.ItnList = None,
    itn_phrase: number_options.ItnPhrase = None,
) -> None:
    """Write spoken Chinese numbers, dates, times and amounts as digits, one line for each text.

    Example: asr itn 二零二五年三月十五号下午三点半
    """
    from asrcli.itn import Style, parse_wishes, written
    from asrcli.settings import resolve

    given = {"itn_style": itn_style, "itn_list": itn_list, "itn_phrase": itn_phrase}
    settings = resolve(given, {})
    style = Style(settings.itn_style)
    phrases = number_options.phrases(settings.itn_list, settings.itn_phrase)
    wishes = parse_wishes(phrases, origin="--itn-phrase")
    for line in text or _lines(sys.stdin.buffer):
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
