"""Changed files are noticed: cheaply before every use, thoroughly when asked."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from asrcli.engines import model_folder
from asrcli.engines.catalog import CATALOG
from asrcli.engines.model_folder import file_hashes
from asrcli.engines.record import RECORD_NAME, Record, read_record, record_of, write_record
from asrcli.engines.verify import ALTERED, EXTRA, MISSING, Difference, check_unchanged, differences
from asrcli.errors import ModelError
from asrcli.files import content_hash
from tests.hub_server import tiny_files, write_files

if TYPE_CHECKING:
    from pathlib import Path

FILES = ("am.mvn", "config.yaml", "configuration.json", "model.pt")


def recorded(folder: Path, *, source: tuple[str, str, str] = ("modelscope", "o/n", "v1")) -> Path:
    """A model folder with a record of what it holds."""
    write_files(folder, tiny_files("fsmn-vad"))
    hashes = file_hashes(folder, FILES)
    write_record(folder, record_of(folder, hashes.items(), name="fsmn-vad", source=source))
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return recorded(tmp_path / "fsmn-vad")


def record(folder: Path) -> Record:
    found = read_record(folder)
    assert found is not None
    return found


def alter(path: Path) -> None:
    """Change the content, not the size."""
    content = path.read_bytes()
    path.write_bytes(bytes([content[0] ^ 1]) + content[1:])
    os.utime(path, ns=(1, 1))


def test_a_folder_as_it_was_pulled_has_no_differences(folder: Path, tmp_path: Path) -> None:
    assert differences(folder, record(folder)) == ()
    assert check_unchanged(folder, memory=tmp_path / "memory") == record(folder)


def test_a_folder_without_a_record_is_not_compared(folder: Path) -> None:
    (folder / RECORD_NAME).unlink()
    assert check_unchanged(folder, memory=None) is None


@pytest.mark.parametrize("name", FILES)
def test_one_changed_bit_in_any_file_is_found(name: str, folder: Path) -> None:
    alter(folder / name)
    assert differences(folder, record(folder)) == (Difference(name, ALTERED),)
    with pytest.raises(ModelError, match=f"{name} changed since the model was pulled"):
        check_unchanged(folder, memory=None)


def test_every_altered_missing_and_extra_file_is_named(folder: Path) -> None:
    alter(folder / "am.mvn")
    (folder / "config.yaml").write_bytes(b"longer than it was before, by a few words\n")
    (folder / "model.pt").unlink()
    (folder / "model.safetensors").write_bytes(b"?")
    (folder / "notes").mkdir()
    assert differences(folder, record(folder)) == (
        Difference("am.mvn", ALTERED),
        Difference("config.yaml", ALTERED),
        Difference("model.pt", MISSING),
        Difference("model.safetensors", EXTRA),
        Difference("notes", EXTRA),
    )


def test_a_folder_that_went_away_is_an_error(folder: Path, tmp_path: Path) -> None:
    known = record(folder)
    with pytest.raises(ModelError, match="No such file"):
        differences(tmp_path / "nowhere", known)


def test_the_message_says_what_to_do(folder: Path) -> None:
    (folder / "model.pt").unlink()
    with pytest.raises(ModelError) as caught:
        check_unchanged(folder, memory=None)
    message = str(caught.value)
    assert message.startswith(f"{folder}: model.pt is missing; ")
    assert "`asr models verify fsmn-vad`" in message
    assert "`asr models pull fsmn-vad`" in message
    assert "\n" not in message


def test_a_copy_on_a_share_is_made_good_by_another_copy(folder: Path) -> None:
    (folder / "model.pt").unlink()
    with pytest.raises(ModelError, match=r"`asr models export` .* copies fsmn-vad again"):
        check_unchanged(folder, memory=None, cure="export")


@pytest.mark.parametrize("name", ["model.safetensors", "tokens.json", "jieba_usr_dict"])
def test_a_file_that_would_be_loaded_but_was_not_pulled_is_refused(name: str, folder: Path) -> None:
    (folder / name).write_bytes(b"slipped in")
    with pytest.raises(ModelError, match=f"{name} is none of the files that were pulled"):
        check_unchanged(folder, memory=None)


def test_other_files_in_the_folder_do_not_hinder_its_use(folder: Path) -> None:
    (folder / "README.md").write_text("a note", encoding="utf-8")
    assert check_unchanged(folder, memory=None) is not None
    assert differences(folder, record(folder)) == (Difference("README.md", EXTRA),)


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files that were read to be hashed."""
    read: list[str] = []

    def watch(path: Path) -> str:
        read.append(path.name)
        return content_hash(path)

    monkeypatch.setattr("asrcli.files.content_hash", watch)
    return read


def test_the_check_reads_a_file_once(folder: Path, tmp_path: Path, hashed: list[str]) -> None:
    memory = tmp_path / "memory"
    check_unchanged(folder, memory=memory)
    assert sorted(hashed) == list(FILES)
    hashed.clear()
    check_unchanged(folder, memory=memory)
    assert hashed == []
    differences(folder, record(folder))
    assert sorted(hashed) == list(FILES)


def test_the_check_and_the_fingerprint_share_what_they_remember(
    folder: Path, tmp_path: Path, hashed: list[str]
) -> None:
    memory = tmp_path / "memory"
    check_unchanged(folder, memory=memory)
    hashed.clear()
    model_folder.fingerprint(folder, memory=memory)
    check_unchanged(folder, memory=memory)
    assert hashed == []


def test_a_change_is_noticed_in_spite_of_the_memory(folder: Path, tmp_path: Path) -> None:
    memory = tmp_path / "memory"
    check_unchanged(folder, memory=memory)
    alter(folder / "model.pt")
    with pytest.raises(ModelError, match=r"model\.pt changed"):
        check_unchanged(folder, memory=memory)


def test_a_file_of_another_size_is_not_read_at_all(folder: Path, hashed: list[str]) -> None:
    (folder / "am.mvn").write_bytes(b"short")
    with pytest.raises(ModelError, match=r"am\.mvn changed"):
        check_unchanged(folder, memory=None)
    assert hashed == []


def test_a_record_that_was_changed_along_with_the_file_is_not_believed(tmp_path: Path) -> None:
    source = CATALOG["fsmn-vad"].sources[0]
    folder = recorded(tmp_path / "share", source=(source.hub, source.repo, source.revision))
    # The stand-ins are not what is published under this revision.
    assert {one.file for one in differences(folder, record(folder))} == set(FILES)
    with pytest.raises(ModelError, match=r"am\.mvn changed since"):
        check_unchanged(folder, memory=None)
