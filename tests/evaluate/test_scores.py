"""Every reference has one score, nothing is skipped in silence, and the pool is the sum."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asrcli.errors import UsageError
from asrcli.evaluate.align import Kind
from asrcli.evaluate.cer import ErrorCount, count_errors
from asrcli.evaluate.scores import Evaluation, evaluate
from asrcli.evaluate.texts import Texts

MAPS = st.dictionaries(st.sampled_from("abcdef"), st.text("您好吗", max_size=6), min_size=1)


def compare(reference: dict[str, str], hypothesis: dict[str, str]) -> Evaluation:
    return evaluate(Texts(reference, "REF"), Texts(hypothesis, "HYP"), tuple)


def test_a_missing_hypothesis_is_all_deletions_and_an_extra_one_is_named() -> None:
    found = compare({"a": "您好", "b": "请问"}, {"b": "请问", "z": "不算"})
    assert [score.count for score in found.scores] == [
        ErrorCount(deletions=2, reference=2),
        ErrorCount(reference=2),
    ]
    assert (found.missing, found.extra) == (("a",), ("z",))
    assert found.total.rate == pytest.approx(0.5)
    assert (found.wrong, found.sentence_error_rate) == (1, 0.5)


def test_an_empty_hypothesis_is_not_a_missing_one() -> None:
    found = compare({"a": "您好"}, {"a": ""})
    assert found.missing == ()
    assert found.total == ErrorCount(deletions=2, reference=2)


def test_words_heard_in_silence_are_errors() -> None:
    found = compare({"a": "", "b": "好"}, {"a": "吗", "b": "好"})
    assert found.total == ErrorCount(insertions=1, reference=1)
    assert found.wrong == 1


def test_the_worst_come_first_and_the_longer_among_equals() -> None:
    found = compare(
        {"d": "一二三四", "c": "一二", "b": "一二", "a": "一", "e": "好"},
        {"d": "一二", "c": "一", "b": "一", "a": "", "e": "好"},
    )
    assert [score.name for score in found.worst()] == ["a", "d", "b", "c", "e"]


def test_the_most_frequent_errors_of_each_kind() -> None:
    found = compare(
        {"a": "您好您好", "b": "您吗好", "c": "好"}, {"a": "你好你好", "b": "您好", "c": "好的"}
    )
    assert found.frequent(Kind.SUBSTITUTION) == [("您", "你", 2)]
    assert found.frequent(Kind.DELETION) == [("吗", "", 1)]
    assert found.frequent(Kind.INSERTION) == [("", "的", 1)]
    assert found.frequent(Kind.CORRECT)[0] == ("好", "好", 4)


def test_two_lone_texts_belong_together_whatever_their_names() -> None:
    alone = Texts({"said": "您好"}, "said.txt", alone=True)
    found = evaluate(alone, Texts({"other": "您好"}, "x.json"), tuple)
    assert (found.scores[0].hypothesis, found.total.errors) == ("other", 0)
    found = evaluate(Texts({"x": "您好"}, "x.json"), alone, tuple)
    assert found.scores[0].hypothesis == "said"


def test_sides_without_a_common_name_are_refused() -> None:
    with pytest.raises(UsageError, match="no name of REF is in HYP: one has 'a', the other 'b'"):
        compare({"a": "x"}, {"b": "x"})
    lone = Texts({"said": "您好"}, "said.txt", alone=True)
    with pytest.raises(UsageError, match="no name"):
        evaluate(lone, Texts({"a": "1", "b": "2"}, "HYP"), tuple)


def test_one_file_has_no_interval_and_two_have() -> None:
    assert compare({"a": "您好"}, {"a": "你好"}).interval is None
    interval = compare({"a": "您好", "b": "好"}, {"a": "你好", "b": "好"}).interval
    assert interval is not None
    assert interval.low <= 1 / 3 <= interval.high


@given(MAPS, MAPS)
def test_the_pool_is_the_sum_and_every_name_has_its_place(
    reference: dict[str, str], hypothesis: dict[str, str]
) -> None:
    if not reference.keys() & hypothesis.keys():
        return
    found = compare(reference, hypothesis)
    assert [score.name for score in found.scores] == list(reference)
    assert set(found.missing) == reference.keys() - hypothesis.keys()
    assert set(found.extra) == hypothesis.keys() - reference.keys()
    expected = [count_errors(text, hypothesis.get(name, "")) for name, text in reference.items()]
    assert [score.count for score in found.scores] == expected
    assert found.total == sum(expected, ErrorCount())
    assert sorted(score.name for score in found.worst()) == sorted(reference)


@given(MAPS)
def test_a_reference_against_itself_has_no_errors(texts: dict[str, str]) -> None:
    found = compare(texts, texts)
    assert (found.total.errors, found.wrong, found.missing, found.extra) == (0, 0, (), ())
    assert found.frequent(Kind.SUBSTITUTION) == []
