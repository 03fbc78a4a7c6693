"""Sentences for a trial, and the synthesiser: a stand-in here, the real one where it is."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

import pytest
import soundfile

from asrcli.errors import RunError, UsageError
from asrcli.hotwords import synthesise
from asrcli.hotwords.synthesise import FOREIGN, MOST_WORDS, NEUTRAL, Line, lines, speak

if TYPE_CHECKING:
    from pathlib import Path


def test_every_word_is_said_twice_and_as_much_without() -> None:
    words = [f"词{number}号" for number in range(30)]
    found = [line.text for line in lines(words)]
    for word in words:
        assert sum(word in text for text in found) == 2
    assert sum(text in NEUTRAL for text in found) == len(found) / 2


def test_a_short_list_has_enough_foreign_sentences() -> None:
    found = [line.text for line in lines(["张玮"])]
    assert len(found) == 2 + FOREIGN
    assert len(set(found)) == len(found)
    assert sum("张玮" in text for text in found) == 2


def test_a_foreign_sentence_holds_no_word_of_the_list() -> None:
    found = [line.text for line in lines(["短信", "电源"])]
    assert sum("短信" in text for text in found) == 2


def test_the_same_words_give_the_same_sentences() -> None:
    assert lines(["张玮", "王婧"]) == lines(["张玮", "王婧"])
    assert len({(line.variant, line.rate) for line in lines(["张玮", "王婧"])}) > 5


@pytest.mark.parametrize(
    ("count", "message"), [(0, "no word to say"), (MOST_WORDS + 1, "201 words are too many")]
)
def test_lists_that_cannot_be_said(count: int, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        lines([f"词{number}" for number in range(count)])


def test_a_missing_synthesiser_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RunError, match="needs espeak-ng, which is not installed"):
        speak([Line("你好", "m1", 180)], tmp_path)


def stand_in(folder: Path, monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """A program of that name which does something else."""
    program = folder / "espeak-ng"
    program.write_text(f"#!{sys.executable}\nimport sys\n{code}\n")
    program.chmod(0o755)
    monkeypatch.setattr(synthesise, "PROGRAM", str(program))


def test_what_the_synthesiser_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = "open(sys.argv[6], 'w').write(' '.join(sys.argv[1:5]) + sys.stdin.read())"
    stand_in(tmp_path, monkeypatch, code)
    found = speak([Line("你好", "m1", 180), Line("再见", "f2", 210)], tmp_path)
    assert found == {"0001.wav": "你好", "0002.wav": "再见"}
    asked = (tmp_path / "0002.wav").read_text()
    assert asked == "-v cmn-latn-pinyin+f2 -s 210再见"


def test_a_synthesiser_without_the_voice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(tmp_path, monkeypatch, "sys.exit('Error: The specified voice\\n does not exist.')")
    with pytest.raises(RunError, match="cannot speak Mandarin here: Error: The specified voice d"):
        speak([Line("你好", "m1", 180)], tmp_path)


def test_a_synthesiser_that_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(tmp_path, monkeypatch, "sys.stdin.buffer.raw.readall(); import signal; signal.pause()")
    monkeypatch.setattr(synthesise, "TIMEOUT_S", 0.2)
    with pytest.raises(RunError, match="espeak-ng failed"):
        speak([Line("你好", "m1", 180)], tmp_path)


@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")
def test_the_real_synthesiser_speaks(tmp_path: Path) -> None:
    names = list(speak(lines(["张玮"])[:2], tmp_path))
    lengths = [soundfile.info(tmp_path / name).duration for name in names]
    assert len(lengths) == 2
    assert all(0.5 < length < 6 for length in lengths)
