from __future__ import annotations

import json
from random import Random
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile

from asrcli.values import Token
from recipes.demo_model import evaluate, testsets
from recipes.demo_model.card import card
from recipes.demo_model.evaluate import Row
from recipes.demo_model.recordings import Spoken
from recipes.demo_model.voices import HELD_OUT

if TYPE_CHECKING:
    from pathlib import Path


def clip(text: str, names: tuple[tuple[int, int], ...] = ()) -> Spoken:
    starts = tuple(range(0, 100 * len(text), 100))
    ends = tuple(start + 100 for start in starts)
    return Spoken(np.zeros(8000, np.float32), text, starts, ends, names)


def heard(text: str, late_ms: int = 0) -> tuple[Token, ...]:
    return tuple(
        Token(char, 100 * index + late_ms, 100 * index + 100, 0.9)
        for index, char in enumerate(text)
    )


def test_errors_and_names_are_counted() -> None:
    clips = [clip("我是王玮", ((2, 4),)), clip("找李静", ((1, 3),))]
    result = evaluate.judged(clips, [heard("我是王伟"), heard("找李静")])
    assert result.errors.errors == 1
    assert result.rate == "14.29 %"
    assert result.recall == "50.0 %"


def test_times_are_measured_where_the_text_is_right() -> None:
    clips = [clip("你好"), clip("谢谢")]
    result = evaluate.judged(clips, [heard("你好", 20), heard("谢", 500)])
    assert evaluate.start_errors_ms(clips, result).tolist() == [20, 20]


def test_a_table_has_a_line_for_every_row() -> None:
    lines = evaluate.table([Row("a", "1 %", "2 %"), Row("b", "3 %")]).splitlines()
    assert lines == [
        "| measured | value | aim |",
        "|---|---|---|",
        "| a | 1 % | 2 % |",
        "| b | 3 % |  |",
    ]


@pytest.mark.usefixtures("speech")
def test_the_sets_are_held_out_and_always_the_same(tmp_path: Path) -> None:
    lines, free = testsets.general_lines(Random(7), set(), 100)
    banned = {line.spoken for line, is_free in zip(lines, free, strict=True) if not is_free}
    others, _ = testsets.general_lines(Random(7), banned, 100)
    assert banned.isdisjoint(line.spoken for line in others)
    sets = testsets.build(set(), general=6, named=3)
    again = testsets.build(set(), general=6, named=3)
    assert [item.text for item in sets.clean] == [item.text for item in again.clean]
    assert {item.voice for item in sets.unseen} <= set(HELD_OUT)
    assert sets.joined[0].text == "".join(item.text for item in sets.clean)
    assert (sets.joined_digital[0].samples[:100] == 0).all()
    assert all(sets.own)
    evaluate.write_recordings(tmp_path / "held_out", sets)
    texts = json.loads((tmp_path / "held_out" / "texts.json").read_text())
    assert len(texts) == 6 * 3 + 2
    samples, rate = soundfile.read(tmp_path / "held_out" / "clean-000.wav", dtype="float32")
    assert rate == 16000
    np.testing.assert_array_equal(samples, sets.clean[0].samples)


@pytest.mark.usefixtures("speech")
def test_foreign_names_are_not_said_in_any_spelling() -> None:
    said = clip("我找李玮和王静")
    names = testsets.others(Random(1), 200, said)
    assert len(set(names)) == 200
    sounds = testsets._sounds(said.text)
    assert not any(testsets._sounds(name) in sounds for name in names)


def test_the_card_states_the_table_and_what_the_model_is_not_for() -> None:
    text = card("| a | 1 % |", tokens=1505, free=86)
    assert "| a | 1 % |" in text
    assert "1500 characters" in text
    assert "not for recordings of people" in text
    assert "{" not in text
