from __future__ import annotations

import functools
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asrcli.lexicon import tokenizer

if TYPE_CHECKING:
    import jieba

# Common and rare characters, what names are made of, and what the dictionary does not hold.
CHARACTERS = "中华人民共和国一不了的是在有张伟王静龘龠打电话款项合同号码二三AT&Tb5.% -，。\n\r😀é·"
TEXTS = st.text(st.sampled_from(CHARACTERS) | st.characters(codec="utf-8"), max_size=30)
REAL = (
    "您好请问有什么可以帮您，我的地址是研途路二百三十号。",
    "中华人民共和国国务院总理出席了 AT&T 在B超室旁边举行的会议",
    "欧阳修远龘龘和司马相如饶舌地说:iPhone 15 Pro Max卖9999元",
)


@functools.cache
def jiebas_own() -> jieba.Tokenizer:
    """What jieba makes of its dictionary by itself, without its cache."""
    made = tokenizer()
    made.FREQ, made.total = made.gen_pfdict(made.get_dict_file())
    return made


@functools.cache
def ours() -> jieba.Tokenizer:
    return tokenizer()


def test_two_cutters_know_nothing_of_each_other() -> None:
    one, other = tokenizer(), tokenizer()
    one.add_word("的同事介绍")
    assert "的同事介绍" in one.lcut("请市场部的同事介绍情况", HMM=False)
    assert "的同事介绍" not in other.lcut("请市场部的同事介绍情况", HMM=False)


def test_the_dictionary_is_there_and_no_cache_is_used() -> None:
    made = tokenizer()
    assert made.FREQ["中国"] > 0
    assert made.initialized
    assert made.cache_file is None


def test_every_word_and_every_beginning_is_what_jieba_reads() -> None:
    made, expected = tokenizer(), jiebas_own()
    assert made.total == expected.total
    assert all(made.FREQ.get(word) == frequency for word, frequency in expected.FREQ.items())
    # No more words than jieba has.
    assert dict(made.FREQ) == expected.FREQ


def test_threads_that_share_a_cutter_cut_as_one_alone() -> None:
    def cut(shared: jieba.Tokenizer, together: threading.Barrier) -> list[list[str]]:
        together.wait()
        return [shared.lcut(text) for text in texts]

    texts = [text[place:] for text in REAL for place in range(0, len(text), 3)]
    expected = [ours().lcut(text) for text in texts]
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for _ in range(5):
            shared, together = tokenizer(), threading.Barrier(4)
            with ThreadPoolExecutor(4) as pool:
                found = [pool.submit(cut, shared, together) for _ in range(4)]
            assert all(one.result() == expected for one in found)
    finally:
        sys.setswitchinterval(before)


def test_only_what_is_asked_for_is_read() -> None:
    made = tokenizer()
    made.lcut("中国")
    assert "国家" in made.FREQ
    assert 0 < len(made.FREQ) < 10_000


@given(TEXTS, st.booleans())
def test_it_cuts_as_jieba_does(text: str, hmm: bool) -> None:
    assert ours().lcut(text, HMM=hmm) == jiebas_own().lcut(text, HMM=hmm)


@pytest.mark.parametrize("text", REAL)
def test_it_cuts_real_text_as_jieba_does(text: str) -> None:
    assert ours().lcut(text) == jiebas_own().lcut(text)
    assert ours().lcut(text, cut_all=True) == jiebas_own().lcut(text, cut_all=True)
    assert ours().lcut_for_search(text) == jiebas_own().lcut_for_search(text)


@settings(max_examples=10)
@given(st.lists(TEXTS.filter(str.strip), min_size=1, max_size=4), TEXTS)
def test_words_of_a_list_count_as_with_jieba(words: list[str], text: str) -> None:
    made, expected = tokenizer(), tokenizer()
    expected.FREQ, expected.total = dict(jiebas_own().FREQ), jiebas_own().total
    for word in words:
        made.add_word(word)
        expected.add_word(word)
    whole = text + "".join(words)
    assert made.lcut(whole, HMM=False) == expected.lcut(whole, HMM=False)
    assert made.total == expected.total
    assert [made.FREQ[word] for word in words] == [expected.FREQ[word] for word in words]


def test_what_is_set_stands_whenever_its_neighbours_are_read() -> None:
    made = tokenizer()
    made.FREQ["中国"] = 7
    made.FREQ["龠龠"] = 3
    assert made.FREQ["中华"] > 0
    assert (made.FREQ["中国"], made.FREQ.get("龠龠"), made.FREQ.get("龠")) == (7, 3, 5)


@pytest.mark.parametrize("word", ["", "龘龘龘", "\ud800", "😀"])
def test_what_is_no_word(word: str) -> None:
    frequencies = ours().FREQ
    assert word not in frequencies
    assert frequencies.get(word) is None
    assert frequencies.get(word, 1) == 1
    with pytest.raises(KeyError):
        frequencies[word]
