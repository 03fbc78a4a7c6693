"""How alike texts sound: pairs that people know, and what must hold for any."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asrcli.hotwords.sounds import FUZZY_COST, folded, readings, similarity


@pytest.mark.parametrize(
    ("character", "expected"),
    [
        ("张", {("zh", "-ang")}),
        ("安", {("", "-an")}),
        ("玮", {("w", "-ei")}),
        ("行", {("x", "-ing"), ("h", "-ang"), ("h", "-eng")}),
        ("A", {("a",)}),
        ("7", {("7",)}),
    ],
)
def test_readings(character: str, expected: set[tuple[str, ...]]) -> None:
    assert expected <= set(readings(character))
    assert len(readings(character)) == len(set(readings(character)))


def test_the_commonest_reading_comes_first() -> None:
    assert readings("单")[0] == ("d", "-an")
    assert ("sh", "-an") in readings("单")


@pytest.mark.parametrize(
    ("word", "heard"),
    [
        ("张玮", "章维"),
        ("重庆火锅", "崇庆火锅"),
        ("重庆", "崇庆"),
        ("OpenAI", "openai"),
        ("", ""),
    ],
)
def test_what_sounds_the_same(word: str, heard: str) -> None:
    assert similarity(word, heard) == 1.0


@pytest.mark.parametrize(
    ("word", "heard"),
    [
        ("张玮", "脏玮"),
        ("李宁", "你宁"),
        ("张玮", "占玮"),
        ("陈静", "陈进"),
        ("时磊", "司磊"),
        ("胡涵", "服涵"),
    ],
)
def test_what_is_mixed_up_costs_little(word: str, heard: str) -> None:
    assert similarity(word, heard) == pytest.approx(1 - FUZZY_COST / 4)


@pytest.mark.parametrize(
    ("word", "heard", "expected"),
    [
        ("张玮", "张民", 0.5),
        ("张玮", "胡明", 0.0),
        ("张玮", "张", 0.5),
        ("张玮", "", 0.0),
        ("欧阳婧", "欧阳杰", 1 - 1 / 6),
        ("kafka", "kafca", 0.8),
    ],
)
def test_other_sounds_cost_one_each(word: str, heard: str, expected: float) -> None:
    assert similarity(word, heard) == pytest.approx(expected)


def test_a_rare_reading_is_thought_of_and_costs_little() -> None:
    assert similarity("单玮", "善玮") == pytest.approx(1 - FUZZY_COST / 4)
    # 和 can be read like 湖, but then two more sounds differ.
    assert similarity("呼和浩特市", "去湖和特市") < 0.8


def test_n_at_the_end_is_not_n_at_the_beginning() -> None:
    assert folded("l") == folded("n")
    assert folded("-an") == folded("-ang") == "-an"
    assert folded("w") == "w"


texts = st.text("张章玮维重行单李abc7", max_size=6)


@given(texts, texts)
def test_similarity_is_a_share(word: str, heard: str) -> None:
    assert 0.0 <= similarity(word, heard) <= 1.0


@given(texts)
def test_a_text_sounds_like_itself(text: str) -> None:
    assert similarity(text, text) == 1.0


@given(st.text("张章玮维重行单李", min_size=1, max_size=6), st.data())
def test_equally_long_texts_are_compared_both_ways(word: str, data: st.DataObject) -> None:
    size = len(word)
    heard = data.draw(st.text("张章玮维重行单李", min_size=size, max_size=size))
    assert similarity(word, heard) == pytest.approx(similarity(heard, word))
