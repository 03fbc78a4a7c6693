"""Every option with a bad value through the shell, and a help that answers at once."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.e2e.program import Program

HEAVY = {"torch", "torchaudio", "funasr", "pandas", "soundfile", "av", "soxr", "numpy"}


@pytest.mark.parametrize("args", ["--help", "--version", "transcribe folder --help", "itn --help"])
def test_help_imports_nothing_heavy(args: str, subprocess_env: Mapping[str, str]) -> None:
    code = (
        "import sys; from asrcli.cli import run; "
        f"code = run({args.split()!r}); "
        f"heavy = {HEAVY!r} & {{name.split('.')[0] for name in sys.modules}}; "
        "sys.stderr.write(' '.join(sorted(heavy))); sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=subprocess_env, capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    assert done.stdout


@pytest.mark.parametrize(
    ("args", "named"),
    [
        (("--nonsense",), "--nonsense"),
        (("--max-silence", "x"), "--max-silence"),
        (("--hotwords", "missing.txt"), "--hotwords missing.txt"),
        (("--config", "missing.toml"), "--config missing.toml"),
        ((), "--output"),
    ],
)
def test_one_line_before_any_work(args: tuple[str, ...], named: str, asr: Program) -> None:
    output = ("-o", "out") if args else ()
    (asr.folder / "in").mkdir()
    done = asr("transcribe", "folder", "in", *output, *args)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("asr: error: ")
    assert named in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (asr.folder / "out").exists()


@pytest.mark.parametrize(
    "args",
    [
        ("transcribe", "folder", "missing", "-o", "out"),
        ("transcribe", "file", "missing.wav"),
        ("transcribe", "file", "."),
    ],
)
def test_a_missing_input(args: tuple[str, ...], asr: Program) -> None:
    done = asr(*args)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("asr: error: ")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_offered(shell: str, asr: Program) -> None:
    done = asr(_ASR_COMPLETE=f"source_{shell}")
    assert done.returncode == 0
    assert "_ASR_COMPLETE" in done.stdout


def test_completion_knows_the_options(asr: Program) -> None:
    done = asr(
        _ASR_COMPLETE="complete_bash", COMP_WORDS="asr transcribe folder --max-s", COMP_CWORD="3"
    )
    assert done.returncode == 0
    assert {"--max-segment", "--max-silence"} <= set(done.stdout.split())
    assert all(name.startswith("--max-s") for name in done.stdout.split())
