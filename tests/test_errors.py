"""The tree in the docstring is the tree of the classes, and the README tells the exit codes."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from asrcli import errors
from asrcli.errors import AsrError, ExitCode

ROOT = Path(__file__).parents[1]
CLASSES = {
    name: value
    for name, value in vars(errors).items()
    if inspect.isclass(value) and issubclass(value, AsrError)
}
NO_CODE_OF_ITS_OWN = "-"


def drawn() -> list[tuple[int, str, str]]:
    """(depth, class, exit code) of every line of the drawing."""
    lines = (errors.__doc__ or "").splitlines()
    found = [re.match(r"([│ ]*)[├└]── (\w+)\s+(\d+|-)\s{2,}\S", line) for line in lines]
    return [(len(m[1]) // 4 + 1, m[2], m[3]) for m in found if m]


def test_the_drawing_holds_every_class_once() -> None:
    assert sorted(name for _, name, _ in drawn()) == sorted(set(CLASSES) - {"AsrError"})


def test_the_drawing_shows_the_bases() -> None:
    above = {0: AsrError}
    for depth, name, _ in drawn():
        assert CLASSES[name].__bases__ == (above[depth - 1],)
        above[depth] = CLASSES[name]


@pytest.mark.parametrize(("name", "code"), [(name, code) for _, name, code in drawn()])
def test_the_drawing_shows_the_exit_codes(name: str, code: str) -> None:
    if code == NO_CODE_OF_ITS_OWN:
        assert "exit_code" not in vars(CLASSES[name])
    else:
        assert CLASSES[name].exit_code == int(code)


@pytest.mark.parametrize("error", CLASSES.values())
def test_no_error_means_success(error: type[AsrError]) -> None:
    assert error.exit_code in set(ExitCode) - {ExitCode.OK}


def test_the_two_kinds_are_apart() -> None:
    """What ends a run must never be taken for what ends one recording, and the reverse."""
    assert not issubclass(errors.RecordingError, errors.RunError)
    assert not issubclass(errors.RunError, errors.RecordingError)
    assert not issubclass(errors.DeviceMemoryError, errors.RecordingError | errors.RunError)


def test_the_readme_tells_the_exit_codes() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\|\s*`?(\d+(?:\s*/\s*\d+)?)`?\s*\|\s*\S", text, flags=re.MULTILINE)
    told = [int(code) for row in rows for code in row.split("/")]
    assert sorted(set(told)) == sorted(ExitCode)
