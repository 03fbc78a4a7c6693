"""Words to token ids and back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from asrcli.engines.spelling import Spelling
from asrcli.errors import ModelError

if TYPE_CHECKING:
    from pathlib import Path

TOKENS = ["<blank>", "<s>", "</s>", "达", "摩", "院", "五", "a", "b", "hel@@", "lo", "ok", "<unk>"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "tokens.json").write_text(json.dumps(TOKENS), encoding="utf-8")
    (tmp_path / "seg_dict").write_text("达 达\nhello hel@@ lo\n\nlonely\n", encoding="utf-8")
    return tmp_path


def spell(spelling: Spelling, ids: list[int]) -> list[tuple[str, int, int]]:
    return list(spelling.merge(ids))


@pytest.mark.parametrize(
    ("word", "pieces"),
    [
        ("达摩院", ["达", "摩", "院"]),
        ("hello", ["hel@@", "lo"]),
        ("HELLO", ["hel@@", "lo"]),
        ("ok", ["ok"]),
        ("五hello院", ["五", "hel@@", "lo", "院"]),
        ("A院b", ["a", "院", "b"]),
    ],
)
def test_words_become_the_models_pieces(folder: Path, word: str, pieces: list[str]) -> None:
    spelling = Spelling.read(folder)
    assert [TOKENS[i] for i in spelling.encode(word)] == pieces


@pytest.mark.parametrize(("word", "missing"), [("达魔院", "魔"), ("iphone", "iphone"), ("é", "é")])
def test_a_word_without_tokens_says_which_part(folder: Path, word: str, missing: str) -> None:
    with pytest.raises(ValueError, match=missing):
        Spelling.read(folder).encode(word)


def test_unknown_characters_never_become_unk(folder: Path) -> None:
    with pytest.raises(ValueError, match="no token"):
        Spelling.read(folder).encode("院。")


def test_pieces_become_words_with_their_range(folder: Path) -> None:
    spelling = Spelling.read(folder)
    ids = [3, 9, 10, 5]
    assert spell(spelling, ids) == [("达", 0, 1), ("hello", 1, 3), ("院", 3, 4)]


def test_special_tokens_are_left_out(folder: Path) -> None:
    spelling = Spelling.read(folder)
    assert spell(spelling, [1, 3, 12, 5, 2, 0]) == [("达", 1, 2), ("院", 3, 4)]


def test_a_last_half_word_is_kept(folder: Path) -> None:
    assert spell(Spelling.read(folder), [3, 9]) == [("达", 0, 1), ("hel", 1, 2)]


def test_nothing_gives_nothing(folder: Path) -> None:
    assert spell(Spelling.read(folder), []) == []


def test_a_model_without_seg_dict_spells_hanzi(folder: Path) -> None:
    (folder / "seg_dict").unlink()
    spelling = Spelling.read(folder)
    assert spelling.encode("达摩院") == (3, 4, 5)
    with pytest.raises(ValueError, match="hello"):
        spelling.encode("hello")


def test_a_token_that_stands_twice_is_an_error(folder: Path) -> None:
    (folder / "tokens.json").write_text(json.dumps([*TOKENS, "达"]))
    with pytest.raises(ModelError, match="twice"):
        Spelling.read(folder)


@pytest.mark.parametrize("content", ["{", '{"a": 1}', "[1, 2]"])
def test_damaged_tokens_are_an_error(folder: Path, content: str) -> None:
    (folder / "tokens.json").write_text(content)
    with pytest.raises(ModelError, match=r"tokens\.json"):
        Spelling.read(folder)


def test_missing_tokens_are_an_error(folder: Path) -> None:
    (folder / "tokens.json").unlink()
    with pytest.raises(ModelError, match=r"tokens\.json"):
        Spelling.read(folder)


def test_an_undecodable_word_list_is_an_error(folder: Path) -> None:
    (folder / "seg_dict").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ModelError, match="seg_dict"):
        Spelling.read(folder)
