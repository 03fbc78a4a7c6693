"""Trials with a recogniser made of text: what is decoded when, and what is made of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from asrcli.engines.fake import FakeVad, speak
from asrcli.errors import RunError, UsageError
from asrcli.evaluate.cer import count_errors, plain
from asrcli.hotwords.advice import Action
from asrcli.hotwords.trial import Hearing, OnceVad, Trial, own_words, parse_sweep, trial, weighted
from asrcli.values import HotwordSet

if TYPE_CHECKING:
    from collections.abc import Mapping

    from asrcli.values import FloatArray

SAID = {"a.wav": "请张玮来", "b.wav": "明天见", "c.wav": "张玮你好"}
LIST = HotwordSet((("张玮", 2.0),))


class Recogniser:
    """Hears 张伟, and 张玮 from a weight on; above another it hears it everywhere."""

    def __init__(self, *, from_weight: float = 1.0, everywhere_from: float = 1e9) -> None:
        self.lists: list[HotwordSet] = []
        self._from, self._everywhere = from_weight, everywhere_from

    def __call__(self, hotwords: HotwordSet) -> Mapping[str, Hearing]:
        self.lists.append(hotwords)
        weight = dict(hotwords.words).get("张玮", 0.0)
        heard = {}
        for file, said in SAID.items():
            text = said.replace("张玮", "张伟") if weight < self._from else said
            if weight >= self._everywhere:
                text = "张玮" + text
            heard[file] = Hearing(text + "。", 1000)
        return heard


def tried(recogniser: object, hotwords: HotwordSet = LIST, *factors: float) -> Trial:
    return trial(
        SAID,
        recogniser,  # type: ignore[arg-type]  # a callable is all it takes
        hotwords,
        normalise=plain,
        count_errors=lambda a, b: count_errors(a, b).errors,
        factors=factors,
    )


def test_without_the_list_and_with_it() -> None:
    recogniser = Recogniser()
    found = tried(recogniser)
    assert recogniser.lists == [HotwordSet(), LIST]
    assert (found.score.total.without.recall, found.score.total.biased.recall) == (0.0, 1.0)
    assert (len(found.score.files), len(found.score.free)) == (3, 1)
    assert found.score.audio_ms == 3000
    assert [one.action for one in found.advice] == [Action.KEEP]
    assert found.sweep == ((1.0, found.score),)


def test_a_sweep_decodes_each_weight_once() -> None:
    recogniser = Recogniser(from_weight=3.0, everywhere_from=10.0)
    found = tried(recogniser, LIST, 8.0, 0.5, 2.0)
    weights = [dict(hotwords.words).get("张玮", 0.0) for hotwords in recogniser.lists]
    assert weights == [0.0, 1.0, 2.0, 4.0, 16.0]
    assert [factor for factor, _ in found.sweep] == [0.5, 1.0, 2.0, 8.0]
    assert [score.total.biased.recall for _, score in found.sweep] == [0.0, 0.0, 1.0, 1.0]
    assert [score.total.biased.false_insertions for _, score in found.sweep] == [0, 0, 0, 1]
    (advice,) = found.advice
    assert (advice.action, advice.weight) == (Action.RAISE, 4.0)


def test_advice_knows_what_was_heard_instead() -> None:
    (advice,) = tried(Recogniser(from_weight=99.0)).advice
    assert (advice.action, advice.alias) == (Action.ADD_ALIAS, "张伟")


def test_a_recording_that_failed_once_is_left_out() -> None:
    recogniser = Recogniser()

    def failing(hotwords: HotwordSet) -> Mapping[str, Hearing]:
        heard = dict(recogniser(hotwords))
        if hotwords.words:
            del heard["c.wav"]
        return heard

    found = tried(failing)
    assert found.left_out == ("c.wav",)
    assert len(found.score.files) == 2


def test_nothing_decoded_is_an_error() -> None:
    with pytest.raises(RunError, match="no recording could be decoded"):
        tried(lambda _: {})


def test_aliases_are_not_counted_as_words() -> None:
    hotwords = HotwordSet((("张玮", 2.0), ("老张", 2.0)), aliases=(("老张", "张玮"),))
    assert own_words(hotwords) == {"张玮": 2.0}
    assert [word.word for word in tried(Recogniser(), hotwords).score.words] == ["张玮"]


def test_weights_stay_in_their_range() -> None:
    hotwords = HotwordSet((("张玮", 2.0), ("王婧", 60.0)), sha256="x")
    assert weighted(hotwords, 2.0).words == (("张玮", 4.0), ("王婧", 100.0))
    assert weighted(hotwords, 1.0) == hotwords


@pytest.mark.parametrize(
    ("option", "factors"),
    [
        ("0.5,1,2,4", (0.5, 1.0, 2.0, 4.0)),
        ("4, 2", (1.0, 2.0, 4.0)),
        ("2，3", (1.0, 2.0, 3.0)),
        ("1,1,1", (1.0,)),
    ],
)
def test_sweeps(option: str, factors: tuple[float, ...]) -> None:
    assert parse_sweep(option) == factors


@pytest.mark.parametrize("option", ["", "0", "-1", "x", "1,,2", "nan", "101", "inf", "1;2"])
def test_bad_sweeps(option: str) -> None:
    with pytest.raises(UsageError, match=r"--sweep: .*such as 0\.5,1,2,4"):
        parse_sweep(option)


def test_a_sweep_without_end() -> None:
    with pytest.raises(UsageError, match="more than 20 weights"):
        parse_sweep(",".join(str(weight) for weight in range(1, 50)))


class CountingVad(FakeVad):
    calls = 0

    def speech(self, samples: FloatArray) -> tuple[tuple[int, int], ...]:
        self.calls += 1
        return super().speech(samples)


def test_speech_is_looked_for_once() -> None:
    vad = CountingVad()
    once = OnceVad(vad)
    one, other = speak("你好"), speak("再见再见")
    for samples in (one, other, one.copy(), other):
        assert once.speech(samples) == FakeVad().speech(samples)
    assert vad.calls == 2
    assert once.info == vad.info


def test_sounds_of_equal_length_are_told_apart() -> None:
    once = OnceVad(FakeVad())
    sound = speak("你好")
    assert once.speech(np.zeros_like(sound)) == ()
    assert once.speech(sound) != ()
