"""A list as a model will use it."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import pytest

from asrcli.hotwords.inspection import (
    CSV_COLUMNS,
    DROPPED_COLUMNS,
    REMARK_COLUMNS,
    USED_COLUMNS,
    Inspection,
    inspect,
)
from asrcli.hotwords.lists import ListedWord, WordList, read_list
from asrcli.values import DroppedHotword

if TYPE_CHECKING:
    from pathlib import Path

WORDS = (
    ListedWord(2, "王婧", 2.0, ("王静",)),
    ListedWord(3, "龘龘", 1.0),
    ListedWord(5, "魔龘", 1.5, ("魔塔", "龘塔")),
)
LIST = WordList(WORDS, (DroppedHotword(4, "！", "no letter"),))


def spell(word: str) -> tuple[str, ...]:
    if "龘" in word:
        raise ValueError("the model has no token for '龘'")
    return tuple(word)


def test_without_a_model_every_word_is_used() -> None:
    found = inspect(LIST)
    assert [(word.text, word.tokens) for word in found.words] == [(word.text, ()) for word in WORDS]
    assert found.dropped == LIST.dropped
    assert found.last_line() == "3 words used, 1 not, 0 remarks"


def test_what_the_model_cannot_write_is_dropped_with_its_line() -> None:
    found = inspect(LIST, spell, model="demo")
    assert [(word.text, word.aliases) for word in found.words] == [
        ("王婧", ("王静",)),
        ("魔龘", ("魔塔",)),
    ]
    assert [(line.line, line.text) for line in found.dropped] == [
        (3, "龘龘"),
        (4, "！"),
        (5, "龘塔"),
    ]
    assert "no token for '龘'" in found.dropped[0].reason


def test_a_word_may_be_heard_by_its_aliases_only() -> None:
    found = inspect(LIST, spell, model="demo")
    [remark] = found.remarks
    assert (remark.line, remark.text) == (5, "魔龘")
    assert remark.message.startswith("heard by its aliases only: the model has no token")
    assert found.words[1].tokens == ()
    assert found.last_line() == "2 words used, 3 not, 1 remark, by the vocabulary of demo"


def test_words_on_one_line_are_told_apart() -> None:
    listed = WordList((ListedWord(1, "龘龘", 1.0), ListedWord(1, "我们", 1.0)), ())
    found = inspect(listed, spell, model="demo")
    assert [word.text for word in found.words] == ["我们"]
    assert [remark.text for remark in found.remarks] == ["我们"]


@pytest.fixture
def found() -> Inspection:
    return inspect(LIST, spell, model="demo")


def test_rows(found: Inspection) -> None:
    assert found.used_rows()[0] == ("2", "王婧", "2", "王静", "王 婧")
    assert found.dropped_rows()[1] == ("4", "！", "no letter")
    assert {len(row) for row in found.used_rows()} == {len(USED_COLUMNS)}
    assert {len(row) for row in found.dropped_rows()} == {len(DROPPED_COLUMNS)}
    assert {len(row) for row in found.remark_rows()} == {len(REMARK_COLUMNS)}


def test_csv(found: Inspection) -> None:
    rows = list(csv.DictReader(io.StringIO(found.as_csv())))
    assert tuple(rows[0]) == CSV_COLUMNS
    assert [(row["line"], row["word"], row["status"]) for row in rows] == [
        ("2", "王婧", "used"),
        ("5", "魔龘", "used"),
        ("3", "龘龘", "not used"),
        ("4", "！", "not used"),
        ("5", "龘塔", "not used"),
    ]
    assert rows[0]["tokens"] == "王 婧"
    assert rows[1]["note"].startswith("heard by its aliases only")
    assert rows[3]["note"] == "no letter"


def test_the_csv_can_be_read_as_a_list(found: Inspection, tmp_path: Path) -> None:
    (tmp_path / "w.csv").write_text(found.as_csv(), encoding="utf-8")
    again = inspect(read_list(tmp_path / "w.csv"), spell)
    assert [(w.text, w.weight, w.aliases) for w in again.words] == [
        (w.text, w.weight, w.aliases) for w in found.words
    ]


def test_json(found: Inspection) -> None:
    document = json.loads(found.as_json())
    assert document["model"] == "demo"
    assert document["words"][0] == {
        "line": 2,
        "word": "王婧",
        "weight": 2.0,
        "aliases": ["王静"],
        "tokens": ["王", "婧"],
    }
    assert [line["line"] for line in document["dropped"]] == [3, 4, 5]
    assert document["remarks"][0]["text"] == "魔龘"


def test_json_without_a_model() -> None:
    document = json.loads(inspect(LIST).as_json())
    assert document["model"] is None
    assert {word["tokens"] for word in document["words"]} == {None}
