from __future__ import annotations

import pytest

from asrcli.captions.check import Finding, Rule, check, summary
from asrcli.captions.style import CueStyle
from asrcli.values import Cue, TimedSentence, Token
from tests.values_samples import STYLE, timed


@pytest.mark.parametrize(
    ("made", "named"),
    [
        (Cue(0, 2000, "一\n二\n三"), "cue 1 is too many lines: 3 lines, at most 2"),
        (Cue(0, 4000, "一" * 17), "cue 1 is too wide: 34 cells, at most 32"),
        (Cue(0, 999, "一"), "cue 1 is too short: 999 ms, at least 1000"),
        (Cue(0, 7001, "一"), "cue 1 is too long: 7001 ms, at most 7000"),
        (Cue(0, 1000, "一" * 10), "cue 1 is too fast to read: 1000 ms, to be read in 1112"),
        (Cue(0, 1000, "一\n "), "cue 1 is with an empty line: nothing in it"),
    ],
)
def test_every_broken_limit_is_named(made: Cue, named: str) -> None:
    assert [str(finding) for finding in check([made], STYLE)] == [named]


@pytest.mark.parametrize(
    ("start_ms", "rule", "detail"),
    [
        (1999, Rule.OVERLAP, "it ends 1 ms after the next begins"),
        (2000, Rule.GAP, "0 ms, at least 80"),
        (2079, Rule.GAP, "79 ms, at least 80"),
    ],
)
def test_cues_that_come_too_close_are_named(start_ms: int, rule: Rule, detail: str) -> None:
    pair = [Cue(0, 2000, "一"), Cue(start_ms, 4000, "二")]
    assert check(pair, STYLE) == (Finding(1, rule, detail),)


def test_nothing_is_named_where_nothing_is_wrong() -> None:
    pair = [Cue(0, 1000, "一" * 9), Cue(1080, 8080, "二 a" * 8 + "\n三")]
    assert check(pair, STYLE) == ()


def test_the_name_of_the_speaker_takes_width_and_time() -> None:
    cue = Cue(0, 1600, "一" * 14, 0)
    assert check([cue], STYLE) == ()
    rules = {finding.rule for finding in check([cue], STYLE, names=("坐席",))}
    assert rules == {Rule.WIDTH, Rule.SPEED}


def long_word(word: str) -> TimedSentence:
    return TimedSentence(0, 2000, word, word, ((0, 1),) * len(word), (Token(word, 0, 2000, 0.9),))


def test_what_a_single_token_forces_is_told_apart() -> None:
    style = CueStyle(width=4, lines=1)
    word = "internationalisation"
    (finding,) = check([Cue(0, 2000, word)], style, sentences=[long_word(word)])
    assert (finding.rule, finding.forced) == (Rule.WIDTH, True)
    assert str(finding).endswith("(one token forces it)")
    (finding,) = check([Cue(0, 2000, "一二三四五")], style, sentences=[timed("一二三四五")])
    assert (finding.rule, finding.forced) == (Rule.WIDTH, False)
    (finding,) = check([Cue(0, 2000, word)], style)
    assert not finding.forced


def test_a_single_token_without_time_forces_its_haste() -> None:
    said = [timed("好对")]
    rules = {one.rule: one.forced for one in check([Cue(0, 100, "好")], STYLE, sentences=said)}
    assert rules == {Rule.MIN_TIME: True, Rule.SPEED: True}
    rules = {one.rule: one.forced for one in check([Cue(0, 100, "好对")], STYLE, sentences=said)}
    assert rules == {Rule.MIN_TIME: False, Rule.SPEED: False}


def test_one_line_of_a_single_token_does_not_excuse_another() -> None:
    style = CueStyle(width=4)
    word = "internationalisation"
    said = [long_word(word), timed("一二三四五", start_ms=3000)]
    (finding,) = check([Cue(0, 4000, f"{word}\n一二三四五")], style, sentences=said)
    assert not finding.forced
    (finding,) = check([Cue(0, 4000, f"{word}\n一二三四")], style, sentences=said)
    assert finding.forced


def test_the_summary_counts_captions_and_rules() -> None:
    found = [
        Finding(1, Rule.SPEED, ""),
        Finding(1, Rule.MIN_TIME, ""),
        Finding(4, Rule.SPEED, ""),
        Finding(5, Rule.WIDTH, "", forced=True),
    ]
    assert summary(found) == (
        "2 captions over a limit (1 too short, 2 too fast to read); "
        "1 caption forced over a limit by a single token (1 too wide)"
    )
    assert summary(found[3:]) == "1 caption forced over a limit by a single token (1 too wide)"
    assert summary([]) == ""
