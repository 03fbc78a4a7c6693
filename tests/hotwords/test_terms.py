"""Terms out of texts: which are proposed, in which order, and as a list that can be used."""

from __future__ import annotations

import tempfile
from math import log
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asrcli.hotwords.background import background
from asrcli.hotwords.documents import Document, Passage
from asrcli.hotwords.lists import read_list
from asrcli.hotwords.terms import Term, find_terms, render

NOTES = (
    "我们请王婧介绍魔搭。魔搭的模型很多，王婧说大家可以去魔搭下载。"
    "昨天王婧不在，客户问魔搭怎么收费。我们的退款要三天，退款以后请再等等。"
)


def document(text: str, *doubts: float) -> Document:
    return Document(Path("a.txt"), (Passage(text, doubts * len(text)),))


def found(*texts: str) -> list[str]:
    return [term.text for term in find_terms([document(text) for text in texts])]


def test_names_and_rare_words_are_found() -> None:
    assert {"王婧", "魔搭", "退款"} <= set(found(NOTES))


def test_ordinary_words_and_phrases_are_not() -> None:
    assert not {"我们", "可以", "客户"} & set(found(NOTES * 3))
    assert found("我们的公司。我们的公司！我们的公司？", "公司有电话，公司有电话") == []


@pytest.mark.parametrize(
    "phrase",
    ["公司电话", "客户魔搭电话", "魔的搭", "魔和搭", "的魔搭了", "龘魔上", "龘魔先"],
)
def test_firm_phrases_are_no_words(phrase: str) -> None:
    assert phrase not in found(f"{phrase}。{phrase}！{phrase}？")


@pytest.mark.parametrize("word", ["魔搭电话", "龘魔上海", "会展龘", "达摩院"])
def test_firm_words(word: str) -> None:
    assert found(f"{word}。{word}！{word}？") == [word]


def test_the_score_is_the_log_likelihood_ratio() -> None:
    here, there = 3, background().counts["退款"]
    words_here, words_there = 6, background().total
    [term] = find_terms([document("退款，我们。" * 3)])
    expected = 0.0
    for seen, words in ((here, words_here), (there, words_there)):
        expected_count = words * (here + there) / (words_here + words_there)
        expected += 2 * seen * log(seen / expected_count)
    assert term.text == "退款"
    assert term.score == pytest.approx(expected)


def test_a_term_counts_where_it_stands() -> None:
    terms = {term.text: term for term in find_terms([document(NOTES), document("去魔搭。")])}
    assert (terms["魔搭"].count, terms["魔搭"].files) == (5, 2)
    assert (terms["王婧"].count, terms["王婧"].files) == (3, 1)


def test_the_commoner_of_two_unknown_words_comes_first() -> None:
    names = found("王婧，王婧，李馨，李馨，李馨，李馨，大家好")
    assert names.index("李馨") < names.index("王婧")


def test_a_part_is_not_proposed_beside_its_whole() -> None:
    names = found("去龘魔搭看，来龘魔搭吧，在龘魔搭好，说龘魔搭行")
    assert names == ["龘魔搭"]


def test_a_longer_string_gives_way_to_the_word_in_it() -> None:
    text = "魔搭好，魔搭行，看魔搭，用魔搭，魔搭社区好，看魔搭社区"
    assert found(text) == ["魔搭"]


@pytest.mark.parametrize(
    "text",
    [
        "一百二十，一百二十",
        "三八零零，三八零零",
        "2024 2024 3.14 3.14",
        "三点五，三点五",
        "１２，１２",
    ],
)
def test_numbers_are_no_terms(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("用OpenAI，看OpenAI", ["OpenAI"]),
        ("OpenAI openAI OpenAI", ["OpenAI"]),
        ("H200 H200", ["H200"]),
        ("mp3 mp3", ["mp3"]),
        ("C++ 和 C++，C# 和 C#", ["C#", "C++"]),
        ("GPT-4 GPT-4", ["GPT-4"]),
        ("the model, the model", []),
        ("Install it. Install it.", []),
        ("说 Alice 吧。见 Alice 吧。", ["Alice"]),
        ("The THE You YOU", []),
        ("MAX_SIZE MAX_SIZE", []),
        ("./Data/File.TXT ./Data/File.TXT", []),
        ("--DryRun --DryRun", []),
        ("A A B B", []),
        ("X" * 31 + " " + "X" * 31, []),
        ("OpenAI", []),
    ],
)
def test_latin_words(text: str, terms: list[str]) -> None:
    assert found(text) == terms


class TestTranscripts:
    """What the recogniser was sure of counts little."""

    def test_doubt_decides_between_equals(self) -> None:
        doubtful, sure = document("王婧，王婧。", 0.9), document("李馨，李馨。", 0.05)
        terms = find_terms([sure, doubtful])
        assert [term.text for term in terms] == ["王婧", "李馨"]
        assert terms[0].score > 5 * terms[1].score

    def test_small_letters_are_no_reason_against_a_recognised_word(self) -> None:
        heard = find_terms([document("openai openai", 0.5)])
        assert [term.text for term in heard] == ["openai"]

    def test_a_surely_heard_rare_word_needs_no_help(self) -> None:
        text = "退款，退款。" + "我们今天开会讨论工作问题。" * 2000
        assert "退款" in {term.text for term in find_terms([document(text, 1.0)])}
        assert "退款" not in {term.text for term in find_terms([document(text, 0.001)])}


def test_nothing_in_nothing() -> None:
    assert find_terms([]) == ()
    assert found("") == []
    assert find_terms([Document(Path("a"), ())]) == ()


def test_the_list_is_a_list_of_hotwords(tmp_path: Path) -> None:
    documents = [document(NOTES + "C# C# 5G 5G C++ C++"), document("魔搭")]
    terms = find_terms(documents)
    path = tmp_path / "words.txt"
    path.write_text(render(terms, documents), encoding="utf-8")
    listed = read_list(path)
    assert [word.text for word in listed.words] == [term.text for term in terms]
    assert {word.weight for word in listed.words} == {1.0}
    assert listed.dropped == ()


def test_what_the_list_says() -> None:
    term = Term("王婧", 12, 1, 50.0, (("王静", 5), ("王晶", 1)))
    lines = render([term], [document("甲乙丙")]).splitlines()
    assert lines[0].startswith("# Terms of 1 files, 3 characters")
    assert lines[-1] == "王婧  # 12 times in 1 file; heard as 王静 5, 王晶 1"


TEXTS = st.lists(
    st.text(st.sampled_from("王婧魔搭的我三十点，。 C#+-5AG=>_\n"), max_size=40), max_size=4
)


@given(TEXTS)
def test_whatever_stands_in_texts(texts: list[str]) -> None:
    documents = [document(text) for text in texts]
    terms = find_terms(documents)
    everything = "\n".join(texts).casefold()
    assert all(term.text.casefold() in everything for term in terms)
    assert all(term.count >= 2 and term.files >= 1 and term.score > 0 for term in terms)
    assert [term.score for term in terms] == sorted((t.score for t in terms), reverse=True)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "words.txt"
        path.write_text(render(terms, documents), encoding="utf-8")
        listed = read_list(path)
    assert [word.text for word in listed.words] == [term.text for term in terms]
