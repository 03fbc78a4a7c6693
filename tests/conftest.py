"""The fence around every test: no home folder, no network, no settings of the person who runs it.

`tests/test_conftest.py` tests the fence itself.
"""

from __future__ import annotations

import ipaddress
import os
import signal
import socket
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# Read once by each library when it is loaded: one thread a process, so that tests do not fight
# for the cores and sums are added in one order.
for _variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[_variable] = "1"

ROOT = Path(__file__).parents[1]
REPOSITORY_CACHE = ROOT / ".cache"
"""Where `make models` puts the models that tests marked `real` may use."""

HOME_FOLDERS = {
    "HOME": "home",
    "USERPROFILE": "home",
    "XDG_CACHE_HOME": "home/.cache",
    "XDG_CONFIG_HOME": "home/.config",
    "XDG_DATA_HOME": "home/.local/share",
    "XDG_STATE_HOME": "home/.local/state",
}
CACHE_FOLDERS = {
    "ASRCLI_CACHE_DIR": "cache/asrcli",
    "MODELSCOPE_CACHE": "cache/modelscope",
    "HF_HOME": "cache/huggingface",
}
CLEARED = ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "MODELSCOPE_DOMAIN", "COLUMNS", "NO_COLOR")
KEPT_FOR_REAL = "ASR_MODEL_HOME"

DEAD_PORT = 9
"""The discard service: programs that a test starts are given it as their proxy."""

# Whoever starts the tests in the background lets them ignore Ctrl-C, and with them every program
# that they start; signals are among what is tested.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

hypothesis.settings.register_profile("asrcli", deadline=None, derandomize=True, database=None)
hypothesis.settings.load_profile("asrcli")


class FenceError(Exception):
    """A test reached for the network. No OSError: code under test must not take it for one."""


@pytest.fixture(autouse=True)
def fence(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """Fence this test in; gives the folder that holds its empty home and caches."""
    pen = tmp_path_factory.mktemp("fence")
    real = request.node.get_closest_marker("real") is not None
    kept = os.environ.get(KEPT_FOR_REAL, "") if real else ""
    for name in [name for name in os.environ if name.startswith("ASR_")]:
        monkeypatch.delenv(name)
    if kept:
        monkeypatch.setenv(KEPT_FOR_REAL, kept)
    for name in CLEARED:
        monkeypatch.delenv(name, raising=False)
    for name, folder in (HOME_FOLDERS | CACHE_FOLDERS).items():
        (pen / folder).mkdir(parents=True, exist_ok=True)
        monkeypatch.setenv(name, str(pen / folder))
    if real:
        monkeypatch.setenv("ASRCLI_CACHE_DIR", str(REPOSITORY_CACHE))
    _fence_network(monkeypatch)
    return pen


def _fence_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this process reach loopback only, and the programs that it starts no proxy at all."""
    for scheme in ("http", "https", "all"):
        for name in (f"{scheme}_proxy", f"{scheme.upper()}_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{DEAD_PORT}")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "localhost,127.0.0.1,::1")
    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, _guarded(getattr(socket.socket, name)))
    monkeypatch.setattr(socket, "getaddrinfo", _looked_up(socket.getaddrinfo))


def _guarded(original: Callable[..., Any]) -> Callable[..., Any]:
    def call(self: socket.socket, *args: Any) -> Any:
        # The address is the last argument of all three calls.
        if self.family != socket.AF_UNIX and args:
            host, port = args[-1][:2]
            if port == DEAD_PORT or not is_loopback(host):
                self.close()
                raise FenceError(f"a test tried to reach {host}:{port}")
        return original(self, *args)

    return call


def _looked_up(original: Callable[..., Any]) -> Callable[..., Any]:
    def call(host: Any, *args: Any, **options: Any) -> Any:
        if host is not None and not is_loopback(host):
            raise FenceError(f"a test tried to look up {host!r}")
        return original(host, *args, **options)

    return call


def is_loopback(host: str | bytes) -> bool:
    """Whether a name or an address means this machine itself."""
    name = host.decode() if isinstance(host, bytes) else host
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name in {"", "localhost"}


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test marked `gpu` where there is none; torch is only imported for such a test."""
    if item.get_closest_marker("gpu") is None:
        return
    import torch

    if not torch.cuda.is_available():
        pytest.skip("needs a CUDA device")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The faults that were tried, counted over all workers.

    It stands here and not beside the faults, because the process that writes the summary does not
    read the files of a folder that only its workers look into.
    """
    full = os.environ.get("ASRCLI_FAULTS") == "full"
    counts: Counter[str] = Counter()
    for report in terminalreporter.getreports("passed"):
        for name, count in getattr(report, "user_properties", ()):
            if name.startswith("faults: ") and report.when == "call":
                counts[name.removeprefix("faults: ")] += count
    if counts:
        terminalreporter.section("faults that cost nothing" if full else "faults, short form")
        for name, count in sorted(counts.items()):
            terminalreporter.write_line(f"{count:6} {name}")


@pytest.fixture
def subprocess_env(fence: Path) -> Mapping[str, str]:
    """The fenced environment for a program that a test starts, with this checkout importable."""
    paths = (str(ROOT), os.environ.get("PYTHONPATH", ""))
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in paths if path)}


@pytest.fixture
def fresh_python(subprocess_env: Mapping[str, str]) -> Callable[[str], str]:
    """Runs code in a fenced process in which nothing was imported yet; gives what it prints."""

    def printed_by(code: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", code],
            env=dict(subprocess_env),
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        return done.stdout

    return printed_by
