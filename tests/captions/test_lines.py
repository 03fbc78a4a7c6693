from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import given

from asrcli.captions.atoms import Grain, atoms
from asrcli.captions.lines import Page, lay_out
from asrcli.captions.style import CueStyle, display_cells
from tests.values_samples import speech, timed

if TYPE_CHECKING:
    from asrcli.values import TimedSentence

NO_LABELS = {None: 0, 0: 0, 1: 0}


def lines(text: str, style: CueStyle, label: int = 0) -> list[tuple[str, int]]:
    made = atoms([timed(text)], cells=style.cells, limit_ms=math.inf)
    ((_, found),) = lay_out(made, style, {None: label})
    return list(found)


def test_the_fewest_lines_are_filled_evenly() -> None:
    assert lines("我" * 20, CueStyle(width=16)) == [("我" * 10, 0), ("我" * 10, 2000)]


def test_a_label_makes_the_first_line_shorter() -> None:
    style = CueStyle(width=5)
    assert lines("一二三四五", style) == [("一二三四五", 0)]
    assert lines("市场同事介绍", style, label=6) == [("市场", 0), ("同事介绍", 400)]


def test_each_channel_has_its_own_lines_in_the_order_in_which_they_begin() -> None:
    pair = [replace(timed("你好"), channel=1), replace(timed("对吗", start_ms=100), channel=0)]
    made = atoms(pair, cells=32, limit_ms=math.inf, grain=Grain.CHARACTERS)
    assert lay_out(made, CueStyle(), NO_LABELS) == (
        (1, (("你好", 0),)),
        (0, (("对吗", 100),)),
    )


def test_a_page_counts_the_lines_of_all_channels() -> None:
    pair = [replace(timed("你好吗"), channel=0), replace(timed("对", start_ms=100), channel=1)]
    page = Page(4, {0: 0, 1: 2})
    made = atoms(pair, cells=4, limit_ms=math.inf, grain=Grain.CHARACTERS)
    assert [page.add(atom) for atom in made] == [1, 2, 2, 3]
    assert page.cells == {0: 2, 1: 4}


@given(speech())
def test_a_page_needs_as_many_lines_as_the_best_layout(
    sentences: tuple[TimedSentence, ...],
) -> None:
    style = CueStyle(width=12)
    made = atoms(sentences, cells=style.cells, limit_ms=math.inf)
    page = Page(style.cells, NO_LABELS)
    counted = [page.add(atom) for atom in made][-1]
    ((_, found),) = lay_out(made, style, NO_LABELS)
    assert len(found) == counted
    assert max(display_cells(line) for line, _ in found) <= style.cells
    starts = [begun for _, begun in found]
    assert starts == sorted(starts)
