from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st

from asrcli.engines.fake import (
    ALPHABET,
    PAUSES_MS,
    SOUND_ALIKE,
    FakeAsr,
    FakePunctuator,
    FakeVad,
    speak,
    words_of,
)
from asrcli.errors import DeviceMemoryError, RecordingError
from asrcli.values import HotwordSet

if TYPE_CHECKING:
    from collections.abc import Callable

    from asrcli.engines.base import Asr, Punctuator, Vad
    from asrcli.values import FloatArray, Token

texts = st.text(st.sampled_from(ALPHABET) | st.sampled_from("abcXYZ019 ，。\n"), max_size=12)


def hear(samples: FloatArray, vad: Vad | None = None, asr: Asr | None = None) -> list[Token]:
    spans = (vad or FakeVad()).speech(samples)
    decoded = (asr or FakeAsr()).decode([samples[start:end] for start, end in spans])
    return [token for tokens in decoded for token in tokens]


def read(samples: FloatArray) -> tuple[str, ...]:
    return tuple(token.text for token in hear(samples))


def noise(seed: int, length: int, loudness: float = 0.1) -> FloatArray:
    sound = np.random.default_rng(seed).normal(0, loudness, length)
    return np.clip(sound, -1, 1).astype(np.float32)


def with_hotwords(*words: str | tuple[str, float], text: str) -> list[Token]:
    asr = FakeAsr()
    pairs = tuple((word, 1.0) if isinstance(word, str) else word for word in words)
    assert asr.set_hotwords(HotwordSet(pairs)) == ()
    return hear(speak(text), asr=asr)


def test_the_engines_are_what_the_pipeline_asks_for() -> None:
    vad: Vad = FakeVad()
    asr: Asr = FakeAsr()
    punctuator: Punctuator = FakePunctuator()
    infos = [vad.info, asr.info, punctuator.info]
    assert [info.role for info in infos] == ["vad", "asr", "punc"]
    assert len({info.sha256 for info in infos}) == 3
    assert all(len(info.sha256) == 64 for info in infos)


def test_nothing_heavy_is_imported(fresh_python: Callable[[str], str]) -> None:
    program = (
        "import sys; from asrcli.engines.fake import *; FakeAsr().decode([speak('你好')]);"
        "print(*{'torch', 'funasr', 'soundfile', 'pandas'} & set(sys.modules))"
    )
    assert fresh_python(program) == "\n"


class TestSpeak:
    def test_gives_sound_within_the_contract(self) -> None:
        sound = speak("你好，world")
        assert sound.dtype == np.float32
        assert sound.ndim == 1
        assert 0.2 < np.abs(sound).max() <= 1.0

    def test_starts_and_ends_in_silence(self) -> None:
        sound = speak("好")
        assert not sound[:1600].any()
        assert not sound[-1600:].any()

    def test_nothing_to_say_is_silence_long_enough_for_a_model(self) -> None:
        assert len(speak("")) >= 400
        assert not speak("").any()
        assert hear(speak("")) == []

    @pytest.mark.parametrize("text", ["é", "你好😀", "ａ", "\t"])
    def test_refuses_what_has_no_sound(self, text: str) -> None:
        with pytest.raises(ValueError, match="no sound"):
            speak(text)

    @pytest.mark.parametrize(("mark", "pause_ms"), PAUSES_MS.items())
    def test_marks_are_pauses(self, mark: str, pause_ms: int) -> None:
        assert len(speak(f"你{mark}好")) - len(speak("你好")) == pause_ms * 16


class TestReadingBack:
    @given(texts)
    @settings(max_examples=200)
    def test_every_text_is_heard_as_it_was_spoken(self, text: str) -> None:
        assert read(speak(text)) == words_of(text)

    @pytest.mark.parametrize("first", range(0, len(ALPHABET), 1990))
    def test_every_part_of_the_alphabet_has_its_own_sound(self, first: int) -> None:
        text = " ".join(ALPHABET[first :: len(ALPHABET) // 7])
        assert read(speak(text)) == words_of(text)

    @given(texts)
    @settings(max_examples=25)
    def test_a_16_bit_file_changes_nothing(self, text: str) -> None:
        file = io.BytesIO()
        soundfile.write(file, speak(text), 16000, format="WAV", subtype="PCM_16")
        file.seek(0)
        samples, rate = soundfile.read(file, dtype="float32")
        assert rate == 16000
        assert read(samples) == words_of(text)

    @pytest.mark.parametrize("rate", [8000, 11025, 44100, 48000])
    @given(text=texts)
    @settings(max_examples=15)
    def test_other_sampling_rates_change_nothing(self, text: str, rate: int) -> None:
        there = soxr.resample(speak(text), 16000, rate)
        back = soxr.resample(there, rate, 16000)
        assert read(back.astype(np.float32)) == words_of(text)

    @given(st.floats(0.3, 3.0), st.integers(0, 9))
    @settings(max_examples=20)
    def test_loudness_and_some_noise_change_nothing(self, gain: float, seed: int) -> None:
        text = "今天的会议在三点开始，by zoom"
        clean = speak(text) * np.float32(gain)
        sound = np.clip(clean + noise(seed, len(clean), 0.005), -1, 1).astype(np.float32)
        assert read(sound) == words_of(text)

    def test_ascii_words_are_one_token_each(self) -> None:
        assert read(speak("用ChatGPT plus写")) == ("用", "ChatGPT", "plus", "写")

    def test_times_are_those_of_the_sound(self) -> None:
        samples = speak("你好 ok")
        first, second, word = FakeAsr().decode([samples])[0]
        assert (first.start_ms, first.end_ms) == (200, 340)
        assert (second.start_ms, second.end_ms) == (400, 540)
        assert (word.start_ms, word.end_ms) == (720, 1030)
        assert min(token.confidence for token in (first, second, word)) > 0.99


class TestFakeVad:
    def test_silence_holds_no_speech(self) -> None:
        assert FakeVad().speech(np.zeros(16000, np.float32)) == ()

    @pytest.mark.parametrize(("pause", "regions"), [(799, 1), (800, 2)])
    def test_a_pause_of_the_given_length_ends_a_region(self, pause: int, regions: int) -> None:
        tone = np.full(1600, 0.5, np.float32)
        # Frames of 2 ms must not hide the difference of one.
        samples = np.concatenate([tone, np.zeros(pause // 2 * 32, np.float32), tone])
        assert len(FakeVad(max_silence_ms=800).speech(samples)) == regions

    @given(
        st.lists(st.tuples(st.integers(1, 4000), st.integers(1, 20000)), min_size=1, max_size=8),
        st.integers(2, 1000),
    )
    def test_contract(self, parts: list[tuple[int, int]], max_silence_ms: int) -> None:
        sounds = [(np.full(loud, 0.5, np.float32), np.zeros(q, np.float32)) for loud, q in parts]
        samples = np.concatenate([*[part for pair in sounds for part in pair], np.zeros(400)])
        samples = samples.astype(np.float32)
        regions = FakeVad(max_silence_ms=max_silence_ms).speech(samples)
        borders = [0, *[edge for region in regions for edge in region], len(samples)]
        assert borders == sorted(borders)
        assert all(start < end for start, end in regions)
        outside = samples.copy()
        for start, end in regions:
            outside[start:end] = 0
        # What is left over is less than two frames at a stretch.
        assert np.abs(outside).sum() <= 0.5 * 32 * 2 * len(parts)

    @given(
        st.lists(st.integers(0, 4_000), min_size=1, max_size=12),
        st.lists(st.integers(0, 20_000), max_size=9),
        st.integers(2, 300),
    )
    def test_a_stream_hears_the_same(
        self, runs: list[int], cuts: list[int], max_silence_ms: int
    ) -> None:
        parts = [np.full(run, 0.5 * (n % 2), np.float32) for n, run in enumerate(runs)]
        samples = np.concatenate([*parts, np.zeros(400, np.float32)])
        vad = FakeVad(max_silence_ms=max_silence_ms)
        stream = vad.listen()
        heard = [stream.feed(piece) for piece in np.split(samples, sorted(cuts))]
        heard.append(stream.finish())
        regions = [region for speech in heard for region in speech.regions]
        assert tuple(regions) == vad.speech(samples)
        known = 0
        for speech in heard:
            known += len(speech.regions)
            assert all(start >= speech.settled for start, _ in regions[known:])
            if speech.open is not None:
                assert regions[known][0] == speech.open
                assert regions[known][1] >= speech.reaches

    @pytest.mark.parametrize(
        "samples",
        [
            np.zeros(399, np.float32),
            np.zeros(1000, np.float64),
            np.full(1000, np.nan, np.float32),
            np.full(1000, 1.5, np.float32),
        ],
    )
    def test_refuses_what_breaks_the_contract(self, samples: FloatArray) -> None:
        with pytest.raises(RecordingError):
            FakeVad().speech(samples)


class TestFakeAsr:
    @given(st.integers(0, 99), st.integers(400, 40000), st.floats(0.001, 0.5))
    @settings(max_examples=25)
    def test_any_audio_gives_tokens_in_order_inside(
        self, seed: int, length: int, loudness: float
    ) -> None:
        samples = noise(seed, length, loudness)
        (tokens,) = FakeAsr().decode([samples])
        assert FakeAsr().decode([samples]) == [tokens]
        times = [edge for token in tokens for edge in (token.start_ms, token.end_ms)]
        assert times == sorted(times)
        assert all(0 <= time <= length / 16 for time in times)
        assert all(0.0 <= token.confidence <= 1.0 and token.text for token in tokens)

    def test_loud_noise_is_heard_as_something_uncertain(self) -> None:
        (tokens,) = FakeAsr().decode([noise(0, 16000, 0.3)])
        assert len(tokens) == 7
        assert max(token.confidence for token in tokens) < 0.3

    def test_a_span_is_heard_as_it_would_be_alone(self) -> None:
        spans = [speak("你好"), noise(1, 30000), np.zeros(500, np.float32), speak("hello 世界")]
        together = FakeAsr().decode(spans)
        assert together == [FakeAsr().decode([span])[0] for span in spans]
        assert together[2] == ()

    def test_a_click_is_no_word(self) -> None:
        click = np.zeros(4000, np.float32)
        click[2000:2300] = 0.5
        assert FakeAsr().decode([click]) == [()]

    def test_an_empty_batch_has_no_results(self) -> None:
        assert FakeAsr().decode([]) == []

    def test_counts_what_it_was_asked(self) -> None:
        asr = FakeAsr()
        asr.decode([speak("一")] * 3)
        asr.decode([speak("二")])
        assert (asr.calls, asr.largest_batch) == (2, 3)

    def test_the_limit_is_on_padded_samples(self) -> None:
        short, long = np.zeros(1000, np.float32), np.zeros(4000, np.float32)
        asr = FakeAsr(memory_limit=8000)
        assert asr.decode([short, long]) == [(), ()]
        with pytest.raises(DeviceMemoryError):
            asr.decode([short, short, long])
        assert (asr.calls, asr.largest_batch) == (2, 2)

    def test_can_be_told_to_refuse_a_span(self) -> None:
        asr = FakeAsr(refuse=lambda samples: len(samples) == 777)
        asr.decode([np.zeros(776, np.float32)])
        with pytest.raises(RecordingError, match="refuse"):
            asr.decode([np.zeros(776, np.float32), np.zeros(777, np.float32)])

    def test_refuses_what_breaks_the_contract(self) -> None:
        with pytest.raises(RecordingError, match="few"):
            FakeAsr().decode([np.zeros(10, np.float32)])


class TestHotwords:
    def test_choose_between_characters_that_sound_alike(self) -> None:
        tokens = with_hotwords("达摩院", text="我在打磨院工作")
        assert "".join(token.text for token in tokens) == "我在达摩院工作"
        assert [token.biased for token in tokens] == [False] * 2 + [True] * 3 + [False] * 2

    def test_without_them_the_text_is_what_was_spoken(self) -> None:
        assert read(speak("我在打磨院工作")) == tuple("我在打磨院工作")

    def test_do_not_touch_what_sounds_different(self) -> None:
        tokens = with_hotwords("达摩院", text="我在大厦工作，打磨")
        assert "".join(token.text for token in tokens) == "我在大厦工作打磨"
        assert not any(token.biased for token in tokens)

    def test_give_ascii_words_their_capitals(self) -> None:
        tokens = with_hotwords("ChatGPT", text="用chatgpt写")
        assert [token.text for token in tokens] == ["用", "ChatGPT", "写"]

    def test_keep_the_times(self) -> None:
        plain = hear(speak("我在打磨院"))
        biased = with_hotwords("达摩院", text="我在打磨院")
        assert [(t.start_ms, t.end_ms) for t in biased] == [(t.start_ms, t.end_ms) for t in plain]

    def test_the_heavier_goes_before_the_longer(self) -> None:
        assert [t.text for t in with_hotwords("达", "打磨院", text="答魔员")] == list("打磨院")
        assert [t.text for t in with_hotwords(("达", 2.0), "打磨院", text="答魔员")] == list(
            "达魔员"
        )

    def test_a_new_list_replaces_the_old(self) -> None:
        asr = FakeAsr()
        asr.set_hotwords(HotwordSet((("达摩院", 1.0),)))
        asr.set_hotwords(HotwordSet())
        assert [token.text for token in hear(speak("打磨院"), asr=asr)] == list("打磨院")

    def test_those_without_a_sound_are_given_back(self) -> None:
        dropped = FakeAsr().set_hotwords(HotwordSet((("café", 1.0), ("。", 1.0), ("好", 1.0))))
        assert [(word.text, word.reason) for word in dropped] == [
            ("café", "'é' has no sound"),
            ("。", "nothing to hear"),
        ]

    def test_a_character_is_in_one_group_only(self) -> None:
        characters = "".join(SOUND_ALIKE)
        assert len(set(characters)) == len(characters)
        assert set(characters) <= set(ALPHABET)


class TestFakePunctuator:
    def test_marks_by_counting(self) -> None:
        marks = FakePunctuator().marks(["字"] * 13)
        assert marks == ("",) * 5 + ("，",) + ("",) * 5 + ("。", "")

    def test_questions_start_the_count_anew(self) -> None:
        marks = FakePunctuator().marks([*"你好吗", *"一二三四五六"])
        assert marks == ("", "", "？", "", "", "", "", "", "，")

    @given(st.lists(st.text(max_size=3), max_size=40))
    def test_one_mark_for_every_word(self, words: list[str]) -> None:
        marks = FakePunctuator().marks(words)
        assert len(marks) == len(words)
        assert set(marks) <= {"", "，", "。", "？", "、"}
