"""Which words are used, which are not and why, and the hash that tells two lists apart."""

from __future__ import annotations

import json
import unicodedata
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asrcli.errors import UsageError
from asrcli.hotwords.lists import (
    ListedWord,
    hotwords_from_options,
    merge,
    option_entry,
    read_hotwords,
    read_list,
)
from asrcli.values import DroppedHotword, HotwordSet

if TYPE_CHECKING:
    from pathlib import Path


def read(folder: Path, text: str, name: str = "words.txt") -> HotwordSet:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return read_hotwords(path)


def of(*words: str) -> HotwordSet:
    return hotwords_from_options(words)


def test_a_list(tmp_path: Path) -> None:
    found = read(tmp_path, "# our names\n阿里巴巴 20\n达摩院\n\nNew York 1.5\n")
    assert found.words == (("阿里巴巴", 20.0), ("达摩院", 1.0), ("New York", 1.5))
    assert found.dropped == ()


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("ＡＩ", "AI"),
        ("Ｃ３１０", "C310"),
        ("New\u3000York", "New York"),
        ("New   York", "New York"),
        ("ChatGPT 模型", "ChatGPT 模型"),
        ("ｶﾞｶﾞ", "ガガ"),
        ("e\u0301tude", "étude"),
        ("iPhone", "iPhone"),
        ("𠮷野家", "𠮷野家"),
    ],
)
def test_words_are_normalised_and_keep_their_case(raw: str, expected: str, tmp_path: Path) -> None:
    assert read(tmp_path, raw).words == ((expected, 1.0),)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("词语 0", "weight 0 is not above 0"),
        ("词语 -2", "weight -2 is not above 0"),
        ("词语 100.5", "at most 100"),
        ("阿里 巴巴", "blank is inside a Chinese word"),
        ("阿里\u3000巴巴", "blank is inside a Chinese word"),
        ("阿\t里", "control or unknown character"),
        ("阿\x01里", "control or unknown character"),
        ("阿\u200b里", "control or unknown character"),
        ("阿\x85里", "control or unknown character"),
        ("！？", "no letter or Chinese character"),
        ("阿" * 101, "longer than 100 characters"),
        ("好的", "stands on line 1 already"),
        ("词", "single character"),
        ("Ａ", "single character"),
    ],
)
def test_a_word_that_cannot_be_used_is_dropped_with_its_line(
    line: str, reason: str, tmp_path: Path
) -> None:
    found = read(tmp_path, f"好的\n# two\n{line}\n再见\n")
    assert [word for word, _ in found.words] == ["好的", "再见"]
    [dropped] = found.dropped
    assert dropped.line == 3
    assert reason in dropped.reason
    assert dropped.text.isprintable()


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        ('{"word": "词语", "weight": "heavy"}', "weight 'heavy' is not a number"),
        ('{"word": "词语", "weight": NaN}', "weight 'nan' is not a number"),
        ('{"word": "词语", "weight": Infinity}', "weight inf is not above 0"),
        ('{"word": "词语", "weight": true}', "weight 'True' is not a number"),
        ('{"word": "词语", "weight": [2]}', "is not a number"),
        ('{"weight": 2}', "it is not a word"),
        ("5", "it is not a word"),
        ('""', "it is empty"),
        ('" "', "it is empty"),
        (r'"阿\n里"', "control or unknown character"),
        (r'"\ud800"', "control or unknown character"),
    ],
)
def test_what_only_json_can_hold(item: str, reason: str, tmp_path: Path) -> None:
    found = read(tmp_path, f'["好的",\n{item}]', "words.json")
    assert found.words == (("好的", 1.0),)
    assert [reason in dropped.reason for dropped in found.dropped] == [True]


def test_words_that_differ_only_in_case_or_width_are_one(tmp_path: Path) -> None:
    found = read(tmp_path, "OpenAI 2\nopenai 3\nＯｐｅｎＡＩ\n")
    assert found.words == (("OpenAI", 2.0),)
    assert found.dropped == (
        DroppedHotword(2, "openai", "it stands on line 1 already"),
        DroppedHotword(3, "ＯｐｅｎＡＩ", "it stands on line 1 already"),
    )


def test_a_dropped_word_does_not_take_the_place_of_a_good_one(tmp_path: Path) -> None:
    assert read(tmp_path, "词语 0\n词语 2\n").words == (("词语", 2.0),)


@pytest.mark.parametrize("text", ["", "\n\n", "# only this\n", "词语 0\n！\n"])
def test_a_list_without_a_usable_word_is_an_error(text: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"^--hotwords .*no usable word") as caught:
        read(tmp_path, text)
    assert len(str(caught.value).splitlines()) == 1


def test_the_first_reason_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="line 2: there is no letter"):
        read(tmp_path, "# x\n！\n词语 0\n")


class TestAliases:
    """`别名 => 词`: heard as the alias, written as the word."""

    def test_an_alias_is_heard_with_the_weight_of_its_word(self, tmp_path: Path) -> None:
        found = read(tmp_path, "达摩院\n魔塔，摩搭 => 魔搭 2\n")
        assert found.words == (("达摩院", 1.0), ("魔搭", 2.0), ("魔塔", 2.0), ("摩搭", 2.0))
        assert found.aliases == (("魔塔", "魔搭"), ("摩搭", "魔搭"))

    def test_aliases_are_normalised(self, tmp_path: Path) -> None:
        assert read(tmp_path, "ｏｐｅｎ　ａｉ => OpenAI\n").aliases == (("open ai", "OpenAI"),)

    def test_an_alias_may_come_later_than_its_word(self, tmp_path: Path) -> None:
        found = read(tmp_path, "魔搭 2\n达摩院\n魔塔 => 魔搭\n")
        assert found.words == (("魔搭", 2.0), ("魔塔", 2.0), ("达摩院", 1.0))
        assert found.dropped == ()

    @pytest.mark.parametrize(
        ("line", "reasons"),
        [
            ("魔 => 魔搭", ["single character"]),
            ("魔 塔 => 魔搭", ["blank is inside"]),
            ("魔塔, 好的 => 魔搭", ["stands on line 1 already, as a word"]),
            ("末搭 => 魔搭", ["stands on line 2 already, as an alias of 莫搭"]),
            ("末搭 2", ["stands on line 2 already, as an alias of 莫搭"]),
            ("魔塔, 魔塔 => 魔搭", ["stands on line 3 already, as an alias of 魔搭"]),
            ("ＭＯＤＡ => moda", ["it is the word itself"]),
            ("=> 魔搭", ["it is empty"]),
            ("魔塔 =>", ["it is empty"]),
            ("甲乙 => 丙丁 => 戊己", ["an arrow is in it"]),
            ("好搭 => 好的 3", ["weight stays 1, as on line 1"]),
            ("魔, 塔 => 魔搭", ["single character", "single character"]),
        ],
    )
    def test_what_cannot_be_used(self, line: str, reasons: list[str], tmp_path: Path) -> None:
        found = read(tmp_path, f"好的\n末搭 => 莫搭\n{line}\n")
        assert [dropped.line for dropped in found.dropped] == [3] * len(reasons)
        for dropped, reason in zip(found.dropped, reasons, strict=True):
            assert reason in dropped.reason

    def test_a_word_without_a_good_alias_is_still_used(self, tmp_path: Path) -> None:
        assert read(tmp_path, "魔 => 魔搭\n").words == (("魔搭", 1.0),)

    def test_an_option(self) -> None:
        found = of("魔塔|摩搭=>魔搭：2")
        assert found.aliases == (("魔塔", "魔搭"), ("摩搭", "魔搭"))
        assert found.words[0] == ("魔搭", 2.0)
        with pytest.raises(UsageError, match=r"^--hotword '魔=>魔搭': a single character"):
            of("魔=>魔搭")

    def test_the_lines_of_words(self, tmp_path: Path) -> None:
        (tmp_path / "w.txt").write_text("# x\n魔塔 => 魔搭 2\n！\n", encoding="utf-8")
        found = read_list(tmp_path / "w.txt")
        assert found.words == (ListedWord(2, "魔搭", 2.0, ("魔塔",)),)
        assert [dropped.line for dropped in found.dropped] == [3]

    def test_a_list_without_a_usable_word_can_be_looked_at(self, tmp_path: Path) -> None:
        (tmp_path / "w.txt").write_text("！\n", encoding="utf-8")
        assert read_list(tmp_path / "w.txt").words == ()

    def test_an_entry_keeps_its_line(self) -> None:
        entry = option_entry("a1|a2 => b1:2", 7)
        assert (entry.line, entry.text, entry.weight) == (7, "b1", "2")
        assert entry.aliases == ("a1", "a2")


class TestOption:
    """`--hotword WORD[:WEIGHT]`."""

    @pytest.mark.parametrize(
        ("option", "expected"),
        [
            ("阿里巴巴", ("阿里巴巴", 1.0)),
            ("阿里巴巴:2", ("阿里巴巴", 2.0)),
            ("阿里巴巴：2", ("阿里巴巴", 2.0)),
            ("阿里巴巴: 0.5 ", ("阿里巴巴", 0.5)),
            ("Windows 10:3", ("Windows 10", 3.0)),
            ("ａｂ:1", ("ab", 1.0)),
            ("a:b:2", ("a:b", 2.0)),
        ],
    )
    def test_good(self, option: str, expected: tuple[str, float]) -> None:
        assert hotwords_from_options([option]).words == (expected,)

    @pytest.mark.parametrize(
        "option",
        [
            *(
                "",
                " ",
                ":2",
                "词语:",
                "词语:x",
                "词语:0",
                "词语:-1",
                "词语:101",
                "词语:nan",
                "词语:inf",
            ),
            *("阿 里", "，", "a\nb", "\udcff", "词" * 101),
        ],
    )
    def test_bad(self, option: str) -> None:
        with pytest.raises(UsageError, match=r"^--hotword ") as caught:
            hotwords_from_options([option])
        assert str(caught.value).isprintable()

    def test_the_last_weight_holds(self) -> None:
        assert of("词语:2", "字句", "词语:3").words == (("词语", 3.0), ("字句", 1.0))

    def test_none(self) -> None:
        assert of() == HotwordSet()


class TestMerge:
    """Several sets become one."""

    def test_the_later_weight_in_the_earlier_place(self, tmp_path: Path) -> None:
        listed = read(tmp_path, "甲方 2\n乙方 3\n！\n")
        merged = merge(listed, of("甲方:5", "丙方"))
        assert merged.words == (("甲方", 5.0), ("乙方", 3.0), ("丙方", 1.0))
        assert merged.dropped == listed.dropped

    def test_one_set_stays_as_it_is(self, tmp_path: Path) -> None:
        listed = read(tmp_path, "甲方 2\n！\n")
        assert merge(listed, HotwordSet()) == listed
        assert merge() == HotwordSet()

    def test_an_alias_takes_the_last_weight_of_its_word(self) -> None:
        merged = merge(of("魔塔=>魔搭:2"), of("魔搭:5"))
        assert merged.words == (("魔搭", 5.0), ("魔塔", 5.0))
        assert merged.aliases == (("魔塔", "魔搭"),)

    @pytest.mark.parametrize(
        ("options", "aliases"),
        [
            (["魔塔=>魔搭", "魔塔"], ()),
            (["魔塔", "魔塔=>魔搭"], (("魔塔", "魔搭"),)),
            (["魔塔=>魔搭", "魔塔=>达摩"], (("魔塔", "达摩"),)),
            (["魔塔=>魔搭", "魔搭=>达摩"], (("魔塔", "达摩"), ("魔搭", "达摩"))),
            (["魔塔=>魔搭", "魔搭=>魔塔"], (("魔搭", "魔塔"),)),
            (["moda=>Moda1", "MODA1"], (("moda", "MODA1"),)),
        ],
    )
    def test_the_last_set_says_whose_alias_it_is(
        self, options: list[str], aliases: tuple[tuple[str, str], ...]
    ) -> None:
        assert of(*options).aliases == aliases

    def test_an_alias_whose_word_the_model_cannot_write(self) -> None:
        left = HotwordSet((("魔塔", 2.0),), aliases=(("魔塔", "魔搭"),))
        assert merge(left, of("好的")).aliases == left.aliases
        assert merge(left, of("好的")).words == (("魔塔", 2.0), ("好的", 1.0))


SYLLABLES = st.sampled_from(["甲一", "乙二", "丙三", "ab", "AB"])
OPTIONS = st.one_of(
    st.builds("{}:{}".format, SYLLABLES, st.integers(1, 9)),
    st.builds("{}=>{}".format, SYLLABLES, SYLLABLES).filter(
        lambda option: option.casefold().split("=>")[0] != option.casefold().split("=>")[1]
    ),
)


@given(st.lists(OPTIONS, max_size=8), st.integers(0, 8))
def test_whatever_is_merged(options: list[str], cut: int) -> None:
    found = of(*options)
    weights = {word.casefold(): weight for word, weight in found.words}
    names = {alias.casefold() for alias, _ in found.aliases}
    assert len(weights) == len(found.words)
    assert len(names) == len(found.aliases)
    for alias, word in found.aliases:
        assert word in dict(found.words)
        assert word.casefold() not in names
        assert weights[alias.casefold()] == weights[word.casefold()]
    assert merge(found, found) == found
    assert merge(of(*options[:cut]), of(*options[cut:])).words == found.words


class TestHash:
    """Equal for lists that mean the same, different otherwise."""

    def test_formats_and_spellings_of_one_list(self, tmp_path: Path) -> None:
        lists = [
            read(tmp_path, "# x\r\n阿里 2\r\nAI\r\n"),
            read(tmp_path, "word,weight\n阿里,2.0\nＡＩ,\n", "w.csv"),
            read(tmp_path, '{"阿里": 2, "AI": 1.0}', "w.json"),
            read(tmp_path, 'words = [{word = "阿里", weight = 2}, "AI"]', "w.toml"),
            of("阿里:2", "AI"),
        ]
        assert {found.sha256 for found in lists} == {lists[0].sha256}
        assert len(bytes.fromhex(lists[0].sha256)) == 32

    @pytest.mark.parametrize(
        "words", [["甲方:2"], ["乙方"], ["甲方", "乙方"], ["甲方乙方"], ["甲方", "丙方"]]
    )
    def test_other_words(self, words: list[str]) -> None:
        assert of(*words).sha256 != of("甲方").sha256

    def test_aliases(self, tmp_path: Path) -> None:
        one = read(tmp_path, "魔塔, 摩搭 => 魔搭 2\n")
        two = read(tmp_path, "魔搭 2\n魔塔 => 魔搭\n摩搭 => 魔搭\n")
        three = read(tmp_path, "word,aliases,weight\n魔搭,魔塔|摩搭,2\n", "w.csv")
        assert one.sha256 == two.sha256 == three.sha256
        plain = of("魔搭:2", "魔塔:2", "摩搭:2")
        assert plain.words == one.words
        assert plain.sha256 != one.sha256
        half = of("魔塔=>魔搭:2", "摩搭:2")
        assert half.words == one.words
        assert len({found.sha256 for found in (one, plain, half)}) == 3

    def test_the_order_counts_because_it_may_decide_a_tie(self) -> None:
        assert of("甲方", "乙方").sha256 != of("乙方", "甲方").sha256

    def test_dropped_lines_do_not_count(self, tmp_path: Path) -> None:
        assert read(tmp_path, "甲方\n！\n").sha256 == of("甲方").sha256


WORDS = st.text(st.characters(exclude_characters="\r\n"), max_size=120)


@given(st.lists(st.tuples(WORDS, st.one_of(st.none(), st.floats()))))
def test_whatever_stands_in_a_list(pairs: list[tuple[str, float | None]]) -> None:
    import tempfile
    from pathlib import Path

    data = json.dumps([{"word": word, "weight": weight} for word, weight in pairs])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "words.json"
        path.write_text(data, encoding="utf-8")
        try:
            found = read_hotwords(path)
        except UsageError:
            return
    # Nothing is lost, and what is used is clean.
    assert len(found.words) + len(found.dropped) == len(pairs)
    folded = [text.casefold() for text, _ in found.words]
    assert len(set(folded)) == len(folded)
    for text, weight in found.words:
        assert text == unicodedata.normalize("NFKC", text).strip()
        assert 0 < weight <= 100
        assert 0 < len(text) <= 100
        assert text.isprintable()
