"""The work behind `asr hotwords test`: recordings, the ear, what is shown."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import soundfile

from asrcli.clock import SAMPLE_RATE
from asrcli.commands import hotword_trial
from asrcli.commands.hotword_trial import ROWS_SHOWN, ear, recordings, show
from asrcli.engines.base import Engines
from asrcli.engines.fake import FakeAsr, FakePunctuator, FakeVad, speak
from asrcli.evaluate.cer import plain
from asrcli.hotwords import synthesise
from asrcli.hotwords.trial import Hearing, trial
from asrcli.progress import SilentProgress
from asrcli.settings import Settings
from asrcli.values import HotwordSet

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pytest

    from asrcli.values import FloatArray, SourceFile

WORDS = HotwordSet((("章维", 1.0),))


class CountingVad(FakeVad):
    calls = 0

    def speech(self, samples: FloatArray) -> tuple[tuple[int, int], ...]:
        self.calls += 1
        return super().speech(samples)


def listen(
    sources: Mapping[SourceFile, str], words: HotwordSet, vad: FakeVad | None = None
) -> Mapping[str, Hearing]:
    engines = Engines(vad or FakeVad(), FakeAsr(), FakePunctuator())
    return ear(sources, engines, Settings(itn=True), SilentProgress())(words)


def table(folder: Path, texts: Mapping[str, str]) -> Path:
    for name, text in texts.items():
        soundfile.write(folder / name, speak(text), SAMPLE_RATE)
    lines = "".join(f"{name},{text}\n" for name, text in texts.items())
    path = folder / "reference.csv"
    path.write_text(f"file,text\n{lines}", encoding="utf-8")
    return path


def test_names_of_the_table_are_kept(tmp_path: Path) -> None:
    path = table(tmp_path, {"a.wav": "你好", "b.wav": "再见"})
    for manifest in (path, tmp_path):
        with recordings(manifest, WORDS) as (sources, said):
            assert [source.path.name for source in sources] == list(sources.values())
            assert said == {"a.wav": "你好", "b.wav": "再见"}


def test_what_is_heard_is_spoken_text(tmp_path: Path) -> None:
    with recordings(table(tmp_path, {"a.wav": "二零二五年好吗"}), WORDS) as (sources, _):
        heard = listen(sources, HotwordSet())
    assert plain(heard["a.wav"].text) == "二零二五年好吗"
    assert heard["a.wav"].audio_ms > 1000


def test_a_list_is_heard_and_forgotten_again(tmp_path: Path) -> None:
    vad = CountingVad()
    with recordings(table(tmp_path, {"a.wav": "张伟好", "b.wav": "你好"}), WORDS) as (sources, _):
        engines = Engines(vad, FakeAsr(), None)
        hear = ear(sources, engines, Settings(), SilentProgress())
        texts = [plain(hear(words)["a.wav"].text) for words in (HotwordSet(), WORDS, HotwordSet())]
    assert texts == ["张伟好", "章维好", "张伟好"]
    assert vad.calls == 2


def test_silence_is_heard_as_nothing(tmp_path: Path) -> None:
    path = table(tmp_path, {"a.wav": "你好"})
    soundfile.write(tmp_path / "a.wav", 0 * speak("你好"), SAMPLE_RATE)
    with recordings(path, WORDS) as (sources, _):
        assert listen(sources, WORDS)["a.wav"].text == ""


def test_a_recording_that_fails_is_left_out(tmp_path: Path) -> None:
    path = table(tmp_path, {"a.wav": "你好", "b.wav": "你好"})
    (tmp_path / "a.wav").write_bytes(b"")
    with recordings(path, WORDS) as (sources, _):
        assert set(listen(sources, WORDS)) == {"b.wav"}


def test_synthesised_recordings_are_gone_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    def speak_all(lines: list[synthesise.Line], folder: Path) -> dict[str, str]:
        return {path.name: line.text for path, line in _write(lines, folder)}

    def _write(lines: list[synthesise.Line], folder: Path) -> list[tuple[Path, synthesise.Line]]:
        paths = [folder / f"{number}.wav" for number in range(len(lines))]
        for path, line in zip(paths, lines, strict=True):
            soundfile.write(path, speak(line.text), SAMPLE_RATE)
        return list(zip(paths, lines, strict=True))

    monkeypatch.setattr(synthesise, "speak", speak_all)
    hotwords = dataclasses.replace(WORDS, aliases=(("老章", "章维"),))
    with recordings(None, hotwords) as (sources, said):
        folder = next(iter(sources)).path.parent
        assert folder.is_dir()
        assert sum("章维" in text for text in said.values()) == 2
    assert not folder.exists()


def test_many_words_are_cut_short(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = [chr(0x4E00 + i) + chr(0x5E00 + i) for i in range(ROWS_SHOWN + 3)]
    found = trial(
        {"a": "".join(words)},
        lambda _: {"a": Hearing("", 0)},
        HotwordSet(tuple((word, 1.0) for word in words)),
        normalise=plain,
        count_errors=lambda a, b: max(len(a), len(b)),
    )
    show(found, ("it harms",))
    out = capsys.readouterr().out
    assert sum(word in out for word in words) == ROWS_SHOWN
    assert "and 3 more; --csv and --json hold them all" in out
    assert "harm: it harms" in out
    assert "no more harm than allowed" not in out
    assert hotword_trial.REFERENCE == "reference.csv"
