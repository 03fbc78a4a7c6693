"""Reference tables as people make them, and scores that hide no lost file."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asrcli.errors import UsageError
from asrcli.evaluate.cer import ErrorCount, plain
from asrcli.evaluate.reference import read_reference, read_spoken, score

if TYPE_CHECKING:
    from pathlib import Path

TEXTS = st.dictionaries(st.text("ab/.", min_size=1), st.text("您好吗，。 ", max_size=8), max_size=5)


def written(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "reference.csv"
    path.write_text(text, encoding=encoding)
    return path


def test_a_table_becomes_texts_in_its_order(tmp_path: Path) -> None:
    path = written(tmp_path, "file,text\n客服 通话/订单 01.wav,您好\na.wav,再见\n")
    texts = read_reference(path)
    assert list(texts.items()) == [("客服 通话/订单 01.wav", "您好"), ("a.wav", "再见")]


def test_a_table_from_a_spreadsheet_is_read_too(tmp_path: Path) -> None:
    text = '\ufefftext,speaker,file\r\n"您好，\r\n再见",王,a.wav\r\n'
    assert read_reference(written(tmp_path, text)) == {"a.wav": "您好，\r\n再见"}


def test_a_file_in_which_nothing_is_said_has_an_empty_text(tmp_path: Path) -> None:
    assert read_reference(written(tmp_path, "file,text\na.wav,\nb.wav\n")) == {
        "a.wav": "",
        "b.wav": "",
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "column 'file' is missing"),
        ("file,words\na.wav,您好\n", "column 'text' is missing"),
        ("file,text\na.wav,您\na.wav,好\n", "line 3: 'a.wav' stands there twice"),
        ("file,text\n,您好\n", "line 2: a file has no name"),
        ('file,text\na.wav,"您好\n', "not a CSV file"),
    ],
)
def test_a_table_that_cannot_be_right_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        read_reference(written(tmp_path, text))
    assert "\n" not in str(caught.value)


def test_another_encoding_is_refused_and_not_guessed(tmp_path: Path) -> None:
    path = written(tmp_path, "file,text\na.wav,您好\n", encoding="gb18030")
    with pytest.raises(UsageError, match="not a CSV file in UTF-8"):
        read_reference(path)


def test_a_missing_table_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none\.csv: No such file"):
        read_reference(tmp_path / "none.csv")


def test_the_table_of_a_run_gives_what_it_heard(tmp_path: Path) -> None:
    text = (
        "\ufefffile,sentence,text,spoken,status,reason\n"
        "a.wav,1,3点,三点。,done,\n"
        "b.wav,,,,failed,truncated\n"
        "a.wav,2,好,好。,done,\n"
    )
    assert read_spoken(written(tmp_path, text)) == {"a.wav": "三点。好。", "b.wav": ""}


def test_the_table_of_a_run_needs_its_spoken_column(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="column 'spoken' is missing"):
        read_spoken(written(tmp_path, "file,text\na.wav,您好\n"))


def test_marks_blanks_and_width_are_no_errors() -> None:
    assert score({"a": "您好请问ABC"}, {"a": "您好，请问 ａｂｃ？"}) == {
        "a": ErrorCount(reference=7)
    }


def test_a_file_without_text_lacks_every_character() -> None:
    counts = score({"a": "您好", "b": "请问"}, {"b": "请问", "c": "不算"})
    assert counts == {"a": ErrorCount(deletions=2, reference=2), "b": ErrorCount(reference=2)}


@given(TEXTS, TEXTS)
def test_every_reference_has_one_score_of_its_length(
    reference: dict[str, str], spoken: dict[str, str]
) -> None:
    counts = score(reference, spoken)
    assert list(counts) == list(reference)
    for name, text in reference.items():
        assert counts[name].reference == len(plain(text))


@given(texts=TEXTS)
def test_a_written_table_reads_back(
    tmp_path_factory: pytest.TempPathFactory, texts: dict[str, str]
) -> None:
    path = tmp_path_factory.mktemp("reference") / "reference.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["file", "text"])
        rows.writerows(texts.items())
    assert read_reference(path) == texts
    assert score(texts, texts) == {
        name: ErrorCount(reference=len(plain(text))) for name, text in texts.items()
    }
