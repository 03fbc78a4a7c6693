"""`asr hotwords check` and `asr hotwords suggest`: lists in, tables and lists out."""

from __future__ import annotations

import csv
import io
import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import typer
from typer.testing import CliRunner, Result

from asrcli.commands import hotword_lists as commands
from asrcli.engines.catalog import CATALOG
from asrcli.errors import ExitCode, ModelError, NothingToDoError, RunError, UsageError
from asrcli.hotwords.lists import read_list
from asrcli.pipeline.formats import json as json_format
from tests import values_samples as samples

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parents[2]
TOKENS = ["<blank>", "<s>", "</s>", "王", "婧", "静", "魔", "塔", "hel@@", "lo", "<unk>"]


def run(*args: object) -> Result:
    app = typer.Typer()
    app.command()(commands.check)
    app.command()(commands.suggest)
    return CliRunner().invoke(app, [str(arg) for arg in args])


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A model folder of which nothing but the vocabulary is looked at."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    for name in CATALOG["demo"].required:
        (folder / name).write_text("x", encoding="utf-8")
    (folder / "config.yaml").write_text("model: SeacoParaformer\n", encoding="utf-8")
    (folder / "tokens.json").write_text(json.dumps(TOKENS), encoding="utf-8")
    (folder / "seg_dict").write_text("hello hel@@ lo\n", encoding="utf-8")
    return folder


def put(name: str, text: str) -> Path:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text(text, encoding="utf-8")
    return Path(name)


def example(command: object) -> Sequence[str]:
    (line,) = [one for one in (command.__doc__ or "").splitlines() if "Example:" in one]
    program, group, *args = shlex.split(line.split("Example:")[1])
    assert (program, group) == ("asr", "hotwords")
    return args


class TestCheck:
    """`asr hotwords check`."""

    def test_everything_in_three_tables(self, model: Path) -> None:
        path = put("w.txt", "魔塔 => 魔王 2\n王婧\n王静\nHello\n龘龘\n！\n王\n")
        result = run("check", path, "--model", model)
        assert result.exit_code == ExitCode.OK
        used, dropped, remarks, last = result.stdout.rstrip("\n").split("\n\n")
        assert used.splitlines()[0].split() == ["line", "word", "weight", "aliases", "tokens"]
        assert used.splitlines()[1].split() == ["1", "魔王", "2", "魔塔", "魔", "王"]
        assert used.splitlines()[4].split() == ["4", "Hello", "1", "hel@@", "lo"]
        assert [line.split()[:2] for line in dropped.splitlines()[1:]] == [
            ["5", "龘龘"],
            ["6", "！"],
            ["7", "王"],
        ]
        assert "the model has no token for '龘'" in dropped
        assert "sounds the same as 王静 on line 3" in remarks
        assert last == "4 words used, 3 not, 2 remarks, by the vocabulary of tiny"

    def test_without_a_model_here(self) -> None:
        result = run("check", put("w.txt", "龘龘\n"))
        assert result.exit_code == ExitCode.OK
        assert "paraformer-zh is not on this machine" in result.stderr
        assert "asr models pull paraformer-zh" in result.stderr
        assert result.stdout.splitlines()[-1] == "1 word used, 0 not, 0 remarks"

    def test_the_settings_file_names_the_model(self, model: Path) -> None:
        put("lists/asrcli.toml", f'model = "../{model.name}"\n')
        result = run("check", put("lists/w.txt", "龘龘\n王婧\n"))
        assert "1 word used, 1 not" in result.stdout

    def test_nothing_usable_is_exit_one(self, model: Path) -> None:
        result = run("check", put("w.txt", "龘龘\n！\n"), "-m", model)
        assert result.exit_code == ExitCode.RUN_FAILED
        assert "line 1" not in result.stdout
        assert "0 words used, 2 not" in result.stdout
        assert run("check", put("e.txt", "# nothing\n")).exit_code == ExitCode.RUN_FAILED

    @pytest.mark.parametrize("data", [None, b"\xff", b"[1"])
    def test_an_unreadable_list_is_exit_two(self, data: bytes | None) -> None:
        if data is not None:
            Path("w.json").write_bytes(data)
        error = run("check", "w.json").exception
        assert isinstance(error, UsageError)
        assert error.exit_code == ExitCode.USAGE
        assert "w.json" in str(error)

    def test_csv_and_json_files(self, model: Path) -> None:
        path = put("w.txt", "王婧 2\n龘龘\n")
        result = run("check", path, "-m", model, "--csv", "out/w.csv", "--json", "out/w.json")
        assert "1 word used" in result.stdout
        rows = list(csv.DictReader(io.StringIO(Path("out/w.csv").read_text(encoding="utf-8"))))
        assert [(row["word"], row["status"]) for row in rows] == [
            ("王婧", "used"),
            ("龘龘", "not used"),
        ]
        assert json.loads(Path("out/w.json").read_text(encoding="utf-8"))["model"] == "tiny"

    def test_csv_or_json_on_stdout(self, model: Path) -> None:
        path = put("w.txt", "王婧 2\n龘龘\n")
        table = run("check", path, "-m", model, "--csv", "-").stdout
        assert len(list(csv.DictReader(io.StringIO(table)))) == 2
        assert json.loads(run("check", path, "-m", model, "--json", "-").stdout)["words"]
        assert isinstance(run("check", path, "--csv", "-", "--json", "-").exception, UsageError)

    def test_the_exit_code_does_not_depend_on_the_form(self) -> None:
        assert run("check", put("w.txt", "！\n"), "--json", "-").exit_code == ExitCode.RUN_FAILED

    @pytest.mark.parametrize("option", ["--csv", "--json"])
    def test_a_file_that_cannot_be_written(self, option: str, tmp_path: Path) -> None:
        error = run("check", put("w.txt", "王婧\n"), option, tmp_path).exception
        assert isinstance(error, RunError)

    @pytest.mark.parametrize("name", ["nonsense", "fsmn-vad", "./none"])
    def test_a_model_that_is_none(self, name: str) -> None:
        error = run("check", put("w.txt", "王婧\n"), "--model", name).exception
        assert isinstance(error, UsageError)

    def test_a_damaged_vocabulary(self, model: Path) -> None:
        (model / "tokens.json").write_text("[", encoding="utf-8")
        error = run("check", put("w.txt", "王婧\n"), "--model", model).exception
        assert isinstance(error, ModelError)

    def test_the_example_in_the_help_works(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(ROOT)
        result = run(*example(commands.check))
        assert result.exit_code == ExitCode.OK
        assert "by the vocabulary of demo" in result.stdout


class TestSuggest:
    """`asr hotwords suggest`."""

    TEXT = "王婧说魔搭好，魔搭行，看魔搭，找王婧。OpenAI 和 OpenAI。"

    def test_the_output_is_a_list(self) -> None:
        result = run("suggest", put("docs/a.txt", self.TEXT).parent)
        assert result.exit_code == ExitCode.OK
        words = [word.text for word in read_list(put("w.txt", result.stdout)).words]
        assert set(words) == {"王婧", "魔搭", "OpenAI"}
        assert words[0] == "魔搭"
        assert "魔搭  # 3 times in 1 file\n" in result.stdout

    def test_the_most_words(self) -> None:
        put("a.txt", self.TEXT)
        assert len(read_list(put("w.txt", run("suggest", "a.txt", "-n", 1).stdout)).words) == 1
        assert run("suggest", "a.txt", "-n", 3).stdout == run("suggest", "a.txt").stdout

    @pytest.mark.parametrize("number", ["0", "-1", "x", "1.5", ""])
    def test_a_bad_number(self, number: str) -> None:
        result = run("suggest", put("a.txt", self.TEXT), "-n", number)
        assert result.exit_code == ExitCode.USAGE

    def test_against_transcripts(self) -> None:
        heard = samples.transcript([samples.timed("我是王静，在魔搭")])
        put("out/a.wav.json", json_format.render(heard))
        result = run("suggest", put("a.txt", self.TEXT), "--against", "out")
        words = [word.text for word in read_list(put("w.txt", result.stdout)).words]
        assert words == ["王婧", "OpenAI"]
        assert "王婧  # 2 times in 1 file; heard as 王静 1\n" in result.stdout

    @pytest.mark.parametrize("against", ["none", "x.pdf"])
    def test_a_bad_path_to_transcripts(self, against: str) -> None:
        put("x.pdf", "")
        error = run("suggest", put("a.txt", self.TEXT), "--against", against).exception
        assert isinstance(error, UsageError)

    def test_other_json_in_a_folder_is_left_out_and_told(self) -> None:
        put("docs/package.json", "{}")
        put("docs/a.txt", self.TEXT)
        result = run("suggest", "docs")
        assert result.exit_code == ExitCode.OK
        assert "left out: docs/package.json: not a transcript" in result.stderr
        assert isinstance(run("suggest", "docs/package.json").exception, UsageError)

    @pytest.mark.parametrize("text", ["", "我们今天开会。", "123 456"])
    def test_nothing_stands_out(self, text: str) -> None:
        error = run("suggest", put("a.txt", text)).exception
        assert isinstance(error, NothingToDoError)

    def test_mistakes(self) -> None:
        assert run("suggest").exit_code == ExitCode.USAGE
        assert isinstance(run("suggest", "none").exception, UsageError)
        Path("empty").mkdir()
        assert isinstance(run("suggest", "empty").exception, NothingToDoError)
        Path("a.txt").write_bytes(b"\0")
        assert isinstance(run("suggest", "a.txt").exception, UsageError)

    def test_the_example_in_the_help_works(self) -> None:
        put("docs/a.md", self.TEXT)
        command, *args = example(commands.suggest)
        assert args[-2:] == [">", "words.txt"]
        assert run(command, *args[:-2]).exit_code == ExitCode.OK
