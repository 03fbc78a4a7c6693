"""The main job through the shell: files, exit codes, streams."""

from __future__ import annotations

import csv
import json
import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile

from asrcli.clock import SAMPLE_RATE
from asrcli.files import run_lock
from tests.e2e.program import FAKE, GOOD, Program, files_in, json_lines, record

if TYPE_CHECKING:
    from pathlib import Path

BAD = ("empty.wav", "text.wav", "truncated.wav", "short.wav", "link.wav")


def add_bad(folder: Path) -> None:
    """One file of every kind that cannot be used, and a silent one that can."""
    (folder / "empty.wav").write_bytes(b"")
    (folder / "text.wav").write_text("这不是录音\n", encoding="utf-8")
    record(folder / "truncated.wav", "今天开会")
    data = (folder / "truncated.wav").read_bytes()
    (folder / "truncated.wav").write_bytes(data[: len(data) // 2])
    soundfile.write(folder / "short.wav", np.zeros(SAMPLE_RATE // 20), SAMPLE_RATE)
    (folder / "link.wav").symlink_to("nowhere.wav")
    soundfile.write(folder / "silent.wav", np.zeros(SAMPLE_RATE), SAMPLE_RATE)


def rows(out: Path) -> list[dict[str, str]]:
    with (out / "transcripts.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


class TestFolder:
    """`asr transcribe folder`."""

    def test_a_good_folder(self, asr: Program, good: Path, tmp_path: Path) -> None:
        done = asr("transcribe", "folder", good, "-o", "out", *FAKE)
        assert (done.returncode, done.stdout) == (0, "")
        wanted = {f"{rel}.{form}" for rel in GOOD for form in ("json", "srt")}
        assert files_in(tmp_path / "out") == wanted | {"transcripts.csv"}
        found = {row["file"] for row in rows(tmp_path / "out")}
        assert found == set(GOOD)
        lines = done.stderr.splitlines()
        assert lines[0].startswith("3 files")
        assert lines[-1].startswith("3 recordings, ")
        assert ", 0 failed, " in lines[-1]

    def test_the_text_is_what_was_said(self, asr: Program, good: Path, tmp_path: Path) -> None:
        assert asr("transcribe", "folder", good, "-o", "out", "-f", "txt", *FAKE).returncode == 0
        for rel, said in GOOD.items():
            text = (tmp_path / "out" / f"{rel}.txt").read_text(encoding="utf-8")
            heard = "".join(c for c in text if c.isalnum())
            assert heard == "".join(c for c in said if c.isalnum())

    def test_bad_files_cost_only_themselves(self, asr: Program, good: Path, tmp_path: Path) -> None:
        add_bad(good)
        done = asr("transcribe", "folder", good, "-o", "out", *FAKE)
        assert done.returncode == 3
        assert done.stdout == ""
        assert ", 5 failed, " in done.stderr.splitlines()[-1]
        by_file = {row["file"]: row for row in rows(tmp_path / "out")}
        assert set(by_file) == {*GOOD, *BAD, "silent.wav"}
        for name in BAD:
            assert by_file[name]["status"] == "failed"
            assert by_file[name]["reason"]
            assert f"failed: {name}: {by_file[name]['reason']}" in done.stderr
        assert by_file["silent.wav"]["status"] == "empty"
        assert {f"{rel}.srt" for rel in GOOD} <= files_in(tmp_path / "out")

    def test_the_output_may_lie_inside_the_input(self, asr: Program, good: Path) -> None:
        for _ in range(2):
            done = asr("transcribe", "folder", good, "-o", good / "out", *FAKE, "--quiet")
            assert done.returncode == 0
            assert done.stderr.startswith("3 recordings, ")

    def test_hotwords_and_settings_file(self, asr: Program, good: Path, tmp_path: Path) -> None:
        record(good / "五.wav", "答魔院")
        (tmp_path / "words.txt").write_text("达摩院 20\n坏 词\n", encoding="gb18030")
        (tmp_path / "asrcli.toml").write_text(
            'model = "fake"\nhotwords = "words.txt"\nformat = "json"\n', encoding="utf-8"
        )
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        done = Program(elsewhere, asr.env)("transcribe", "folder", good, "-o", "out")
        assert done.returncode == 0
        assert "hotword '坏 词' on line 2 is not used: a blank is inside" in done.stderr
        document = json.loads((elsewhere / "out" / "五.wav.json").read_text(encoding="utf-8"))
        assert "达摩院" in json.dumps(document["sentences"], ensure_ascii=False)
        assert files_in(elsewhere / "out") == {f"{rel}.json" for rel in (*GOOD, "五.wav")}

    def test_only_what_was_asked_for(self, asr: Program, good: Path, tmp_path: Path) -> None:
        flags = ("--no-recursive", "--exclude", "*.flac", "--format", "srt", "--quiet")
        assert asr("transcribe", "folder", good, "-o", "out", *FAKE, *flags).returncode == 0
        assert files_in(tmp_path / "out") == {"一.wav.srt"}


class TestNothing:
    """Folders with nothing to do."""

    @pytest.mark.parametrize("dry", [(), ("--dry-run",)])
    def test_an_empty_folder(self, dry: tuple[str, ...], asr: Program, tmp_path: Path) -> None:
        (tmp_path / "in").mkdir()
        done = asr("transcribe", "folder", "in", "-o", "out", *FAKE, *dry)
        assert (done.returncode, done.stdout) == (4, "")
        assert done.stderr.startswith("asr: error: no recordings in in; ")
        assert len(done.stderr.splitlines()) == 1
        assert not (tmp_path / "out").exists()

    @pytest.mark.parametrize("dry", [(), ("--dry-run",)])
    def test_it_may_be_allowed(self, dry: tuple[str, ...], asr: Program, tmp_path: Path) -> None:
        (tmp_path / "in").mkdir()
        done = asr("transcribe", "folder", "in", "-o", "out", *FAKE, "--allow-empty", *dry)
        assert done.returncode == 0
        assert "0 recordings" in done.stderr + done.stdout

    def test_files_that_are_too_young(self, asr: Program, good: Path) -> None:
        done = asr("transcribe", "folder", good, "-o", "out", *FAKE, "--min-age", "3600")
        assert done.returncode == 4
        assert "older than 3600 s" in done.stderr


class TestDryRun:
    """`--dry-run`: a table, no model, no file."""

    def test_good_and_bad(self, asr: Program, good: Path, tmp_path: Path) -> None:
        add_bad(good)
        # A model that is not there: none may be looked for.
        done = asr("transcribe", "folder", good, "--dry-run", "--model", "no-such-model")
        assert (done.returncode, done.stderr) == (3, "")
        lines = done.stdout.splitlines()
        assert lines[0].split() == ["format", "rate", "channels", "files", "audio"]
        assert any("16000 Hz" in line and "flac" in line.lower() for line in lines)
        assert all(any(line.startswith(name) for line in lines) for name in ("empty.wav",))
        assert lines[-1].startswith("9 recordings, ")
        assert files_in(tmp_path) == {f"in/{path}" for path in files_in(good)}

    def test_good(self, asr: Program, good: Path) -> None:
        done = asr("transcribe", "folder", good, "--dry-run")
        assert done.returncode == 0
        assert done.stdout.splitlines()[-1].endswith(" 0 unreadable")


class TestFile:
    """`asr transcribe file`."""

    def test_one_file_is_its_text(self, asr: Program, good: Path) -> None:
        done = asr("transcribe", "file", good / "一.wav", *FAKE, "--quiet")
        assert done.returncode == 0
        assert "".join(c for c in done.stdout if c.isalnum()) == "今天开会"
        assert done.stdout.endswith("\n")

    def test_several_files_stand_in_the_order_of_the_command_line(
        self, asr: Program, good: Path
    ) -> None:
        names = ["会议/四.wav", "一.wav", "会议/二 三.flac"]
        done = asr("transcribe", "file", *(good / name for name in names), *FAKE)
        assert done.returncode == 0
        titles = [line for line in done.stdout.splitlines() if line.startswith("==> ")]
        assert titles == [f"==> {name} <==" for name in names]
        assert "今天开会" in done.stdout.split("==> 一.wav <==")[1].split("==>")[0]

    def test_a_bad_one_among_them(self, asr: Program, good: Path) -> None:
        (good / "bad.wav").write_bytes(b"")
        done = asr("transcribe", "file", good / "bad.wav", good / "一.wav", *FAKE, "--quiet")
        assert done.returncode == 3
        assert done.stderr.splitlines()[0].startswith("failed: bad.wav: ")
        assert "今天开会" in done.stdout

    def test_with_an_output_folder(self, asr: Program, good: Path, tmp_path: Path) -> None:
        done = asr("transcribe", "file", good / "一.wav", "-o", "out", "-f", "srt,txt", *FAKE)
        assert (done.returncode, done.stdout) == (0, "")
        assert files_in(tmp_path / "out") == {"一.wav.srt", "一.wav.txt"}

    def test_numbers_as_written_or_as_spoken(self, asr: Program, tmp_path: Path) -> None:
        record(tmp_path / "a.wav", "一千二百三十四元")
        written = asr("transcribe", "file", "a.wav", *FAKE, "--quiet").stdout
        spoken = asr("transcribe", "file", "a.wav", *FAKE, "--quiet", "--no-itn").stdout
        assert "1234元" in written
        assert "一千二百三十四元" in spoken

    def test_a_terminal_without_chinese(self, asr: Program, good: Path) -> None:
        done = asr("transcribe", "file", good / "一.wav", *FAKE, PYTHONIOENCODING="latin-1")
        assert done.returncode == 0
        assert r"\u4eca\u5929" in done.stdout


class TestJsonLines:
    """`--log-json`: every line parses, the last has the exit code."""

    def test_a_run(self, asr: Program, good: Path) -> None:
        (good / "bad.wav").write_bytes(b"")
        done = asr("transcribe", "folder", good, "-o", "out", *FAKE, "--log-json")
        lines = json_lines(done.stderr)
        assert done.stdout == ""
        lines = [line for line in lines if line["type"] != "note"]
        assert [line["type"] for line in lines] == ["start", *["recording"] * 4, "end"]
        assert {line["file"] for line in lines[1:-1]} == {*GOOD, "bad.wav"}
        assert lines[-1]["exit_code"] == done.returncode == 3

    @pytest.mark.parametrize(
        ("args", "code"),
        [
            (("in", "-o", "out", "--max-silence", "x"), 2),
            (("missing", "-o", "out"), 2),
            (("in", "-o", "out", "--nonsense"), 2),
            (("in", "-o", "out", "--include", "*.nothing"), 4),
            (("in", "-o", "out", "--include", "*.nothing", "--allow-empty"), 0),
        ],
    )
    def test_other_ends(self, args: tuple[str, ...], code: int, asr: Program, good: Path) -> None:
        done = asr("transcribe", "folder", *args, *FAKE, "--log-json")
        assert done.returncode == code
        assert json_lines(done.stderr)[-1]["exit_code"] == code


def test_a_locked_output_folder(asr: Program, good: Path, tmp_path: Path) -> None:
    with run_lock(tmp_path / "out"):
        done = asr("transcribe", "folder", good, "-o", "out", *FAKE)
    assert done.returncode == 5
    assert done.stderr.startswith("asr: error: another run (process ")
    assert len(done.stderr.splitlines()) == 1
    assert files_in(tmp_path / "out") == set()
    assert asr("transcribe", "folder", good, "-o", "out", *FAKE).returncode == 0


def test_an_output_that_is_a_file(asr: Program, good: Path, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    done = asr("transcribe", "folder", good, "-o", "out", *FAKE)
    assert done.returncode == 1
    assert done.stderr.startswith("asr: error: cannot write out")
    assert len(done.stderr.splitlines()) == 1


def test_a_device_that_is_not_there(asr: Program, good: Path, tmp_path: Path) -> None:
    done = asr("transcribe", "folder", good, "-o", "out", "-m", "demo", "-d", "cuda:9")
    assert done.returncode == 2
    assert "cuda:9" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert files_in(tmp_path / "out") == set()


def test_a_model_that_is_not_there(asr: Program, good: Path, tmp_path: Path) -> None:
    done = asr("transcribe", "folder", good, "-o", "out", "-m", "paraformer-zh", "--offline")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "--offline" in done.stderr
    assert files_in(tmp_path / "out") == set()


def test_the_input_is_never_touched(asr: Program, good: Path, tmp_path: Path) -> None:
    before = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in good.rglob("*.*")}
    shutil.copytree(good, tmp_path / "copy")
    assert asr("transcribe", "folder", good, "-o", "out", *FAKE, "--quiet").returncode == 0
    after = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in good.rglob("*.*")}
    assert after == before
