"""`asr doctor`: one screen, and an exit code that a script can rely on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import typer
from typer.testing import CliRunner, Result

from asrcli.commands.doctor import COLOURS, MARKS, doctor
from asrcli.doctor import Level
from asrcli.engines import store
from asrcli.errors import UsageError
from tests.hub_server import isolate, tiny_files, write_files

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    isolate(monkeypatch, tmp_path)
    monkeypatch.chdir(tmp_path)


def run() -> Result:
    app = typer.Typer()
    app.command()(doctor)
    return CliRunner().invoke(app, [])


def test_every_level_has_a_mark_and_a_colour() -> None:
    assert set(MARKS) == set(COLOURS) == set(Level)


def test_a_missing_default_model_ends_with_one() -> None:
    result = run()
    assert result.exit_code == 1
    (line,) = [line for line in result.stdout.splitlines() if "model: paraformer-zh" in line]
    assert line.startswith("!!")
    assert line.endswith("not here; asr models pull paraformer-zh, or --model DIR")


@pytest.mark.parametrize("by_file", [True, False])
def test_the_models_are_those_of_the_settings_in_force(
    by_file: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    write_files(store.models_folder() / "fsmn-vad", tiny_files("fsmn-vad"))
    if by_file:
        (tmp_path / "asrcli.toml").write_text('model = "demo"\n', encoding="utf-8")
    else:
        monkeypatch.setenv("ASR_MODEL", "demo")
    result = run()
    assert result.exit_code == 0
    assert "!!" not in result.stdout


def test_in_a_pipe_each_thing_is_one_plain_line() -> None:
    result = run()
    assert "\x1b" not in result.stdout
    assert all(line[:2] in MARKS.values() for line in result.stdout.splitlines())
    assert result.stderr == ""


def test_a_bad_setting_is_a_usage_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASR_DEVICE", "toaster")
    assert isinstance(run().exception, UsageError)
