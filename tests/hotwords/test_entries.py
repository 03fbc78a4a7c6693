"""Word list files of four formats and several encodings, read as they stand."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asrcli.errors import UsageError
from asrcli.hotwords.entries import LARGEST_BYTES, Entry, read_entries


def entries(folder: Path, name: str, text: str | bytes) -> list[tuple[int, object, object]]:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return [(entry.line, entry.text, entry.weight) for entry in read_entries(path)]


class TestLines:
    """`词` or `词 weight`, `#` begins a comment."""

    def test_words_weights_and_comments(self, tmp_path: Path) -> None:
        text = "# names\n阿里巴巴\n\n达摩院 20\n  魔搭\t2.5  # a remark\nC#\nNew York\nWindows 10\n"
        assert entries(tmp_path, "words.txt", text) == [
            (2, "阿里巴巴", None),
            (4, "达摩院", "20"),
            (5, "魔搭", "2.5"),
            (6, "C#", None),
            (7, "New York", None),
            (8, "Windows", "10"),
        ]

    @pytest.mark.parametrize("weight", ["0", "-1", "+2", ".5", "3."])
    def test_every_number_at_the_end_is_a_weight(self, weight: str, tmp_path: Path) -> None:
        assert entries(tmp_path, "w.txt", f"词 {weight}") == [(1, "词", weight)]

    @pytest.mark.parametrize("line", ["1234", "词2", "词 两", "5G", "词 2 个"])
    def test_other_numbers_belong_to_the_word(self, line: str, tmp_path: Path) -> None:
        assert entries(tmp_path, "w.txt", line) == [(1, line, None)]

    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    def test_line_ends(self, end: str, tmp_path: Path) -> None:
        text = end.join(["甲", "", "乙 2", ""])
        assert entries(tmp_path, "w.txt", text) == [(1, "甲", None), (3, "乙", "2")]

    def test_other_separators_end_no_line(self, tmp_path: Path) -> None:
        text = "甲\x0b乙\n丙\u2028丁\n戊\x85己\n"
        assert [line for line, _, _ in entries(tmp_path, "w.txt", text)] == [1, 2, 3]

    @pytest.mark.parametrize("name", ["words", "words.TXT", "words.lst", "词表.list"])
    def test_other_suffixes_are_lines(self, name: str, tmp_path: Path) -> None:
        assert entries(tmp_path, name, "甲") == [(1, "甲", None)]


class TestAliases:
    """Other ways in which a word may be recognised, in every format."""

    @pytest.mark.parametrize(
        ("line", "expected"),
        [
            ("魔塔 => 魔搭", ("魔搭", None, ("魔塔",))),
            ("魔塔=>魔搭 2", ("魔搭", "2", ("魔塔",))),
            ("魔塔, 摩搭 => 魔搭 2.5  # names", ("魔搭", "2.5", ("魔塔", "摩搭"))),
            ("魔塔，摩搭、模搭|莫搭 ＝＞ 魔搭", ("魔搭", None, ("魔塔", "摩搭", "模搭", "莫搭"))),
            ("open ai ⇒ OpenAI", ("OpenAI", None, ("open ai",))),
            ("魔塔,, => 魔搭", ("魔搭", None, ("魔塔",))),
            ("=> 魔搭", ("魔搭", None, ("",))),
            ("魔塔 =>", ("", None, ("魔塔",))),
            ("甲 => 乙 => 丙", ("乙 => 丙", None, ("甲",))),
        ],
    )
    def test_lines(self, line: str, expected: object, tmp_path: Path) -> None:
        path = tmp_path / "w.txt"
        path.write_text(f"# x\n{line}\n", encoding="utf-8")
        [entry] = read_entries(path)
        assert (entry.line, (entry.text, entry.weight, entry.aliases)) == (2, expected)

    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("w.csv", "word,weight,aliases\n魔搭,2,魔塔|摩搭\n"),
            ("w.csv", "别名,热词,权重\n魔塔｜摩搭,魔搭,2\n"),
            ("w.csv", "魔搭,2,魔塔|摩搭\n"),
            ("w.json", '[{"word": "魔搭", "weight": 2, "aliases": ["魔塔", "摩搭"]}]'),
            ("w.json", '[{"word": "魔搭", "weight": 2, "aliases": "魔塔|摩搭"}]'),
            ("w.json", '{"魔搭": {"weight": 2, "aliases": ["魔塔", "摩搭"]}}'),
            ("w.toml", '[[words]]\nword = "魔搭"\nweight = 2\naliases = ["魔塔", "摩搭"]\n'),
            ("w.toml", '[words]\n"魔搭" = {weight = 2, aliases = ["魔塔", "摩搭"]}\n'),
        ],
    )
    def test_other_formats(self, name: str, text: str, tmp_path: Path) -> None:
        (tmp_path / name).write_text(text, encoding="utf-8")
        [entry] = read_entries(tmp_path / name)
        assert (entry.text, str(entry.weight), entry.aliases) == ("魔搭", "2", ("魔塔", "摩搭"))

    @pytest.mark.parametrize("value", ["5", "{}", "[5, null]", "false"])
    def test_what_is_no_alias_is_handed_on(self, value: str, tmp_path: Path) -> None:
        path = tmp_path / "w.json"
        path.write_text(f'[{{"word": "魔搭", "aliases": {value}}}]', encoding="utf-8")
        [entry] = read_entries(path)
        assert entry.aliases
        assert not any(isinstance(alias, str) for alias in entry.aliases)

    @pytest.mark.parametrize("text", ["aliases\n甲\n", "别名,权重\n甲,2\n"])
    def test_a_table_of_aliases_without_words(self, text: str, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="no column named word"):
            entries(tmp_path, "w.csv", text)


class TestEncodings:
    """What Chinese editors save."""

    @pytest.mark.parametrize(
        "encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16", "utf-16-le"]
    )
    @pytest.mark.parametrize("name", ["w.txt", "w.csv", "w.json", "w.toml"])
    def test_all_formats(self, encoding: str, name: str, tmp_path: Path) -> None:
        text = {
            "w.txt": "阿里巴巴 2\n",
            "w.csv": "word,weight\n阿里巴巴,2\n",
            "w.json": '{"阿里巴巴": 2}',
            "w.toml": 'words = [{word = "阿里巴巴", weight = 2}]\n',
        }[name]
        mark = b"\xff\xfe" if encoding == "utf-16-le" else b""
        [(_, word, weight)] = entries(tmp_path, name, mark + text.encode(encoding))
        assert (word, str(weight)) == ("阿里巴巴", "2")

    @pytest.mark.parametrize(
        "data", [b"RIFF\x24\x00\x00\x00WAVE", b"\xff", b"\xff\xfe\x00", "甲\0乙".encode()]
    )
    def test_what_is_no_text(self, data: bytes, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match=r"^--hotwords .*neither UTF-8 nor GB18030"):
            entries(tmp_path, "w.txt", data)


class TestCsv:
    """Columns word and weight."""

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("word,weight\n甲,2\n乙,\n丙\n", [(2, "甲", "2"), (3, "乙", None), (4, "丙", None)]),
            ("weight,note,word\n2,x,甲\n", [(2, "甲", "2")]),
            ("Word\n甲\n", [(2, "甲", None)]),
            ("热词,权重\n甲,2\n", [(2, "甲", "2")]),
            ("甲,2\n乙\n", [(1, "甲", "2"), (2, "乙", None)]),
            ("# names\n\n,,\nword,weight\n甲 , 2 \n", [(5, "甲", "2")]),
            ('word\n"甲,乙"\n"丙"""\n', [(2, "甲,乙", None), (3, '丙"', None)]),
            ("word,weight\n,2\n", [(2, "", "2")]),
            ("word,weight\r\nWindows 10,3\r\n", [(2, "Windows 10", "3")]),
        ],
    )
    def test_tables(
        self, text: str, expected: list[tuple[int, object, object]], tmp_path: Path
    ) -> None:
        assert entries(tmp_path, "w.csv", text) == expected

    @pytest.mark.parametrize("text", ["weight,name\n2,甲\n", 'word\n"甲\n', 'word\n"甲"乙\n'])
    def test_mistakes(self, text: str, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="not a csv word list"):
            entries(tmp_path, "w.csv", text)


class TestJson:
    """A list of words, a list of objects, or one object."""

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ('["甲", "乙"]', [(1, "甲", None), (1, "乙", None)]),
            ('[\n"甲",\n"乙"\n]', [(2, "甲", None), (3, "乙", None)]),
            ('{\n"甲": 2,\n"甲": 3\n}', [(2, "甲", 2), (3, "甲", 3)]),
            ('[\n{"word": "甲", "weight": 2},\n{"word": "乙"}]', [(2, "甲", 2), (3, "乙", None)]),
            ('["甲",\n{"word": "乙", "weight": 2}]', [(1, "甲", None), (2, "乙", 2)]),
            ("[]", []),
            ("{}", []),
        ],
    )
    def test_shapes(
        self, text: str, expected: list[tuple[int, object, object]], tmp_path: Path
    ) -> None:
        assert entries(tmp_path, "w.json", text) == expected

    def test_what_is_no_word_is_handed_on(self, tmp_path: Path) -> None:
        found = entries(tmp_path, "w.json", '["甲", 5, null, {"weight": 2}, ["乙"], {}]')
        assert [(word, weight) for _, word, weight in found][:4] == [
            ("甲", None),
            (5, None),
            (None, None),
            (None, 2),
        ]
        assert len(found) == 6

    @pytest.mark.parametrize("text", ["", "甲", '"甲"', "5", "null", '["甲",]', "[" * 100_000])
    def test_mistakes(self, text: str, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="not a json word list") as caught:
            entries(tmp_path, "w.json", text)
        assert len(str(caught.value).splitlines()) == 1

    def test_escapes_do_not_matter(self, tmp_path: Path) -> None:
        assert entries(tmp_path, "w.json", json.dumps(["阿里"])) == [(1, "阿里", None)]


class TestToml:
    """`words = [...]` or a table `[words]`."""

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ('words = ["甲",\n"乙"]', [(1, "甲", None), (2, "乙", None)]),
            ('[words]\n"甲" = 2\nABC = 3.5\n', [(2, "甲", 2), (3, "ABC", 3.5)]),
            ('[[words]]\nword = "甲"\nweight = 2\n', [(2, "甲", 2)]),
            ('title = "x"\nwords = [{word = "甲"}]', [(2, "甲", None)]),
        ],
    )
    def test_shapes(
        self, text: str, expected: list[tuple[int, object, object]], tmp_path: Path
    ) -> None:
        assert entries(tmp_path, "w.toml", text) == expected

    @pytest.mark.parametrize("text", ["", "word = ['甲']", "words = 5", "words", "甲 = 2"])
    def test_mistakes(self, text: str, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="not a toml word list"):
            entries(tmp_path, "w.toml", text)


class TestFiles:
    """Files that are not there, or are something else."""

    def test_missing(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match=r"^--hotwords .*none\.txt: No such file"):
            read_entries(tmp_path / "none.txt")

    def test_a_folder(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match=r"^--hotwords .*: Is a directory"):
            read_entries(tmp_path)

    def test_a_recording_is_not_read_into_memory(self, tmp_path: Path) -> None:
        path = tmp_path / "a.txt"
        with path.open("wb") as file:
            file.truncate(LARGEST_BYTES + 1)
        with pytest.raises(UsageError, match="too large"):
            read_entries(path)


@given(st.lists(st.tuples(st.text("阿里巴巴达摩院AB", min_size=1), st.integers(1, 99))))
def test_the_formats_agree(words: list[tuple[str, int]]) -> None:
    files = {
        "w.txt": "".join(f"{word} {weight}\n" for word, weight in words),
        "w.csv": "word,weight\n" + "".join(f"{word},{weight}\n" for word, weight in words),
        "w.json": json.dumps([{"word": w, "weight": n} for w, n in words], ensure_ascii=False),
    }
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            found = [(word, str(weight)) for _, word, weight in entries(Path(folder), name, text)]
            assert found == [(word, str(weight)) for word, weight in words]


def test_entries_are_values() -> None:
    assert Entry(1, "甲") == Entry(1, "甲", None)
