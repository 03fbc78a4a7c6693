"""A model as a folder: is it whole, what is it, and the one hash that stands for it."""

from __future__ import annotations

import contextlib
import hashlib
import json
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING

from asrcli.engines.catalog import CLASSES, PARTS, ROLE_OPTION
from asrcli.engines.weights import WEIGHT_FILES, read_config, weight_file
from asrcli.errors import AsrError, ModelError
from asrcli.files import Content, atomic_write

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A model that is here and whole; `sha256` is its `fingerprint`."""

    name: str
    path: Path
    sha256: str


def missing_file(folder: Path, wanted: Iterable[str]) -> str:
    """The first of the wanted files that a folder lacks, empty when it has them all.

    `model.safetensors` may stand in for `model.pt`. An empty file counts as missing.
    """
    for name in wanted:
        names = WEIGHT_FILES if name in WEIGHT_FILES else (name,)
        if not any(_has_content(folder / candidate) for candidate in names):
            return " or ".join(reversed(names))
    return ""


def check_folder(folder: Path, *, role: str = "") -> str:
    """Make sure that a folder given by the user holds a model that an engine here can load.

    Args:
        folder: what the user gave.
        role: `asr`, `vad` or `punc` where only one kind will do, else empty.

    Returns:
        The role of the model.

    Raises:
        ModelError: a file is missing (named), or the model is of another class or role.
    """
    absent = missing_file(folder, ("config.yaml",))
    if absent:
        raise ModelError(f"{folder}: {absent} is missing; is this a model folder?")
    name = str(read_config(folder).get("model", ""))
    found = CLASSES.get(name)
    if found is None:
        readable = ", ".join(CLASSES)
        raise ModelError(f"{folder}: a model of class {name or 'unknown'}; asr reads {readable}")
    if role not in ("", found.role):
        hint = f"it belongs to {ROLE_OPTION[found.role]}"
        raise ModelError(f"{ROLE_OPTION[role]} {folder}: a model of class {name}; {hint}")
    absent = missing_file(folder, ("model.pt", *found.files))
    if absent:
        raise ModelError(f"{folder}: {absent} is missing; copy the whole model folder again")
    return found.role


def fingerprint(folder: Path, *, memory: Path | None = None) -> str:
    r"""One SHA-256 for everything that decides what a model does.

    It is taken over one line `<file name>\0<SHA-256 of the file>\n` for each file that makes the
    model, sorted by name: `config.yaml`, the weights that are loaded, and `am.mvn`,
    `tokens.json`, `seg_dict`, `jieba_usr_dict` where present. So it is the same wherever the
    folder lies and however it came there.

    Args:
        folder: a whole model folder.
        memory: a folder of our own in which file hashes are remembered by size and time of
            change, so that a gigabyte is not read at every start; None reads anew.

    Raises:
        ModelError: there are no weights, or a file cannot be read.
    """
    names = sorted({weight_file(folder).name, *PARTS})
    hashes = file_hashes(folder, (name for name in names if (folder / name).is_file()), memory)
    digest = hashlib.sha256()
    for name, sha256 in hashes.items():
        digest.update(f"{name}\0{sha256}\n".encode())
    return digest.hexdigest()


def file_hashes(folder: Path, names: Iterable[str], memory: Path | None = None) -> dict[str, str]:
    """File name -> SHA-256, in the order of `names`.

    Args:
        folder: where the files lie.
        names: files that are there.
        memory: as for `fingerprint`.

    Raises:
        ModelError: a file cannot be read.
    """
    note = _note(folder, memory) if memory else None
    known = _remembered(note)
    seen: dict[str, Content] = {}
    try:
        for name in names:
            seen[name] = _look(folder / name, known.get(name))
    except OSError as error:
        raise ModelError(f"{error.filename}: {error.strerror or error}") from error
    if note and seen.items() - known.items():
        # Without the note the next start only takes longer.
        with contextlib.suppress(AsrError):
            rows = {name: astuple(file) for name, file in (known | seen).items()}
            atomic_write(note, json.dumps(rows).encode())
    return {name: file.sha256 for name, file in seen.items()}


def folder_size_bytes(folder: Path, names: Iterable[str] = PARTS) -> int:
    """The bytes of a model's files, its weights among them, without what else lies there."""
    paths = {folder / name for name in (*WEIGHT_FILES, *names)}
    return sum(path.stat().st_size for path in paths if path.is_file())


def _has_content(path: Path) -> bool:
    try:
        return path.is_file() and path.stat().st_size > 0
    except OSError:
        return False


def _look(path: Path, known: Content | None) -> Content:
    stat = path.stat()
    return known if known and known.stands(stat) else Content.of(path, stat)


def _note(folder: Path, memory: Path) -> Path:
    place = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:32]
    return memory / f"{place}.json"


def _remembered(note: Path | None) -> dict[str, Content]:
    """What a note says; an absent or damaged one says nothing."""
    if note is None:
        return {}
    try:
        rows = json.loads(note.read_bytes())
        return {name: Content(int(row[0]), int(row[1]), str(row[2])) for name, row in rows.items()}
    except (OSError, ValueError, TypeError, AttributeError, LookupError):
        return {}
