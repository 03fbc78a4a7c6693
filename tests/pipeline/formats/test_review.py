from __future__ import annotations

import csv
import io
from dataclasses import replace

from asrcli.acoustics import Sound
from asrcli.pipeline.formats.review import COLUMNS, render
from asrcli.review.doubts import Doubt, Reason
from tests.values_samples import source

DOUBT = Doubt(
    source("外呼/客户 一.wav"),
    1,
    "",
    3,
    83_250,
    84_000,
    "=1元。",
    (Reason("low confidence 0.52", 0.48), Reason("noisy, SNR 6 dB", 0.4)),
    0.52,
    5.25,
    Sound(-20.0, -26.04, 0.0123),
)


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_every_piece_is_a_row() -> None:
    (row,) = read(render([DOUBT], clips=False))
    assert row == {
        "file": "外呼/客户 一.wav",
        "channel": "2",
        "sentence": "3",
        "start": "83.250",
        "end": "84.000",
        "doubt": "0.688",
        "reasons": "low confidence 0.52; noisy, SNR 6 dB",
        "text": "'=1元。",
        "confidence": "0.520",
        "syllables_per_s": "5.2",
        "snr_db": "6.0",
        "level_db": "-20.0",
        "clipped": "0.0123",
        "clip": "",
    }
    assert tuple(row) == COLUMNS


def test_what_is_unknown_is_empty() -> None:
    bare = replace(DOUBT, channel=None, sentence=None, confidence=None, rate=None, sound=None)
    (row,) = read(render([bare], clips=False))
    unknown = ("channel", "sentence", "confidence", "syllables_per_s", "snr_db", "clipped")
    assert {row[name] for name in unknown} == {""}


def test_the_speaker_stands_for_the_channel() -> None:
    assert read(render([replace(DOUBT, speaker="客户")], clips=False))[0]["channel"] == "客户"


def test_clips_are_named_by_rank() -> None:
    rows = read(render([DOUBT, DOUBT], clips=True))
    assert [row["clip"] for row in rows] == [
        "review/0001 0-01-23 外呼_客户 一.wav.wav",
        "review/0002 0-01-23 外呼_客户 一.wav.wav",
    ]


def test_nothing_doubtful_is_a_header() -> None:
    assert render([], clips=True) == ",".join(COLUMNS) + "\n"
