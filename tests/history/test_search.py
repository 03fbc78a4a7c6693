"""Where something was said, to the character and the millisecond."""

from __future__ import annotations

from pathlib import Path, PurePath
from typing import TYPE_CHECKING

import pytest

from asrcli.history import contents, work
from asrcli.history.codec import pack
from asrcli.history.contents import Work
from asrcli.history.search import locate, search
from asrcli.history.work import Delivery
from asrcli.values import Outcome, Status, Transcript
from tests.values_samples import context, source, timed, transcript

if TYPE_CHECKING:
    from asrcli.history.store import Store
    from asrcli.values import TimedSentence


def keep(store: Store, rel: str, *sentences: TimedSentence, output: str = "/out") -> None:
    item = Work(f"{rel:x<64}", contents.context_id(store, context()))
    outcome = Outcome(source(rel), Status.DONE)
    with store.transaction() as connection:
        run = work.begin_run(connection, inputs=Path("/in"), output=Path(output))
        number = contents.save_result(connection, item, outcome, transcript(sentences))
        delivery = Delivery(Status.DONE, "", number, "", (), ())
        work.save_delivery(connection, run, Path(output), outcome, delivery)


def test_the_time_is_that_of_the_words(store: Store) -> None:
    keep(store, "a.wav", timed("今天开会。"), timed("好，明天再说。", start_ms=5000))
    [hit] = search(store, "明天", limit=5)
    assert (hit.rel, hit.output) == (PurePath("a.wav"), Path("/out"))
    assert (hit.start_ms, hit.end_ms) == (5200, 5600)
    assert hit.text[slice(*hit.place)] == "明天"
    assert hit.channel is None


def test_the_last_done_come_first_and_each_in_its_order(store: Store) -> None:
    keep(store, "a.wav", timed("开会。"), timed("再开会。", start_ms=9000))
    keep(store, "b.wav", timed("不开会。"))
    found = search(store, "开会", limit=9)
    assert [(str(hit.rel), hit.start_ms) for hit in found] == [
        ("b.wav", 200),
        ("a.wav", 0),
        ("a.wav", 9200),
    ]
    assert len(search(store, "开会", limit=2)) == 2


def test_every_folder_in_which_it_stands_is_named(store: Store) -> None:
    keep(store, "a.wav", timed("开会。"))
    keep(store, "a.wav", timed("开会。"), output="/other")
    assert {hit.output for hit in search(store, "开会", limit=9)} == {Path("/out"), Path("/other")}


def test_what_stands_only_in_the_spoken_text(store: Store) -> None:
    keep(store, "a.wav", timed("3:30见", spoken="三点半见", start_ms=1000))
    [hit] = search(store, "三点半", limit=5)
    assert (hit.text, hit.place) == ("三点半见", (0, 3))
    assert hit.start_ms == 1000


@pytest.mark.parametrize("stored", [b"damaged", None])
def test_entries_that_outlived_their_text_are_passed_over(
    stored: bytes | None, store: Store
) -> None:
    keep(store, "a.wav", timed("开会。"))
    keep(store, "b.wav", timed("不开会。"))
    with store.transaction() as connection:
        empty = pack(transcript(), Transcript)
        connection.execute("UPDATE results SET transcript = ? WHERE id = 1", (stored or empty,))
    assert [str(hit.rel) for hit in search(store, "开会", limit=9)] == ["b.wav"]
    keep(store, "a.wav", timed("明天。"))
    assert [hit.text for hit in search(store, "明天", limit=9)] == ["明天。"]


@pytest.mark.parametrize("text", ["", "，。", "没有说过", '"', "*"])
def test_what_was_never_said(text: str, store: Store) -> None:
    keep(store, "a.wav", timed("今天开会。"))
    assert search(store, text, limit=5) == []


@pytest.mark.parametrize(
    ("sentence", "text", "place"),
    [
        ("今天，开会。", "天开", (1, 4)),
        ("用 App 吧", "ａｐｐ", (2, 5)),
        ("今天", "明天", None),
        ("ﬁne", "fi", (0, 1)),
        ("", "a", None),
        ("，", "a", None),
    ],
)
def test_where_in_a_sentence(sentence: str, text: str, place: tuple[int, int] | None) -> None:
    assert locate(sentence, text) == place
