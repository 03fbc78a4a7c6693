"""`asr models`: data on stdout, errors by the error tree, nothing fetched by looking."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner, Result

from asrcli.commands.models import app, readable_size
from asrcli.engines import store
from asrcli.engines.catalog import CATALOG, known_names
from asrcli.errors import ExitCode, ModelError, UsageError
from tests.hub_server import isolate, running_hub, tiny_files, write_files

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    isolate(monkeypatch, tmp_path)
    monkeypatch.chdir(tmp_path)


def run(*args: str) -> Result:
    return CliRunner().invoke(app, list(args))


def test_path_prints_the_folder_and_nothing_else() -> None:
    folder = write_files(store.models_folder() / "fsmn-vad", tiny_files("fsmn-vad"))
    result = run("path", "fsmn-vad")
    assert result.exit_code == 0
    assert result.stdout == f"{folder}\n"
    assert result.stderr == ""


def test_path_fetches_what_is_not_here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with running_hub({CATALOG["fsmn-vad"].modelscope: tiny_files("fsmn-vad")}) as server:
        isolate(monkeypatch, tmp_path, server.endpoint)
        result = run("path", "fsmn-vad")
    assert result.stdout.strip() == str(store.models_folder() / "fsmn-vad")
    assert (store.models_folder() / "fsmn-vad" / "model.pt").is_file()


@pytest.mark.parametrize("by_variable", [False, True])
def test_path_offline_asks_nobody(
    by_variable: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if by_variable:
        monkeypatch.setenv("ASR_OFFLINE", "1")
    with running_hub({CATALOG["fsmn-vad"].modelscope: tiny_files("fsmn-vad")}) as server:
        isolate(monkeypatch, tmp_path, server.endpoint)
        result = run("path", "fsmn-vad", *([] if by_variable else ["--offline"]))
        assert server.requests == []
    assert isinstance(result.exception, ModelError)
    assert result.exception.exit_code == ExitCode.RUN_FAILED
    assert result.stdout == ""


def test_path_of_an_unknown_name_is_a_usage_error() -> None:
    result = run("path", "whisper")
    assert isinstance(result.exception, UsageError)
    assert "paraformer-zh, fsmn-vad, ct-punc, demo" in str(result.exception)


def test_list_shows_every_model_and_where_it_is() -> None:
    folder = write_files(store.models_folder() / "fsmn-vad", tiny_files("fsmn-vad"))
    result = run("list")
    assert result.exit_code == 0
    rows = {line.split()[0]: line for line in result.stdout.splitlines()[1:]}
    assert tuple(rows) == known_names()
    assert f"our cache: {folder}" in rows["fsmn-vad"]
    assert "bundled" in rows["demo"]
    assert "995 MB to fetch" in rows["paraformer-zh"]
    assert "not here" in rows["paraformer-zh"]


def test_list_in_a_pipe_breaks_no_line_and_has_no_colours(tmp_path: Path) -> None:
    result = run("list")
    lines = result.stdout.splitlines()
    assert len(lines) == 1 + len(CATALOG)
    assert "\x1b" not in result.stdout
    assert all(line == line.rstrip() for line in lines)


def test_list_survives_a_share_that_is_not_there(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ASR_MODEL_HOME", str(tmp_path / "nowhere"))
    result = run("list")
    assert result.exit_code == 0
    assert "is the share mounted?" in result.stdout


@pytest.mark.parametrize(
    ("size_bytes", "words"),
    [
        (1_730_000, "1.7 MB"),
        (10_600_000, "11 MB"),
        (995_000_000, "995 MB"),
        (1_130_000_000, "1.1 GB"),
    ],
)
def test_sizes_are_readable(size_bytes: int, words: str) -> None:
    assert readable_size(size_bytes) == words
