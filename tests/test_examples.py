"""The examples are what their texts say, and the script still makes them."""

from __future__ import annotations

import csv
import dataclasses
import filecmp
import json
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile

from asrcli import cli
from asrcli.errors import ExitCode
from asrcli.evaluate.cer import plain
from asrcli.evaluate.reference import read_reference
from asrcli.hotwords.lists import read_hotwords
from asrcli.itn import rewrite
from asrcli.nights.schedule import cron_line, service, timer
from asrcli.pipeline.discover import discover
from asrcli.pipeline.load import load, probe
from asrcli.settings import read_config, resolve
from examples import make_recordings as script
from tests.source_tree import PACKAGE, ROOT

if TYPE_CHECKING:
    from asrcli.values import SourceFile

EXAMPLES = ROOT / "examples"
RECORDINGS = EXAMPLES / "recordings"
REFERENCE = read_reference(RECORDINGS / "reference.csv")
TOKENS = set(json.loads((PACKAGE / "assets/demo/tokens.json").read_text(encoding="utf-8")))
MAX_BYTES = 3_000_000
MADE_WITH = "1.51"

needs_espeak = pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="needs espeak-ng")


def sources() -> dict[str, SourceFile]:
    """What the program finds in the folder, by path."""
    found = discover(RECORDINGS, recursive=True, include=(), exclude=(), output=None)
    return {source.rel.as_posix(): source for source in found}


def test_the_program_finds_exactly_what_has_a_reference() -> None:
    assert set(sources()) == set(REFERENCE)
    assert len(REFERENCE) == 10


def test_the_reference_is_what_the_script_says() -> None:
    assert {take.path: take.text for take in script.TAKES} == REFERENCE
    assert list(REFERENCE) == sorted(REFERENCE)


def test_the_reference_is_a_table_for_any_program() -> None:
    with (RECORDINGS / "reference.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["file", "text"]
    assert all(len(row) == 2 for row in rows)


@pytest.mark.parametrize("name", REFERENCE)
def test_the_bundled_model_knows_every_character(name: str) -> None:
    assert set(REFERENCE[name]) - TOKENS == set()
    assert plain(REFERENCE[name]) == REFERENCE[name]


def test_the_recordings_are_small() -> None:
    assert sum(path.stat().st_size for path in RECORDINGS.rglob("*")) < MAX_BYTES


def test_the_recordings_show_what_the_program_can_read() -> None:
    names = list(REFERENCE)
    assert {name.rpartition(".")[2] for name in names} == {"wav", "flac", "mp3", "m4a"}
    assert any(" " in name.partition("/")[0] for name in names)
    assert all("/" in name for name in names)


@pytest.mark.parametrize("name", REFERENCE)
def test_every_recording_is_whole_audible_and_of_its_length(name: str) -> None:
    source = sources()[name]
    recording = load(source, channels="mix")
    header = probe(source)
    assert recording.repaired == 0
    assert header.duration_ms is not None
    assert abs(header.duration_ms - recording.duration_ms) <= 100
    # Four to seven characters a second, and a pause behind each sentence.
    assert 2 < 1000 * len(REFERENCE[name]) / recording.duration_ms < 5
    assert 0.2 < float(np.abs(recording.samples).max()) <= 1.0


def test_the_call_has_the_agent_left_and_the_customer_right() -> None:
    (take,) = [take for take in script.TAKES if take.stereo]
    path = RECORDINGS / take.path
    with soundfile.SoundFile(path) as file:
        assert (file.samplerate, file.channels, file.subtype) == (8000, 2, "ALAW")
    left, right = (
        load(sources()[take.path], channels=channel).samples.astype(np.float64)
        for channel in ("1", "2")
    )
    frames = [
        np.abs(channel[: len(channel) // 1600 * 1600]).reshape(-1, 1600).max(axis=1) > 0.05
        for channel in (left, right)
    ]
    assert frames[0].any()
    assert frames[1].any()
    assert not (frames[0] & frames[1]).any()
    assert frames[0].argmax() < frames[1].argmax()


def test_there_are_numbers_to_write() -> None:
    written = {name: rewrite(text) for name, text in REFERENCE.items()}
    assert sum(map(bool, written.values())) >= 6
    digits = "".join(edit.text for edits in written.values() for edit in edits)
    for expected in ("13800138000", "31日", "3:30", "128", "98600", "379205"):
        assert expected in digits


def test_only_one_recording_needs_hotwords_and_the_list_has_them() -> None:
    hotwords = read_hotwords(EXAMPLES / "hotwords.txt")
    assert hotwords.dropped == ()
    words = [word for word, _ in hotwords.words]
    assert set("".join(words)) <= TOKENS
    assert len({weight for _, weight in hotwords.words}) > 1
    spoken = {word: [name for name, text in REFERENCE.items() if word in text] for word in words}
    assert all(spoken.values())
    rare = [names for names in spoken.values() if names == ["名字 演示/同音 名字.flac"]]
    assert len(rare) == 4


def test_the_settings_file_is_one() -> None:
    path = EXAMPLES / "asrcli.toml"
    given = read_config(path)
    settings = resolve({}, {}, path)
    assert settings.model == "demo"
    for name, value in given.items():
        shown = getattr(settings, name)
        assert shown == (tuple(value) if isinstance(value, list) else value)
    assert set(given) <= {field.name for field in dataclasses.fields(settings)}


def test_the_readme_names_every_file() -> None:
    text = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    names = {path.name for path in EXAMPLES.iterdir()} - {"README.md", "__pycache__"}
    assert [name for name in sorted(names) if f"`{name}" not in text] == []


def shorter(monkeypatch: pytest.MonkeyPatch, *suffixes: str) -> None:
    """Let the script make one sentence of one take for each format."""
    takes = {take.path.rpartition(".")[2]: take for take in script.TAKES}
    kept = [
        dataclasses.replace(takes[suffix], lines=takes[suffix].lines[:2]) for suffix in suffixes
    ]
    monkeypatch.setattr(script, "TAKES", tuple(kept))


@needs_espeak
def test_the_script_makes_the_same_files_every_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shorter(monkeypatch, "wav", "flac", "mp3", "m4a")
    for name in ("first", "second"):
        script.main(tmp_path / name)
    made = [path for path in (tmp_path / "first").rglob("*") if path.is_file()]
    assert len(made) == 5
    for path in made:
        assert filecmp.cmp(path, tmp_path / "second" / path.relative_to(tmp_path / "first"), False)
    assert capsys.readouterr().out.count("\n") == 2 * 4
    assert len(read_reference(tmp_path / "first" / "reference.csv")) == 4


@needs_espeak
def test_the_script_made_the_files_that_are_here() -> None:
    version = subprocess.run(
        ["espeak-ng", "--version"], capture_output=True, text=True, check=True
    ).stdout
    if MADE_WITH not in version:
        pytest.skip(f"the recordings were made with espeak-ng {MADE_WITH}")
    for seed, take in enumerate(script.TAKES):
        if take.path.endswith(".flac"):
            made = script.perform(take, seed)
            here, rate_hz = soundfile.read(RECORDINGS / take.path, always_2d=True)
            assert rate_hz == take.rate_hz
            assert made.shape == here.shape
            assert float(np.abs(made - here).max()) < 1e-4


NIGHT = ("--min-age", "300", "--until", "06:30", "--quiet")


def example(name: str) -> str:
    """What stands in an example, without its remarks."""
    lines = (EXAMPLES / name).read_text(encoding="utf-8").splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith("#"))


def nightly_command() -> list[str]:
    """The command of the crontab's line, as the shell takes it."""
    *when, command = example("nightly.cron").rstrip("\n").split(" ", 5)
    assert when == ["0", "2", "*", "*", "*"]
    return shlex.split(command)


def test_the_crontab_starts_what_the_program_takes() -> None:
    program, *args = nightly_command()
    assert cron_line("02:00", [program, *args]) == example("nightly.cron")
    assert tuple(args[-len(NIGHT) :]) == NIGHT
    # All that is missing is the folder.
    assert cli.run(args) == ExitCode.USAGE
    assert not Path(args[args.index("-o") + 1]).exists()


def test_the_units_start_the_same() -> None:
    unit = example("asr-nightly.service")
    made = "".join(
        line
        for line in service(nightly_command(), "/srv/calls").splitlines(keepends=True)
        if not line.startswith("#")
    )
    assert unit == made
    assert example("asr-nightly.timer") == timer("02:00")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    for name in ("asr-nightly.service", "asr-nightly.timer"):
        text = (EXAMPLES / name).read_text(encoding="utf-8")
        here = text.replace("/usr/local/bin/asr", sys.executable).replace("=/srv/calls", "=/tmp")
        (tmp_path / name).write_text(here, encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(tmp_path / "asr-nightly.timer")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
