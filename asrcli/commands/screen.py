"""Where tables go: stdout, as wide as the terminal, and unbroken lines where it is a pipe."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

PIPE_COLUMNS = 200


def stdout_console() -> Console:
    """A console for data that people read; plain text without colours unless on a terminal."""
    from rich.console import Console

    free = sys.stdout.isatty() or os.environ.get("COLUMNS")
    return Console(width=None if free else PIPE_COLUMNS, highlight=False)
