from __future__ import annotations

import re
from dataclasses import replace

from hypothesis import given

from asrcli.captions.style import display_cells
from asrcli.pipeline.formats.ass import MARGIN, PICTURE_WIDTH, render
from asrcli.values import Cue, Transcript
from tests.values_samples import timed, transcript, transcripts

DIALOGUE = re.compile(
    r"Dialogue: 0,(\d+):([0-5]\d):([0-5]\d)\.(\d\d),(\d+):([0-5]\d):([0-5]\d)\.(\d\d),Default,"
    r"([^,]*),0,0,0,,(.*)"
)


def parse(text: str) -> list[tuple[Cue, str]]:
    """A small reader of ASS: its cues, each with the name of its speaker."""
    head, _, events = text.partition("[Events]\n")
    assert head.startswith("[Script Info]\n")
    fields, *lines = events.rstrip("\n").split("\n")
    assert fields.startswith("Format: Layer, Start, End, Style, Name,")
    found = []
    for line in lines:
        match = DIALOGUE.fullmatch(line)
        assert match is not None, line
        *times, name, payload = match.groups()
        h, m, s, cs, h2, m2, s2, cs2 = map(int, times)
        start, end = ((h * 60 + m) * 60 + s) * 100 + cs, ((h2 * 60 + m2) * 60 + s2) * 100 + cs2
        plain = payload.replace("\\N", "\n")
        assert not set(plain) & set("\\{}")
        found.append((Cue(10 * start, 10 * end, plain), name))
    return found


def test_golden() -> None:
    made = replace(
        transcript(), cues=(Cue(1250, 3000, "你好"), Cue(3_723_040, 3_725_000, "一\n二？"))
    )
    assert render(made).endswith(
        "Dialogue: 0,0:00:01.25,0:00:03.00,Default,,0,0,0,,你好\n"
        "Dialogue: 0,1:02:03.04,1:02:05.00,Default,,0,0,0,,一\\N二？\n"
    )


def test_the_speaker_is_named_in_the_field_and_in_the_text() -> None:
    both = Cue(1500, 3000, "退款\n好的", 1, ((1, "退款"), (0, "好的")))
    made = replace(transcript(), cues=(both,), channel_names=("坐,席", "客户"))
    assert parse(render(made)) == [(Cue(1500, 3000, "客户: 退款\n坐,席: 好的"), "客户、坐，席")]


def test_the_widest_line_fits_the_picture() -> None:
    for count in (1, 16, 40, 80):
        made = replace(transcript(), cues=(Cue(0, 1000, "一" * count),))
        size = re.search(r"Style: Default,[^,]*,(\d+),", render(made))
        assert size is not None
        assert display_cells("一" * count) / 2 * int(size[1]) <= PICTURE_WIDTH - 2 * MARGIN


def test_no_text_is_a_command() -> None:
    ((cue, _),) = parse(render(transcript([timed("{\\b1}好\\N")])))
    assert cue.text.replace("\n", "") == "｛＼b1｝好＼N"


def test_no_cues_are_a_script_without_events() -> None:
    assert parse(render(transcript(rel="a\nb.wav"))) == []
    assert "\nTitle: a b.wav\n" in render(transcript(rel="a\nb.wav"))


@given(transcripts())
def test_it_reads_back(made: Transcript) -> None:
    assert [(cue.start_ms, cue.end_ms) for cue, _ in parse(render(made))] == [
        (cue.start_ms, cue.end_ms) for cue in made.cues
    ]
