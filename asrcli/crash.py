"""The log of an error that nobody foresaw: a traceback, and the versions it happened with."""

from __future__ import annotations

import os
import platform
import tempfile
import traceback
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

from asrcli import __version__
from asrcli.errors import AsrError
from asrcli.files import atomic_write

PACKAGES = ("funasr", "torch", "torchaudio", "numpy", "soundfile", "av", "soxr", "typer")


def write_log(error: BaseException) -> Path:
    """Write the log where logs of this user go, else into the temporary folder.

    It holds neither the command line nor the environment, only the traceback.

    Returns:
        The file, or the null device where nothing can be written.
    """
    name = f"asr-{datetime.now(UTC):%Y%m%d-%H%M%S}-{os.getpid()}.log"
    for folder in (_log_folder(), Path(tempfile.gettempdir())):
        try:
            atomic_write(folder / name, describe(error).encode("utf-8", "backslashreplace"))
        except (AsrError, OSError):
            continue
        return folder / name
    return Path(os.devnull)


def describe(error: BaseException) -> str:
    """The traceback with all causes below the versions of everything that matters."""
    head = [
        f"asrcli {__version__}",
        f"python {platform.python_version()} on {platform.platform()}",
        *(f"{package} {_version(package)}" for package in PACKAGES),
        "",
    ]
    return "\n".join(head) + "\n" + "".join(traceback.format_exception(error))


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "is not installed"


def _log_folder() -> Path:
    from platformdirs import user_log_path

    return user_log_path("asrcli", appauthor=False)
