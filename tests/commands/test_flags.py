"""A group of options becomes keyword parameters, and these become settings."""

from __future__ import annotations

import inspect
import os
from pathlib import Path
from typing import Annotated, Any, Unpack

import pytest
import typer
from typer.testing import CliRunner

from asrcli.commands.flags import (
    EngineFlags,
    FileFlags,
    FolderFlags,
    ScreenFlags,
    settings_from,
    takes,
)
from asrcli.errors import UsageError
from asrcli.settings import CONFIG_NAME, Settings


@takes(FolderFlags)
def command(
    directory: Annotated[Path, typer.Argument(help="Where")], **flags: Unpack[FolderFlags]
) -> None:
    """Show what arrived."""
    given = {name: value for name, value in flags.items() if value is not None}
    typer.echo(repr((str(directory), given)))


def arrived(*args: str) -> Any:
    app = typer.Typer()
    app.command()(command)
    result = CliRunner().invoke(app, list(args))
    assert result.exit_code == 0, result.output
    return eval(result.stdout, {"PosixPath": Path})


class TestTakes:
    """What Typer is shown."""

    def test_the_signature_has_a_parameter_for_each_key(self) -> None:
        parameters = inspect.signature(command).parameters
        assert list(parameters) == ["directory", *FolderFlags.__annotations__]
        optional = list(parameters.values())[1:]
        assert {p.kind for p in optional} == {inspect.Parameter.KEYWORD_ONLY}
        assert {p.default for p in optional} == {None}

    def test_nothing_given(self) -> None:
        assert arrived("x") == ("x", {})

    def test_everything_given(self) -> None:
        args = "-o out -f srt,csv -m demo --vad v --punc none -d cpu --precision fp32"
        args += " --hotwords w.txt --hotword a:2 --hotword b --max-segment 20 --max-silence 500"
        args += " --no-itn --channels 2 --channel-names 坐席,客户"
        args += " --no-recursive --include *.wav --include *.mp3"
        args += " --exclude old --batch-seconds 60 --dry-run --min-age 5 --allow-empty --offline"
        args += " --hotword-manifest m.csv --hotword-repair 0.5 --hotword-keep 伟大"
        args += (
            " --journal j.db --force --retry-failed --max-attempts 2 --max-time 60 --until 06:30"
        )
        args += " --max-failures 9 --on-finish true"
        args += " --itn-style iso --itn-list l.txt --itn-phrase keep:三点 --itn-phrase keep:五点"
        args += " --max-sentence 60 --caption-min 0.5 --caption-max 6 --caption-speed 12"
        args += " --caption-gap 0 --strict-captions --docx-template d.docx --review-clips"
        args += " --config c.toml --caption-width 20 --caption-lines 1 --csv-encoding gbk -q"
        _, given = arrived("x", *args.split(), "--log-json")
        assert set(given) == set(FolderFlags.__annotations__)
        assert (given["output"], given["config"]) == (Path("out"), Path("c.toml"))
        assert given["hotword"] == ["a:2", "b"]
        assert given["include"] == ["*.wav", "*.mp3"]
        assert (given["itn"], given["recursive"], given["quiet"]) == (False, False, True)
        assert (given["max_segment"], given["channels"]) == ("20", "2")

    def test_groups(self) -> None:
        screen = {"quiet", "log_json"}
        assert set(ScreenFlags.__annotations__) == screen
        assert set(EngineFlags.__annotations__) < set(FileFlags.__annotations__)
        alone = set(FolderFlags.__annotations__) - set(FileFlags.__annotations__)
        walk = {"recursive", "include", "exclude", "dry_run", "min_age", "allow_empty"}
        assert alone == walk


class TestSettingsFrom:
    """Options, environment, settings file."""

    def test_nothing(self, tmp_path: Path) -> None:
        assert settings_from({}, tmp_path) == Settings()

    def test_what_is_no_setting_is_left_out(self, tmp_path: Path) -> None:
        flags: FileFlags = {"quiet": True, "output": tmp_path, "device": "cpu"}
        assert settings_from(flags, tmp_path) == Settings(device="cpu")

    def test_the_file_is_looked_for_from_the_input_upward(self, tmp_path: Path) -> None:
        (tmp_path / CONFIG_NAME).write_text("max-silence = 500")
        (tmp_path / "in").mkdir()
        assert settings_from({}, tmp_path / "in").max_silence == 500
        assert settings_from({"max_silence": "600"}, tmp_path / "in").max_silence == 600

    def test_a_named_file_goes_before_the_found_one(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / CONFIG_NAME).write_text("max-silence = 500")
        (tmp_path / "b.toml").write_text("max-segment = 20")
        (tmp_path / "c.toml").write_text("max-segment = 25")
        monkeypatch.setenv("ASR_CONFIG", str(tmp_path / "b.toml"))
        by_variable = settings_from({}, tmp_path)
        assert (by_variable.max_silence, by_variable.max_segment) == (800, 20)
        assert settings_from({"config": tmp_path / "c.toml"}, tmp_path).max_segment == 25

    def test_the_environment(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(os.environ, "ASR_DEVICE", "cpu")
        assert settings_from({}, tmp_path).device == "cpu"

    def test_a_missing_file_is_an_error(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match=r"none\.toml"):
            settings_from({"config": tmp_path / "none.toml"}, tmp_path)
