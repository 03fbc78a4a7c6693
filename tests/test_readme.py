"""What README.md tells people to type exists."""

from __future__ import annotations

import re
import shlex
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import typer.main

from asrcli.cli import app

if TYPE_CHECKING:
    from collections.abc import Iterator

TEXT = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
LINES = re.findall(r"^(?:\$ )?asr (.+?)(?:\s+#.*)?$", TEXT, flags=re.MULTILINE)
"""The command lines, without the program's name and without what is said of them."""


@cache
def commands() -> dict[tuple[str, ...], frozenset[str]]:
    """The options of every command and group."""

    def walk(command: Any, name: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
        yield name, command
        for word, below in getattr(command, "commands", {}).items():
            yield from walk(below, (*name, word))

    return {
        name: frozenset(o for param in command.params for o in (*param.opts, *param.secondary_opts))
        for name, command in walk(typer.main.get_command(app), ())
    }


def unknown(words: list[str]) -> list[str]:
    """Options that the command does not have; a command that is not there is one, too."""
    lengths = [n for n in range(1, len(words) + 1) if tuple(words[:n]) in commands()]
    if not lengths:
        return words[:1]
    known = commands()[tuple(words[: lengths[-1]])]
    own, _, carried = " ".join(words[lengths[-1] :]).partition("-- ")
    bad = [word for word in own.split() if word.startswith("-") and word not in known]
    return bad + (unknown(carried.split()) if carried else [])


def section(heading: str) -> str:
    return TEXT.partition(f"## {heading}")[2].partition("\n## ")[0]


def named(text: str) -> set[str]:
    return set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text))


def test_there_are_command_lines() -> None:
    assert len(LINES) > 25


@pytest.mark.parametrize("line", LINES)
def test_a_command_line_has_a_command_and_its_options(line: str) -> None:
    assert unknown(shlex.split(line)) == []


@pytest.mark.parametrize(
    ("line", "bad"),
    [
        ("transcript folder in", ["transcript"]),
        ("transcribe folder in -o out --forec", ["--forec"]),
        ("schedule print --at 02:00 -- transcribe folder in --untli 06:30", ["--untli"]),
    ],
)
def test_a_slip_would_be_found(line: str, bad: list[str]) -> None:
    assert unknown(shlex.split(line)) == bad


def test_every_option_that_is_named_exists() -> None:
    assert named(TEXT) - {"--help"} <= set().union(*commands().values())


def test_every_option_of_the_main_job_is_explained() -> None:
    ours = {o for o in commands()["transcribe", "folder"] if o.startswith("--")}
    assert ours <= named(section("选项 Options"))


def test_every_option_of_its_own_that_cuts_segments_is_explained() -> None:
    own = commands()["vad", "split"] - commands()["transcribe", "folder"]
    assert {o for o in own if o.startswith("--")} <= named(section("切分 Segments"))
