"""The log of an unforeseen error: complete, private, and somewhere even when disks refuse."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import pytest

from asrcli import __version__
from asrcli.crash import PACKAGES, describe, write_log


def fail() -> None:
    try:
        os.environ["THE_CAUSE"]
    except KeyError as cause:
        raise ValueError("the surface: 会议 \udcff") from cause


def an_error() -> Exception:
    with pytest.raises(ValueError, match="surface") as caught:
        fail()
    return caught.value


def test_it_holds_versions_traceback_and_cause() -> None:
    text = describe(an_error())
    assert text.startswith(f"asrcli {__version__}\npython 3.")
    assert all(f"\n{package} " in text for package in PACKAGES)
    for part in ("KeyError: 'THE_CAUSE'", "ValueError: the surface: 会议", "in fail"):
        assert part in text


def test_a_package_that_is_absent_is_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("asrcli.crash.PACKAGES", ("no-such-package",))
    assert "no-such-package is not installed" in describe(an_error())


def test_it_holds_neither_the_command_line_nor_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "argv", ["asr", "--hotword", "机密项目"])
    monkeypatch.setenv("ASR_HOTWORD", "机密词")
    assert "机密" not in describe(an_error())


def test_it_goes_where_the_users_logs_go(fence: Path) -> None:
    path = write_log(an_error())
    assert path.is_relative_to(fence / "home")
    assert "the surface" in path.read_text(encoding="utf-8")
    assert path.name.endswith(f"-{os.getpid()}.log")


def test_a_home_that_refuses_leaves_the_temporary_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    blocked = tmp_path / "a file"
    blocked.write_text("")
    monkeypatch.setattr("asrcli.crash._log_folder", lambda: blocked / "log")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    path = write_log(an_error())
    assert path.parent == tmp_path / "tmp"
    assert path.is_file()


def test_nowhere_to_write_is_no_second_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    blocked = tmp_path / "a file"
    blocked.write_text("")
    monkeypatch.setattr("asrcli.crash._log_folder", lambda: blocked / "log")
    monkeypatch.setattr(tempfile, "tempdir", str(blocked / "tmp"))
    assert write_log(an_error()) == Path(os.devnull)
