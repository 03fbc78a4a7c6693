"""What the doctor finds and what he advises; he never goes out."""

from __future__ import annotations

import importlib.metadata
import shutil
import socket
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

import pytest

from asrcli import doctor
from asrcli.doctor import Level, Line, examine, healthy
from asrcli.engines import store
from asrcli.settings import Settings
from tests.hub_server import isolate, tiny_files, write_files

ROOT = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    isolate(monkeypatch, tmp_path)


def lines(**settings: Any) -> dict[str, Line]:
    found = list(examine(Settings(**{"model": "demo", **settings})))
    named = {line.name: line for line in found}
    assert len(named) == len(found)
    return named


def have(*names: str) -> None:
    for name in names:
        write_files(store.models_folder() / name, tiny_files(name))


def test_with_the_models_here_all_that_is_needed_is_here() -> None:
    have("fsmn-vad")
    found = lines()
    assert healthy(list(found.values()))
    assert {line.name for line in found.values() if line.level is Level.NEEDED} == set()
    assert "bundled" in found["model: demo"].found
    assert importlib.metadata.version("torch") in found["torch"].found
    assert "libsndfile" in found["audio: soundfile"].found
    assert "FFmpeg" in found["audio: PyAV"].found


def test_he_goes_nowhere_and_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def forbidden(*_args: object, **_options: object) -> None:
        raise AssertionError("the network was touched")

    monkeypatch.setattr(socket, "socket", forbidden)
    monkeypatch.setattr(socket, "getaddrinfo", forbidden)
    before = sorted(tmp_path.rglob("*"))
    assert lines(model="paraformer-zh")["model: paraformer-zh"].level is Level.NEEDED
    assert sorted(tmp_path.rglob("*")) == before


def test_a_model_of_the_run_that_is_not_here_is_needed_and_says_how_to_get_it() -> None:
    found = lines(model="paraformer-zh")
    for name, option in (("fsmn-vad", "--vad"), ("paraformer-zh", "--model")):
        line = found[f"model: {name}"]
        assert line.level is Level.NEEDED
        assert line.advice == f"asr models pull {name}, or {option} DIR"
    assert found["model: ct-punc"].level is Level.OPTIONAL
    assert not healthy(list(found.values()))


def test_a_punctuator_that_is_named_is_needed() -> None:
    assert lines(punc="ct-punc")["model: ct-punc"].level is Level.NEEDED
    assert lines(punc="none")["model: ct-punc"].level is Level.OPTIONAL


def test_a_model_folder_is_looked_into(tmp_path: Path) -> None:
    folder = write_files(tmp_path / "mine", tiny_files("demo"))
    assert lines(model=str(folder))[f"model: {folder}"].level is Level.GOOD
    (folder / "tokens.json").unlink()
    line = lines(model=str(folder))[f"model: {folder}"]
    assert line.level is Level.NEEDED
    assert "tokens.json is missing" in line.advice


def test_the_fake_model_needs_no_models() -> None:
    assert healthy(list(lines(model="fake").values()))


def test_a_share_that_is_not_mounted_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ASR_MODEL_HOME", str(tmp_path / "nowhere"))
    line = lines()["model: fsmn-vad"]
    assert line.level is Level.NEEDED
    assert "is the share mounted?" in line.advice


def test_a_device_that_is_not_there_is_needed() -> None:
    line = lines(device="cuda:99")["cuda"]
    assert line.level is Level.NEEDED
    assert "--device cuda:99" in line.advice


@pytest.mark.parametrize(
    ("package", "name"),
    [("soundfile", "audio: soundfile"), ("av", "audio: PyAV"), ("soxr", "audio: soxr")],
)
def test_a_package_that_is_absent_is_needed(
    package: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    line = lines()[name]
    assert line.level is Level.NEEDED
    assert package in line.found
    assert "install" in line.advice


def test_a_library_that_does_not_load_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> Line:
        raise OSError("libthis.so: cannot open\nsecond line")

    monkeypatch.setattr(doctor, "_soxr", broken)
    line = lines()["audio: soxr"]
    assert (line.level, line.found) == (Level.NEEDED, "does not load: libthis.so: cannot open")


def test_another_funasr_is_told_how_to_mend_it(monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.metadata.version
    monkeypatch.setattr(
        "importlib.metadata.version", lambda name: "9.9" if name == "funasr" else real(name)
    )
    line = lines()["funasr"]
    assert line.level is Level.NEEDED
    assert line.advice == f"pip install funasr=={doctor.FUNASR_VERSION}"


def test_the_funasr_version_is_the_one_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert f"funasr=={doctor.FUNASR_VERSION}" in project["dependencies"]


def test_torchaudio_is_never_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("asrcli.engines.vendor.torchaudio_problem", lambda: "not installed")
    assert lines()["torchaudio"].level is Level.OPTIONAL


def test_espeak_is_never_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    assert lines()["espeak-ng"].level is Level.OPTIONAL
    monkeypatch.setattr(shutil, "which", lambda _name: "/no/such/espeak-ng")
    assert "does not start" in lines()["espeak-ng"].found

    def old(*_args: object, **_options: object) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess([], 0, "eSpeak 9.9  Data at: /here\n", "")

    monkeypatch.setattr("subprocess.run", old)
    assert lines()["espeak-ng"] == Line("espeak-ng", Level.GOOD, "eSpeak 9.9")


def test_a_cache_on_a_full_disk_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "LOW_DISK_BYTES", 1 << 62)
    line = lines()["cache"]
    assert line.level is Level.OPTIONAL
    assert "ASRCLI_CACHE_DIR" in line.advice


def test_a_cache_that_cannot_be_written_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.access", lambda *_args, **_options: False)
    assert "not writable" in lines()["cache"].found


def test_a_temporary_folder_that_cannot_be_written_is_needed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(**_options: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    line = lines()["temporary"]
    assert line.level is Level.NEEDED
    assert "No space left on device" in line.found


def test_every_line_that_is_not_well_says_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "soxr", None)
    for line in lines(model="paraformer-zh", device="cuda:99").values():
        assert line.found
        assert "\n" not in line.found + line.advice
        if line.level is Level.NEEDED:
            assert line.advice
