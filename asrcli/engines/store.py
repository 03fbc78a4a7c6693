"""Our own cache of models: each lies there whole or not at all."""

from __future__ import annotations

import os
import shutil
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from asrcli.errors import LockHeldError, ModelError
from asrcli.files import run_lock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CACHE_VARIABLE = "ASRCLI_CACHE_DIR"
LOCK_POLL_S = 0.2


def cache_folder() -> Path:
    """`ASRCLI_CACHE_DIR`, else the user's cache folder for this program; it may not exist yet."""
    override = os.environ.get(CACHE_VARIABLE, "")
    if override:
        return Path(override).expanduser().absolute()
    import platformdirs

    return Path(platformdirs.user_cache_dir("asrcli"))


def models_folder() -> Path:
    """Where our own copies of models lie, each in a folder of its name."""
    return cache_folder() / "models"


def hashes_folder() -> Path:
    """Where the hashes of model files are remembered."""
    return cache_folder() / "hashes"


def install(
    name: str,
    fill: Callable[[Path], Path],
    *,
    good: Callable[[Path], bool],
    tell: Callable[[str], None],
) -> Path:
    """Put a model into the cache: made ready aside, then renamed into place.

    One process at a time does this for one model, under a kernel lock that dies with its owner;
    whoever waited uses what the first one brought. What a failed or killed `fill` leaves is there
    for the next one.

    Args:
        name: the model's name and the name of its folder.
        fill: gets a folder, makes the model ready in a new folder below it, and returns that; or
            raises.
        good: says whether what is in place may stay.
        tell: is given a line where another process has to be waited for.

    Returns:
        The model's folder.

    Raises:
        ModelError: the cache cannot be written; and whatever `fill` raises, after which what was
            in place still is.
    """
    final = models_folder() / name
    scratch = cache_folder() / "partial" / name
    try:
        with _turn(name, tell):
            if good(final):
                return final
            scratch.mkdir(parents=True, exist_ok=True)
            put_in_place(fill(scratch), final)
            shutil.rmtree(scratch, ignore_errors=True)
    except OSError as error:
        reason = error.strerror or error
        raise ModelError(
            f"the model cache {models_folder()} cannot be written: {reason}; "
            f"set {CACHE_VARIABLE} to a folder with room"
        ) from error
    return final


def put_in_place(ready: Path, final: Path) -> None:
    """Give a folder its name; what had the name before goes when the new one stands there.

    Raises:
        OSError: it cannot be done; then the old one stands there still.
    """
    final.parent.mkdir(parents=True, exist_ok=True)
    old = final.with_name(f".{final.name}.old")
    if not final.exists() and old.exists():
        # A process was killed between the two renames below.
        old.rename(final)
    shutil.rmtree(old, ignore_errors=True)
    if final.exists():
        final.rename(old)
    try:
        ready.rename(final)
    except OSError:
        if old.exists():
            old.rename(final)
        raise
    shutil.rmtree(old, ignore_errors=True)


@contextmanager
def _turn(name: str, tell: Callable[[str], None]) -> Iterator[None]:
    """Wait until no other process fetches this model."""
    folder = cache_folder() / "locks" / name
    folder.mkdir(parents=True, exist_ok=True)
    told = False
    with ExitStack() as stack:
        while True:
            try:
                stack.enter_context(run_lock(folder))
                break
            except LockHeldError as error:
                if not told:
                    tell(f"{name}: waiting, {error}")
                    told = True
                time.sleep(LOCK_POLL_S)
        yield
