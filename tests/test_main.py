"""`python -m asrcli` is `asr`."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import asrcli.__main__
from asrcli import __version__, cli

if TYPE_CHECKING:
    from collections.abc import Mapping


def test_it_is_the_same_program() -> None:
    assert asrcli.__main__.main is cli.main


def test_it_calls_itself_asr(subprocess_env: Mapping[str, str]) -> None:
    command = [sys.executable, "-m", "asrcli"]
    done = subprocess.run(
        [*command, "--version"], env=subprocess_env, capture_output=True, text=True, check=True
    )
    assert done.stdout == f"asr {__version__}\n"
    done = subprocess.run(
        [*command, "nonsense"], env=subprocess_env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith("asr: error: No such command 'nonsense'")
    assert "(asr --help says more)" in done.stderr
