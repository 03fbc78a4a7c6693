"""Runs `asr` as the shell does, on recordings in the toy language of the fake engine."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import soundfile

from asrcli.clock import SAMPLE_RATE
from asrcli.engines.fake import speak

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

ASR = (sys.executable, "-m", "asrcli")
GOOD = {"一.wav": "今天开会。", "会议/二 三.flac": "明天再说，后天见。", "会议/四.wav": "收到"}
FAKE = ("--model", "fake")


@dataclass(frozen=True)
class Program:
    """`asr` with a fenced environment, started in a folder of its own."""

    folder: Path
    env: Mapping[str, str]

    def __call__(self, *args: object, **env: str) -> subprocess.CompletedProcess[str]:
        """Run it to its end."""
        return subprocess.run(
            [*ASR, *map(str, args)],
            cwd=self.folder,
            env={**self.env, **env},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
            timeout=120,
        )

    def start(self, *args: object) -> subprocess.Popen[str]:
        """Start it and read along."""
        return subprocess.Popen(
            [*ASR, *map(str, args)],
            cwd=self.folder,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )


def record(path: Path, text: str) -> None:
    """Write a recording in which a text is said."""
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, speak(text), SAMPLE_RATE)


def record_good(folder: Path) -> Path:
    """The recordings of `GOOD`."""
    for rel, text in GOOD.items():
        record(folder / rel, text)
    return folder


def files_in(folder: Path) -> set[str]:
    """All files below, hidden ones too, but for the lock and the summary, which always stay."""
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    return found - {".asrcli.lock", "run.json"}


def json_lines(text: str) -> list[dict[str, Any]]:
    """The objects of `--log-json`; fails on any line that is none."""
    return [json.loads(line) for line in text.splitlines()]
