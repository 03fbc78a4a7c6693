"""Every shape that texts come in gives the same texts, and a wrong one is named on one line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asrcli.errors import UsageError
from asrcli.evaluate.texts import Field, read_texts
from asrcli.pipeline.formats.json import document, render
from asrcli.pipeline.formats.jsonl import render as render_line
from tests.values_samples import timed, transcript

if TYPE_CHECKING:
    from pathlib import Path

EXPECTED = {"b/c.wav": "三点半", "a.wav": "您好 hello"}
FLAT = [{"file": name, "text": text} for name, text in EXPECTED.items()]


def put(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("ref.csv", "file,text\nb/c.wav,三点半\na.wav,您好 hello\n"),
        ("ref.tsv", "file\ttext\nb/c.wav\t三点半\na.wav\t您好 hello\n"),
        ("ref.CSV", "\ufefffile,text\r\nb/c.wav,三点半\r\na.wav,您好 hello\r\n"),
        ("text", "b/c.wav 三点半\n\na.wav\t您好 hello\n"),
        ("dev.text", "\ufeffb/c.wav  三点半\na.wav 您好 hello"),
        ("ref.jsonl", "\n".join(json.dumps(row) for row in FLAT)),
        ("ref.json", json.dumps(FLAT)),
        ("map.json", json.dumps(EXPECTED)),
        (
            "nemo.jsonl",
            "\n".join(json.dumps({"audio_filepath": n, "text": t}) for n, t in EXPECTED.items()),
        ),
        (
            "transcripts.csv",
            "file,sentence,spoken\nb/c.wav,1,三点半\na.wav,1,您好 \na.wav,2,hello\n",
        ),
    ],
)
def test_every_shape(tmp_path: Path, name: str, content: str) -> None:
    folder = put(tmp_path, {name: content})
    texts = read_texts(folder / name)
    assert list(texts.by_name.items()) == list(EXPECTED.items())
    assert texts.source == str(folder / name)
    assert not texts.alone


def test_a_folder_of_texts_is_named_by_paths_below_it(tmp_path: Path) -> None:
    put(tmp_path, {"b/c.wav.txt": "三点\n半\n", "a.txt": "您好", ".hidden.txt": "x", "n.md": "x"})
    texts = read_texts(tmp_path)
    assert texts.by_name == {"a": "您好", "b/c.wav": "三点 半"}
    assert texts.source == f"2 .txt files in {tmp_path}"


def test_an_output_folder_is_read_through_its_table(tmp_path: Path) -> None:
    put(tmp_path, {"transcripts.csv": "file,text\na.wav,好\n", "a.wav.txt": "坏"})
    assert read_texts(tmp_path).by_name == {"a.wav": "好"}


def test_a_folder_of_documents(tmp_path: Path) -> None:
    for name in ("a.json", "sub/b.json"):
        put(tmp_path, {name: json.dumps({"file": name, "text": "好"})})
    assert read_texts(tmp_path).by_name == {"a.json": "好", "sub/b.json": "好"}


def test_one_text_alone(tmp_path: Path) -> None:
    texts = read_texts(put(tmp_path, {"any.txt": "您\n好"}) / "any.txt")
    assert (texts.by_name, texts.alone) == ({"any": "您 好"}, True)


@pytest.mark.parametrize("suffix", ["json", "jsonl"])
@pytest.mark.parametrize("field", Field)
def test_the_documents_of_a_run(tmp_path: Path, suffix: str, field: Field) -> None:
    made = transcript([timed("3:30。", spoken="三点半。"), timed("好", start_ms=2000)])
    text = render(made) if suffix == "json" else render_line(made) * 2
    path = put(tmp_path, {f"x.{suffix}": text}) / f"x.{suffix}"
    sentences = document(made)["sentences"]
    once = "".join(sentence[field] for sentence in sentences)
    assert once
    expected = {document(made)["source"]["file"]: once * (2 if suffix == "jsonl" else 1)}
    assert read_texts(path, field).by_name == expected


def test_the_written_text_on_request_and_where_there_is_no_other(tmp_path: Path) -> None:
    put(tmp_path, {"t.csv": "file,text,spoken\na,3点,三点\n", "u.csv": "file,text\na,3点\n"})
    assert read_texts(tmp_path / "t.csv", Field.TEXT).by_name == {"a": "3点"}
    assert read_texts(tmp_path / "t.csv", Field.SPOKEN).by_name == {"a": "三点"}
    assert read_texts(tmp_path / "u.csv", Field.SPOKEN).by_name == {"a": "3点"}


def test_words_of_two_sentences_do_not_grow_together(tmp_path: Path) -> None:
    table = "file,sentence,spoken\na,1,say hello\na,2,world 您\na,3,好 \na,4,x\n"
    assert read_texts(put(tmp_path, {"t.csv": table}) / "t.csv").by_name == {
        "a": "say hello world 您好 x"
    }


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("none.csv", None, "No such file"),
        ("empty.csv", "file,text\n", "holds no texts"),
        ("empty.jsonl", "\n", "holds no texts"),
        ("twice.csv", "file,text\na,1\na,2\n", "line 3: 'a' stands there twice"),
        ("text", "a 1\n\na 2\n", "line 3: 'a' stands there twice"),
        ("bad.json", "{", "not JSON"),
        ("bad.jsonl", '{"file": "a", "text": "b"}\n{', "line 2: not JSON"),
        ("flat.jsonl", '{"file": "a"}', "line 1: neither a transcript"),
        ("list.json", "[1]", "entry 1: neither a transcript"),
        ("none.json", "{}", "neither a transcript"),
        ("null.json", '{"file": "a", "text": null}', "neither a transcript"),
        ("deep.json", '{"source": 1, "sentences": [{"text": "x"}]}', "neither a transcript"),
        ("deep.json", '{"source": {"file": "a"}, "sentences": [1]}', "neither a transcript"),
    ],
)
def test_what_cannot_be_read(tmp_path: Path, name: str, content: str | None, said: str) -> None:
    put(tmp_path, {} if content is None else {name: content})
    with pytest.raises(UsageError, match=said) as caught:
        read_texts(tmp_path / name)
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_folder_without_texts(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="name the file"):
        read_texts(put(tmp_path, {"a.wav": ""}))


@pytest.mark.parametrize("name", ["a.txt", "a.json", "text"])
def test_another_encoding_is_refused_with_what_to_do(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes("您好".encode("gb18030"))
    with pytest.raises(UsageError, match="iconv"):
        read_texts(tmp_path / name)


@given(
    texts=st.dictionaries(
        st.text("ab/.客", min_size=1), st.text("您好, a\"'", max_size=8), min_size=1, max_size=5
    )
)
def test_json_reads_back(tmp_path_factory: pytest.TempPathFactory, texts: dict[str, str]) -> None:
    rows: list[dict[str, Any]] = [{"file": name, "text": text} for name, text in texts.items()]
    path = tmp_path_factory.mktemp("texts") / "ref.json"
    path.write_text(json.dumps(rows), encoding="utf-8")
    assert read_texts(path).by_name == texts
