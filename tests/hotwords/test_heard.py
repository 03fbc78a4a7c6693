"""Terms against transcripts that were made without them."""

from __future__ import annotations

from pathlib import Path

from asrcli.hotwords.documents import Document, Passage
from asrcli.hotwords.heard import SHOWN, missed
from asrcli.hotwords.terms import Term


def term(text: str) -> Term:
    return Term(text, 5, 1, 10.0)


def against(terms: list[str], *texts: str) -> list[tuple[str, tuple[tuple[str, int], ...]]]:
    transcripts = [Document(Path("a.json"), tuple(Passage(text) for text in texts))]
    kept = missed([term(text) for text in terms], transcripts)
    return [(one.text, one.heard_as) for one in kept]


def test_what_was_heard_in_its_place() -> None:
    assert against(["王婧"], "我是王静，王静", "找王景") == [("王婧", (("王静", 2), ("王景", 1)))]


def test_what_is_right_already_is_left_out() -> None:
    assert against(["王婧"], "我是王婧") == []
    assert against(["OpenAI"], "用openai吧") == []


def test_right_once_and_wrong_once() -> None:
    assert against(["王婧"], "王婧找王静") == [("王婧", (("王静", 1),))]


def test_right_nine_times_out_of_ten() -> None:
    assert against(["王婧"], "王婧" * 9 + "王静") == [("王婧", (("王静", 1),))]
    assert against(["王婧"], "王婧" * 10 + "王静") == []


def test_what_is_wrong_more_often_comes_first() -> None:
    kept = against(["王婧", "李莉"], "王婧" * 3 + "王静", "李丽")
    assert [text for text, _ in kept] == ["李莉", "王婧"]


def test_what_was_misheard_comes_first_the_others_keep_their_order() -> None:
    kept = against(["魔搭", "H200", "王婧", "达摩"], "我是王静")
    assert [text for text, _ in kept] == ["王婧", "魔搭", "H200", "达摩"]
    assert kept[1][1] == ()


def test_a_mark_stands_between_words() -> None:
    assert against(["王婧"], "姓王，静静地") == [("王婧", ())]


def test_only_the_commonest_are_shown() -> None:
    [(_, heard)] = against(["王婧"], "王静王静王静", "王景王景", "王敬王敬", "王竞")
    assert len(heard) == SHOWN
    assert heard[0] == ("王静", 3)


def test_the_terms_are_not_changed_otherwise() -> None:
    [kept] = missed([term("魔搭")], [])
    assert kept == term("魔搭")
    assert missed([], [Document(Path("a"), (Passage("王静"),))]) == ()
