"""Texts out of documents and transcripts, each said once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from asrcli.errors import NothingToDoError, UsageError
from asrcli.hotwords.documents import (
    RUN_FILES,
    SUREST,
    NoTranscriptError,
    Passage,
    find_documents,
    read_document,
)
from asrcli.pipeline.formats import csv as csv_format
from asrcli.pipeline.formats import json as json_format
from asrcli.pipeline.formats import jsonl as jsonl_format
from asrcli.pipeline.write import RESERVED
from tests import values_samples as samples

if TYPE_CHECKING:
    from pathlib import Path

CERTAIN = pytest.approx(1 - SUREST)


def put(path: Path, text: str = "甲乙") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def passages(path: Path) -> tuple[Passage, ...]:
    return read_document(path).passages


class TestFinding:
    """Which files are read."""

    def test_a_folder_in_order_of_paths(self, tmp_path: Path) -> None:
        wanted = [put(tmp_path / name) for name in ("a.txt", "b/c.MD", "b/d.csv")]
        put(tmp_path / "x.pdf")
        put(tmp_path / ".hidden.txt")
        put(tmp_path / ".git" / "a.txt")
        assert list(find_documents([tmp_path])) == wanted

    def test_a_transcript_is_read_once(self, tmp_path: Path) -> None:
        for name in ("a.wav.json", "a.wav.srt", "a.wav.txt", "a.wav.vtt", "a.wav.tsv"):
            put(tmp_path / "out" / "x" / name)
        for name in RUN_FILES:
            put(tmp_path / "out" / name)
        put(tmp_path / "notes.json")
        put(tmp_path / "notes.txt")
        put(tmp_path / "out" / "b.wav.srt")
        put(tmp_path / "out" / "review.md")
        names = [path.name for path in find_documents([tmp_path])]
        assert names == ["notes.json", "notes.txt", "b.wav.srt", "review.md", "a.wav.json"]

    def test_the_files_of_a_run_are_all_known(self) -> None:
        assert set(RUN_FILES) == RESERVED

    def test_tables_without_documents_beside_them(self, tmp_path: Path) -> None:
        table = put(tmp_path / "transcripts.csv")
        assert find_documents([tmp_path]) == (table,)

    def test_named_files_are_read_whatever_lies_beside_them(self, tmp_path: Path) -> None:
        named = put(tmp_path / "a.wav.txt")
        put(tmp_path / "a.wav.json")
        assert find_documents([named, named]) == (named,)

    def test_mistakes(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match=r"none: No such file"):
            find_documents([tmp_path / "none"])
        with pytest.raises(UsageError, match="File name too long"):
            find_documents([tmp_path / ("a" * 300)])
        with pytest.raises(UsageError, match=r"a\.pdf: not a kind of text"):
            find_documents([put(tmp_path / "a.pdf")])
        with pytest.raises(NothingToDoError, match="no text files"):
            find_documents([tmp_path])


class TestDocuments:
    """Texts that people wrote."""

    def test_text_is_normalised(self, tmp_path: Path) -> None:
        assert passages(put(tmp_path / "a.txt", "ＡＩ　模型")) == (Passage("AI 模型"),)

    def test_gb18030(self, tmp_path: Path) -> None:
        (tmp_path / "a.txt").write_bytes("魔搭".encode("gb18030"))
        assert passages(tmp_path / "a.txt") == (Passage("魔搭"),)

    def test_addresses_are_no_text(self, tmp_path: Path) -> None:
        text = "看https://Example.com/A?b=1，或 www.a.cn 写信 me@x.org。"
        [found] = passages(put(tmp_path / "a.txt", text))
        assert found.text.split() == ["看", ",或", "写信", "。"]

    def test_code_in_markdown_is_no_text(self, tmp_path: Path) -> None:
        text = "前\n```python\nimport Torch\n```\n中\n~~~\nX\n~~~\n后 `Y`"
        [found] = passages(put(tmp_path / "a.md", text))
        assert found.text.split() == ["前", "中", "后", "`Y`"]

    def test_any_table(self, tmp_path: Path) -> None:
        found = passages(put(tmp_path / "a.csv", "名字,备注\n王婧,魔搭\n"))
        assert [passage.text.split() for passage in found] == [["名字", "备注"], ["王婧", "魔搭"]]

    def test_what_is_no_text(self, tmp_path: Path) -> None:
        (tmp_path / "a.txt").write_bytes(b"RIFF\0\0")
        with pytest.raises(UsageError, match="neither UTF-8"):
            passages(tmp_path / "a.txt")


class TestTranscripts:
    """Texts that we recognised, with the doubt about each character."""

    def test_the_json_of_a_run(self, tmp_path: Path) -> None:
        sentence = samples.timed("魔搭，hello好")
        text = json_format.render(samples.transcript([sentence]))
        [found] = passages(put(tmp_path / "a.wav.json", text))
        assert found.text == "魔搭,hello好"
        assert found.doubts == pytest.approx([0.1] * len(found.text))

    def test_tokens_decide(self, tmp_path: Path) -> None:
        tokens = [
            {"text": "魔", "confidence": 0.25},
            {"text": "搭", "confidence": 1.0},
            {"text": "丢", "confidence": 0.0},
            {"text": "ok", "confidence": 0.5},
        ]
        sentence = {"spoken": "魔搭。ok", "confidence": 0.8, "tokens": tokens}
        text = json.dumps({"sentences": [sentence]})
        [found] = passages(put(tmp_path / "a.json", text))
        expected = [0.75, 1 - SUREST, 0.2, 0.5, 0.5]
        assert found.doubts == pytest.approx(expected)

    def test_lines_of_json(self, tmp_path: Path) -> None:
        one = jsonl_format.render(samples.transcript([samples.timed("魔搭")]))
        found = passages(put(tmp_path / "transcripts.jsonl", one + "\n" + one))
        assert [passage.text for passage in found] == ["魔搭", "魔搭"]

    def test_the_table_of_a_run(self, tmp_path: Path) -> None:
        text = csv_format.render(samples.transcript([samples.timed("魔搭"), samples.timed("好")]))
        found = passages(put(tmp_path / "transcripts.csv", "\ufeff" + text))
        assert [passage.text for passage in found] == ["魔搭", "好"]
        assert found[0].doubts == pytest.approx((0.1, 0.1))

    @pytest.mark.parametrize("confidence", [None, "x", [], {}])
    def test_an_unknown_confidence(self, confidence: object, tmp_path: Path) -> None:
        text = json.dumps({"sentences": [{"spoken": "好", "confidence": confidence}]})
        assert passages(put(tmp_path / "a.json", text)) == (Passage("好", (0.5,)),)

    @pytest.mark.parametrize(("confidence", "doubt"), [(2, 0.05), (-1, 1.0), (1.0, 0.05)])
    def test_a_confidence_out_of_range(
        self, confidence: float, doubt: float, tmp_path: Path
    ) -> None:
        text = json.dumps({"sentences": [{"spoken": "好", "confidence": confidence}]})
        [found] = passages(put(tmp_path / "a.json", text))
        assert list(found.doubts) == [pytest.approx(doubt)]

    def test_one_character_may_become_several(self, tmp_path: Path) -> None:
        text = json.dumps({"sentences": [{"spoken": "㍿", "confidence": 1}]})
        [found] = passages(put(tmp_path / "a.json", text))
        assert (found.text, len(found.doubts)) == ("株式会社", 4)

    def test_without_sentences(self, tmp_path: Path) -> None:
        assert passages(put(tmp_path / "a.json", '{"sentences": []}')) == ()

    @pytest.mark.parametrize(
        "text", ["[]", "{}", "5", '{"sentences": 5}', '{"sentences": [{}]}', '{"sentences": [5]}']
    )
    def test_other_json(self, text: str, tmp_path: Path) -> None:
        with pytest.raises(NoTranscriptError, match=r"a\.json: not a transcript"):
            passages(put(tmp_path / "a.json", text))

    @pytest.mark.parametrize(("name", "text"), [("a.json", "{"), ("a.jsonl", "x\n")])
    def test_broken_json(self, name: str, text: str, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="Expecting") as caught:
            passages(put(tmp_path / name, text))
        assert not isinstance(caught.value, NoTranscriptError)
