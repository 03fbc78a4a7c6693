"""What continuous integration runs is what the documents tell people to run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess

import pytest

from tests.source_tree import ROOT

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
PROMISED = (
    "venv",
    "models",
    "demo",
    "unit",
    "test",
    "faults",
    "check",
    "benchmark",
    "itn",
    "clean",
)

needs_make = pytest.mark.skipif(shutil.which("make") is None, reason="needs make")


def commands(*targets: str) -> str:
    """What make would run for these targets on a machine where nothing is there yet."""
    done = subprocess.run(
        ["make", "--dry-run", "--always-make", "--no-print-directory", *targets],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


@needs_make
@pytest.mark.parametrize("target", PROMISED)
def test_every_target_works_alone(target: str) -> None:
    said = commands(target)
    assert target == "clean" or re.search(r"pip install .*--editable \. .*--group test", said)
    assert f"make {target} " in MAKEFILE


@needs_make
def test_set_up_happens_once_and_in_order() -> None:
    lines = commands("demo", "test", "check").splitlines()
    assert sum(line.endswith("-m venv .venv") for line in lines) == 1
    assert sum("models pull fsmn-vad" in line for line in lines) == 1
    order = [
        next(number for number, line in enumerate(lines) if part in line)
        for part in ("-m venv", "pip install", "models pull", "asr demo", "-m pytest")
    ]
    assert order == sorted(order)


@needs_make
def test_check_is_the_linters_the_types_and_all_tests() -> None:
    said = commands("check")
    for part in ("ruff check", "ruff format --check", "mypy", "-m pytest"):
        assert part in said
    assert commands("test").splitlines()[-1] in said


@needs_make
def test_the_summary_of_the_tests_ends_the_log() -> None:
    assert "-m pytest" in commands("check").splitlines()[-1]
    steps = [line for line in ci_lines() if line.startswith("make ")]
    assert steps == ["make demo", "make check"]


def ci_lines() -> list[str]:
    return (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()


def test_ci_stops_at_the_first_error_and_can_be_started() -> None:
    assert ci_lines()[0] == "#!/usr/bin/env bash"
    assert "set -euo pipefail" in ci_lines()
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_the_readme_tells_the_same_two_commands() -> None:
    first_screen = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()[:60]
    for command in ("make demo", "make test"):
        assert any(command in line for line in first_screen)
