from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given

from asrcli.captions.reading import read_captions
from asrcli.errors import UsageError
from asrcli.pipeline.formats import RENDERERS
from asrcli.values import Cue, TimedSentence
from tests.values_samples import speech, transcript

if TYPE_CHECKING:
    from pathlib import Path

SRT = """1
00:00:01,250 --> 00:00:03,000 X1:10
<i>你好</i>
世界

2
01:02:03,4 --> 01:02:05,000
{\\an8}再见

"""
VTT = """WEBVTT - 标题

NOTE 00:00 is no time

00:01.250 --> 00:03.000 align:start
<v 坐席>你好 &amp; 世界

id
1:02:03.400 --> 1:02:05.000
再见
"""
ASS = """[Events]
Comment: 0,0:00:00.00,0:00:01.00,Default,,0,0,0,,no
Dialogue: 0,1:02:03.40,1:02:05.00,Default,,0,0,0,,再见
Dialogue: 0, 0:00:01.25 ,0:00:03.00,Default,坐席,0,0,0,,{\\b1}你好，\\N世\\h界
"""


def read(folder: Path, suffix: str, text: str) -> list[tuple[int, int, str]]:
    path = folder / f"a{suffix}"
    path.write_text(text, encoding="utf-8-sig")
    return [(cue.start_ms, cue.end_ms, cue.text) for cue in read_captions(path)]


@pytest.mark.parametrize(
    ("suffix", "text", "first"),
    [(".srt", SRT, "你好\n世界"), (".vtt", VTT, "你好 & 世界"), (".ass", ASS, "你好，\n世 界")],
)
def test_captions_of_other_programs_are_read(
    tmp_path: Path, suffix: str, text: str, first: str
) -> None:
    assert read(tmp_path, suffix, text) == [
        (1250, 3000, first),
        (3_723_400, 3_725_000, "再见"),
    ]


def test_a_block_without_a_blank_line_before_it_begins_all_the_same(tmp_path: Path) -> None:
    text = "00:00:00,000 --> 00:00:01,000\n一\n00:00:01,000 --> 00:00:02,000\n二"
    assert read(tmp_path, ".srt", text) == [(0, 1000, "一"), (1000, 2000, "二")]


def test_a_caption_without_text_is_one(tmp_path: Path) -> None:
    assert read(tmp_path, ".srt", "1\n00:00:00,000 --> 00:00:01,000\n\n") == [(0, 1000, "")]


@pytest.mark.parametrize("suffix", [".srt", ".vtt", ".ass"])
@given(sentences=speech())
def test_our_own_files_are_read_back(
    tmp_path_factory: pytest.TempPathFactory,
    suffix: str,
    sentences: tuple[TimedSentence, ...],
) -> None:
    made = transcript(sentences)
    path = tmp_path_factory.mktemp("own") / f"a{suffix}"
    path.write_text(RENDERERS[suffix[1:]](made), encoding="utf-8")
    expected = [replace(cue, line_starts=()) for cue in made.cues]
    assert list(read_captions(path)) == expected


def test_a_file_without_captions_has_none(tmp_path: Path) -> None:
    assert read(tmp_path, ".srt", "") == []
    assert read(tmp_path, ".vtt", "WEBVTT\n") == []


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("none.srt", None, "No such file or directory"),
        ("a.lrc", b"[00:01.00]x", "not one of .srt, .vtt, .ass"),
        ("a.srt", "你好".encode("gb18030"), "not UTF-8 text; save it as UTF-8"),
        ("a.srt", b"hello\nworld", "no captions in it that a .srt file has"),
    ],
)
def test_what_cannot_be_read_is_one_line(
    tmp_path: Path, name: str, content: bytes | None, says: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(UsageError) as caught:
        read_captions(tmp_path / name)
    assert str(caught.value) == f"{tmp_path / name}: {says}"


def test_a_cue_is_a_value(tmp_path: Path) -> None:
    (tmp_path / "a.srt").write_text("0:00:00.000 --> 0:00:01.500\n好", encoding="utf-8")
    assert read_captions(tmp_path / "a.srt") == (Cue(0, 1500, "好"),)
