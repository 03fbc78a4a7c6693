"""The options of captions and documents; `test_options.py` holds what is true of all."""

from __future__ import annotations

from asrcli.commands import document_options
from asrcli.commands.flags import TextFlags
from tests.commands.declared import declared

DECLARED = declared(document_options)


def test_they_stand_under_one_heading() -> None:
    headings = {alias.__metadata__[0].rich_help_panel for alias in DECLARED.values()}
    assert headings == {"Captions and documents"}


def test_every_one_is_taken_where_text_is_made() -> None:
    spelled = {str(alias.__metadata__[0].default) for alias in DECLARED.values()}
    names = {name.removeprefix("--").replace("-", "_") for name in spelled}
    assert names <= set(TextFlags.__annotations__)
    assert len(names) == len(DECLARED) == 9
