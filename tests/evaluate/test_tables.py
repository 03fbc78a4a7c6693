"""Rows of tables as runs, spreadsheets and people write them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from asrcli.errors import UsageError
from asrcli.evaluate.tables import Row, read_rows

if TYPE_CHECKING:
    from pathlib import Path


def rows(folder: Path, text: str, separator: str = ",") -> list[Row]:
    path = folder / "table.csv"
    path.write_text(text, encoding="utf-8")
    return list(read_rows(path, ("spoken", "text"), separator=separator))


def test_the_first_column_that_is_there_is_taken(tmp_path: Path) -> None:
    assert rows(tmp_path, "text,file,spoken\n3点,a.wav,三点\n") == [
        Row(2, "a.wav", "三点", is_sentence=False)
    ]
    assert rows(tmp_path, "file\ttext\na.wav\t3点\n", "\t") == [Row(2, "a.wav", "3点", False)]


def test_a_run_has_rows_of_sentences_without_quotes_for_spreadsheets(tmp_path: Path) -> None:
    table = "\ufefffile,sentence,text\n'-a.wav,1,'+86\nb.wav,,\n'c.wav,1,好\n"
    assert [(row.name, row.text) for row in rows(tmp_path, table)] == [
        ("-a.wav", "+86"),
        ("b.wav", ""),
        ("'c.wav", "好"),
    ]
    assert all(row.is_sentence for row in rows(tmp_path, table))


def test_a_quote_in_a_table_of_people_is_theirs(tmp_path: Path) -> None:
    (row,) = rows(tmp_path, "file,text\na.wav,'-5 degrees'\n")
    assert row.text == "'-5 degrees'"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "column 'file' is missing"),
        ("name,text\n", "column 'file' is missing"),
        ("file,words\na,b\n", "column 'text' is missing"),
        ("file,text\n,b\n", "line 2: a file has no name"),
        ('file,text\na,"b\n', "not a CSV file in UTF-8"),
    ],
)
def test_a_table_that_cannot_be_right(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        rows(tmp_path, text)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_or_not_utf8(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none\.csv: No such file"):
        list(read_rows(tmp_path / "none.csv", ("text",)))
    path = tmp_path / "old.csv"
    path.write_bytes("file,text\na,您好\n".encode("gb18030"))
    with pytest.raises(UsageError, match="not a CSV file in UTF-8"):
        list(read_rows(path, ("text",)))
