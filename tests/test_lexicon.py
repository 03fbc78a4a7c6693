from __future__ import annotations

from asrcli.lexicon import tokenizer


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
