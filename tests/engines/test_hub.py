"""From a name to a folder: the order of the places, fetching, offline, and what people are told."""

from __future__ import annotations

import os
import socket
import subprocess
from pathlib import Path

import pytest

from asrcli.engines import hub as module
from asrcli.engines import store
from asrcli.engines.catalog import CATALOG, known_names
from asrcli.engines.fetch import Timeouts
from asrcli.engines.hub import find_model, locate
from asrcli.engines.model_folder import fingerprint
from asrcli.errors import ModelError, UsageError
from tests.hub_server import isolate, running_hub, tiny_files, write_files

VAD = CATALOG["fsmn-vad"]
QUICK = Timeouts(connect_s=5, read_s=5)


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No model is here, no hub answers, and pip is never started."""
    isolate(monkeypatch, tmp_path)
    monkeypatch.setattr(module, "fetch_wheel", no_wheel)


def no_wheel(*_args: object) -> None:
    raise ModelError("no index")


def offline(name: str, role: str = "") -> Path:
    return find_model(name, offline=True, role=role).path


# The order of the places -------------------------------------------------------------------------


def test_every_place_is_looked_at_and_the_best_wins(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    home = Path(os.environ["HOME"])
    hugging = tmp_path / "xdg_cache_home/huggingface/hub/models--funasr--fsmn-vad/snapshots/abc"
    scope = home / ".cache/modelscope/hub" / VAD.modelscope
    ours = store.models_folder() / "fsmn-vad"
    share = tmp_path / "share"
    monkeypatch.setenv("ASR_MODEL_HOME", str(share))
    share.mkdir()
    for folder, where in (
        (hugging, "Hugging Face's cache"),
        (scope, "ModelScope's cache"),
        (ours, "our cache"),
        (share / "fsmn-vad", "ASR_MODEL_HOME"),
    ):
        write_files(folder, tiny_files("fsmn-vad"))
        found = locate("fsmn-vad")
        assert found is not None
        assert (found.path, found.where, found.name) == (folder, where, "fsmn-vad")


def test_the_demo_model_is_bundled_and_whole() -> None:
    found = locate("demo")
    assert found is not None
    assert found.where == "bundled"
    assert found.path.parts[-3:] == ("asrcli", "assets", "demo")
    assert module.is_whole(CATALOG["demo"], found.path)


def test_an_incomplete_copy_in_a_cache_is_passed_over(tmp_path: Path) -> None:
    scope = Path(os.environ["HOME"]) / ".cache/modelscope/models" / VAD.modelscope
    write_files(scope, tiny_files("fsmn-vad"))
    ours = write_files(store.models_folder() / "fsmn-vad", tiny_files("fsmn-vad"))
    (ours / "am.mvn").unlink()
    assert offline("fsmn-vad") == scope


def test_an_incomplete_copy_on_the_share_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = write_files(tmp_path / "share/fsmn-vad", tiny_files("fsmn-vad"))
    (folder / "model.pt").unlink()
    monkeypatch.setenv("ASR_MODEL_HOME", str(tmp_path / "share"))
    with pytest.raises(ModelError, match=r"ASR_MODEL_HOME: .* lacks model\.pt or"):
        offline("fsmn-vad")


def test_a_share_that_is_not_mounted_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ASR_MODEL_HOME", str(tmp_path / "nowhere"))
    with pytest.raises(ModelError, match="is the share mounted"):
        offline("fsmn-vad")
    assert offline("demo").name == "demo"


def test_a_share_without_this_model_is_passed_over(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ASR_MODEL_HOME", str(tmp_path))
    assert locate("fsmn-vad") is None


# Folders given by the user -----------------------------------------------------------------------


def test_a_folder_is_taken_by_its_path(tmp_path: Path) -> None:
    folder = write_files(tmp_path / "my vad", tiny_files("fsmn-vad"))
    found = find_model(str(folder), offline=True, role="vad")
    assert (found.name, found.path) == ("my vad", folder)
    assert found.sha256 == fingerprint(folder)


def test_a_relative_folder_and_one_in_the_home_folder_get_their_real_path(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = write_files(Path(os.environ["HOME"]) / "vad", tiny_files("fsmn-vad"))
    monkeypatch.chdir(folder)
    assert offline(".") == folder
    assert offline("../vad") == folder
    assert offline("~/vad") == folder
    assert find_model(".", offline=True).name == "vad"


def test_a_known_name_is_never_a_folder_that_lies_around(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = write_files(tmp_path / "demo", tiny_files("fsmn-vad"))
    monkeypatch.chdir(tmp_path)
    assert offline("demo") != folder
    assert offline("./demo") == folder


def test_a_folder_of_another_role_is_told_where_it_belongs(tmp_path: Path) -> None:
    folder = write_files(tmp_path / "vad", tiny_files("fsmn-vad"))
    with pytest.raises(ModelError, match="it belongs to --vad"):
        offline(str(folder), role="asr")


@pytest.mark.parametrize("name", ["whisper", "./nothing", "/nothing/here"])
def test_neither_a_name_nor_a_folder_lists_the_names(name: str) -> None:
    with pytest.raises(UsageError) as caught:
        offline(name, role="asr")
    assert (
        str(caught.value) == f"--model {name}: neither a model (paraformer-zh, demo) nor a folder"
    )


def test_a_file_is_not_a_model_folder(tmp_path: Path) -> None:
    (tmp_path / "model.pt").write_bytes(b"x")
    with pytest.raises(UsageError, match="give the folder that holds the model"):
        offline(str(tmp_path / "model.pt"))


def test_a_name_of_another_role_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match=r"--punc demo: .*choose ct-punc"):
        offline("demo", role="punc")


# Offline -----------------------------------------------------------------------------------------


@pytest.fixture
def _no_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let any socket and any program be an error that nothing catches."""

    def forbidden(*_args: object, **_options: object) -> None:
        raise AssertionError("the outside was touched")

    monkeypatch.setattr(socket, "socket", forbidden)
    monkeypatch.setattr(socket, "getaddrinfo", forbidden)
    monkeypatch.setattr(subprocess, "Popen", forbidden)


@pytest.mark.usefixtures("_no_way_out")
@pytest.mark.parametrize("name", [name for name in known_names() if name != "demo"])
def test_offline_touches_nothing_outside_and_says_what_to_do(name: str) -> None:
    with pytest.raises(ModelError) as caught:
        offline(name)
    message = str(caught.value)
    assert f"`asr models path {name}`" in message
    assert f"$ASR_MODEL_HOME/{name}" in message
    assert {"vad": "--vad DIR", "asr": "--model DIR", "punc": "--punc DIR"}[CATALOG[name].role] in (
        message
    )
    assert "\n" not in message


@pytest.mark.usefixtures("_no_way_out")
def test_offline_finds_what_is_here() -> None:
    folder = write_files(store.models_folder() / "fsmn-vad", tiny_files("fsmn-vad"))
    assert offline("fsmn-vad") == folder
    assert offline("demo").name == "demo"


@pytest.mark.usefixtures("_no_way_out")
def test_looking_never_fetches() -> None:
    assert [name for name in known_names() if locate(name)] == ["demo"]


# Fetching ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["fsmn-vad", "ct-punc", "paraformer-zh"])
def test_a_model_is_fetched_once_and_stays(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    files = tiny_files(name)
    with running_hub({CATALOG[name].modelscope: files}) as server:
        isolate(monkeypatch, tmp_path, server.endpoint)
        found = find_model(name, offline=False, timeouts=QUICK)
        asked = len(server.requests)
        assert find_model(name, offline=False, timeouts=QUICK) == found
        assert len(server.requests) == asked
    assert found.path == store.models_folder() / name
    assert {path.name: path.read_bytes() for path in found.path.iterdir()} == files
    assert found.sha256 == fingerprint(found.path)
    assert find_model(name, offline=True) == found


def test_hugging_face_is_asked_after_modelscope(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with running_hub({VAD.huggingface: tiny_files("fsmn-vad")}) as server:
        isolate(monkeypatch, tmp_path, server.endpoint)
        find_model("fsmn-vad", offline=False, timeouts=QUICK)
    assert [path.split("/")[2] for path in server.requests[:2]] == ["v1", "models"]
    assert locate("fsmn-vad") is not None


@pytest.mark.parametrize("fault", ["missing", "truncated", "altered", "broken", "refused"])
def test_a_broken_download_at_one_hub_leaves_no_trace_in_the_model(
    fault: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    good = tiny_files("fsmn-vad")
    stale = good | {"am.mvn": b"of another release"}
    with (
        running_hub({VAD.modelscope: stale}) as first,
        running_hub({VAD.huggingface: good}) as second,
    ):
        first.faults["configuration.json"] = fault
        isolate(monkeypatch, tmp_path, first.endpoint)
        monkeypatch.setenv("HF_ENDPOINT", second.endpoint)
        found = find_model("fsmn-vad", offline=False, timeouts=QUICK)
    assert "am.mvn" in first.fetched()
    assert {path.name: path.read_bytes() for path in found.path.iterdir()} == good


def test_a_download_that_fails_everywhere_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    files = tiny_files("fsmn-vad")
    with running_hub({VAD.modelscope: files, VAD.huggingface: files}) as server:
        server.faults["model.pt"] = "altered"
        isolate(monkeypatch, tmp_path, server.endpoint)
        with pytest.raises(ModelError, match=r"model\.pt: .*SHA-256.*model\.pt: .*SHA-256"):
            find_model("fsmn-vad", offline=False, timeouts=QUICK)
    assert not (store.models_folder() / "fsmn-vad").exists()
    assert locate("fsmn-vad") is None


def test_the_wheel_is_the_last_resort(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def from_wheel(wheel: object, folder: Path) -> None:
        asked.append(wheel)
        write_files(folder, tiny_files("fsmn-vad"))

    monkeypatch.setattr(module, "fetch_wheel", from_wheel)
    found = find_model("fsmn-vad", offline=False, timeouts=QUICK)
    assert asked == [VAD.wheel]
    assert found.path == store.models_folder() / "fsmn-vad"


def test_no_source_at_all_is_one_line_with_every_reason_and_a_way_out() -> None:
    with pytest.raises(ModelError) as caught:
        find_model("fsmn-vad", offline=False, timeouts=QUICK)
    message = str(caught.value)
    assert message.startswith(
        "fsmn-vad cannot be fetched (127.0.0.1:1: connection refused; "
        "127.0.0.1:1: connection refused; PyPI: no index); "
    )
    assert "--vad DIR" in message
    assert "$ASR_MODEL_HOME/fsmn-vad" in message
    assert "\n" not in message


def test_a_model_without_a_wheel_never_asks_pip() -> None:
    with pytest.raises(ModelError) as caught:
        find_model("paraformer-zh", offline=False, timeouts=QUICK)
    assert "PyPI" not in str(caught.value)
