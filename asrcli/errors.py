"""What can go wrong, and what the shell is told.

AsrError
├── UsageError            2   an option, a path or a file of the user's that cannot be right
├── RunError              1   this run cannot go on: model missing, device lost, disk full
│   ├── ModelError        1   a model that is missing, incomplete, altered or of another shape
│   ├── DeviceLostError   1   a device or its process is gone; other devices may go on
│   ├── LockHeldError     5   another run works on the same output folder
│   └── NothingToDoError  4   recordings were expected and there are none
├── RecordingError        -   this recording only: it becomes an Outcome and the run goes on
└── DeviceMemoryError     -   a batch did not fit: the caller halves it and tries again

Vendor errors are translated where they arise, with the cause kept (`raise ... from error`).
"""

from __future__ import annotations

import enum


class ExitCode(enum.IntEnum):
    """What `asr` tells the shell; the table in the README is held to this by a test."""

    OK = 0
    RUN_FAILED = 1
    USAGE = 2
    SOME_FAILED = 3
    NOTHING_TO_DO = 4
    LOCKED = 5
    INTERNAL = 70
    INTERRUPTED = 130
    TERMINATED = 143


class AsrError(Exception):
    """Anything that asrcli foresaw. The message is one line and says what to do about it."""

    exit_code: ExitCode = ExitCode.RUN_FAILED


class UsageError(AsrError):
    """The user asked for something that cannot be right."""

    exit_code = ExitCode.USAGE


class RunError(AsrError):
    """The whole run cannot go on."""


class ModelError(RunError):
    """A model is missing, incomplete, altered or of another shape than this program reads."""


class DeviceLostError(RunError):
    """A device that worked is gone, or the process that used it; other devices may go on."""


class LockHeldError(RunError):
    """Another run works on the same output folder."""

    exit_code = ExitCode.LOCKED


class NothingToDoError(RunError):
    """What was expected is not there; a missing mount must not look like success."""

    exit_code = ExitCode.NOTHING_TO_DO


class RecordingError(AsrError):
    """One recording cannot be used; the message is the reason written into its row."""


class DeviceMemoryError(AsrError):
    """A batch did not fit into the device's memory."""
