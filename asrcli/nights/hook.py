"""`--on-finish`: a command or a web address that learns how a run ended.

The command is started without a shell, so nothing in it or in a file's name is ever read as one.
What goes wrong is told and changes nothing: the transcripts are written already.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from asrcli.errors import UsageError
from asrcli.wording import first_line

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

COMMAND_TIMEOUT_S = 300.0
CONNECT_TIMEOUT_S = 10.0
ANSWER_TIMEOUT_S = 30.0


def check_hook(on_finish: str, *, offline: bool) -> None:
    """Find out before any work that the hook cannot be called.

    Raises:
        UsageError: it is a URL under `--offline`, no command line, or a program that is not here.
    """
    if not on_finish:
        return
    if is_url(on_finish):
        if offline:
            raise UsageError("--on-finish is a web address, and --offline forbids to call it")
        if not _host(on_finish):
            raise UsageError("--on-finish: the web address names no host")
        return
    try:
        words = shlex.split(on_finish)
    except ValueError as error:
        raise UsageError(f"--on-finish {on_finish!r}: {error}") from error
    if not words or shutil.which(words[0]) is None:
        name = words[0] if words else on_finish
        raise UsageError(f"--on-finish: there is no program {name!r}; give its whole path")


def is_url(on_finish: str) -> bool:
    """Whether it is an address to send to rather than a command."""
    return on_finish.lower().startswith(("http://", "https://"))


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def call_hook(on_finish: str, document: Mapping[str, object], run_file: Path) -> str:
    """Call the hook and wait for it.

    A command finds `ASR_RUN_FILE` (path of run.json), `ASR_RUN_EXIT_CODE`, `ASR_RUN_LINE`,
    `ASR_RUN_END`, `ASR_RUN_OUTPUT` and `ASR_RUN_LEFT` in its environment, and for each status
    such as `ASR_RUN_SET_ASIDE` the number of recordings. A URL is sent the document by POST.

    Returns:
        What went wrong, one line; empty if nothing did.
    """
    if is_url(on_finish):
        return _post(on_finish, document)
    return _run(shlex.split(on_finish), {**os.environ, **environment(document, run_file)})


def environment(document: Mapping[str, object], run_file: Path) -> dict[str, str]:
    """The variables that a command finds."""
    counts = document["counts"]
    assert isinstance(counts, dict)  # noqa: S101 - for the type checker
    facts = {name: document[name] for name in ("exit_code", "line", "end", "output", "left")}
    values = {"file": run_file, **facts, **counts}
    return {
        f"ASR_RUN_{name.upper().replace('-', '_')}": str(value) for name, value in values.items()
    }


def _run(command: list[str], env: Mapping[str, str]) -> str:
    sys.stderr.flush()
    try:
        # Standard output is for transcripts; what the command says is for people.
        done = subprocess.run(
            command,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=_stderr(),
            timeout=COMMAND_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"--on-finish: {command[0]} was stopped after {COMMAND_TIMEOUT_S:g} s"
    except OSError as error:
        return f"--on-finish: {command[0]} cannot be started: {error.strerror or error}"
    return f"--on-finish: {command[0]} ended with {done.returncode}" if done.returncode else ""


def _stderr() -> int:
    """Where the command may write; nowhere, if this program has no standard error of its own."""
    try:
        return sys.stderr.fileno()
    except (OSError, ValueError, AttributeError):
        return subprocess.DEVNULL


def _post(url: str, document: Mapping[str, object]) -> str:
    import requests

    host = _host(url)
    body = json.dumps(document, ensure_ascii=True).encode()
    try:
        # Not followed: the document goes to the address that was given, and to no other.
        answer = requests.post(
            url,
            data=body,
            headers={"Content-Type": "application/json; charset=utf-8"},
            timeout=(CONNECT_TIMEOUT_S, ANSWER_TIMEOUT_S),
            allow_redirects=False,
        )
    except requests.RequestException as error:
        # Its text may repeat the address with a token in it.
        return f"--on-finish: {host} was not reached: {type(error).__name__}"
    except (ValueError, OSError) as error:
        return f"--on-finish: {host} was not reached: {first_line(error)}"
    return "" if answer.ok and answer.status_code < 300 else _refused(host, answer.status_code)


def _refused(host: str, status: int) -> str:
    return f"--on-finish: {host} answered {status}"
