"""A copy for another machine: whole, the same, and usable there."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import pytest

from asrcli.engines import export as module
from asrcli.engines import store
from asrcli.engines.export import export
from asrcli.engines.hub import Located, find_model, locate
from asrcli.engines.model_folder import file_hashes
from asrcli.engines.record import RECORD_NAME, Record, read_record, record_of, write_record
from asrcli.engines.verify import differences
from asrcli.errors import LockHeldError, ModelError, RunError
from asrcli.files import run_lock
from tests.hub_server import isolate, tiny_files, write_files

if TYPE_CHECKING:
    from pathlib import Path

FILES = tiny_files("fsmn-vad")


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    isolate(monkeypatch, tmp_path)


@pytest.fixture
def pulled() -> Located:
    """A model in our cache, as a pull leaves it."""
    folder = write_files(store.models_folder() / "fsmn-vad", FILES)
    hashes = file_hashes(folder, FILES).items()
    source = ("modelscope", "owner/name", "v2.0.4")
    write_record(folder, record_of(folder, hashes, name="fsmn-vad", source=source))
    return Located("fsmn-vad", folder, "our cache")


@pytest.fixture
def share(tmp_path: Path) -> Path:
    return tmp_path / "share" / "models"


def record(folder: Path) -> Record:
    found = read_record(folder)
    assert found is not None
    return found


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_copy_is_the_same_with_its_record(pulled: Located, share: Path) -> None:
    folder = export(pulled, share)
    assert folder == share / "fsmn-vad"
    assert names(folder) == sorted([*FILES, RECORD_NAME])
    assert all((folder / name).read_bytes() == content for name, content in FILES.items())
    assert record(folder) == record(pulled.path)
    assert differences(folder, record(folder)) == ()
    assert names(share) == [".asrcli.lock", "fsmn-vad"]


def test_another_machine_uses_it_without_network(
    pulled: Located, share: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    export(pulled, share)
    isolate(monkeypatch, tmp_path / "another machine")
    assert locate("fsmn-vad") is None
    found = find_model("fsmn-vad", offline=True, home=str(share))
    assert found.path == share / "fsmn-vad"
    monkeypatch.setenv("ASR_MODEL_HOME", str(share))
    assert find_model("fsmn-vad", offline=True) == found


def test_what_lies_beside_the_model_stays_behind(pulled: Located, share: Path) -> None:
    (pulled.path / "notes.txt").write_text("mine", encoding="utf-8")
    assert "notes.txt" not in names(export(pulled, share))


def test_a_copy_that_is_there_stays(pulled: Located, share: Path) -> None:
    folder = export(pulled, share)
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    os.utime(folder / "model.pt", ns=(5, 5))
    export(pulled, share)
    after = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert after == before | {"model.pt": 5}


@pytest.mark.parametrize("damage", ["model.pt", RECORD_NAME])
def test_a_copy_that_is_damaged_is_replaced(damage: str, pulled: Located, share: Path) -> None:
    folder = export(pulled, share)
    (folder / damage).write_bytes(b"?")
    export(pulled, share)
    assert differences(folder, record(folder)) == ()


def test_a_model_that_changed_since_it_was_pulled_is_not_passed_on(
    pulled: Located, share: Path
) -> None:
    content = FILES["model.pt"]
    (pulled.path / "model.pt").write_bytes(content[::-1])
    os.utime(pulled.path / "model.pt", ns=(1, 1))
    with pytest.raises(ModelError, match=r"model\.pt changed since .* `asr models pull fsmn-vad`"):
        export(pulled, share)
    assert not share.exists()


def test_a_model_that_lacks_a_file_is_not_passed_on(pulled: Located, share: Path) -> None:
    (pulled.path / "am.mvn").unlink()
    with pytest.raises(ModelError, match=r"am\.mvn is missing"):
        export(pulled, share)
    assert not share.exists()


def test_a_change_that_kept_size_and_time_is_found_by_the_copy(
    pulled: Located, share: Path
) -> None:
    path = pulled.path / "model.pt"
    export(pulled, share / "first")
    stat = path.stat()
    path.write_bytes(FILES["model.pt"][::-1])
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    with pytest.raises(ModelError, match=r"model\.pt changed since"):
        export(pulled, share / "second")
    assert names(share / "second") == [".asrcli.lock"]


def test_a_model_of_somebody_elses_gets_a_record_that_says_so(share: Path, tmp_path: Path) -> None:
    blobs = write_files(tmp_path / "blobs", FILES)
    snapshot = tmp_path / "snapshot"
    snapshot.mkdir()
    for name in FILES:
        (snapshot / name).symlink_to(blobs / name)
    (snapshot / "README.md").write_text("a card", encoding="utf-8")
    folder = export(Located("fsmn-vad", snapshot, "Hugging Face's cache"), share)
    found = record(folder)
    assert (found.source, found.repo, found.revision) == ("Hugging Face's cache", "", "")
    assert sorted(file.name for file in found.files) == sorted(FILES)
    assert not any(path.is_symlink() for path in folder.iterdir())
    assert differences(folder, found) == ()


def test_safetensors_are_taken_along(share: Path, tmp_path: Path) -> None:
    here = write_files(tmp_path / "here", FILES)
    (here / "model.pt").rename(here / "model.safetensors")
    folder = export(Located("fsmn-vad", here, "our cache"), share)
    assert "model.safetensors" in names(folder)


def test_a_disk_without_room_is_noticed_before_the_copy(
    pulled: Located, share: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SPARE_BYTES", 1 << 62)
    with pytest.raises(ModelError, match=r"fsmn-vad: .* MB are needed in .* MB are free"):
        export(pulled, share)
    assert names(share) == [".asrcli.lock"]


def test_a_disk_that_fills_up_leaves_nothing_and_keeps_the_old_copy(
    pulled: Located, share: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = write_files(share / "fsmn-vad", {"am.mvn": b"old"})

    def full(_descriptor: int, _data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as context:
        # The lock is written before with another call.
        context.setattr("asrcli.files.os.write", full)
        with pytest.raises(RunError, match="the disk is full"):
            export(pulled, share)
    assert names(share) == [".asrcli.lock", "fsmn-vad"]
    assert names(old) == ["am.mvn"]


def test_a_copy_that_reads_back_differently_is_not_published(
    pulled: Located, share: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from asrcli.engines.verify import Difference

    monkeypatch.setattr(module, "differences", lambda *_: (Difference("model.pt", "altered"),))
    with pytest.raises(ModelError, match=r"model\.pt cannot be read back as it was written"):
        export(pulled, share)
    assert names(share) == [".asrcli.lock"]


def test_what_a_killed_export_left_is_no_hindrance(pulled: Located, share: Path) -> None:
    write_files(share / ".asrcli-fsmn-vad", {"model.pt": b"half", "other": b"?"})
    assert names(export(pulled, share)) == sorted([*FILES, RECORD_NAME])
    assert names(share) == [".asrcli.lock", "fsmn-vad"]


def test_two_exports_at_once_are_told_apart(pulled: Located, share: Path) -> None:
    with run_lock(share), pytest.raises(LockHeldError):
        export(pulled, share)


def test_a_target_that_is_a_file_is_an_error(pulled: Located, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(RunError, match="choose another folder"):
        export(pulled, tmp_path / "file")
