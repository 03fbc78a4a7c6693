"""One file from a hub on this machine: broken off and gone on with, tried again, checked."""

from __future__ import annotations

import errno
import hashlib
import os
import socket
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asrcli.engines import download as module
from asrcli.engines.download import (
    BusyError,
    PassingError,
    Patience,
    RemoteFile,
    bytes_here,
    download,
    get,
    one_line_errors,
)
from asrcli.errors import ModelError, RunError
from asrcli.files import PartialFile
from tests.hub_server import HubState, isolate, running_hub

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

REPO = "owner/name"
CONTENT = bytes(range(256)) * 1200
HALF = len(CONTENT) // 2
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    isolate(monkeypatch, tmp_path)


@pytest.fixture
def server() -> Iterator[HubState]:
    with running_hub({REPO: {"model.pt": CONTENT}}) as state:
        yield state


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "partial").mkdir()
    return tmp_path / "partial"


class Fetcher:
    """Downloads the one file, and keeps what it was told on the way."""

    def __init__(self, server: HubState, folder: Path) -> None:
        self.folder = folder
        self.file = RemoteFile(
            "model.pt", f"{server.endpoint}/{REPO}/resolve/main/model.pt", len(CONTENT), SHA256
        )
        self.pauses: list[float] = []
        self.came: list[int] = []

    def __call__(self, attempts: int = 3, read_s: float = 20) -> str:
        patience = Patience(5, read_s, attempts, sleep=self.pauses.append)
        with requests.Session() as session:
            return download(
                session, self.file, self.folder, patience=patience, advance=self.came.append
            )

    def interrupted(self, server: HubState) -> None:
        """Leave the first half of the file, as a broken connection does."""
        server.faults["model.pt"] = "broken"
        with pytest.raises(ModelError, match="broke off in the middle"):
            self(attempts=1)
        del server.faults["model.pt"]
        assert HALF - module.CHUNK_BYTES < bytes_here(self.file, self.folder) <= HALF
        self.came.clear()
        server.starts.clear()

    def is_whole(self) -> bool:
        """The file is there, and nothing else."""
        left = {path.name: path.read_bytes() for path in self.folder.iterdir()}
        return left == {"model.pt": CONTENT}


@pytest.fixture
def fetch(server: HubState, folder: Path) -> Fetcher:
    return Fetcher(server, folder)


# Whole, and whole again --------------------------------------------------------------------------


def test_a_file_arrives_whole_and_its_hash_is_told(fetch: Fetcher) -> None:
    assert fetch() == SHA256
    assert fetch.is_whole()
    assert sum(fetch.came) == len(CONTENT)
    assert fetch.pauses == []


def test_a_file_that_is_here_is_not_asked_for(fetch: Fetcher, server: HubState) -> None:
    fetch()
    server.requests.clear()
    assert fetch() == SHA256
    assert server.requests == []


def test_a_file_that_is_here_but_another_one_is_replaced(fetch: Fetcher) -> None:
    (fetch.folder / "model.pt").write_bytes(CONTENT[::-1])
    assert fetch() == SHA256
    assert fetch.is_whole()


def test_an_empty_file_needs_no_request(fetch: Fetcher, server: HubState) -> None:
    fetch.file = RemoteFile("empty", server.endpoint, 0)
    assert fetch() == hashlib.sha256(b"").hexdigest()
    assert server.requests == []


# Going on ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("tags", [True, False])
def test_a_broken_download_is_gone_on_with(tags: bool, fetch: Fetcher, server: HubState) -> None:
    server.tags = tags
    fetch.interrupted(server)
    here = bytes_here(fetch.file, fetch.folder)
    assert fetch() == SHA256
    assert fetch.is_whole()
    assert server.starts == [("model.pt", here)]
    assert sum(fetch.came) == len(CONTENT) - here


def test_a_hub_that_ignores_ranges_starts_again_cleanly(fetch: Fetcher, server: HubState) -> None:
    server.ranges = False
    fetch.interrupted(server)
    here = bytes_here(fetch.file, fetch.folder)
    assert fetch() == SHA256
    assert fetch.is_whole()
    assert server.starts == [("model.pt", 0)]
    assert sum(fetch.came) == len(CONTENT) - here


def test_a_file_that_changed_at_the_hub_starts_again(fetch: Fetcher, server: HubState) -> None:
    fetch.interrupted(server)
    changed = CONTENT[::-1]
    server.repos[REPO]["model.pt"] = changed
    fetch.file = replace(fetch.file, sha256=hashlib.sha256(changed).hexdigest())
    fetch()
    assert (fetch.folder / "model.pt").read_bytes() == changed
    # The tag was another one, so that the hub itself sent all of it.
    assert server.starts == [("model.pt", 0)]


def test_without_tags_a_changed_file_is_noticed_by_its_hash(
    fetch: Fetcher, server: HubState
) -> None:
    server.tags = False
    fetch.interrupted(server)
    here = bytes_here(fetch.file, fetch.folder)
    changed = CONTENT[::-1]
    server.repos[REPO]["model.pt"] = changed
    fetch.file = replace(fetch.file, sha256=hashlib.sha256(changed).hexdigest())
    fetch()
    assert (fetch.folder / "model.pt").read_bytes() == changed
    assert server.starts == [("model.pt", here), ("model.pt", 0)]


def test_with_neither_tag_nor_hash_nothing_is_gone_on_with(
    fetch: Fetcher, server: HubState
) -> None:
    server.tags = False
    fetch.file = replace(fetch.file, sha256="")
    fetch.interrupted(server)
    assert fetch() == SHA256
    assert server.starts == [("model.pt", 0)]


def test_a_weak_tag_is_no_promise(fetch: Fetcher, folder: Path) -> None:
    part = PartialFile(folder / "model.pt.part")
    response = requests.Response()
    response.headers["ETag"] = 'W/"1"'
    module._remember_tag(part, response)
    assert list(folder.iterdir()) == []


def test_a_part_that_is_longer_than_the_file_is_thrown_away(fetch: Fetcher) -> None:
    (fetch.folder / "model.pt.part").write_bytes(CONTENT + b"more")
    assert fetch() == SHA256
    assert fetch.is_whole()


def test_a_whole_part_only_needs_its_name(fetch: Fetcher, server: HubState) -> None:
    (fetch.folder / "model.pt.part").write_bytes(CONTENT)
    assert fetch() == SHA256
    assert server.requests == []
    assert fetch.is_whole()


def test_a_part_of_other_bytes_costs_one_more_download(fetch: Fetcher, server: HubState) -> None:
    (fetch.folder / "model.pt.part").write_bytes(b"x" * HALF)
    assert fetch() == SHA256
    assert server.starts == [("model.pt", HALF), ("model.pt", 0)]
    assert fetch.is_whole()


@pytest.mark.parametrize("fault", ["shifted", "truncated"])
def test_an_answer_that_is_not_the_rest_is_not_appended(
    fault: str, fetch: Fetcher, server: HubState
) -> None:
    fetch.interrupted(server)
    server.faults["model.pt"], server.times["model.pt"] = fault, 1
    assert fetch() == SHA256
    assert fetch.is_whole()
    assert fetch.pauses == [1.0]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    data=st.data(),
    here=st.integers(0, len(CONTENT) + 10),
    abilities=st.tuples(st.booleans(), st.booleans()),
    known=st.booleans(),
    fault=st.sampled_from(["", "broken", "truncated", "refused", "shifted"]),
)
def test_whatever_was_left_and_whatever_goes_wrong_once_the_file_is_right(
    data: st.DataObject,
    here: int,
    abilities: tuple[bool, bool],
    known: bool,
    fault: str,
    fetch: Fetcher,
    server: HubState,
) -> None:
    server.ranges, server.tags = abilities
    server.faults["model.pt"], server.times["model.pt"] = fault, 1
    fetch.file = replace(fetch.file, sha256=SHA256 if known else "")
    for path in fetch.folder.iterdir():
        path.unlink()
    left = (CONTENT + bytes(10))[:here]
    if known and here and data.draw(st.booleans()):
        left = bytes([left[0] ^ 1]) + left[1:]
    (fetch.folder / "model.pt.part").write_bytes(left)
    # Of a file without a hash only what this hub left is gone on with: the tag says so.
    if here != len(CONTENT) or known:
        assert fetch() == SHA256
        assert fetch.is_whole()


# Trying again ------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["broken", "truncated", "refused"])
def test_what_may_pass_is_tried_again(fault: str, fetch: Fetcher, server: HubState) -> None:
    server.faults["model.pt"], server.times["model.pt"] = fault, 2
    assert fetch() == SHA256
    assert fetch.is_whole()
    assert fetch.pauses == [1.0, 2.0]


def test_a_stalled_connection_is_given_up_and_gone_on_with(
    fetch: Fetcher, server: HubState
) -> None:
    server.faults["model.pt"], server.times["model.pt"] = "stalled", 1
    assert fetch(read_s=0.3) == SHA256
    assert fetch.is_whole()
    assert server.starts[0] == ("model.pt", 0)
    assert server.starts[1][1] > 0


def test_trying_again_has_an_end(fetch: Fetcher, server: HubState) -> None:
    server.faults["model.pt"] = "refused"
    with pytest.raises(ModelError, match="HTTP status 503") as caught:
        fetch(attempts=4)
    assert not isinstance(caught.value, PassingError)
    assert fetch.pauses == [1.0, 2.0, 4.0]


def test_pauses_do_not_grow_for_ever() -> None:
    pauses: list[float] = []
    patience = Patience(first_pause_s=1, longest_pause_s=5, sleep=pauses.append)
    for failures in range(1, 6):
        patience.pause(failures)
    assert pauses == [1, 2, 4, 5, 5]


def test_what_brought_enough_does_not_count_as_a_failure(
    fetch: Fetcher, server: HubState, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "STEP_BYTES", 1000)
    server.faults["model.pt"], server.times["model.pt"] = "broken", 1
    server.ranges = True
    assert fetch(attempts=2) == SHA256
    assert fetch.pauses == [1.0]


def test_a_hub_that_disappears_and_comes_back(fetch: Fetcher, server: HubState) -> None:
    server.faults["model.pt"], server.times["model.pt"] = "vanishing", 1
    port = int(server.endpoint.rpartition(":")[2])
    with ExitStack() as stack:
        again: list[HubState] = []

        def sleep(seconds: float) -> None:
            fetch.pauses.append(seconds)
            if len(fetch.pauses) == 2:
                repos = {REPO: {"model.pt": CONTENT}}
                again.append(stack.enter_context(running_hub(repos, port=port)))

        with requests.Session() as session:
            patience = Patience(5, 20, sleep=sleep)
            download(session, fetch.file, fetch.folder, patience=patience, advance=ignore)
        assert fetch.pauses == [1.0, 2.0]
        assert again[0].starts[0][1] > 0
    assert fetch.is_whole()


def ignore(_bytes: int) -> None:
    """Progress that nobody looks at."""


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("missing", r"model\.pt does not exist there \(404\)"),
        ("forbidden", "HTTP status 403"),
        ("longer", f"more bytes came than the promised {len(CONTENT)}"),
        ("altered", r"model\.pt: .*\(SHA-256\); it was thrown away"),
    ],
)
def test_what_will_not_pass_is_not_tried_again(
    fault: str, reason: str, fetch: Fetcher, server: HubState
) -> None:
    server.faults["model.pt"] = fault
    with pytest.raises(ModelError, match=reason):
        fetch()
    assert fetch.pauses == []
    assert bytes_here(fetch.file, fetch.folder) == 0


def test_a_file_without_a_sha256_is_held_to_gits_name_for_it(
    fetch: Fetcher, server: HubState
) -> None:
    name = hashlib.sha1(b"blob %d\0" % len(CONTENT) + CONTENT).hexdigest()
    fetch.file = replace(fetch.file, sha256="", git_sha1=name)
    assert fetch() == SHA256
    (fetch.folder / "model.pt").unlink()
    server.faults["model.pt"] = "altered"
    with pytest.raises(ModelError, match="thrown away"):
        fetch()


# The disk ----------------------------------------------------------------------------------------


def test_a_full_disk_keeps_what_came_and_the_next_run_goes_on(
    fetch: Fetcher, server: HubState, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = [HALF]
    write = os.write

    def full(descriptor: int, data: bytes) -> int:
        if len(data) == 34:  # the tag
            return write(descriptor, data)
        fits = min(len(data), room[0])
        if not fits:
            raise OSError(errno.ENOSPC, "No space left on device")
        room[0] -= fits
        return write(descriptor, memoryview(data)[:fits])

    monkeypatch.setattr("asrcli.files.os.write", full)
    with pytest.raises(RunError, match="the disk is full; free some space") as caught:
        fetch()
    assert "\n" not in str(caught.value)
    assert not isinstance(caught.value, ModelError)
    assert bytes_here(fetch.file, fetch.folder) == HALF
    assert fetch.pauses == []
    monkeypatch.undo()
    server.starts.clear()
    assert fetch() == SHA256
    assert server.starts == [("model.pt", HALF)]


# What people are told ----------------------------------------------------------------------------


def ask(url: str, patience: Patience | None = None) -> None:
    patience = patience or Patience(2, 0.2)
    with requests.Session() as session, one_line_errors(patience):
        get(session, url, patience, what="it").close()


def test_nobody_listening_is_said_in_the_systems_words() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    with pytest.raises(PassingError, match=r"^connection refused$"):
        ask(f"http://127.0.0.1:{port}")


def test_a_hub_that_is_busy_is_told_from_one_that_refuses(server: HubState) -> None:
    server.faults["model.pt"] = "refused"
    with pytest.raises(BusyError):
        ask(f"{server.endpoint}/{REPO}/resolve/main/model.pt")
    server.faults["model.pt"] = "forbidden"
    with pytest.raises(ModelError) as caught:
        ask(f"{server.endpoint}/{REPO}/resolve/main/model.pt")
    assert not isinstance(caught.value, PassingError)


def test_a_host_that_never_answers_is_given_up(
    server: HubState, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_args: object, **_kwargs: object) -> None:
        raise TimeoutError("timed out")

    monkeypatch.setattr("urllib3.util.connection.create_connection", never)
    with pytest.raises(PassingError, match="no answer within 2 s"):
        ask(server.endpoint)


def test_a_name_that_does_not_resolve_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_args: object, **_kwargs: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    for variable in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr("urllib3.util.connection.create_connection", unknown)
    with pytest.raises(ModelError, match="name does not resolve"):
        ask("http://hub.invalid")


def test_a_proxy_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with pytest.raises(ModelError, match="proxy"):
        ask("http://hub.invalid")


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (requests.exceptions.SSLError("bad"), "certificate is not accepted"),
        (requests.exceptions.TooManyRedirects("30"), "TooManyRedirects: 30"),
        (requests.exceptions.ConnectionError("odd"), "cannot be reached"),
    ],
)
def test_other_errors_are_one_line(error: Exception, reason: str) -> None:
    with pytest.raises(ModelError, match=reason), one_line_errors(Patience()):
        raise error
