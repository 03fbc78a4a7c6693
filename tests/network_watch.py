"""Runs `asr` where any touch of the network ends it, and looks at what the kernel was asked for."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

TOUCHED = 99
"""Exit code of a program that touched the network."""

WATCHED = f"""
import os, sys

TOUCHES = {{"socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo",
           "socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo"}}


def watch(event, args):
    if event in TOUCHES:
        sys.stderr.write(f"{{event}} {{args}}")
        sys.stderr.flush()
        os._exit({TOUCHED})


sys.addaudithook(watch)
from asrcli.cli import main

main()
"""

REMOTE = re.compile(r"\b(?:connect|sendto|sendmsg|sendmmsg)\(.*AF_INET")


def run_watched(
    args: list[str], folder: Path, env: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run a command line; it exits with `TOUCHED` at the first touch of a socket's other end."""
    return _run([sys.executable, "-c", WATCHED, *args], folder, env)


def remote_calls(args: list[str], folder: Path, env: Mapping[str, str]) -> list[str]:
    """System calls of a command line, and of all it starts, that talk to the network.

    Skips the test where strace is not installed or must not trace.
    """
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("strace is not installed")
    trace = folder / "trace.txt"
    command = [strace, "-f", "-qq", "-e", "trace=network", "-o", str(trace)]
    if _run([*command, "true"], folder, env).returncode != 0:
        pytest.skip("strace must not trace here")
    done = _run([*command, sys.executable, "-m", "asrcli", *args], folder, env)
    assert done.returncode == 0, done.stderr
    return [line for line in trace.read_text(encoding="utf-8").splitlines() if REMOTE.search(line)]


def _run(
    command: list[str], folder: Path, env: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=folder,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )
