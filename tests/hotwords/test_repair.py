"""Repair: what it changes, and above all what it leaves alone."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asrcli.hotwords.repair import LEAST_SIMILARITY, Repair, apply, repair
from asrcli.values import HotwordSet, Token

SURE, UNSURE, THRESHOLD = 0.9, 0.3, 0.6


def tokens(text: str, *, sure: str = "") -> list[Token]:
    """Tokens of a text, separated by blanks or one character each; unsure except for `sure`."""
    units = text.split() if " " in text else list(text)
    return [
        Token(unit, 200 * i, 200 * i + 150, SURE if unit in sure else UNSURE)
        for i, unit in enumerate(units)
    ]


def words(*texts: str, aliases: tuple[tuple[str, str], ...] = (), **weights: float) -> HotwordSet:
    listed = tuple((text, weights.get(text, 1.0)) for text in texts)
    return HotwordSet(listed + tuple((alias, 1.0) for alias, _ in aliases), aliases=aliases)


def found(
    heard: list[Token], hotwords: HotwordSet, *, blacklist: tuple[str, ...] = ()
) -> tuple[Repair, ...]:
    return repair(heard, hotwords, threshold=THRESHOLD, blacklist=blacklist)


def repaired(heard: list[Token], hotwords: HotwordSet, *, blacklist: tuple[str, ...] = ()) -> str:
    made = found(heard, hotwords, blacklist=blacklist)
    return " ".join(token.text for token in apply(heard, made)).replace(" ", "")


@pytest.mark.parametrize(
    ("heard", "word", "expected"),
    [
        ("请章维来", "张玮", "请张玮来"),
        ("请脏维来", "张玮", "请张玮来"),
        ("去欧阳杰家", "欧阳婧", "去欧阳婧家"),
        ("阿里爸爸的", "阿里巴巴", "阿里巴巴的"),
        ("用 kubernetis 吧", "Kubernetes", "用Kubernetes吧"),
        ("用 OPENAI 吧", "OpenAI", "用OPENAI吧"),
        ("请王明来", "张玮", "请王明来"),
        ("请张民来", "张玮", "请张民来"),
        ("", "张玮", ""),
    ],
)
def test_near_misses(heard: str, word: str, expected: str) -> None:
    assert repaired(tokens(heard), words(word)) == expected


def test_a_repair_says_what_it_did() -> None:
    assert found(tokens("请章维来"), words("张玮")) == (Repair(1, 3, "张玮", "章维", 1.0, "张玮"),)


def test_what_was_right_already_is_not_part_of_a_repair() -> None:
    heard = tokens("请张维来", sure="张")
    assert found(heard, words("张玮")) == (Repair(2, 3, "玮", "维", 1.0, "张玮"),)


def test_a_near_miss_may_be_a_token_longer_or_shorter() -> None:
    assert repaired(tokens("去呼和浩特特市"), words("呼和浩特市")) == "去呼和浩特市"
    assert repaired(tokens("去湖和特市了"), words("呼和浩特市")) == "去呼和浩特市了"
    assert repaired(tokens("湖和浩特石家庄是"), words("呼和浩特石家庄市")) == "呼和浩特石家庄市"


@pytest.mark.parametrize("sure", ["章", "维", "章维"])
def test_confident_text_is_never_touched(sure: str) -> None:
    assert found(tokens("请章维来", sure=sure), words("张玮")) == ()


def test_the_threshold_itself_is_confident() -> None:
    heard = tokens("章维")
    assert repair(heard, words("张玮"), threshold=UNSURE) == ()
    assert repair(heard, words("张玮"), threshold=UNSURE + 1e-6) != ()


def test_a_mark_is_never_crossed() -> None:
    assert found(tokens("章，维"), words("张玮")) == ()
    assert repaired(tokens("好。章维，好"), words("张玮")) == "好。张玮，好"


def test_a_hotword_that_is_there_is_left_alone() -> None:
    assert found(tokens("请张伟来"), words("张玮", "张伟")) == ()


def test_of_two_that_fit_equally_well_neither_is_written() -> None:
    assert found(tokens("请章维来"), words("张玮", "张伟")) == ()


def test_of_two_that_fit_equally_well_the_heavier_is_written() -> None:
    assert repaired(tokens("请章维来"), words("张玮", "张伟", 张伟=2.0)) == "请张伟来"


def test_the_one_that_fits_better_is_written() -> None:
    assert repaired(tokens("请章维来"), words("张玮", "赞玮", 赞玮=9.0)) == "请张玮来"


def test_repairs_are_ordered_and_disjoint() -> None:
    made = found(tokens("王静和章维和王静"), words("张玮", "王婧"))
    assert [(one.first, one.last, one.text) for one in made] == [
        (1, 2, "婧"),
        (3, 5, "张玮"),
        (7, 8, "婧"),
    ]


ALIASED = words("张玮", aliases=(("老张", "张玮"), ("老张头", "张玮"), ("k八s", "Kubernetes")))


def test_an_alias_is_rewritten_whatever_the_confidence() -> None:
    heard = tokens("老张头和老张", sure="老张头")
    assert found(heard, ALIASED) == (
        Repair(0, 3, "张玮", "老张头", 1.0, "张玮"),
        Repair(4, 6, "张玮", "老张", 1.0, "张玮"),
    )
    assert repaired(heard, ALIASED) == "张玮和张玮"


def test_an_alias_may_be_of_several_kinds_of_tokens() -> None:
    assert repaired(tokens("用 K 八 s 吧", sure="K八s"), ALIASED) == "用Kubernetes吧"


def test_an_alias_is_exact() -> None:
    assert found(tokens("脑张来了"), words("王婧", aliases=(("老张", "王婧"),))) == ()


def test_a_context_of_the_blacklist_switches_repair_off() -> None:
    heard = tokens("章维大的老张")
    assert repaired(heard, ALIASED) == "张玮大的张玮"
    assert repaired(heard, ALIASED, blacklist=("维大",)) == "章维大的张玮"
    assert repaired(heard, ALIASED, blacklist=("的老张",)) == "张玮大的老张"
    assert repaired(heard, ALIASED, blacklist=("没有", "", "。")) == "张玮大的张玮"


def test_a_context_holds_where_it_stands_only() -> None:
    heard = tokens("章维大和章维好")
    assert repaired(heard, words("张玮"), blacklist=("维大",)) == "章维大和张玮好"


def test_no_list_repairs_nothing() -> None:
    assert found(tokens("章维"), HotwordSet()) == ()


def test_as_many_tokens_keep_their_times_and_confidences() -> None:
    heard = tokens("请章维来")
    after = apply(heard, found(heard, words("张玮")))
    assert [(t.start_ms, t.end_ms, t.confidence) for t in after] == [
        (t.start_ms, t.end_ms, t.confidence) for t in heard
    ]


def test_more_or_fewer_tokens_share_the_time() -> None:
    heard = tokens("老张头好", sure="老")
    after = apply(heard, found(heard, ALIASED))
    assert [(t.text, t.start_ms, t.end_ms, t.confidence) for t in after] == [
        ("张", 0, 275, UNSURE),
        ("玮", 275, 550, UNSURE),
        ("好", 600, 750, UNSURE),
    ]


def test_a_list_of_many_words_is_no_burden() -> None:
    many = [chr(0x4E00 + i) + chr(0x5E00 + i) for i in range(3_000)]
    assert repaired(tokens("请章维来", sure="请来"), words("张玮", *many)) == "请张玮来"


heard_tokens = st.lists(
    st.tuples(st.sampled_from([*"张章玮维王婧静好，。", "AI", "ai"]), st.floats(0, 1)), max_size=10
).map(lambda drawn: [Token(text, 100 * i, 100 * i + 80, c) for i, (text, c) in enumerate(drawn)])
thresholds = st.floats(0, 1)
LIST = words("张玮", "王婧", "王婧好", "AI好")
WITH_ALIASES = words("张玮", "王婧", aliases=(("章好", "张玮"), ("静静", "王婧"), ("ai", "王婧好")))


@given(heard_tokens, thresholds)
def test_nothing_confident_changes_without_aliases(heard: list[Token], threshold: float) -> None:
    for one in repair(heard, LIST, threshold=threshold):
        assert all(token.confidence < threshold for token in heard[one.first : one.last])
        assert one.score >= LEAST_SIMILARITY
        assert one.text
        assert one.text in one.hotword


@given(heard_tokens, thresholds, st.sampled_from([LIST, WITH_ALIASES]))
def test_repairs_stay_inside_and_apart(
    heard: list[Token], threshold: float, hotwords: HotwordSet
) -> None:
    end = 0
    for one in repair(heard, hotwords, threshold=threshold):
        assert end <= one.first < one.last <= len(heard)
        assert not {"，", "。"} & {token.text for token in heard[one.first : one.last]}
        end = one.last


@given(heard_tokens, thresholds, st.sampled_from([LIST, WITH_ALIASES]))
def test_tokens_and_times_change_inside_repairs_only(
    heard: list[Token], threshold: float, hotwords: HotwordSet
) -> None:
    made = repair(heard, hotwords, threshold=threshold)
    after = apply(heard, made)
    inside = {place for one in made for place in range(one.first, one.last)}
    assert {heard[i] for i in range(len(heard)) if i not in inside} <= set(after)
    for one in made:
        span = heard[one.first].start_ms, heard[one.last - 1].end_ms
        within = [t for t in after if span[0] <= t.start_ms < span[1]]
        assert "".join(t.text for t in within) == one.text
        assert (within[0].start_ms, within[-1].end_ms) == span
    assert all(a.end_ms <= b.start_ms for a, b in pairwise(after))


@given(heard_tokens, thresholds)
def test_a_repaired_text_needs_no_repair(heard: list[Token], threshold: float) -> None:
    made = repair(heard, words("张玮"), threshold=threshold)
    assert repair(apply(heard, made), words("张玮"), threshold=threshold) == ()


@given(heard_tokens)
def test_nothing_is_unsure_at_threshold_zero(heard: list[Token]) -> None:
    assert repair(heard, LIST, threshold=0.0) == ()
