"""`asr evaluate` through its options: what is compared, what is written, what the shell is told."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

import pytest
import typer
from typer.testing import CliRunner, Result

from asrcli.commands import evaluate as command
from asrcli.errors import AsrError, ExitCode, RunError, UsageError
from asrcli.evaluate.units import Unit

if TYPE_CHECKING:
    from pathlib import Path

REFERENCE = """file,text
a.wav,您好请问您的订单号是多少
b/c.wav,三点半开会 hello world
d.wav,没有
e.wav,"完全正确,OK"
"""
TRANSCRIPTS = """\ufefffile,sentence,text,spoken,status,reason
a.wav,1,你好请问的订单号。,你好请问的订单号。,done,
a.wav,2,是多少吗？,是多少吗？,done,
b/c.wav,1,3:30开会 hallo world,三点半开会 hallo world,done,
e.wav,1,完全正确OK,完全正确ＯＫ。,done,
z.wav,1,多余,多余,done,
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "ref.csv").write_text(REFERENCE, encoding="utf-8")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "transcripts.csv").write_text(TRANSCRIPTS, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*args: str) -> Result:
    app = typer.Typer()
    app.command(cls=command.Command)(command.evaluate)
    return CliRunner().invoke(app, list(args))


def shown(*args: str) -> str:
    result = run("ref.csv", "out", *args)
    assert result.exit_code == 0, result.output
    return result.stdout


def figures(*args: str) -> list[str]:
    """The last row of the table: N, S, D, I and the rate of all."""
    (row,) = [line.split() for line in shown(*args).splitlines() if line.startswith("all ")]
    return row[1:]


def test_everything_is_shown() -> None:
    text = shown()
    assert figures() == ["26", "2", "3", "1", "23.08%"]
    for part in (
        "ref.csv, 4 in all",
        "numbers      compared as they stand",
        "sentence errors      75.00% (3 of 4)",
        "95% confidence",
        "missing              1, counted as all deletions: d.wav",
        "extra                1, in the hypothesis only, not counted: z.wav",
        "hello>hallo ×1",
    ):
        assert part in text
    names = ["d.wav (missing)", "a.wav", "b/c.wav", "e.wav", "all"]
    starts = [text.index(f"\n{name} ") for name in names]
    assert starts == sorted(starts)
    assert not any(line.endswith(" ") for line in text.splitlines())


@pytest.mark.parametrize(
    ("option", "expected"),
    [
        (["--unit", "mixed"], ["26", "2", "3", "1", "23.08%"]),
        (["--unit", "char"], ["35", "2", "3", "1", "17.14%"]),
        (["--unit", "word"], ["7", "3", "2", "1", "85.71%"]),
        (["--width", "--unit", "char"], ["35", "4", "3", "1", "22.86%"]),
        (["--case", "--no-case"], ["26", "2", "3", "1", "23.08%"]),
        (["--numbers", "spoken", "--field", "text"], ["26", "3", "5", "1", "34.62%"]),
        (["--numbers", "written", "--field", "text"], ["24", "2", "3", "1", "25.00%"]),
    ],
)
def test_options_decide_what_is_compared(option: list[str], expected: list[str]) -> None:
    assert figures(*option) == expected


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("--unit=char", "characters (Unicode code points)"),
        ("--case", "case         compared"),
        ("--width", "width        compared"),
        ("--punctuation=keep", "punctuation  compared"),
        ("--numbers=written", "numbers      written with digits on both sides"),
    ],
)
def test_every_rule_in_force_is_stated(option: str, said: str) -> None:
    assert said in shown(option)
    assert said not in shown()


def test_marks_and_spaces_count_when_asked_for() -> None:
    assert int(figures("--punctuation", "keep")[0]) > int(figures()[0])
    kept = figures("--unit", "char", "--spaces", "keep")
    assert int(kept[0]) > int(figures("--unit", "char")[0])


def test_the_worst_texts_are_shown_aligned() -> None:
    assert "REF:" not in shown()
    text = shown("--diff")
    assert (
        "REF: 您好请问您的订单号是多少**\nHYP: 你好请问**的订单号是多少吗\n     S       D" in text
    )
    assert text.count("REF:") == 3
    assert shown("--diff", "1").count("REF:") == 1
    assert shown("--diff", "--rows", "2").count("REF:") == 3
    assert run("--diff", "ref.csv", "out").stdout.count("REF:") == 3


def test_lists_are_as_long_as_wished() -> None:
    assert "and 3 more" in shown("--rows", "1")
    assert "more" not in shown()


def test_a_pipe_gets_no_colours_and_no_breaks() -> None:
    assert "\x1b" not in shown("--diff")


def test_files_are_written(here: Path) -> None:
    shown("--html", "o/page.html", "--json", "o/all.json", "--csv", "o/files.csv")
    assert "MER 23.08%" in (here / "o/page.html").read_text(encoding="utf-8")
    document = json.loads((here / "o/all.json").read_text(encoding="utf-8"))
    assert document["total"]["rate"] == pytest.approx(6 / 26, abs=1e-6)
    data = (here / "o/files.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(data.decode("utf-8-sig").splitlines()))
    assert [row["status"] for row in rows] == ["done", "done", "missing", "done", "extra"]


@pytest.mark.parametrize(
    ("limit", "code"), [("23%", 1), ("0.23", 1), ("0", 1), ("24%", 0), ("1", 0), ("100%", 0)]
)
def test_a_canary_dies_above_its_limit(limit: str, code: int) -> None:
    result = run("ref.csv", "out", "--max-cer", limit, "--json", "o.json")
    assert result.exit_code == code
    assert ("MER 23.08% is above" in result.stderr) == bool(code)
    assert "sentence errors" in result.stdout


@pytest.mark.parametrize(
    "args",
    [
        ["--unit", "sentence"],
        ["--punctuation", "some"],
        ["--spaces", "all"],
        ["--numbers", "roman"],
        ["--field", "words"],
        ["--diff", "0"],
        ["--diff", "-1"],
        ["--rows", "0"],
        ["--rows", "many"],
        ["--nonsense"],
        ["third"],
    ],
)
def test_a_bad_value_is_a_usage_error(args: list[str]) -> None:
    result = run("ref.csv", "out", *args)
    assert result.exit_code == ExitCode.USAGE
    assert result.stdout == ""


@pytest.mark.parametrize("args", [[], ["ref.csv"]])
def test_both_sides_are_needed(args: list[str]) -> None:
    assert run(*args).exit_code == ExitCode.USAGE


@pytest.mark.parametrize(
    ("args", "error", "said"),
    [
        (["none.csv", "out"], UsageError, "none.csv: No such file"),
        (["ref.csv", "none"], UsageError, "none: No such file"),
        (["ref.csv", "empty"], UsageError, "name the file"),
        (["ref.csv", "other.csv"], UsageError, "no name of ref.csv is in other.csv"),
        (["ref.csv", "out", "--max-cer", "5"], UsageError, "such as 5% or 0.05"),
        (["ref.csv", "out", "--max-cer", ""], UsageError, "such as 5% or 0.05"),
        (["ref.csv", "out", "--spaces", "keep"], UsageError, "add --unit char"),
        (["ref.csv", "out", "--html", "out"], RunError, "a folder has this name"),
        (["ref.csv", "out", "--csv", "ref.csv/x"], RunError, "a file stands where a folder"),
    ],
)
def test_unusable_input_is_one_line(
    here: Path, args: list[str], error: type[AsrError], said: str
) -> None:
    (here / "empty").mkdir()
    (here / "other.csv").write_text("file,text\nq,x\n", encoding="utf-8")
    result = run(*args)
    assert type(result.exception) is error
    assert said in str(result.exception)
    assert "\n" not in str(result.exception)
    assert result.stdout == ""


def test_a_text_against_a_text(here: Path) -> None:
    (here / "said.txt").write_text("您好", encoding="utf-8")
    (here / "heard.txt").write_text("你好", encoding="utf-8")
    result = run("said.txt", "heard.txt")
    assert result.exit_code == 0
    assert "50.00%; one file gives no confidence interval" in result.stdout


def test_a_name_cannot_steer_the_terminal(here: Path) -> None:
    table = "file,text\n\x1b[2J[red].wav,您好\n"
    (here / "a.csv").write_text(table, encoding="utf-8")
    (here / "b.csv").write_text(table.replace("您", "你"), encoding="utf-8")
    text = run("a.csv", "b.csv", "--diff").stdout
    assert "\x1b" not in text
    assert text.count(r"\x1b[2J[red].wav") == 2


def test_the_help_names_every_unit() -> None:
    text = run("--help").stdout
    assert all(unit in text for unit in Unit)
    assert "Example: asr evaluate" in text
