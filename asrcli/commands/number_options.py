"""The options of written numbers, declared as those in `asrcli.commands.options`; their list."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

from asrcli.commands.options import Word, Words, panel
from asrcli.errors import UsageError

_numbers = panel("Speech and words")

ItnStyle: TypeAlias = Annotated[
    Word,
    _numbers(
        "--itn-style", "zh|iso", "zh: 3月15日, 下午3:30, 12元; iso: 03-15, 15:30, ¥12; default zh"
    ),
]
ItnList: TypeAlias = Annotated[
    Word, _numbers("--itn-list", "FILE", "Your own phrases, one a line, as --itn-phrase has them")
]
ItnPhrase: TypeAlias = Annotated[
    Words,
    _numbers(
        "--itn-phrase", "TEXT", "Such as `keep: 三点` or `replace: 三点半会 => 3:30会`; repeatable"
    ),
]


def phrases(path: str, more: tuple[str, ...]) -> tuple[str, ...]:
    """The lines of a list, without comments, and then those of the options.

    Args:
        path: the list, or empty for none.
        more: phrases that were given one by one; the later of two decides.

    Raises:
        UsageError: the list cannot be read, or a line is no wish.
    """
    from asrcli.itn import parse_wishes

    listed = _lines(path) if path else ()
    parse_wishes(listed, origin=f"--itn-list {path}")
    parse_wishes(more, origin="--itn-phrase")
    return (*(line for line in listed if line.split("#", 1)[0].strip()), *more)


def _lines(path: str) -> tuple[str, ...]:
    try:
        return tuple(Path(path).read_text(encoding="utf-8-sig").splitlines())
    except OSError as error:
        raise UsageError(f"--itn-list {path}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"--itn-list {path}: not UTF-8 text; save it as UTF-8") from error
