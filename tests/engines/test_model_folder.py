"""A model folder: whole or not, of which kind, and one hash for it."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

import pytest

from asrcli.engines.model_folder import (
    check_folder,
    file_hashes,
    fingerprint,
    folder_size_bytes,
    missing_file,
)
from asrcli.errors import ModelError
from asrcli.files import content_hash
from tests.hub_server import tiny_files, write_files

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def vad(tmp_path: Path) -> Path:
    return write_files(tmp_path / "vad", tiny_files("fsmn-vad"))


def test_the_first_missing_file_is_named(vad: Path) -> None:
    assert missing_file(vad, ("config.yaml", "am.mvn")) == ""
    assert missing_file(vad, ("am.mvn", "tokens.json", "seg_dict")) == "tokens.json"


def test_an_empty_file_and_a_folder_count_as_missing(vad: Path) -> None:
    (vad / "am.mvn").write_bytes(b"")
    (vad / "seg_dict").mkdir()
    assert missing_file(vad, ("am.mvn",)) == "am.mvn"
    assert missing_file(vad, ("seg_dict",)) == "seg_dict"


def test_safetensors_stand_in_for_a_checkpoint(vad: Path) -> None:
    (vad / "model.pt").rename(vad / "model.safetensors")
    assert missing_file(vad, ("model.pt",)) == ""
    (vad / "model.safetensors").unlink()
    assert missing_file(vad, ("model.pt",)) == "model.pt or model.safetensors"


@pytest.mark.parametrize(
    ("name", "role"), [("fsmn-vad", "vad"), ("demo", "asr"), ("ct-punc", "punc")]
)
def test_the_role_is_read_from_the_class(name: str, role: str, tmp_path: Path) -> None:
    folder = write_files(tmp_path / "any name", tiny_files(name))
    assert check_folder(folder) == role
    assert check_folder(folder, role=role) == role


@pytest.mark.parametrize("gone", ["config.yaml", "model.pt", "am.mvn", "tokens.json"])
def test_a_folder_that_lacks_a_file_says_which(gone: str, tmp_path: Path) -> None:
    folder = write_files(tmp_path / "asr", tiny_files("demo"))
    (folder / gone).unlink()
    with pytest.raises(ModelError, match=gone.replace(".", r"\.")) as caught:
        check_folder(folder)
    assert "\n" not in str(caught.value)


def test_a_vad_needs_no_tokens_and_a_recogniser_no_word_list(vad: Path, tmp_path: Path) -> None:
    check_folder(vad)
    folder = write_files(tmp_path / "asr", tiny_files("demo"))
    (folder / "seg_dict").unlink()
    check_folder(folder)


def test_a_model_in_the_wrong_place_is_told_where_it_belongs(vad: Path) -> None:
    with pytest.raises(ModelError, match=r"--model .*FsmnVADStreaming; it belongs to --vad"):
        check_folder(vad, role="asr")


@pytest.mark.parametrize("config", [b"model: Whisper\n", b"other: 1\n"])
def test_a_class_that_nothing_here_reads_is_an_error(config: bytes, vad: Path) -> None:
    (vad / "config.yaml").write_bytes(config)
    with pytest.raises(ModelError, match=r"asr reads SeacoParaformer, FsmnVADStreaming"):
        check_folder(vad)


def test_the_fingerprint_is_what_its_docstring_says(vad: Path) -> None:
    files = ("am.mvn", "config.yaml", "model.pt")
    lines = [f"{name}\0{hashlib.sha256((vad / name).read_bytes()).hexdigest()}\n" for name in files]
    assert fingerprint(vad) == hashlib.sha256("".join(lines).encode()).hexdigest()


def test_the_fingerprint_goes_with_the_files_not_with_the_place(vad: Path, tmp_path: Path) -> None:
    copy = write_files(tmp_path / "elsewhere", tiny_files("fsmn-vad"))
    (copy / "configuration.json").unlink()
    (copy / "README.md").write_text("a note", encoding="utf-8")
    assert fingerprint(copy) == fingerprint(vad)


@pytest.mark.parametrize("name", ["config.yaml", "model.pt", "am.mvn", "tokens.json", "seg_dict"])
def test_any_change_of_a_part_changes_the_fingerprint(name: str, tmp_path: Path) -> None:
    folder = write_files(tmp_path / "asr", tiny_files("demo"))
    before = fingerprint(folder)
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content + b" ")
    assert fingerprint(folder) != before
    (folder / name).write_bytes(content)
    assert fingerprint(folder) == before


def test_swapped_contents_are_not_the_same_model(tmp_path: Path) -> None:
    files = tiny_files("demo")
    folder = write_files(tmp_path / "asr", files)
    before = fingerprint(folder)
    write_files(folder, {"am.mvn": files["seg_dict"], "seg_dict": files["am.mvn"]})
    assert fingerprint(folder) != before


def test_no_weights_is_an_error(vad: Path) -> None:
    (vad / "model.pt").unlink()
    with pytest.raises(ModelError, match="no weights"):
        fingerprint(vad)


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files that were read to be hashed."""
    read: list[str] = []

    def record(path: Path) -> str:
        read.append(path.name)
        return content_hash(path)

    monkeypatch.setattr("asrcli.files.content_hash", record)
    return read


def test_what_has_not_changed_is_not_read_again(
    vad: Path, tmp_path: Path, hashed: list[str]
) -> None:
    memory = tmp_path / "hashes"
    first = fingerprint(vad, memory=memory)
    assert sorted(hashed) == ["am.mvn", "config.yaml", "model.pt"]
    hashed.clear()
    assert fingerprint(vad, memory=memory) == first
    assert hashed == []


def test_a_touched_file_is_read_again_and_only_that(
    vad: Path, tmp_path: Path, hashed: list[str]
) -> None:
    memory = tmp_path / "hashes"
    before = fingerprint(vad, memory=memory)
    content = (vad / "model.pt").read_bytes()
    (vad / "model.pt").write_bytes(content[::-1])
    os.utime(vad / "model.pt", ns=(1, 1))
    hashed.clear()
    assert fingerprint(vad, memory=memory) != before
    assert hashed == ["model.pt"]


def test_two_folders_do_not_share_their_memory(vad: Path, tmp_path: Path) -> None:
    memory = tmp_path / "hashes"
    other = write_files(tmp_path / "other", tiny_files("fsmn-vad"))
    (other / "am.mvn").write_bytes((vad / "am.mvn").read_bytes()[::-1])
    os.utime(other / "am.mvn", ns=(5, 5))
    os.utime(vad / "am.mvn", ns=(5, 5))
    assert fingerprint(vad, memory=memory) != fingerprint(other, memory=memory)


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"model.pt": 3}', b'{"model.pt": ["a"]}'])
def test_a_damaged_memory_is_only_slow(damage: bytes, vad: Path, tmp_path: Path) -> None:
    memory = tmp_path / "hashes"
    expected = fingerprint(vad, memory=memory)
    (note,) = memory.iterdir()
    note.write_bytes(damage)
    assert fingerprint(vad, memory=memory) == expected


def test_a_memory_that_cannot_be_written_is_only_slow(vad: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_bytes(b"not a folder")
    assert fingerprint(vad, memory=blocked / "hashes") == fingerprint(vad)


def test_the_size_counts_the_model_alone(vad: Path) -> None:
    expected = sum((vad / name).stat().st_size for name in ("config.yaml", "model.pt", "am.mvn"))
    (vad / "notes.wav").write_bytes(b"x" * 1000)
    assert folder_size_bytes(vad) == expected


def test_the_size_counts_other_names_where_they_are_given(vad: Path) -> None:
    (vad / "bpe.model").write_bytes(b"x" * 1000)
    weights = (vad / "model.pt").stat().st_size
    assert folder_size_bytes(vad, ("bpe.model", "absent")) == weights + 1000


def test_hashes_of_any_files_stand_in_the_order_asked_for(vad: Path) -> None:
    names = ("model.pt", "am.mvn", "configuration.json")
    hashes = file_hashes(vad, names)
    assert tuple(hashes) == names
    assert hashes == {name: content_hash(vad / name) for name in names}


def test_a_file_that_is_not_there_has_no_hash(vad: Path) -> None:
    with pytest.raises(ModelError, match=r"absent: No such file"):
        file_hashes(vad, ("am.mvn", "absent"))


def test_what_is_remembered_of_other_files_stays(
    vad: Path, tmp_path: Path, hashed: list[str]
) -> None:
    memory = tmp_path / "hashes"
    file_hashes(vad, ("configuration.json", "am.mvn"), memory)
    fingerprint(vad, memory=memory)
    hashed.clear()
    file_hashes(vad, ("configuration.json", "model.pt", "am.mvn"), memory)
    assert hashed == []
