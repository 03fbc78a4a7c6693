"""Are a model's files still what they were when it was pulled?

`check_unchanged` is asked before every use and reads a file again only when its size or its time
of change is another; `differences` reads everything.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from asrcli.engines.catalog import CATALOG, PARTS
from asrcli.engines.model_folder import file_hashes
from asrcli.engines.record import RECORD_NAME, read_record
from asrcli.engines.weights import WEIGHT_FILES
from asrcli.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from asrcli.engines.record import Record

ALTERED = "altered"
MISSING = "missing"
EXTRA = "extra"

_CURES = {
    "pull": "`asr models pull {}` fetches the model again",
    "export": "`asr models export` on the machine it came from copies {} again",
}

_SINCE = {
    ALTERED: "changed since the model was pulled",
    MISSING: "is missing",
    # Such a file would be loaded in place of, or along with, those that were checked.
    EXTRA: "is none of the files that were pulled",
}


@dataclass(frozen=True, slots=True)
class Difference:
    """A file that is not as it was recorded: its name, and `altered`, `missing` or `extra`."""

    file: str
    kind: str


def check_unchanged(folder: Path, *, memory: Path | None, cure: str = "pull") -> Record | None:
    """Make sure that no file of a model has changed since it was recorded.

    Args:
        folder: a model folder, with a record or without.
        memory: where hashes are remembered by size and time of change; None reads anew.
        cure: the command that makes it good again, `pull` or `export`.

    Returns:
        The record, None where there is none and so nothing to compare with.

    Raises:
        ModelError: a file is missing or another one, named; or the record itself is damaged.
    """
    record = read_record(folder)
    if record is None:
        return None
    strays = _unrecorded(folder, record, (*WEIGHT_FILES, *PARTS))
    found = strays or _compare(folder, record, memory)
    if found:
        raise ModelError(
            f"{folder}: {found[0].file} {_SINCE[found[0].kind]}; `asr models verify "
            f"{record.name}` names every difference, {_CURES[cure].format(record.name)}"
        )
    return record


def differences(folder: Path, record: Record) -> tuple[Difference, ...]:
    """Everything in which a folder differs from its record; every file is read.

    Raises:
        ModelError: a file cannot be read.
    """
    try:
        here = sorted(path.name for path in folder.iterdir())
    except OSError as error:
        raise ModelError(f"{folder}: {error.strerror or error}") from error
    found = _compare(folder, record, memory=None, all_of_them=True)
    return (*found, *_unrecorded(folder, record, here))


def _unrecorded(folder: Path, record: Record, names: Iterable[str]) -> tuple[Difference, ...]:
    known = {RECORD_NAME, *(file.name for file in record.files)}
    strays = (name for name in names if name not in known and (folder / name).exists())
    return tuple(Difference(name, EXTRA) for name in strays)


def _compare(
    folder: Path, record: Record, memory: Path | None, *, all_of_them: bool = False
) -> tuple[Difference, ...]:
    """Missing and altered files; without `all_of_them` nothing is read once one is known."""
    here = {file.name: folder / file.name for file in record.files}
    sizes = {name: path.stat().st_size for name, path in here.items() if path.is_file()}
    kinds = {
        file.name: MISSING if file.name not in sizes else ALTERED
        for file in record.files
        if sizes.get(file.name) != file.size_bytes
    }
    if all_of_them or not kinds:
        known = _known_hashes(record)
        hashes = file_hashes(folder, (name for name in sizes if name not in kinds), memory)
        for file in record.files:
            sha256 = hashes.get(file.name)
            if sha256 and sha256 != known.get(file.name, file.sha256):
                kinds[file.name] = ALTERED
    return tuple(
        Difference(file.name, kinds[file.name]) for file in record.files if file.name in kinds
    )


def _known_hashes(record: Record) -> dict[str, str]:
    """What this program knows of the recorded revision itself.

    Whoever can change a file on a share can change the record beside it as well.
    """
    model = CATALOG.get(record.name)
    origin = (record.source, record.repo, record.revision)
    return {
        name: sha256
        for source in (model.sources if model else ())
        if (source.hub, source.repo, source.revision) == origin
        for name, sha256 in source.sha256
    }
