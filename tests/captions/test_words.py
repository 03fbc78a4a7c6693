from __future__ import annotations

import subprocess
import sys
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asrcli.captions.words import word_spans

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        ("好", []),
        ("请市场部的同事介绍情况。", ["市场部", "同事", "介绍", "情况"]),
        ("打开app看看", ["打开", "app", "看看"]),
    ],
)
def test_words_are_found(text: str, words: list[str]) -> None:
    assert [text[start:end] for start, end in word_spans(text)] == words


@given(st.text(st.characters(codec="utf-8")))
def test_words_are_in_order_and_inside(text: str) -> None:
    spans = word_spans(text)
    assert all(0 <= start < end - 1 < len(text) for start, end in spans)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))


def test_a_word_list_of_the_process_changes_nothing(subprocess_env: Mapping[str, str]) -> None:
    """Neither may ours reach the program that we run in, nor may anything be said."""
    program = (
        "import jieba; from asrcli.captions.words import word_spans;"
        "jieba.add_word('的同事介绍'); print(word_spans('请市场部的同事介绍情况'));"
        "print('/'.join(jieba.cut('请市场部的同事介绍情况', HMM=False)))"
    )
    answer = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program],
        env=dict(subprocess_env),
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.splitlines() == [
        "[(1, 4), (5, 7), (7, 9), (9, 11)]",
        "请/市场部/的同事介绍/情况",
    ]


def test_nothing_is_loaded_before_a_text_is_cut(fresh_python: Callable[[str], str]) -> None:
    program = "import asrcli.captions.cues, sys; print('jieba' in sys.modules)"
    assert fresh_python(program) == "False\n"
