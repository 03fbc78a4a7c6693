"""Captions out of the files that people and other programs make: SubRip, WebVTT, ASS.

What cannot be seen is left out: tags, styles, comments, names in voice spans.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from asrcli.errors import UsageError
from asrcli.values import Cue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from asrcli.clock import Millis

_CLOCK = r"(?:(\d+):)?([0-5]?\d):([0-5]?\d)[.,](\d{1,3})"
_ARROW = re.compile(rf"\s*{_CLOCK}\s*-->\s*{_CLOCK}(?:\s.*)?")
_TAG = re.compile(r"<[^>]*>|\{\\[^}]*\}")
_EVENT = re.compile(rf"Dialogue:[^,]*,\s*{_CLOCK}\s*,\s*{_CLOCK}\s*(?:,[^,]*){{6}},(.*)", re.DOTALL)
_COMMAND = re.compile(r"\{[^}]*\}")


def read_captions(path: Path) -> tuple[Cue, ...]:
    """The captions of a file, in order of their starts.

    Raises:
        UsageError: it cannot be read, is of another kind, or has no captions that can be made out.
    """
    parse = _PARSERS.get(path.suffix.lower())
    if parse is None:
        raise UsageError(f"{path}: not one of {', '.join(_PARSERS)}")
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: not UTF-8 text; save it as UTF-8") from error
    found = tuple(sorted(parse(lines), key=lambda cue: (cue.start_ms, cue.end_ms)))
    if not found and any(lines[1:]):
        raise UsageError(f"{path}: no captions in it that a {path.suffix} file has")
    return found


def _blocks(lines: Iterable[str]) -> Iterator[Cue]:
    """SubRip and WebVTT: a line of times, then text up to a blank line."""
    times: tuple[Millis, Millis] | None = None
    shown: list[str] = []
    for line in [*lines, ""]:
        arrow = _ARROW.fullmatch(line)
        if times is not None and (arrow or not line.strip()):
            yield Cue(*times, "\n".join(shown))
            times = None
        if arrow:
            parts = arrow.groups()
            times, shown = (_ms(*parts[:4]), _ms(*parts[4:])), []
        elif times is not None:
            shown.append(html.unescape(_TAG.sub("", line)))


def _events(lines: Iterable[str]) -> Iterator[Cue]:
    """ASS: lines that begin with `Dialogue:`, the text behind the ninth comma."""
    for line in lines:
        event = _EVENT.fullmatch(line)
        if event:
            *parts, text = event.groups()
            plain = re.sub(r"\\[Nn]", "\n", _COMMAND.sub("", text)).replace("\\h", " ")
            yield Cue(_ms(*parts[:4]), _ms(*parts[4:]), plain)


def _ms(hours: str | None, minutes: str, seconds: str, fraction: str) -> Millis:
    whole = (int(hours or 0) * 60 + int(minutes)) * 60 + int(seconds)
    return whole * 1000 + int(fraction.ljust(3, "0"))


_PARSERS: dict[str, Callable[[Iterable[str]], Iterator[Cue]]] = {
    ".srt": _blocks,
    ".vtt": _blocks,
    ".ass": _events,
}
