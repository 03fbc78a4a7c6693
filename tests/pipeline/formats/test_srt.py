from __future__ import annotations

import re
from dataclasses import replace

from hypothesis import given

from asrcli.pipeline.formats.srt import render
from asrcli.values import Cue, TimedSentence, Transcript
from tests.values_samples import speech, transcript, transcripts

TIME = r"(\d{2,}):([0-5]\d):([0-5]\d),(\d{3})"


def parse(text: str) -> list[Cue]:
    """A small reader of SubRip: blocks between blank lines."""
    found: list[Cue] = []
    for number, block in enumerate(text.split("\n\n") if text else [], 1):
        index, line, *rest = block.rstrip("\n").split("\n")
        assert index == str(number)
        times = re.fullmatch(f"{TIME} --> {TIME}", line)
        assert times is not None
        h, m, s, ms, h2, m2, s2, ms2 = map(int, times.groups())
        start, end = ((h * 60 + m) * 60 + s) * 1000 + ms, ((h2 * 60 + m2) * 60 + s2) * 1000 + ms2
        found.append(Cue(start, end, "\n".join(rest)))
    return found


def test_golden() -> None:
    made = replace(
        transcript(), cues=(Cue(1250, 3000, "你好"), Cue(3_723_004, 3_725_000, "一\n二？"))
    )
    assert render(made) == (
        "1\n00:00:01,250 --> 00:00:03,000\n你好\n\n2\n01:02:03,004 --> 01:02:05,000\n一\n二？\n"
    )


def test_no_cues_are_an_empty_file() -> None:
    assert render(transcript()) == ""


@given(speech())
def test_it_reads_back(sentences: tuple[TimedSentence, ...]) -> None:
    made = transcript(sentences)
    assert parse(render(made)) == [replace(cue, line_starts=()) for cue in made.cues]


@given(transcripts())
def test_no_text_can_break_a_block(made: Transcript) -> None:
    assert [(cue.start_ms, cue.end_ms) for cue in parse(render(made))] == [
        (cue.start_ms, cue.end_ms) for cue in made.cues
    ]


def test_the_speaker_stands_before_the_text() -> None:
    both = Cue(1500, 3000, "我要退款\n好的", 1, ((1, "我要退款"), (0, "好的")))
    made = replace(
        transcript(), cues=(Cue(0, 1000, "您好\n请讲", 0), both), channel_names=("坐席", "客户")
    )
    assert [cue.text for cue in parse(render(made))] == [
        "坐席: 您好\n请讲",
        "客户: 我要退款\n坐席: 好的",
    ]
