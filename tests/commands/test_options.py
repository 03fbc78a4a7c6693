"""Every option is declared once, means a setting, and carries its default in its help."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import get_args

import pytest
from typer.models import OptionInfo

from asrcli.commands import document_options, night_options, number_options, options
from asrcli.commands.flags import FolderFlags
from asrcli.settings import FORMATS, PRECISIONS, SETTING_NAMES, Settings
from tests.commands.declared import declared

DECLARED = declared(options, document_options, night_options, number_options)
NO_SETTING = {"output", "config", "dry_run", "quiet", "log_json", "force", "retry_failed"}
NO_OPTION = {"model_home"}
"""Said once for a machine, in the environment or the settings file."""


def info(name: str) -> OptionInfo:
    [option] = DECLARED[name].__metadata__
    assert isinstance(option, OptionInfo)
    return option


def spellings(name: str) -> list[str]:
    option = info(name)
    return [str(option.default), *(option.param_decls or ())]


def long_name(name: str) -> str:
    return next(s for s in spellings(name) if s.startswith("--")).split("/")[0]


def field(name: str) -> str:
    return long_name(name).removeprefix("--").replace("-", "_")


def test_every_setting_has_its_option_and_the_reverse() -> None:
    assert {field(name) for name in DECLARED} == SETTING_NAMES - NO_OPTION | NO_SETTING
    assert len(DECLARED) == len(SETTING_NAMES - NO_OPTION | NO_SETTING)


def test_no_spelling_and_no_help_is_used_twice() -> None:
    used = Counter(part for name in DECLARED for s in spellings(name) for part in s.split("/"))
    used.update(info(name).help or "" for name in DECLARED)
    assert [text for text, count in used.items() if count > 1] == []


def test_the_short_ones() -> None:
    short = {s: long_name(n) for n in DECLARED for s in spellings(n) if not s.startswith("--")}
    assert short == {
        "-m": "--model",
        "-d": "--device",
        "-o": "--output",
        "-f": "--format",
        "-q": "--quiet",
    }


@pytest.mark.parametrize("name", DECLARED)
def test_an_option_not_given_is_none(name: str) -> None:
    """Only so can the environment and the settings file be asked."""
    assert type(None) in get_args(get_args(DECLARED[name])[0])


@pytest.mark.parametrize("name", DECLARED)
def test_help_is_short_and_of_no_markup(name: str) -> None:
    text = info(name).help or ""
    assert 10 < len(text) < 90
    assert text[0].isupper() or text[0].islower()
    assert not set("[]") & set(text)


WORDS_FOR_DEFAULTS = {"batch_seconds": "auto", "punc": "the", "config": "asrcli.toml,"}
"""Defaults that the help tells in words of its own."""


def as_told(name: str) -> str:
    """The default of a setting as the help has to tell it."""
    value = getattr(Settings(), name)
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, tuple):
        return ",".join(value)
    return f"{value:g}" if isinstance(value, float) else str(value)


@pytest.mark.parametrize("name", DECLARED)
def test_the_default_told_is_the_default(name: str) -> None:
    told = re.search(r"; default ([\w.,-]+)", info(name).help or "")
    if told is not None:
        expected = WORDS_FOR_DEFAULTS.get(field(name)) or as_told(field(name))
        assert told[1] == expected


def test_every_default_that_says_something_is_told() -> None:
    silent = {field(n) for n in DECLARED if "; default " not in (info(n).help or "")}
    empty = {name for name in SETTING_NAMES - NO_OPTION if not getattr(Settings(), name)}
    assert silent - NO_SETTING == empty - {"batch_seconds", "min_age", "hotword_repair"}


def test_choices_in_the_help_are_those_of_the_settings() -> None:
    assert ", ".join(FORMATS) in (info("Formats").help or "")
    assert all(precision in (info("Precision").help or "") for precision in PRECISIONS)


def test_the_folder_command_takes_them_all() -> None:
    assert set(FolderFlags.__annotations__) == {field(name) for name in DECLARED}


def test_paths_are_paths() -> None:
    paths = {name for name in DECLARED if Path in get_args(get_args(DECLARED[name])[0])}
    assert paths == {"Output", "Config"}
