"""`asr hotwords test` on the shipped fake recogniser, and every option with a bad value."""

from __future__ import annotations

import csv
import json
import shutil
from typing import TYPE_CHECKING

import pytest
import soundfile

from asrcli import cli
from asrcli.clock import SAMPLE_RATE
from asrcli.engines.fake import speak
from asrcli.errors import ExitCode

if TYPE_CHECKING:
    from pathlib import Path

# The fake recogniser hears 张 and 章, 伟 and 维 and 为 as the same sounds.
HEARD = {"一.wav": "请张伟来", "二/二.wav": "明天下雨", "三.wav": "张伟你好"}
SAID = HEARD | {"一.wav": "请章维来", "三.wav": "章维你好"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Recordings with their texts."""
    found = tmp_path / "recordings"
    for name, text in HEARD.items():
        (found / name).parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(found / name, speak(text), SAMPLE_RATE)
    write_table(found / "reference.csv", SAID)
    return found


def write_table(path: Path, texts: dict[str, str]) -> None:
    rows = [f"{name},{text}\n" for name, text in texts.items()]
    path.write_text("file,text\n" + "".join(rows), encoding="utf-8")


def run(*args: object) -> int:
    return cli.run(["hotwords", "test", *map(str, args), "-m", "fake"])


def test_a_list_that_helps(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder, "--hotword", "章维") == ExitCode.OK
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["occurrences", "said", "2"] in lines
    assert ["recall", "0.0%", "100.0%"] in lines
    assert ["false", "insertions", "0", "0"] in lines
    assert ["章维", "2", "0", "2", "0", "keep", "found", "every", "time"] in lines
    assert lines[-1] == ["the", "list", "does", "no", "more", "harm", "than", "allowed"]


def test_a_list_that_harms(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_table(folder / "reference.csv", HEARD)
    assert run(folder, "--hotword", "章维") == ExitCode.RUN_FAILED
    out, err = capsys.readouterr()
    assert "harm: CER of recordings without a word of the list rises by 33.33 points" in out
    assert "drop" in out
    assert ["一.wav", "4", "0", "2"] in [line.split() for line in out.splitlines()]
    assert "error" not in err


def test_how_much_harm_is_too_much(folder: Path) -> None:
    write_table(folder / "reference.csv", HEARD)
    assert run(folder, "--hotword", "章维", "--max-harm", "33") == ExitCode.RUN_FAILED
    assert run(folder, "--hotword", "章维", "--max-harm", "34") == ExitCode.OK


def test_a_falling_f1_is_harm(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_table(folder / "reference.csv", HEARD)
    code = run(folder, "--hotword", "章为", "--hotword", "张伟", "--max-harm", "100")
    assert code == ExitCode.RUN_FAILED
    assert "harm: F1 falls from 1.000 to 0.000" in capsys.readouterr().out


def test_the_table_may_be_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = folder / "some.csv"
    write_table(table, {"一.wav": SAID["一.wav"]})
    assert run(table, "--hotword", "章维") == ExitCode.OK
    out = capsys.readouterr().out
    assert "occurrences said" in out
    assert "every recording holds a word of the list: harm elsewhere was not measured" in out


def test_a_list_file_and_its_weights(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = folder / "list.txt"
    words.write_text("章维 2\n# nobody\n丙\n", encoding="utf-8")
    assert run(folder, "--hotwords", words, "--sweep", "0.5,2") == ExitCode.OK
    out, err = capsys.readouterr()
    assert [line.split()[:3] for line in out.splitlines() if line.startswith("x ")] == [
        ["x", "0.5", "100.0%"],
        ["x", "1", "100.0%"],
        ["x", "2", "100.0%"],
    ]
    assert "1 words are not used; asr hotwords check says why" in err


def test_files_of_the_result(folder: Path, tmp_path: Path) -> None:
    table, document = tmp_path / "out" / "words.csv", tmp_path / "out" / "trial.json"
    assert run(folder, "--hotword", "章维", "--csv", table, "--json", document) == ExitCode.OK
    (row,) = csv.DictReader(table.read_text(encoding="utf-8-sig").splitlines())
    assert (row["word"], row["reference"], row["true_positives"]) == ("章维", "2", "2")
    found = json.loads(document.read_text(encoding="utf-8"))
    assert found["score"]["rescue_recall"] == 1.0
    assert (found["harm"], found["max_harm_points"]) == ([], 0.3)


def test_the_result_is_written_when_the_list_harms(folder: Path, tmp_path: Path) -> None:
    write_table(folder / "reference.csv", HEARD)
    assert run(folder, "--hotword", "章维", "--json", tmp_path / "a.json") == ExitCode.RUN_FAILED
    assert json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))["harm"]


def test_a_recording_that_cannot_be_read_is_left_out(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "三.wav").write_bytes(b"no sound")
    assert run(folder, "--hotword", "章维") == ExitCode.SOME_FAILED
    assert "left out, not decoded: 三.wav" in capsys.readouterr().out


def test_no_recording_that_can_be_read(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in SAID:
        (folder / name).write_bytes(b"no sound")
    assert run(folder, "--hotword", "章维") == ExitCode.RUN_FAILED
    assert "no recording could be decoded" in capsys.readouterr().err


@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")
def test_sentences_are_synthesised(capsys: pytest.CaptureFixture[str]) -> None:
    # The fake recogniser knows no human language: nothing is found and nothing harmed.
    assert run("--synthesise", "--hotword", "章维", "--quiet") == ExitCode.OK
    out = capsys.readouterr().out
    assert ["occurrences", "said", "2"] in [line.split() for line in out.splitlines()]
    assert "of 20 name-free of 22 recordings" in out


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("--hotwords", "missing.txt"), "--hotwords missing.txt"),
        (("--hotword", "章维:x"), "--hotword"),
        (("--hotword", "章维", "--sweep", "1,x"), "--sweep"),
        (("--hotword", "章维", "--sweep", ""), "--sweep"),
        (("--hotword", "章维", "--max-harm", "x"), "--max-harm"),
        (("--hotword", "章维", "--max-harm", "-1"), "--max-harm"),
        (("--hotword", "章维", "--max-harm", "nan"), "--max-harm"),
        (("--hotword", "章维", "--vad", ""), "--vad"),
        (("--hotword", "章维", "--punc", "ct-punc"), "No such option: --punc"),
        (("--hotword", "章维", "--device", "gpu"), "--device"),
        (("--hotword", "章维", "--precision", "fp8"), "--precision"),
        (("--hotword", "章维", "--batch-seconds", "0"), "--batch-seconds"),
        (("--hotword", "章维", "--max-segment", "0"), "--max-segment"),
        (("--hotword", "章维", "--max-silence", "1"), "--max-silence"),
        (("--hotword", "章维", "--channels", "both"), "--channels"),
        (("--hotword", "章维", "--hotword-repair", "2"), "--hotword-repair"),
        (("--hotword", "章维", "--config", "missing.toml"), "--config"),
        (("--hotword", "章维", "--synthesise"), "give recordings with their texts, or"),
        ((), "no list is on trial"),
    ],
)
def test_bad_options(
    args: tuple[str, ...],
    message: str,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(folder)
    assert run(folder, *args) == ExitCode.USAGE
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line


def test_nothing_to_try_the_list_on(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--hotword", "章维") == ExitCode.USAGE
    assert "give recordings with their texts, or --synthesise" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "No such file"),
        ("file,spoken\na.wav,x\n", "the column 'text' is missing"),
        ("file,text\n", "there is no row in it"),
        ("file,text\nmissing.wav,x\n", "missing.wav does not exist"),
        ("file,text\n一.wav,x\n./一.wav,x\n", "two names in the table lead to the same recording"),
        ("file,text\n二,x\n", "is a folder"),
    ],
)
def test_tables_that_cannot_be_used(
    content: str | None, message: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "reference.csv").unlink()
    if content is not None:
        (folder / "reference.csv").write_text(content, encoding="utf-8")
    assert run(folder, "--hotword", "章维") == ExitCode.USAGE
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line


def test_the_group_holds_its_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["hotwords", "--help"]) == ExitCode.OK
    shown = capsys.readouterr().out
    assert all(name in shown for name in ("test", "check", "suggest"))
