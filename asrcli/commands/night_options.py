"""The options of nightly use, declared as those in `asrcli.commands.options`."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from asrcli.commands.options import Flag, Word, panel

_nights = panel("Nightly use")

DryRun: TypeAlias = Annotated[
    Flag, _nights("--dry-run", None, "Say what is there and what cannot be read; do nothing")
]
MinAge: TypeAlias = Annotated[
    Word, _nights("--min-age", "SECONDS", "Leave files alone that changed more recently; default 0")
]
AllowEmpty: TypeAlias = Annotated[
    Flag, _nights("--allow-empty", None, "Finding no recordings is no error")
]
Journal: TypeAlias = Annotated[
    Word, _nights("--journal", "FILE|none", "Where it is remembered what was done")
]
Force: TypeAlias = Annotated[Flag, _nights("--force", None, "Decode again what is done already")]
RetryFailed: TypeAlias = Annotated[
    Flag, _nights("--retry-failed", None, "Try again what failed or was set aside")
]
MaxAttempts: TypeAlias = Annotated[
    Word,
    _nights("--max-attempts", "N", "Set aside what killed the program so often; default 3"),
]
MaxTime: TypeAlias = Annotated[
    Word, _nights("--max-time", "SECONDS", "Give up on a recording that takes longer")
]
MaxFailures: TypeAlias = Annotated[
    Word, _nights("--max-failures", "N", "Stop the run after so many failures")
]
Until: TypeAlias = Annotated[
    Word, _nights("--until", "HH:MM", "Start nothing new after this time; the next run goes on")
]
OnFinish: TypeAlias = Annotated[
    Word, _nights("--on-finish", "COMMAND|URL", "Run, or send run.json there, when all is done")
]
