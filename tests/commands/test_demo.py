"""`asr demo` on the shipped fake recogniser, and once with everything real."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import soundfile
import typer
from typer.testing import CliRunner, Result

import asrcli
from asrcli.clock import SAMPLE_RATE
from asrcli.commands import demo as command
from asrcli.engines import factory
from asrcli.engines.base import Engines
from asrcli.engines.fake import FakeAsr, FakeVad, speak
from asrcli.errors import ExitCode, ModelError, RunError, UsageError
from asrcli.evaluate.cer import ErrorCount
from asrcli.pipeline.write import RUN_FILES
from asrcli.settings import FORMATS
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from asrcli.settings import Settings

SPOKEN = {
    "客服 通话/订单 01.wav": "您好请问订单号",
    "会议/周会.wav": "第三季度",
}


@pytest.fixture
def seen() -> list[Settings]:
    """The settings that the engines were opened with."""
    return []


@pytest.fixture(autouse=True)
def recordings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seen: list[Settings]) -> Path:
    """A folder of recordings as the program ships one, and engines that can hear it."""
    folder = tmp_path / "package" / "assets" / "recordings"
    for name, text in SPOKEN.items():
        (folder / name).parent.mkdir(parents=True)
        soundfile.write(folder / name, speak(text), SAMPLE_RATE)
    write_reference(folder, SPOKEN)

    def opened(settings: Settings, note: Callable[[str], None], size_bytes: int) -> Engines:
        seen.append(settings)
        return Engines(vad=FakeVad(), asr=FakeAsr(), punctuator=None)

    monkeypatch.setattr(asrcli, "__file__", str(folder.parents[1] / "__init__.py"))
    monkeypatch.setattr(factory, "open_engines", opened)
    monkeypatch.chdir(tmp_path)
    return folder


def write_reference(folder: Path, texts: Mapping[str, str]) -> None:
    lines = [f"{name},{text}\n" for name, text in texts.items()]
    (folder / "reference.csv").write_text("file,text\n" + "".join(lines), encoding="utf-8")


def run(*args: str) -> Result:
    app = typer.Typer()
    app.command()(command.demo)
    return CliRunner().invoke(app, list(args))


def rates(stdout: str) -> dict[str, list[str]]:
    """Numbers of each row of the table, by recording."""
    rows = {}
    for line in stdout.splitlines():
        found = re.fullmatch(r"(.*?) +((?:\d+ +){4}[\d.]+%)", line)
        if found:
            rows[found[1]] = found[2].split()
    return rows


def test_every_format_is_written_where_nothing_was_said(tmp_path: Path) -> None:
    result = run()
    assert result.exit_code == ExitCode.OK, result.output
    out = tmp_path / "transcripts"
    names = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    each = [name for name in FORMATS if name not in RUN_FILES]
    expected = {f"{recording}.{name}" for recording in SPOKEN for name in each}
    assert expected | set(RUN_FILES.values()) <= names
    document = json.loads((out / "会议/周会.wav.json").read_text(encoding="utf-8"))
    assert document["sentences"][0]["spoken"].startswith("第三季度")


def test_the_table_counts_errors_for_each_recording_and_for_all(recordings: Path) -> None:
    write_reference(recordings, SPOKEN | {"会议/周会.wav": "第二季度呢"})
    rows = rates(run().stdout)
    assert rows == {
        "客服 通话/订单 01.wav": ["7", "0", "0", "0", "0.0%"],
        "会议/周会.wav": ["5", "1", "1", "0", "40.0%"],
        "all": ["12", "1", "1", "0", "16.7%"],
    }


def test_it_says_where_the_files_are(tmp_path: Path) -> None:
    result = run("-o", "elsewhere/deep")
    assert str(tmp_path / "elsewhere" / "deep") in result.stdout
    assert "transcripts.csv" in result.stdout
    assert (tmp_path / "elsewhere" / "deep" / "transcripts.csv").is_file()


def test_a_recording_that_fails_lacks_all_its_characters(recordings: Path) -> None:
    (recordings / "会议/周会.wav").write_bytes(b"RIFF")
    result = run()
    assert result.exit_code == ExitCode.SOME_FAILED
    assert rates(result.stdout)["会议/周会.wav"] == ["4", "0", "4", "0", "100.0%"]


def test_a_second_run_counts_what_it_heard_itself(recordings: Path) -> None:
    run()
    (recordings / "会议/周会.wav").write_bytes(b"RIFF")
    assert rates(run().stdout)["会议/周会.wav"][-1] == "100.0%"


def test_the_bundled_model_is_used_whatever_the_environment_says(
    monkeypatch: pytest.MonkeyPatch, seen: list[Settings]
) -> None:
    for name, value in {"MODEL": "paraformer-zh", "FORMAT": "srt", "PUNC": "ct-punc"}.items():
        monkeypatch.setenv(f"ASR_{name}", value)
    monkeypatch.setenv("ASR_CSV_ENCODING", "gb18030")
    monkeypatch.setenv("ASR_VAD", "somewhere")
    assert run().exit_code == ExitCode.OK
    (settings,) = seen
    assert (settings.model, settings.punc, settings.format) == ("demo", "none", FORMATS)
    assert (settings.channels, settings.channel_names) == ("auto", ("坐席", "客户"))
    assert settings.csv_encoding == "utf-8-sig"
    assert settings.vad == "somewhere"


def test_a_settings_file_is_not_looked_for(
    tmp_path: Path, recordings: Path, seen: list[Settings]
) -> None:
    for folder in (tmp_path, recordings):
        (folder / "asrcli.toml").write_text('max-silence = 200\nexclude = ["*"]\n')
    assert run().exit_code == ExitCode.OK
    assert seen[0].max_silence == 800


def test_what_can_be_varied(tmp_path: Path, seen: list[Settings]) -> None:
    (tmp_path / "names.txt").write_text("季度\n", encoding="utf-8")
    args = ["--device", "cpu", "--precision", "fp32", "--vad", "here", "--offline"]
    assert run(*args, "--hotwords", "names.txt", "--hotword", "订单:2").exit_code == ExitCode.OK
    (settings,) = seen
    assert (settings.device, settings.precision, settings.vad) == ("cpu", "fp32", "here")
    assert settings.offline
    assert settings.hotword == ("订单:2",)
    document = json.loads(Path("transcripts/会议/周会.wav.json").read_text(encoding="utf-8"))
    assert {"季度", "订单"} <= {word["text"] for word in document["hotwords"]["words"]}


def test_quiet_leaves_the_last_line_on_stderr() -> None:
    result = run("--quiet")
    assert len(result.stderr.splitlines()) == 1
    assert rates(result.stdout)


def test_log_json_leaves_stdout_for_people() -> None:
    result = run("--log-json")
    events = [json.loads(line) for line in result.stderr.splitlines()]
    assert all("type" in event for event in events)
    assert rates(result.stdout)


def test_a_bad_value_is_a_usage_error() -> None:
    assert isinstance(run("--device", "toaster").exception, UsageError)


def test_a_model_that_is_missing_ends_the_demo(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*args: Any) -> Engines:
        raise ModelError("fsmn-vad is not here")

    monkeypatch.setattr(factory, "open_engines", missing)
    result = run()
    assert isinstance(result.exception, ModelError)
    assert result.stdout == ""


def test_recordings_that_are_missing_are_one_line(recordings: Path) -> None:
    shutil.rmtree(recordings)
    error = run().exception
    assert isinstance(error, RunError)
    assert "install asrcli again" in str(error)
    assert "\n" not in str(error)


def test_a_checkout_has_them_beside_the_package(recordings: Path) -> None:
    package = recordings.parents[1]
    beside = package.parent / "examples" / "recordings"
    beside.parent.mkdir()
    shutil.move(recordings, beside)
    assert command.recordings_folder() == beside


def test_this_checkout_has_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert (command.recordings_folder() / "reference.csv").is_file()


def test_rows_of_nothing_are_the_total_alone() -> None:
    assert list(command.error_rows({})) == [("all", "0", "0", "0", "0", "0.0%")]
    row, total = command.error_rows({"a": ErrorCount(1, 2, 3, 12)})
    assert row == ("a", "12", "1", "2", "3", "50.0%")
    assert total == ("all", *row[1:])


def really(*args: str, env: Mapping[str, str]) -> dict[str, list[str]]:
    """The table of the real program on the real recordings, with real models."""
    done = subprocess.run(
        [sys.executable, "-m", "asrcli", "demo", "--offline", *args],
        env=dict(env),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == ExitCode.OK, done.stderr
    return rates(done.stdout)


@pytest.mark.real
def test_the_bundled_model_reads_its_recordings_and_uses_hotwords(
    tmp_path: Path, subprocess_env: Mapping[str, str]
) -> None:
    rows = really("-o", str(tmp_path / "out"), env=subprocess_env)
    assert int(rows["all"][0]) > 500
    assert float(rows["all"][-1].rstrip("%")) <= 5.0
    assert len(list((tmp_path / "out").rglob("*.srt"))) == len(rows) - 1

    listed = str(ROOT / "examples" / "hotwords.txt")
    helped = really("-o", str(tmp_path / "out"), "--hotwords", listed, env=subprocess_env)
    (names,) = [name for name in rows if name.startswith("名字 演示/")]
    assert wrong(helped[names]) <= wrong(rows[names]) / 2
    assert wrong(helped["all"]) < wrong(rows["all"])


def wrong(row: list[str]) -> int:
    """Errors of all kinds in a row of the table."""
    return sum(map(int, row[1:4]))
