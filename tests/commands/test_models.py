"""`asr models`: data on stdout, errors by the error tree, nothing fetched by looking."""

from __future__ import annotations

import socket
import subprocess
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner, Result

from asrcli.commands.models import app
from asrcli.engines import pull as pull_module
from asrcli.engines import store
from asrcli.engines.catalog import CATALOG, fetchable
from asrcli.engines.record import RECORD_NAME
from asrcli.errors import ExitCode, ModelError, UsageError
from tests.hub_server import HubState, isolate, repo_of, running_hub, tiny_files, write_files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    isolate(monkeypatch, tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(pull_module, "fetch_wheel", no_wheel)


def no_wheel(*_args: object) -> None:
    raise ModelError("no index")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[HubState]:
    """A ModelScope that has everything."""
    repos = {repo_of(model.name): tiny_files(model.name) for model in fetchable()}
    with running_hub(repos) as state:
        isolate(monkeypatch, tmp_path, state.endpoint)
        yield state


@pytest.fixture
def _no_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let any socket and any program be an error that nothing catches."""

    def forbidden(*_args: object, **_options: object) -> None:
        raise AssertionError("the outside was touched")

    monkeypatch.setattr(socket, "socket", forbidden)
    monkeypatch.setattr(socket, "create_connection", forbidden)
    monkeypatch.setattr(socket, "getaddrinfo", forbidden)
    monkeypatch.setattr(subprocess, "Popen", forbidden)


def run(*args: object) -> Result:
    return CliRunner().invoke(app, [str(arg) for arg in args])


def here(name: str) -> Path:
    """A model that somebody put into our cache."""
    return write_files(store.models_folder() / name, tiny_files(name))


# path --------------------------------------------------------------------------------------------


def test_path_prints_the_folder_and_nothing_else() -> None:
    folder = here("fsmn-vad")
    result = run("path", "fsmn-vad")
    assert result.exit_code == 0
    assert result.stdout == f"{folder}\n"
    assert result.stderr == ""


def test_path_fetches_what_is_not_here(server: HubState) -> None:
    result = run("path", "fsmn-vad")
    assert result.stdout.strip() == str(store.models_folder() / "fsmn-vad")
    assert (store.models_folder() / "fsmn-vad" / RECORD_NAME).is_file()


@pytest.mark.parametrize("by_variable", [False, True])
def test_path_offline_asks_nobody(
    by_variable: bool, server: HubState, monkeypatch: pytest.MonkeyPatch
) -> None:
    if by_variable:
        monkeypatch.setenv("ASR_OFFLINE", "1")
    result = run("path", "fsmn-vad", *([] if by_variable else ["--offline"]))
    assert server.requests == []
    assert isinstance(result.exception, ModelError)
    assert result.exception.exit_code == ExitCode.RUN_FAILED
    assert result.stdout == ""


def test_path_of_an_unknown_name_is_a_usage_error() -> None:
    result = run("path", "whisper")
    assert isinstance(result.exception, UsageError)
    assert "paraformer-zh, fsmn-vad, ct-punc, demo" in str(result.exception)


def test_the_settings_file_names_the_model_home(tmp_path: Path) -> None:
    folder = write_files(tmp_path / "models" / "fsmn-vad", tiny_files("fsmn-vad"))
    (tmp_path / "asrcli.toml").write_text('model-home = "models"\n', encoding="utf-8")
    assert run("path", "fsmn-vad", "--offline").stdout == f"{folder}\n"
    assert f"ASR_MODEL_HOME: {folder}" in run("list").stdout


# pull --------------------------------------------------------------------------------------------


def test_pull_prints_where_the_models_are(server: HubState) -> None:
    result = run("pull", "fsmn-vad", "campplus")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        f"fsmn-vad: {store.models_folder() / 'fsmn-vad'}",
        f"cam++: {store.models_folder() / 'cam++'}",
    ]


def test_off_a_terminal_a_plain_line_says_what_is_fetched(server: HubState) -> None:
    result = run("pull", "fsmn-vad")
    host = server.endpoint.removeprefix("http://")
    repo = repo_of("fsmn-vad")
    assert result.stderr == f"fsmn-vad: from ModelScope ({host}), {repo} v2.0.4\n"


def test_a_second_pull_fetches_nothing_and_says_the_same(server: HubState) -> None:
    first = run("pull", "fsmn-vad").stdout
    server.requests.clear()
    second = run("pull", "fsmn-vad", "fsmn-vad")
    assert (second.stdout, second.stderr, server.requests) == (first, "", [])


def test_pull_all_brings_everything_that_does_not_ship(server: HubState) -> None:
    result = run("pull", "--all")
    assert result.exit_code == 0
    assert [line.split(":")[0] for line in result.stdout.splitlines()] == [
        model.name for model in fetchable()
    ]


def test_pull_of_the_bundled_model_has_nothing_to_do() -> None:
    assert run("pull", "demo").stdout == "demo: ships with the program\n"


def test_pull_asks_nobody_where_offline_is_set(
    server: HubState, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASR_OFFLINE", "1")
    result = run("pull", "fsmn-vad")
    assert isinstance(result.exception, UsageError)
    assert "ASR_OFFLINE" in str(result.exception)
    assert server.requests == []


def test_one_model_that_cannot_be_had_does_not_hinder_the_others(server: HubState) -> None:
    server.repos.pop(repo_of("ct-punc"))
    result = run("pull", "ct-punc", "fsmn-vad")
    assert isinstance(result.exception, ModelError)
    assert "ct-punc cannot be fetched" in str(result.exception)
    assert result.stdout.startswith("fsmn-vad: ")


@pytest.mark.parametrize("args", [[], ["--all", "fsmn-vad"], ["whisper"]])
def test_pull_needs_names_or_all(args: list[str]) -> None:
    result = run("pull", *args)
    assert isinstance(result.exception, UsageError)


# verify ------------------------------------------------------------------------------------------


def test_verify_says_that_all_is_as_it_was(server: HubState) -> None:
    run("pull", "fsmn-vad")
    result = run("verify", "fsmn-vad")
    assert result.exit_code == 0
    assert result.stdout == "fsmn-vad: 4 files are as they were pulled\n"


def test_verify_names_every_difference_and_fails(server: HubState) -> None:
    run("pull", "fsmn-vad", "cam++")
    folder = store.models_folder() / "fsmn-vad"
    (folder / "model.pt").write_bytes(b"?")
    (folder / "am.mvn").unlink()
    (folder / "new").write_bytes(b"?")
    result = run("verify", "fsmn-vad", "cam++")
    assert result.exit_code == ExitCode.RUN_FAILED
    assert result.stdout.splitlines() == [
        f"fsmn-vad: missing {folder / 'am.mvn'}",
        f"fsmn-vad: altered {folder / 'model.pt'}",
        f"fsmn-vad: extra {folder / 'new'}",
        "cam++: 3 files are as they were pulled",
    ]
    assert run("verify").stdout.startswith(result.stdout)
    assert run("verify", folder).exit_code == ExitCode.RUN_FAILED


def test_verify_without_names_looks_at_all_that_is_here(server: HubState) -> None:
    run("pull", "cam++")
    folder = here("fsmn-vad")
    result = run("verify")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0] == f"fsmn-vad: {folder} has no record to compare with (our cache)"
    assert lines[1] == "cam++: 3 files are as they were pulled"
    assert lines[2].startswith("demo: ")


def test_verify_looks_at_the_copy_that_would_be_used(server: HubState, tmp_path: Path) -> None:
    run("pull", "fsmn-vad")
    run("export", tmp_path / "share")
    (tmp_path / "share" / "fsmn-vad" / "model.pt").unlink()
    (tmp_path / "asrcli.toml").write_text('model-home = "share"\n', encoding="utf-8")
    result = run("verify", "fsmn-vad")
    assert result.exit_code == ExitCode.RUN_FAILED
    assert result.stdout == f"fsmn-vad: missing {tmp_path / 'share' / 'fsmn-vad' / 'model.pt'}\n"


def test_verify_of_what_is_not_here_is_an_error() -> None:
    result = run("verify", "ct-punc")
    assert isinstance(result.exception, ModelError)
    assert "asr models pull ct-punc" in str(result.exception)


# export ------------------------------------------------------------------------------------------


def test_export_and_use_on_a_machine_without_network(
    server: HubState, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("pull", "fsmn-vad", "ct-punc")
    result = run("export", tmp_path / "stick")
    assert result.exit_code == 0
    folders = [tmp_path / "stick" / name for name in ("fsmn-vad", "ct-punc")]
    assert result.stdout.splitlines() == [str(folder) for folder in folders]
    isolate(monkeypatch, tmp_path / "another machine")
    monkeypatch.setenv("ASR_MODEL_HOME", str(tmp_path / "stick"))
    assert run("path", "ct-punc", "--offline").stdout == f"{folders[1]}\n"
    assert run("verify").exit_code == 0


def test_export_takes_names_and_a_relative_folder(server: HubState, tmp_path: Path) -> None:
    run("pull", "fsmn-vad", "cam++")
    assert run("export", "out", "campplus").stdout == f"{tmp_path / 'out' / 'cam++'}\n"
    assert not (tmp_path / "out" / "fsmn-vad").exists()


def test_the_bundled_model_is_exported_when_it_is_named(tmp_path: Path) -> None:
    assert run("export", "out", "demo").stdout == f"{tmp_path / 'out' / 'demo'}\n"
    assert run("verify", tmp_path / "out" / "demo").exit_code == 0


def test_nothing_to_export_says_what_to_do_first(tmp_path: Path) -> None:
    result = run("export", "out")
    assert isinstance(result.exception, ModelError)
    assert "asr models pull" in str(result.exception)
    assert not (tmp_path / "out").exists()


def test_a_folder_is_not_exported(tmp_path: Path) -> None:
    folder = write_files(tmp_path / "mine", tiny_files("fsmn-vad"))
    result = run("export", "out", folder)
    assert isinstance(result.exception, UsageError)


# list, and silence -------------------------------------------------------------------------------


def test_list_in_a_pipe_breaks_no_line_and_has_no_colours() -> None:
    result = run("list")
    lines = result.stdout.splitlines()
    sources = sum(len(model.sources) + bool(model.wheel) for model in CATALOG.values())
    assert len(lines) == 1 + len(CATALOG) + 1 + 1 + sources + 1
    assert "\x1b" not in result.stdout
    assert all(line == line.rstrip() for line in lines)


def test_list_survives_a_share_that_is_not_there(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ASR_MODEL_HOME", str(tmp_path / "nowhere"))
    result = run("list")
    assert result.exit_code == 0
    assert "is the share mounted?" in result.stdout


@pytest.mark.usefixtures("_no_way_out")
@pytest.mark.parametrize(
    "args",
    [
        ["list"],
        ["verify"],
        ["path", "fsmn-vad"],
        ["path", "demo", "--offline"],
        ["export", "out"],
        ["pull", "demo"],
    ],
)
def test_what_is_here_needs_no_network(args: list[str]) -> None:
    here("fsmn-vad")
    assert run(*args).exit_code == 0


@pytest.mark.usefixtures("_no_way_out")
def test_offline_says_so_without_trying() -> None:
    result = run("path", "paraformer-zh", "--offline")
    assert isinstance(result.exception, ModelError)
