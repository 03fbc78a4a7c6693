from __future__ import annotations

import json
from typing import TYPE_CHECKING

from hypothesis import given

from asrcli.segments.manifests.json import document
from asrcli.segments.manifests.jsonl import render
from tests.segments.cuts import cut_lists

if TYPE_CHECKING:
    from asrcli.segments.cutlist import CutList


@given(cut_lists())
def test_the_document_on_one_line(cut: CutList) -> None:
    text = render([cut])
    assert text.endswith("\n")
    assert "\n" not in text[:-1]
    assert json.loads(text) == document([cut])
