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


def install(name: str, fill: Callable[[Path], None], *, whole: Callable[[Path], bool]) -> Path:
    """Put a model into the cache: filled aside, then renamed into place.

    One process at a time does this for one model, under a kernel lock that dies with its owner;
    whoever waited uses what the first one brought.

    Args:
        name: the model's name and the name of its folder.
        fill: puts the files into an empty folder, or raises.
        whole: says whether a folder holds the whole model.

    Returns:
        The model's folder.

    Raises:
        ModelError: the cache cannot be written; and whatever `fill` raises, after which the cache
            is as it was.
    """
    final = models_folder() / name
    partial = cache_folder() / "partial" / name
    try:
        with _turn(name):
            if whole(final):
                return final
            shutil.rmtree(partial, ignore_errors=True)
            partial.mkdir(parents=True)
            try:
                fill(partial)
                if final.exists():
                    shutil.rmtree(final)
                final.parent.mkdir(parents=True, exist_ok=True)
                partial.rename(final)
            finally:
                shutil.rmtree(partial, ignore_errors=True)
    except OSError as error:
        reason = error.strerror or error
        raise ModelError(
            f"the model cache {models_folder()} cannot be written: {reason}; "
            f"set {CACHE_VARIABLE} to a folder with room"
        ) from error
    return final


@contextmanager
def _turn(name: str) -> Iterator[None]:
    """Wait until no other process fetches this model."""
    folder = cache_folder() / "locks" / name
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        while True:
            try:
                stack.enter_context(run_lock(folder))
                break
            except LockHeldError:
                time.sleep(LOCK_POLL_S)
        yield
