"""Sentences to try a list on where no recordings are at hand, spoken by espeak-ng.

Each word is said in two sentences; as many others, at least `FOREIGN`, hold no word of the list.
The voice is a machine's: what it shows is whether a word can be found and what the list breaks,
not how well people are understood.
"""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from asrcli.errors import RunError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

PROGRAM = "espeak-ng"
LANGUAGE = "cmn-latn-pinyin"
"""Plain `cmn` reads Chinese characters as English letters."""

MOST_WORDS = 200
FOREIGN = 20
SAYINGS = 2
TIMEOUT_S = 60

CARRIERS = (
    "请帮我转接{}",
    "我想问一下{}的事情",
    "刚才是{}接的电话",
    "明天上午{}会给您回电话",
    "麻烦您记录一下{}谢谢",
    "这个问题要找{}处理",
    "我们下面请{}来介绍一下",
    "您说的是{}对吗",
)

NEUTRAL = (
    "您好请问有什么可以帮您",
    "请您稍等我马上核实",
    "明天下午三点可以送货吗",
    "我想预约后天上午的时间",
    "好的我知道了谢谢您",
    "为什么还没有收到短信",
    "请提供一下您的手机号码",
    "这个月的话费是八十六元",
    "请检查一下电源再试一次",
    "不好意思让您久等了",
    "我的地址没有变",
    "还有其他问题吗没有了",
    "我们会在三天之内处理完",
    "请对我的服务进行评价",
    "今天的会议到这里结束",
    "下个星期一再联系您",
    "声音太小了我听不清楚",
    "密码忘记了怎么办",
    "一共是二百三十元",
    "祝您生活愉快再见",
)

VOICES = ("m1", "f2", "m3", "f5")
RATES = (180, 210, 240)


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence and how it is said: the voice's variant and words a minute."""

    text: str
    variant: str
    rate: int


def lines(words: Sequence[str]) -> list[Line]:
    """The sentences for a list, always the same ones for the same words.

    Raises:
        UsageError: there is no word, or too many to be said.
    """
    if not words:
        raise UsageError("--synthesise: there is no word to say; give --hotwords or --hotword")
    if len(words) > MOST_WORDS:
        raise UsageError(
            f"--synthesise: {len(words)} words are too many to say, at most {MOST_WORDS}; "
            "give recordings with a reference.csv"
        )
    said = [
        CARRIERS[(place * SAYINGS + turn) % len(CARRIERS)].format(word)
        for place, word in enumerate(words)
        for turn in range(SAYINGS)
    ]
    free = [text for text in NEUTRAL if not any(word in text for word in words)]
    count = max(FOREIGN, len(said)) if free else 0
    texts = said + [free[place % len(free)] for place in range(count)]
    return [
        Line(text, VOICES[place % len(VOICES)], RATES[place // len(VOICES) % len(RATES)])
        for place, text in enumerate(texts)
    ]


def speak(sentences: Sequence[Line], folder: Path) -> dict[str, str]:
    """Write one recording for each sentence.

    Args:
        sentences: of `lines`.
        folder: where the files go; it exists.

    Returns:
        What is said, by file name.

    Raises:
        RunError: espeak-ng is not installed, lacks the voice, or fails.
    """
    program = shutil.which(PROGRAM)
    if program is None:
        raise RunError(
            f"--synthesise needs {PROGRAM}, which is not installed; install it with your system's "
            "packages, or give recordings with a reference.csv"
        )
    texts: dict[str, str] = {}
    for number, line in enumerate(sentences, 1):
        name = f"{number:04d}.wav"
        voice = f"{LANGUAGE}+{line.variant}"
        command = [program, "-v", voice, "-s", str(line.rate), "-w", str(folder / name), "--stdin"]
        _run(command, line.text)
        texts[name] = line.text
    return texts


def _run(command: Sequence[str], text: str) -> None:
    try:
        done = subprocess.run(
            command, input=text.encode(), capture_output=True, timeout=TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise RunError(f"{PROGRAM} failed: {error}") from error
    if done.returncode:
        said = " ".join(done.stderr.decode(errors="replace").split())
        raise RunError(f"{PROGRAM} cannot speak Mandarin here: {said or done.returncode}")
