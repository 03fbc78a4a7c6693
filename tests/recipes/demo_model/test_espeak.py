from __future__ import annotations

import numpy as np
import pytest

from recipes.demo_model.espeak import Manner, espeak

pytestmark = pytest.mark.usefixtures("speech")
CALM = Manner("m1", 200, 50, 50)


def test_every_character_has_a_time_and_times_rise() -> None:
    sound, marks = espeak().speak("您好，请问", CALM)
    assert [index for index, _ in marks] == [0, 1, 3, 4]
    times = [time for _, time in marks]
    assert times == sorted(times)
    assert times[-1] < len(sound) / espeak().rate_hz * 1000
    assert np.abs(sound).max() <= 1.0


def test_the_manner_decides_the_speed_whatever_came_before() -> None:
    first, _ = espeak().speak("谢谢", CALM)
    other, _ = espeak().speak("谢谢", Manner("f2", 260, 70, 50))
    again, _ = espeak().speak("谢谢", CALM)
    # The library carries the phase of its flutter over from one synthesis to the next.
    assert len(again) == pytest.approx(len(first), rel=0.01)
    assert len(other) < 0.9 * len(first)


def test_phonemes_tell_sounds_apart() -> None:
    speaker = espeak()
    assert speaker.phonemes("伟") == speaker.phonemes("玮")
    assert speaker.phonemes("公司") != speaker.phonemes("公式")


def test_an_unknown_voice_is_an_error() -> None:
    with pytest.raises(ValueError, match="no voice"):
        espeak().speak("好", Manner("nobody-at-all", 200, 50, 50))
