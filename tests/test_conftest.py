"""The fence holds: what a test could reach by mistake is out of its reach."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import platformdirs
import pytest

from tests import conftest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

OUTSIDE = "192.0.2.1"  # reserved for documents (RFC 5737): nobody's machine


def test_the_home_folder_is_an_empty_one(fence: Path) -> None:
    assert Path.home() == fence / "home"
    assert Path("~").expanduser() == fence / "home"
    visible = [entry.name for entry in Path.home().iterdir() if not entry.name.startswith(".")]
    assert visible == []


@pytest.mark.parametrize("name", [*conftest.HOME_FOLDERS, *conftest.CACHE_FOLDERS])
def test_every_folder_of_the_user_is_inside_the_fence(name: str, fence: Path) -> None:
    folder = Path(os.environ[name])
    assert folder.is_dir()
    assert folder.is_relative_to(fence)


def test_the_caches_of_all_libraries_are_inside_the_fence(fence: Path) -> None:
    for folder in (platformdirs.user_cache_dir("asrcli"), platformdirs.user_config_dir("asrcli")):
        assert Path(folder).is_relative_to(fence)


def test_two_tests_do_not_share_a_fence(
    fence: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    mark = fence / "home" / "mark"
    assert not mark.exists()
    mark.write_text("seen by the next test only if they share")
    assert tmp_path_factory.mktemp("fence") != fence


def test_two_tests_do_not_share_a_fence_again(fence: Path) -> None:
    assert not (fence / "home" / "mark").exists()


def test_no_settings_come_from_the_environment() -> None:
    assert [name for name in os.environ if name.startswith("ASR_")] == []


def test_settings_of_the_person_who_runs_the_tests_do_not_get_in(
    subprocess_env: Mapping[str, str],
) -> None:
    test = f"{__file__}::{test_no_settings_come_from_the_environment.__name__}"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", test]
    environment = {**subprocess_env, "ASR_DEVICE": "cuda:7", "ASR_MODEL_HOME": "elsewhere"}
    subprocess.run(command, env=environment, cwd=conftest.ROOT, check=True, capture_output=True)


def test_real_models_are_out_of_reach() -> None:
    assert Path(os.environ["ASRCLI_CACHE_DIR"]) != conftest.REPOSITORY_CACHE
    assert list(Path(os.environ["ASRCLI_CACHE_DIR"]).iterdir()) == []


@pytest.mark.real
def test_a_real_test_may_use_what_make_models_fetched() -> None:
    assert Path(os.environ["ASRCLI_CACHE_DIR"]) == conftest.REPOSITORY_CACHE
    assert Path.home().name == "home"


@pytest.mark.parametrize("method", ["connect", "connect_ex"])
def test_no_connection_leaves_this_machine(method: str) -> None:
    with socket.socket() as plug, pytest.raises(conftest.FenceError, match=OUTSIDE):
        getattr(plug, method)((OUTSIDE, 443))


def test_no_packet_leaves_this_machine() -> None:
    with (
        socket.socket(type=socket.SOCK_DGRAM) as plug,
        pytest.raises(conftest.FenceError, match=OUTSIDE),
    ):
        plug.sendto(b"x", (OUTSIDE, 53))


def test_no_name_is_looked_up() -> None:
    with pytest.raises(conftest.FenceError, match="example"):
        socket.create_connection(("example.invalid", 443))


def test_urllib_ends_at_the_fence_and_not_in_an_error_that_code_expects() -> None:
    with pytest.raises(conftest.FenceError):
        urllib.request.urlopen("http://example.invalid/")


def test_a_server_of_the_test_can_be_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("localhost", port)) as plug:
            connection, _ = server.accept()
            connection.sendall(b"heard")
            connection.close()
            assert plug.recv(5) == b"heard"


def test_a_pair_of_sockets_needs_no_address() -> None:
    left, right = socket.socketpair()
    with left, right:
        left.sendall(b"x")
        assert right.recv(1) == b"x"


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("localhost", True),
        (b"localhost", True),
        ("", True),
        ("0.0.0.0", False),
        ("192.0.2.1", False),
        ("localhost.example", False),
    ],
)
def test_loopback_is_told_from_everything_else(host: str | bytes, expected: bool) -> None:
    assert conftest.is_loopback(host) is expected


def test_programs_that_a_test_starts_are_fenced_too(fresh_python: Callable[[str], str]) -> None:
    script = (
        "import pathlib, urllib.request, asrcli\n"
        "print(pathlib.Path.home())\n"
        "try: urllib.request.urlopen('http://example.invalid/')\n"
        "except OSError as error: print('unreachable')\n"
    )
    assert fresh_python(script).splitlines() == [os.environ["HOME"], "unreachable"]


def test_one_thread_a_process() -> None:
    assert os.environ["OMP_NUM_THREADS"] == "1"


def test_property_tests_do_not_look_at_the_clock_and_repeat() -> None:
    assert hypothesis.settings().deadline is None
    assert hypothesis.settings().derandomize
