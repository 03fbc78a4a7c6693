"""Lines for cron and units for systemd that start the program at a time of day.

Each system reads a command in its own way. In a crontab `%` ends the command unless a backslash
stands before it, and the rest is for the shell (`man 5 crontab`). In a unit there is no shell: `%`
and `$` are doubled, and quotes and backslashes follow C (`man 5 systemd.service`).
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from asrcli.errors import UsageError
from asrcli.wording import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

UNIT = "asr-nightly"

LONGEST_CRON_COMMAND = 990
"""Bytes; cron reads 998 at most."""


def cron_line(at: str, command: Sequence[str], log: str = "") -> str:
    """A line of a crontab.

    Args:
        at: `02:00`, local time.
        command: the program and its arguments.
        log: a file that standard error is added to; empty for cron's mail.

    Raises:
        UsageError: an argument holds a line break, or the command is too long for a crontab.
    """
    _require_one_line(command)
    hour, minute = at.split(":")
    shell = shlex.join(command) + (f" 2>> {shlex.quote(log)}" if log else "")
    # Cron looks for % before the shell sees quotes, and takes the backslash away. A backslash of
    # the command's own, which always stands in single quotes, must not meet that one.
    escaped = shell.replace("\\%", "\\''%").replace("%", "\\%")
    if len(escaped.encode()) > LONGEST_CRON_COMMAND:
        raise UsageError("the command is too long for a crontab; take --systemd")
    return f"{int(minute)} {int(hour)} * * * {escaped}\n"


def service(command: Sequence[str], folder: str) -> str:
    """The unit that does the work of a night.

    Args:
        command: the program, by its absolute path, and its arguments.
        folder: where it is started, an absolute path.

    Raises:
        UsageError: an argument holds a line break.
    """
    _require_one_line([*command, folder])
    program, *arguments = command
    # The program is found before variables are looked at, so its dollar signs stand for themselves.
    words = [_unit_word(program), *(_unit_word(word.replace("$", "$$")) for word in arguments)]
    line = " ".join(words)
    return (
        "[Unit]\n"
        "Description=Transcribe the recordings of the day\n"
        "\n"
        "[Service]\n"
        "Type=oneshot\n"
        f"WorkingDirectory={_unit_path(folder)}\n"
        f"ExecStart={line}\n"
        "# The first signal ends the batch under way; this is how long it may take.\n"
        "KillMode=mixed\n"
        "TimeoutStopSec=5min\n"
        "Nice=10\n"
        "IOSchedulingClass=idle\n"
    )


def timer(at: str) -> str:
    """The unit that starts the service each day at `02:00`; a night that was missed is made up."""
    return (
        "[Unit]\n"
        "Description=Transcribe recordings every night\n"
        "\n"
        "[Timer]\n"
        f"OnCalendar=*-*-* {at}:00\n"
        "Persistent=true\n"
        "\n"
        "[Install]\n"
        "WantedBy=timers.target\n"
    )


def _unit_word(word: str) -> str:
    """A word as a unit writes it."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    plain = escaped and not set(escaped) & set(" \t'\";\\")
    return escaped if plain else f'"{escaped}"'


def _unit_path(path: str) -> str:
    """A path alone on its line: no quotes are read there, only the percent sign is special."""
    return path.replace("%", "%%")


def _require_one_line(words: Sequence[str]) -> None:
    for word in words:
        if any(c in "\n\r\0" or "\ud800" <= c <= "\udfff" for c in word):
            raise UsageError(f"{one_line(word)} holds a character that no schedule can carry")
