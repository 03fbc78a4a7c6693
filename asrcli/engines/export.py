"""Copying models into a folder that needs nothing else: a share, a stick, another machine."""

from __future__ import annotations

import hashlib
import shutil
from typing import TYPE_CHECKING

from asrcli.engines import store
from asrcli.engines.catalog import find
from asrcli.engines.fetch import SPARE_BYTES
from asrcli.engines.model_folder import file_hashes
from asrcli.engines.record import Record, read_record, record_of, write_record
from asrcli.engines.verify import check_unchanged, differences
from asrcli.engines.weights import WEIGHT_FILES
from asrcli.errors import ModelError
from asrcli.files import AtomicFile, run_lock

if TYPE_CHECKING:
    from pathlib import Path

    from asrcli.engines.hub import Located

CHUNK_BYTES = 1 << 20


def export(found: Located, target: Path) -> Path:
    """Copy a model to `target/<name>`, with its record; it is there whole or as it was before.

    What was pulled is held to its record on the way, and the copy is read back. A model that
    somebody else put on this machine gets a record that says so. A copy that is there already and
    is the same stays.

    Args:
        found: the model, of the catalogue.
        target: the folder for all models; it is made.

    Returns:
        The folder of the copy.

    Raises:
        ModelError: the model has changed since it was pulled, the copy is not the same, or there
            is no room.
        RunError: the folder cannot be written; nothing of the copy stays.
    """
    memory = store.hashes_folder()
    record = check_unchanged(found.path, memory=memory) or _record_now(found)
    final = target / found.name
    with run_lock(target):
        if _is_there(final, record):
            return final
        scratch = target / f".asrcli-{found.name}"
        try:
            shutil.rmtree(scratch, ignore_errors=True)
            scratch.mkdir(parents=True)
            _require_room(scratch, record)
            for file in record.files:
                _copy(found, scratch, file.name, file.sha256)
            write_record(scratch, record)
            wrong = differences(scratch, record)
            if wrong:
                raise ModelError(f"{final}: {wrong[0].file} cannot be read back as it was written")
            store.put_in_place(scratch, final)
        except OSError as error:
            raise ModelError(f"cannot export to {final}: {error.strerror or error}") from error
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    return final


def _record_now(found: Located) -> Record:
    """A record of a model as it is, of which nobody knows how it ought to be."""
    model = find(found.name)
    names = (*model.required, *model.optional, *WEIGHT_FILES) if model else ()
    there = sorted({name for name in names if (found.path / name).is_file()})
    hashes = file_hashes(found.path, there)
    return record_of(found.path, hashes.items(), name=found.name, source=(found.where, "", ""))


def _is_there(final: Path, record: Record) -> bool:
    try:
        there = read_record(final) if final.is_dir() else None
        return there is not None and there.files == record.files and not differences(final, there)
    except ModelError:
        return False


def _require_room(folder: Path, record: Record) -> None:
    needed_bytes = record.size_bytes + SPARE_BYTES
    free_bytes = shutil.disk_usage(folder).free
    if free_bytes < needed_bytes:
        raise ModelError(
            f"{record.name}: {needed_bytes >> 20} MB are needed in {folder.parent}, "
            f"{free_bytes >> 20} MB are free"
        )


def _copy(found: Located, scratch: Path, name: str, sha256: str) -> None:
    digest = hashlib.sha256()
    with (found.path / name).open("rb") as source, AtomicFile(scratch / name) as out:
        while chunk := source.read(CHUNK_BYTES):
            out.write(chunk)
            digest.update(chunk)
    if digest.hexdigest() != sha256:
        raise ModelError(
            f"{found.path}: {name} changed since the model was pulled; "
            f"`asr models pull {found.name}` fetches it again"
        )
