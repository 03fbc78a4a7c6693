"""What is printed and written says the same, says everything, and cannot do harm."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

from asrcli.evaluate.normalise import Normaliser, Rules
from asrcli.evaluate.result import COLUMNS, MISSING, Result, as_csv, as_json
from asrcli.evaluate.scores import evaluate
from asrcli.evaluate.texts import Texts
from asrcli.evaluate.units import Unit

REFERENCE = {"a.wav": "您好 hello", "=b.wav": "三点半", "c\x1b.wav": "好"}
HYPOTHESIS = {"a.wav": "你好 hello 吗", "c\x1b.wav": "好", "-z.wav": "x"}


def made(
    reference: dict[str, str] | None = None,
    hypothesis: dict[str, str] | None = None,
    rules: Rules | None = None,
) -> Result:
    left, right = Texts(reference or REFERENCE, "REF"), Texts(hypothesis or HYPOTHESIS, "HYP")
    rules = rules or Rules()
    return Result(left, right, rules, evaluate(left, right, Normaliser(rules, str)))


def rows_of(result: Result) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(as_csv(result)), strict=True))


def test_the_table_of_files_ends_with_their_pool() -> None:
    assert list(made().file_rows(10)) == [
        (f"=b.wav {MISSING}", "3", "0", "3", "0", "100.00%"),
        ("a.wav", "3", "1", "0", "1", "66.67%"),
        (r"c\x1b.wav", "1", "0", "0", "0", "0.00%"),
        ("all", "7", "1", "3", "1", "71.43%"),
    ]


def test_a_table_cut_short_says_so() -> None:
    rows = list(made().file_rows(1))
    assert [row[0] for row in rows] == [f"=b.wav {MISSING}", "and 2 more", "all"]
    assert {len(row) for row in rows} == {len(made().headings())}


@pytest.mark.parametrize(
    ("unit", "counted", "rate"),
    [(Unit.MIXED, "tokens", "MER"), (Unit.CHAR, "characters", "CER"), (Unit.WORD, "words", "WER")],
)
def test_headings_say_what_is_counted(unit: Unit, counted: str, rate: str) -> None:
    headings = made(rules=Rules(unit=unit)).headings()
    assert (headings[1], headings[-1]) == (counted, rate)


def test_the_head_states_sources_and_every_rule() -> None:
    head = dict(made().head_rows())
    assert head["reference"] == "REF, 3 in all"
    assert head["hypothesis"] == "HYP, 3 in all"
    assert Rules().stated().items() <= head.items()


def test_the_summary_names_what_is_missing_and_extra() -> None:
    summary = dict(made().summary_rows(10))
    assert summary["MER"].startswith("71.43%, 95% confidence ")
    assert "bootstrap over 3 files, 10000 resamples, seed 2004" in summary["MER"]
    assert summary["sentence errors"] == "66.67% (2 of 3)"
    assert summary["missing"] == "1, counted as all deletions: =b.wav"
    assert summary["extra"] == "1, in the hypothesis only, not counted: -z.wav"


def test_a_long_list_of_names_is_cut_with_its_number() -> None:
    result = made({f"{i}": "好" for i in range(9)}, {"0": "好"})
    assert dict(result.summary_rows(2))["missing"] == (
        "8, counted as all deletions: 1, 2 and 6 more"
    )
    assert dict(result.summary_rows(2))["extra"] == "none"


def test_one_file_says_why_there_is_no_interval() -> None:
    summary = dict(made({"a": "好"}, {"a": "好"}).summary_rows(5))
    assert summary["MER"] == "0.00%; one file gives no confidence interval"


def test_confusions() -> None:
    assert dict(made().confusion_rows(2)) == {
        "wrong most often": "您>你 ×1",
        "missing most often": "三 ×1, 半 ×1",
        "too many most often": "吗 ×1",
    }
    assert dict(made({"a": "好"}, {"a": "好"}).confusion_rows(5)) == {}


def document(result: Result) -> Any:
    return json.loads(as_json(result))


def test_json_holds_everything() -> None:
    found = document(made())
    assert found["rules"] == Rules().stated()
    assert found["options"]["unit"] == "mixed"
    assert found["options"]["case"] is False
    assert found["total"] == {
        "reference": 7,
        "correct": 3,
        "substitutions": 1,
        "deletions": 3,
        "insertions": 1,
        "rate": round(5 / 7, 6),
    }
    assert found["interval"]["low"] <= 5 / 7 <= found["interval"]["high"]
    assert (found["missing"], found["extra"]) == (["=b.wav"], ["-z.wav"])
    assert found["frequent"]["substitution"] == [["您", "你", 1]]
    assert [file["file"] for file in found["files"]] == list(REFERENCE)
    assert found["files"][0]["errors"] == [
        {"at": 0, "kind": "substitution", "reference": "您", "hypothesis": "你"},
        {"at": 3, "kind": "insertion", "reference": "", "hypothesis": "吗"},
    ]
    assert document(made({"a": "好"}, {"a": "好"}))["interval"] is None


def test_csv_has_a_row_for_every_name() -> None:
    rows = rows_of(made())
    assert list(rows[0]) == list(COLUMNS)
    assert [(row["file"], row["hypothesis"], row["status"]) for row in rows] == [
        ("a.wav", "a.wav", "done"),
        ("'=b.wav", "", "missing"),
        ("c\x1b.wav", "c\x1b.wav", "done"),
        ("", "'-z.wav", "extra"),
    ]
    assert [row["deletions"] for row in rows] == ["0", "3", "0", ""]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_name_is_a_formula(start: str) -> None:
    result = made({f"{start}x": "好"}, {f"{start}x": "好"})
    (row,) = rows_of(result)
    expected = f"'{start}x".replace("\r", "\\r")
    assert row["file"] == row["hypothesis"] == expected


def test_names_that_are_no_text_can_be_written() -> None:
    result = made({"\udcff": "好"}, {"\udcff": "好"})
    assert "\\udcff" in as_csv(result).encode("utf-8").decode()
    as_json(result).encode("utf-8")
    assert document(result)["files"][0]["file"] == "\udcff"
