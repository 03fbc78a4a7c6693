from __future__ import annotations

import random

import numpy as np
import pytest

from asrcli.clock import SAMPLE_RATE
from recipes.demo_model import recordings
from recipes.demo_model.recordings import Spoken, excerpt, join
from recipes.demo_model.sentences import Line
from recipes.demo_model.voices import HELD_OUT, TRAINING, manner


def spoken(text: str, *, each_ms: int = 200, names: tuple[tuple[int, int], ...] = ()) -> Spoken:
    starts = tuple(range(0, each_ms * len(text), each_ms))
    samples = np.full(each_ms * len(text) * 16, 0.1, np.float32)
    return Spoken(samples, text, starts, tuple(start + each_ms for start in starts), names, "m1")


def test_joining_moves_times_and_names() -> None:
    whole = join(
        [spoken("你好", names=((0, 2),)), spoken("王玮", names=((0, 2),))], [0.5, 1.0, 0.25]
    )
    assert whole.text == "你好王玮"
    assert whole.starts == (500, 700, 1900, 2100)
    assert whole.ends == (700, 900, 2100, 2300)
    assert whole.names == ((0, 2), (2, 4))
    assert whole.seconds == pytest.approx(0.5 + 0.4 + 1.0 + 0.4 + 0.25)


def test_an_excerpt_holds_the_characters_whose_middle_it_holds() -> None:
    whole = spoken("零一二三四", names=((1, 3), (3, 5)))
    part = excerpt(whole, 290 * 16, 710 * 16)
    # The middles are at 100, 300, 500, 700 and 900 ms.
    assert part.text == "一二三"
    assert part.starts == (0, 110, 310)
    assert part.ends == (110, 310, 420)
    assert part.names == ((0, 2),)
    assert part.seconds == pytest.approx(0.42)


def test_an_excerpt_without_characters() -> None:
    part = excerpt(spoken("好"), 150 * 16, 200 * 16)
    assert part.text == ""
    assert len(part.samples) == 50 * 16


class EveryOther:
    """A VAD that finds speech in every other 400 ms."""

    def speech(self, samples: np.ndarray) -> tuple[tuple[int, int], ...]:
        step = 400 * 16
        return tuple((a, min(a + step, len(samples))) for a in range(0, len(samples), 2 * step))


def test_cutting_loses_no_character_that_the_vad_kept() -> None:
    clips = recordings.cut(spoken("零一二三四五"), EveryOther())  # type: ignore[arg-type]
    assert [clip.text for clip in clips] == ["零一", "四五"]


def test_pauses_stand_around_every_sentence() -> None:
    for seed in range(50):
        gaps = recordings.pauses(random.Random(seed), 3)
        assert len(gaps) == 4
        assert all(0 <= gap <= 2.0 for gap in gaps)


def test_held_out_voices_are_never_trained_on() -> None:
    assert set(TRAINING).isdisjoint(HELD_OUT)
    assert len(set(TRAINING)) == len(TRAINING) > 50


@pytest.mark.usefixtures("speech")
def test_synthesised_characters_have_times_inside_the_sound() -> None:
    line = Line("您好，我找王玮", ((5, 7),))
    clip = recordings.speak(line, manner(random.Random(1), TRAINING))
    assert clip is not None
    assert clip.text == "您好我找王玮"
    assert [clip.text[a:b] for a, b in clip.names] == ["王玮"]
    assert all(a < b for a, b in zip(clip.starts, clip.ends, strict=True))
    assert clip.ends[-1] <= clip.seconds * 1000 + 20
    assert all(end <= start for end, start in zip(clip.ends, clip.starts[1:], strict=False))


@pytest.mark.usefixtures("speech")
@pytest.mark.parametrize("variant", [*TRAINING, *HELD_OUT])
def test_every_voice_exists(variant: str) -> None:
    how = manner(random.Random(1), (variant,))
    clip = recordings.speak(Line("好"), how)
    assert clip is not None
    assert 0.05 < clip.seconds < 3.0
    assert len(clip.samples) < 3 * SAMPLE_RATE


@pytest.mark.usefixtures("speech")
def test_training_clips_keep_text_and_times_together() -> None:
    lines = [Line("今天下雨"), Line("我们开会"), Line("谢谢")]
    noise = np.random.default_rng(3)
    for seed in range(6):
        clips = recordings.training_clips(
            random.Random(seed),
            noise,
            lines,
            EveryOther(),  # type: ignore[arg-type]
            TRAINING,
        )
        for clip in clips:
            assert len(clip.text) == len(clip.starts) == len(clip.ends)
            assert all(0 <= start <= clip.seconds * 1000 for start in clip.starts)
