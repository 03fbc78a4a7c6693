"""Text files as Chinese editors save them."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

from asrcli.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path


def read_text(path: Path, *, origin: str, largest_bytes: int) -> str:
    """The text of a file in UTF-8, with or without a mark, GB18030, or UTF-16 with its mark.

    Args:
        path: the file.
        origin: what the message begins with: the option and the path.
        largest_bytes: a longer file is something else, named by mistake.

    Raises:
        UsageError: it cannot be read, is too large, or is no text.
    """
    try:
        if path.stat().st_size > largest_bytes:
            raise UsageError(f"{origin}: too large for a text of this kind")
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{origin}: {error.strerror or error}") from error
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if wide else ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise UsageError(f"{origin}: neither UTF-8 nor GB18030 text; save it as UTF-8")
