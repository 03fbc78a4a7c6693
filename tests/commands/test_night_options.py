"""The options of the night stand together; `test_options.py` holds what is true of all."""

from __future__ import annotations

from asrcli.commands import night_options
from asrcli.commands.flags import NightFlags, WalkFlags
from tests.commands.declared import declared

DECLARED = declared(night_options)


def test_they_stand_under_one_heading() -> None:
    headings = {alias.__metadata__[0].rich_help_panel for alias in DECLARED.values()}
    assert headings == {"Nightly use"}


def test_every_one_is_taken_by_a_command() -> None:
    taken = {*NightFlags.__annotations__, *WalkFlags.__annotations__}
    spelled = {str(alias.__metadata__[0].default) for alias in DECLARED.values()}
    assert {name.removeprefix("--").replace("-", "_") for name in spelled} <= taken
    assert len(spelled) == len(DECLARED)
