"""Which words are used, which are not and why, and the hash that tells two lists apart."""

from __future__ import annotations

import json
import unicodedata
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asrcli.errors import UsageError
from asrcli.hotwords.lists import hotwords_from_options, merge, parse_hotword, read_hotwords
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
        ("ｶﾞ", "ガ"),
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
        ("词 0", "weight 0 is not above 0"),
        ("词 -2", "weight -2 is not above 0"),
        ("词 100.5", "at most 100"),
        ("阿里 巴巴", "blank is inside a Chinese word"),
        ("阿里\u3000巴巴", "blank is inside a Chinese word"),
        ("阿\t里", "control or unknown character"),
        ("阿\x01里", "control or unknown character"),
        ("阿\u200b里", "control or unknown character"),
        ("阿\x85里", "control or unknown character"),
        ("！？", "no letter or Chinese character"),
        ("阿" * 101, "longer than 100 characters"),
        ("好的", "stands on line 1 already"),
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
        ('{"word": "词", "weight": "heavy"}', "weight 'heavy' is not a number"),
        ('{"word": "词", "weight": NaN}', "weight 'nan' is not a number"),
        ('{"word": "词", "weight": Infinity}', "weight inf is not above 0"),
        ('{"word": "词", "weight": true}', "weight 'True' is not a number"),
        ('{"word": "词", "weight": [2]}', "is not a number"),
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
    assert read(tmp_path, "词 0\n词 2\n").words == (("词", 2.0),)


@pytest.mark.parametrize("text", ["", "\n\n", "# only this\n", "词 0\n！\n"])
def test_a_list_without_a_usable_word_is_an_error(text: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"^--hotwords .*no usable word") as caught:
        read(tmp_path, text)
    assert len(str(caught.value).splitlines()) == 1


def test_the_first_reason_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="line 2: there is no letter"):
        read(tmp_path, "# x\n！\n词 0\n")


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
            ("ａ:1", ("a", 1.0)),
            ("a:b:2", ("a:b", 2.0)),
        ],
    )
    def test_good(self, option: str, expected: tuple[str, float]) -> None:
        assert parse_hotword(option) == expected

    @pytest.mark.parametrize(
        "option",
        [
            *("", " ", ":2", "词:", "词:x", "词:0", "词:-1", "词:101", "词:nan", "词:inf"),
            *("阿 里", "，", "a\nb", "\udcff", "词" * 101),
        ],
    )
    def test_bad(self, option: str) -> None:
        with pytest.raises(UsageError, match=r"^--hotword ") as caught:
            parse_hotword(option)
        assert str(caught.value).isprintable()

    def test_the_last_weight_holds(self) -> None:
        assert of("词:2", "字", "词:3").words == (("词", 3.0), ("字", 1.0))

    def test_none(self) -> None:
        assert of() == HotwordSet()


class TestMerge:
    """Several sets become one."""

    def test_the_later_weight_in_the_earlier_place(self, tmp_path: Path) -> None:
        listed = read(tmp_path, "甲 2\n乙 3\n！\n")
        merged = merge(listed, of("甲:5", "丙"))
        assert merged.words == (("甲", 5.0), ("乙", 3.0), ("丙", 1.0))
        assert merged.dropped == listed.dropped

    def test_one_set_stays_as_it_is(self, tmp_path: Path) -> None:
        listed = read(tmp_path, "甲 2\n！\n")
        assert merge(listed, HotwordSet()) == listed
        assert merge() == HotwordSet()


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

    @pytest.mark.parametrize("words", [["甲:2"], ["乙"], ["甲", "乙"], ["甲乙"], ["甲", "丙"]])
    def test_other_words(self, words: list[str]) -> None:
        assert of(*words).sha256 != of("甲").sha256

    def test_the_order_counts_because_it_may_decide_a_tie(self) -> None:
        assert of("甲", "乙").sha256 != of("乙", "甲").sha256

    def test_dropped_lines_do_not_count(self, tmp_path: Path) -> None:
        assert read(tmp_path, "甲\n！\n").sha256 == of("甲").sha256


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
