from __future__ import annotations

import re
from dataclasses import replace

from hypothesis import given

from asrcli.pipeline.formats.lrc import render
from asrcli.values import Cue, Transcript
from tests.values_samples import timed, transcript, transcripts

LINE = re.compile(r"\[(\d{2,}):([0-5]\d)\.(\d\d)\](.*)")


def parse(text: str) -> list[tuple[int, str]]:
    """A small reader of LRC: (milliseconds, text) of every line behind the tags."""
    title, length, *lines = text.rstrip("\n").split("\n")
    assert re.fullmatch(r"\[ti:[^\]]*\]", title)
    assert re.fullmatch(r"\[length:\d{2,}:[0-5]\d\]", length)
    found = []
    for line in lines:
        match = LINE.fullmatch(line)
        assert match is not None, line
        found.append((((int(match[1]) * 60 + int(match[2])) * 100 + int(match[3])) * 10, match[4]))
    return found


def test_golden() -> None:
    cues = (
        Cue(1250, 3000, "你好\n世界", None, (), (1250, 2000)),
        Cue(3080, 4000, "再见", None, (), (3080,)),
        Cue(6_000_000, 6_002_000, "喂？", None, (), (6_000_000,)),
    )
    assert render(replace(transcript(duration_ms=6_003_400, rel="外呼/[1].wav"), cues=cues)) == (
        "[ti:外呼/[1］.wav]\n"
        "[length:100:03]\n"
        "[00:01.25]你好\n"
        "[00:02.00]世界\n"
        "[00:03.08]再见\n"
        "[00:04.00]\n"
        "[100:00.00]喂？\n"
        "[100:02.00]\n"
    )


def test_speakers_who_talk_at_once_have_lines_of_their_own() -> None:
    both = Cue(
        1500, 3000, "我要\n退款\n好的", 1, ((1, "我要\n退款"), (0, "好的")), (1500, 2500, 2000)
    )
    made = replace(transcript(), cues=(both,), channel_names=("坐席", "客户"))
    assert parse(render(made)) == [
        (1500, "客户: 我要"),
        (2000, "坐席: 好的"),
        (2500, "退款"),
        (3000, ""),
    ]


def test_a_cue_that_does_not_know_its_lines_begins_them_together() -> None:
    made = replace(transcript(), cues=(Cue(0, 1000, "一\n二"),))
    assert parse(render(made)) == [(0, "一"), (0, "二"), (1000, "")]


def test_nothing_said_is_tags_only() -> None:
    assert parse(render(transcript())) == []


@given(transcripts())
def test_it_reads_back(made: Transcript) -> None:
    lines = parse(render(made))
    assert [at for at, _ in lines] == sorted(at for at, _ in lines)
    written = "".join(text for _, text in lines).replace(" ", "")
    assert written == "".join(" ".join(cue.text.split()) for cue in made.cues).replace(" ", "")
    if made.cues:
        assert lines[-1] == (made.cues[-1].end_ms, "")


def test_real_captions_have_a_line_for_each_line() -> None:
    made = transcript([timed("今天我们主要讨论预算，请大家看一下。", start_ms=500)])
    assert parse(render(made))[:2] == [(500, "今天我们主要讨论预算"), (2500, "请大家看一下")]
