"""Counts of a list's doing: constructed cases, and what must hold for any texts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asrcli.evaluate.cer import count_errors, plain, pooled
from asrcli.hotwords.score import Edits, Finder, Heard, Hits, Score, WordScore, score

HOUR_MS = 3_600_000


def heard(reference: str, without: str, biased: str, *, audio_ms: int = HOUR_MS) -> Heard:
    return Heard("a.wav", audio_ms, reference, without, biased)


def scored(*recordings: Heard, words: str = "张玮 王婧") -> Score:
    return score(recordings, words.split(), plain, lambda a, b: count_errors(a, b).errors)


def found(words: str, text: str) -> list[tuple[str, int, int]]:
    return list(Finder(words.split(), plain).find(plain(text)))


@pytest.mark.parametrize(
    ("words", "text", "expected"),
    [
        ("张玮", "张玮和张玮", [("张玮", 0, 2), ("张玮", 3, 5)]),
        ("哈哈", "哈哈哈", [("哈哈", 0, 2)]),
        ("张玮 张玮民", "张玮民和张玮", [("张玮民", 0, 3), ("张玮", 4, 6)]),
        ("OpenAI", "用ｏｐｅｎ ai，", [("OpenAI", 1, 7)]),
        ("张玮", "", []),
        ("。", "张。", []),
    ],
)
def test_occurrences(words: str, text: str, expected: list[tuple[str, int, int]]) -> None:
    assert found(words, text) == expected


def test_words_that_differ_in_nothing_audible_are_one() -> None:
    assert Finder(["OpenAI", "open ai", "张玮"], plain).words == ("OpenAI", "张玮")


def test_true_positives_are_paired_by_number_within_a_recording() -> None:
    result = scored(heard("张玮张玮张玮", "张玮", "张玮张玮王婧"), heard("没有", "", "张玮张玮"))
    word = result.words[0]
    assert word.without == Hits(reference=3, hypothesis=1, true_positives=1, false_insertions=0)
    assert word.biased == Hits(reference=3, hypothesis=4, true_positives=2, false_insertions=2)
    assert (word.missed, word.rescued, word.lost) == (2, 1, 0)
    assert result.words[1].biased == Hits(hypothesis=1, false_insertions=1)


def test_rates() -> None:
    hits = Hits(reference=4, hypothesis=2, true_positives=1)
    assert (hits.recall, hits.precision) == (0.25, 0.5)
    assert hits.f1 == pytest.approx(1 / 3)
    assert (Hits().recall, Hits().precision, Hits().f1, Edits().rate) == (None,) * 4


def test_rescue_recall_counts_only_what_was_missed() -> None:
    result = scored(heard("张玮王婧", "张玮", "王婧"), heard("王婧", "王静", "王静"))
    assert (result.total.missed, result.total.rescued, result.total.lost) == (2, 1, 1)
    assert result.rescue_recall == 0.5
    assert scored(heard("张玮", "张玮", "张玮")).rescue_recall is None


def test_false_insertions_for_each_hour_of_audio() -> None:
    quarter = HOUR_MS // 4
    result = scored(
        heard("你好", "你好", "张玮", audio_ms=quarter), heard("张玮", "", "", audio_ms=quarter)
    )
    assert result.insertions_per_hour(result.total.biased) == 2.0
    assert result.insertions_per_hour(result.total.without) == 0.0
    assert scored(heard("", "", "", audio_ms=0)).insertions_per_hour(Hits()) is None


def test_harm_is_measured_where_no_word_of_the_list_is_said() -> None:
    named = heard("张玮来了", "张伟来了", "张玮来了")
    free = heard("一二三四五六七八九十", "一二三四五六七八九十", "一二三四五六七八九百")
    result = scored(named, free)
    assert (len(result.files), len(result.free)) == (2, 1)
    assert result.cer_without == Edits(1, 14)
    assert result.cer_biased == Edits(1, 14)
    assert result.free_cer_biased == Edits(1, 10)
    assert result.harm_points == pytest.approx(10.0)
    (reason,) = result.harms(9.9)
    assert "10.00 points, more than 9.9" in reason
    assert result.harms(10.0) == ()


def test_harmed_recordings_come_the_worst_first() -> None:
    texts = {"a": "一二三四五", "b": "一二百四五", "c": "一二百百五", "d": "百二三四五"}
    result = scored(
        *(Heard(name, 0, texts["a"], texts["a"], text) for name, text in texts.items()),
        Heard("named", 0, "张玮", "张玮", ""),
        Heard("better", 0, "你好", "你", "你好"),
    )
    assert [(one.file, one.harm) for one in result.harmed] == [("c", 2), ("b", 1), ("d", 1)]


def test_harm_without_name_free_recordings_is_unknown() -> None:
    assert scored(heard("张玮", "", "")).harm_points is None
    assert scored(heard("张玮", "", "")).harms(0.0) == ()


def test_a_falling_f1_is_harm() -> None:
    (reason,) = scored(heard("张玮", "张玮", "王婧")).harms(100.0)
    assert reason == "F1 falls from 1.000 to 0.000"
    assert scored(heard("张玮", "张玮", "张玮")).harms(100.0) == ()
    assert scored(heard("张玮", "张伟", "张玮")).harms(100.0) == ()


def test_a_word_heard_where_nothing_of_the_list_is_said_is_no_fall_of_f1() -> None:
    assert scored(heard("你好", "你好", "你好张玮")).harms(100.0) == ()


def test_marks_blanks_case_and_width_are_not_compared() -> None:
    result = scored(heard("用ＯＰＥＮＡＩ，好", "用open ai好", "用 OpenAI。好"), words="openai")
    assert result.total.biased.recall == 1.0
    assert result.cer_biased.edits == 0


def test_no_recordings() -> None:
    result = scored()
    assert [word.word for word in result.words] == ["张玮", "王婧"]
    assert result.total == WordScore("")
    assert result.harms(0.0) == ()


texts = st.text("张玮伟王婧静你好，", max_size=12)
recordings = st.lists(
    st.builds(heard, texts, texts, texts, audio_ms=st.integers(0, 10_000)), max_size=6
)


@given(recordings)
def test_counts_agree_with_each_other(found_in: list[Heard]) -> None:
    result = scored(*found_in, words="张玮 王婧 张玮王")
    for word in result.words:
        for hits in (word.without, word.biased):
            assert hits.true_positives <= min(hits.reference, hits.hypothesis)
            assert hits.false_insertions <= hits.hypothesis - hits.true_positives
        assert word.without.reference == word.biased.reference
        assert 0 <= word.rescued <= word.missed
        assert 0 <= word.lost <= word.without.true_positives
        gained = word.biased.true_positives - word.without.true_positives
        assert gained == word.rescued - word.lost
    assert sum(word.biased.hypothesis for word in result.words) == result.total.biased.hypothesis


@given(recordings)
def test_the_error_rate_is_the_one_of_evaluate(found_in: list[Heard]) -> None:
    result = scored(*found_in)
    count = pooled((plain(one.reference), plain(one.biased)) for one in found_in)
    assert result.cer_biased == Edits(count.errors, count.reference)


@given(recordings)
def test_the_order_of_recordings_does_not_matter(found_in: list[Heard]) -> None:
    one, other = scored(*found_in), scored(*reversed(found_in))
    assert (one.words, one.harm_points) == (other.words, other.harm_points)
    assert one.files == other.files[::-1]


@given(recordings)
def test_harmed_recordings_are_free_and_worse(found_in: list[Heard]) -> None:
    result = scored(*found_in)
    assert set(result.harmed) <= set(result.free)
    assert all(one.harm > 0 for one in result.harmed)
    if result.harms(0.0)[:1] and (result.harm_points or 0) > 0:
        assert result.harmed


@given(recordings)
def test_a_list_that_changes_nothing_does_no_harm(found_in: list[Heard]) -> None:
    same = [heard(one.reference, one.without, one.without) for one in found_in]
    result = scored(*same)
    assert result.harms(0.0) == ()
    assert result.total.rescued == result.total.lost == 0


@given(texts)
def test_occurrences_are_ordered_disjoint_and_exact(text: str) -> None:
    end = 0
    for word, first, last in found("张玮 王婧 张玮王 婧你", text):
        assert end <= first < last
        assert plain(text)[first:last] == word
        end = last
