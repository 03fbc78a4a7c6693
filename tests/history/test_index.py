"""Any part of any text is found, and nothing else."""

from __future__ import annotations

import sqlite3

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from asrcli.history.index import (
    MOST_SENTENCES,
    add_to_index,
    pairs,
    query,
    remove_from_index,
    searchable,
    sentence_of,
)
from tests.values_samples import timed

TABLE = "CREATE VIRTUAL TABLE texts USING fts5 (written, spoken, content = '', tokenize = 'ascii')"


def database(*texts: str) -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    connection.execute(TABLE)
    for number, text in enumerate(texts, start=1):
        add_to_index(connection, number, [timed(text)])
    return connection


def found(connection: sqlite3.Connection, text: str) -> set[int]:
    match = query(text)
    if not match:
        return set()
    rows = connection.execute("SELECT rowid FROM texts WHERE texts MATCH ?", (match,))
    return {sentence_of(row)[0] for (row,) in rows}


@pytest.mark.parametrize(
    ("text", "hits"),
    [
        ("开会", {1, 2}),
        ("今天开会", {1}),
        ("今", {1, 3}),
        ("会", {1, 2}),
        ("天开", {1}),
        ("app", {3}),
        ("ＡＰＰ", {3}),
        ("A", {3}),
        ("，", set()),
        ("会开", set()),
        ("天，开 会", {1}),
        ("开会开会", set()),
        ('"', set()),
        ("NOT", set()),
        ("今天 OR", set()),
    ],
)
def test_parts_of_texts(text: str, hits: set[int]) -> None:
    assert found(database("今天开会。", "不开，会？", "今天用 App 吧"), text) == hits


WORDS = st.text(st.sampled_from("今天开会的abＡ1，。 é😀"), max_size=8)


@examples(max_examples=80)
@given(st.lists(WORDS, min_size=1, max_size=4), WORDS)
def test_found_is_what_contains_it(texts: list[str], part: str) -> None:
    connection = database(*(f"字{text}字" for text in texts))
    wanted = searchable(part)
    contain = {n for n, text in enumerate(texts, 1) if wanted in searchable(f"字{text}字")}
    assert found(connection, part) == (contain if wanted else set())


def test_both_writings_of_a_number_are_found() -> None:
    connection = sqlite3.connect(":memory:")
    connection.execute(TABLE)
    add_to_index(connection, 1, [timed("3:30见", spoken="三点半见")])
    assert found(connection, "三点半") == found(connection, "3:30") == {1}


def test_what_is_taken_out_is_not_found_more() -> None:
    sentences = [timed("今天开会。"), timed("明天开会。")]
    connection = database()
    add_to_index(connection, 7, sentences)
    add_to_index(connection, 8, sentences[:1])
    assert found(connection, "开会") == {7, 8}
    remove_from_index(connection, 7, sentences)
    assert found(connection, "开会") == {8}
    assert found(connection, "明天") == set()


def test_a_row_leads_back_to_its_sentence() -> None:
    connection = database()
    add_to_index(connection, 3, [timed("甲。"), timed("乙。")])
    [(row,)] = connection.execute("SELECT rowid FROM texts WHERE texts MATCH ?", (query("乙"),))
    assert sentence_of(row) == (3, 1)
    assert row == 3 * MOST_SENTENCES + 1


def test_the_index_holds_only_letters_and_digits() -> None:
    assert pairs("今，天") == "04eca05929 05929"
    assert pairs("。") == ""
