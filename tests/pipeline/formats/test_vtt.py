from __future__ import annotations

import html
import re
from dataclasses import replace

from hypothesis import given

from asrcli.pipeline.formats.vtt import render
from asrcli.values import Cue, Transcript
from tests.values_samples import timed, transcript, transcripts

TIMES = re.compile(
    r"(\d{2,}):([0-5]\d):([0-5]\d)\.(\d{3}) --> (\d{2,}):([0-5]\d):([0-5]\d)\.(\d{3})"
)


def parse(text: str) -> list[Cue]:
    """A small reader of WebVTT after the grammar of the standard: header, blank line, blocks."""
    header, *blocks = text.rstrip("\n").split("\n\n")
    assert header == "WEBVTT"
    found: list[Cue] = []
    for block in blocks:
        line, *payload = block.split("\n")
        times = TIMES.fullmatch(line)
        assert times is not None
        h, m, s, ms, h2, m2, s2, ms2 = map(int, times.groups())
        start, end = ((h * 60 + m) * 60 + s) * 1000 + ms, ((h2 * 60 + m2) * 60 + s2) * 1000 + ms2
        assert start < end
        joined = "\n".join(payload)
        assert "-->" not in joined
        assert "<" not in joined
        assert re.search(r"&(?!amp;|lt;|gt;)", joined) is None
        found.append(Cue(start, end, html.unescape(joined)))
    return found


def test_golden() -> None:
    made = replace(
        transcript(), cues=(Cue(0, 1000, "R&D <b>"), Cue(360_000_000, 360_001_000, "一\n二"))
    )
    assert render(made) == (
        "WEBVTT\n"
        "\n"
        "00:00:00.000 --> 00:00:01.000\nR&amp;D &lt;b&gt;\n"
        "\n"
        "100:00:00.000 --> 100:00:01.000\n一\n二\n"
    )


def test_no_cues_are_a_header() -> None:
    assert render(transcript()) == "WEBVTT\n"


def test_an_arrow_in_the_text_is_no_time() -> None:
    (cue,) = parse(render(transcript([timed("一-->二。")])))
    assert cue.text.replace("\n", "") == "一-->二"


@given(transcripts())
def test_it_reads_back(made: Transcript) -> None:
    parsed = parse(render(made))
    assert [(cue.start_ms, cue.end_ms) for cue in parsed] == [
        (cue.start_ms, cue.end_ms) for cue in made.cues
    ]


def test_the_speaker_speaks_in_a_voice_span() -> None:
    both = Cue(1500, 3000, "我要退款\n好的", 1, ((1, "我要退款"), (0, "好的")))
    made = replace(
        transcript(),
        cues=(Cue(0, 1000, "您好\n请讲", 0), both),
        channel_names=("坐席", "<R&D>\n"),
    )
    assert "\n<v 坐席>您好\n请讲\n" in render(made)
    assert "\n<v &lt;R&amp;D&gt;>我要退款\n<v 坐席>好的\n" in render(made)
