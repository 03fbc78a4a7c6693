"""Tables, CSV and JSON of a trial."""

from __future__ import annotations

import csv
import json

from asrcli.evaluate.cer import count_errors, plain
from asrcli.hotwords import trial_report
from asrcli.hotwords.trial import Hearing, Trial, trial
from asrcli.values import HotwordSet

SAID = {"a.wav": "请张玮找王婧", "b.wav": "一二三四五六七八九十", "c.wav": "请张玮来"}
BEFORE = {"a.wav": "请张伟找王静", "b.wav": "一二三四五六七八九十", "c.wav": "请张伟来"}
AFTER = {"a.wav": "请张玮找王静", "b.wav": "一二三四五六七八李馨", "c.wav": "请张玮来"}
LIST = HotwordSet(tuple((word, 1.0) for word in ("王婧", "张玮", "李馨", "陈昊")))


def tried(*factors: float) -> Trial:
    def hear(hotwords: HotwordSet) -> dict[str, Hearing]:
        texts = AFTER if hotwords.words else BEFORE
        return {file: Hearing(text, 600_000) for file, text in texts.items()}

    return trial(
        SAID,
        hear,
        LIST,
        normalise=plain,
        count_errors=lambda a, b: count_errors(a, b).errors,
        factors=factors,
    )


def test_the_summary() -> None:
    rows = {row[0]: row[1:] for row in trial_report.summary_rows(tried().score)}
    assert all(len(row) == len(trial_report.SUMMARY) - 1 for row in rows.values())
    assert rows["occurrences said"] == ("3", "")
    assert rows["recall"] == ("0.0%", "66.7%")
    assert rows["precision"] == ("-", "66.7%")
    assert rows["F1"] == ("0.0%", "66.7%")
    assert rows["recall of words missed without the list"] == ("", "66.7% (2 of 3)")
    assert rows["lost with the list"] == ("", "0")
    assert rows["false insertions"] == ("0", "1")
    assert rows["false insertions an hour"] == ("0.0", "2.0")
    assert rows["CER"] == ("15.0%", "15.0%")
    assert rows["CER of 1 name-free of 3 recordings"] == ("0.0%", "20.0%")


def test_words_that_say_something_are_shown_the_busiest_first() -> None:
    rows = list(trial_report.word_rows(tried()))
    assert [row[0] for row in rows] == ["张玮", "王婧", "李馨"]
    assert all(len(row) == len(trial_report.WORDS) for row in rows)
    assert rows[0] == ("张玮", "2", "0", "2", "0", "keep", "found every time")
    assert rows[1][5:] == ("raise to 2", "missed 1 of 1")
    assert rows[2][4:] == ("1", "drop", "inserted 1 times, gained nothing")


def test_an_alias_is_shown_as_a_line_of_the_list() -> None:
    said = {"a.wav": "请张玮", "b.wav": "找张玮"}
    found = trial(
        said,
        lambda _: {file: Hearing(text.replace("玮", "维"), 0) for file, text in said.items()},
        LIST,
        normalise=plain,
        count_errors=lambda a, b: count_errors(a, b).errors,
    )
    (row,) = trial_report.word_rows(found)
    assert row[5] == "add alias: 张维 => 张玮"


def test_recordings_that_got_worse() -> None:
    (row,) = trial_report.harmed_rows(tried().score)
    assert row == ("b.wav", "10", "0", "2")
    assert len(row) == len(trial_report.HARMED)


def test_the_sweep() -> None:
    rows = list(trial_report.sweep_rows(tried(2.0)))
    assert all(len(row) == len(trial_report.SWEEP) for row in rows)
    expected = ("66.7%", "66.7%", "66.7%", "2", "1", "15.0%", "20.0%")
    assert rows == [("x 1", *expected), ("x 2", *expected)]


def test_csv_holds_every_word() -> None:
    rows = list(csv.DictReader(trial_report.as_csv(tried()).splitlines()))
    assert [row["word"] for row in rows] == ["王婧", "张玮", "李馨", "陈昊"]
    assert rows[1]["true_positives"] == rows[1]["rescued"] == "2"
    assert (rows[1]["recall"], rows[3]["recall"]) == ("1", "")
    assert (rows[0]["advice"], rows[0]["weight"]) == ("raise", "2")
    assert rows[2]["false_insertions"] == "1"


def test_json_holds_everything() -> None:
    text = trial_report.as_json(tried(2.0), harm=("it harms",), max_harm_points=0.3)
    document = json.loads(text)
    assert document["harm"] == ["it harms"]
    assert document["max_harm_points"] == 0.3
    assert document["score"]["biased"]["recall"] == 2 / 3
    assert document["score"]["without"]["precision"] is None
    assert document["score"]["free_cer"] == {"edits": 2, "reference": 10, "rate": 0.2}
    assert [one["file"] for one in document["files"]] == ["a.wav", "b.wav", "c.wav"]
    assert [one["is_free"] for one in document["files"]] == [False, True, False]
    assert [one["factor"] for one in document["sweep"]] == [1.0, 2.0]
    words = {word["word"]: word for word in document["words"]}
    assert words["李馨"]["advice"]["action"] == "drop"
    assert words["王婧"]["missed"] == 1
    assert "张玮" in text
