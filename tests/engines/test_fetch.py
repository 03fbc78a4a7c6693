"""Downloads against a hub on this machine: both protocols, and everything that can go wrong."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from asrcli.engines import fetch
from asrcli.engines.fetch import (
    HuggingFace,
    ModelScope,
    RemoteFile,
    Timeouts,
    fetch_repo,
    host,
    huggingface,
    modelscope,
)
from asrcli.errors import ModelError
from tests.hub_server import HubState, isolate, running_hub

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from asrcli.engines.fetch import Hub

REPO = "owner/name.v1"
FILES = {
    "config.yaml": b"model: Any\n",
    "model.pt": bytes(range(256)) * 40,
    "seg dict+1": "字".encode() * 100,
    "README.md": b"nobody asks for this",
}
REQUIRED = ("config.yaml", "model.pt", "seg dict+1")
HASTY = Timeouts(connect_s=2, read_s=0.2)
PATIENT = Timeouts(connect_s=5, read_s=20)
HUBS = [ModelScope, HuggingFace]


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    isolate(monkeypatch, tmp_path)


@pytest.fixture
def server() -> Iterator[HubState]:
    with running_hub({REPO: FILES}) as state:
        yield state


@pytest.fixture
def target(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    folder.mkdir()
    return folder


def bring(hub: Hub, target: Path, timeouts: Timeouts = PATIENT, *, repo: str = REPO) -> None:
    fetch_repo(hub, repo, target, required=REQUIRED, optional=("extra",), timeouts=timeouts)


@pytest.mark.parametrize("hub", HUBS)
def test_the_files_that_are_asked_for_arrive_whole(
    hub: type[ModelScope | HuggingFace], server: HubState, target: Path
) -> None:
    bring(hub(server.endpoint), target)
    assert {path.name: path.read_bytes() for path in target.iterdir()} == {
        name: FILES[name] for name in REQUIRED
    }
    assert server.fetched() == list(REQUIRED)


@pytest.mark.parametrize("hub", HUBS)
def test_an_optional_file_is_taken_along_where_it_is(
    hub: type[ModelScope | HuggingFace], server: HubState, target: Path
) -> None:
    server.repos[REPO]["extra"] = b"more"
    bring(hub(server.endpoint), target)
    assert (target / "extra").read_bytes() == b"more"


@pytest.mark.parametrize("hub", HUBS)
@pytest.mark.parametrize(
    ("where", "fault", "reason"),
    [
        ("listing", "missing", r"owner/name\.v1 does not exist there \(404\)"),
        ("listing", "refused", "HTTP status 403"),
        ("listing", "portal", "not a listing"),
        ("model.pt", "missing", r"model\.pt does not exist there \(404\)"),
        ("model.pt", "refused", "HTTP status 503"),
        ("model.pt", "truncated", "10239 bytes came instead of 10240"),
        ("model.pt", "altered", r"model\.pt: .*SHA-256"),
        ("model.pt", "broken", "broke off in the middle"),
    ],
)
def test_a_fault_of_the_hub_is_one_plain_line(
    where: str,
    fault: str,
    reason: str,
    hub: type[ModelScope | HuggingFace],
    server: HubState,
    target: Path,
) -> None:
    server.faults[where] = fault
    with pytest.raises(ModelError, match=reason) as caught:
        bring(hub(server.endpoint), target)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 100


@pytest.mark.parametrize("hub", HUBS)
@pytest.mark.parametrize("where", ["listing", "model.pt"])
def test_a_hub_that_stalls_is_given_up(
    where: str, hub: type[ModelScope | HuggingFace], server: HubState, target: Path
) -> None:
    server.faults[where] = "stalled"
    with pytest.raises(ModelError, match=r"no data for 0\.2 s"):
        bring(hub(server.endpoint), target, HASTY)


def test_a_small_file_without_a_hash_is_held_to_its_size(server: HubState, target: Path) -> None:
    server.faults["config.yaml"] = "truncated"
    with pytest.raises(ModelError, match=r"config\.yaml: 10 bytes came instead of 11"):
        bring(HuggingFace(server.endpoint), target)


@pytest.mark.parametrize("hub", HUBS)
def test_a_repository_that_lacks_a_file_fetches_nothing(
    hub: type[ModelScope | HuggingFace], server: HubState, target: Path
) -> None:
    del server.repos[REPO]["model.pt"]
    with pytest.raises(ModelError, match=r"owner/name\.v1 has no model\.pt there"):
        bring(hub(server.endpoint), target)
    assert server.fetched() == []


@pytest.mark.parametrize("hub", HUBS)
def test_nobody_listening_is_said_in_the_systems_words(
    hub: type[ModelScope | HuggingFace], target: Path
) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    with pytest.raises(ModelError, match=r"^connection refused$"):
        bring(hub(f"http://127.0.0.1:{port}"), target)


def test_a_host_that_never_answers_is_given_up(
    server: HubState, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_args: object, **_kwargs: object) -> None:
        raise TimeoutError("timed out")

    monkeypatch.setattr("urllib3.util.connection.create_connection", never)
    with pytest.raises(ModelError, match="no answer within 2 s"):
        bring(ModelScope(server.endpoint), target, HASTY)


def test_a_name_that_does_not_resolve_is_said(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*_args: object, **_kwargs: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    for variable in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr("urllib3.util.connection.create_connection", unknown)
    with pytest.raises(ModelError, match="name does not resolve"):
        bring(ModelScope("http://hub.invalid"), target)


def test_a_proxy_that_is_not_there_is_named(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with pytest.raises(ModelError, match="proxy"):
        bring(ModelScope("http://hub.invalid"), target)


def test_a_disk_without_room_is_noticed_before_the_download(
    server: HubState, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "SPARE_BYTES", 1 << 62)
    with pytest.raises(ModelError, match=r"MB are needed in .*MB are free"):
        bring(ModelScope(server.endpoint), target)
    assert server.fetched() == []


def test_progress_is_silent_off_a_terminal(
    server: HubState, target: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    bring(ModelScope(server.endpoint), target)
    assert capfd.readouterr() == ("", "")


def test_progress_goes_to_stderr_on_a_terminal(
    server: HubState,
    target: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    bring(ModelScope(server.endpoint), target)
    out, err = capsys.readouterr()
    assert out == ""
    assert "name.v1" in err


def test_the_addresses_are_those_of_the_hubs() -> None:
    scope, face = ModelScope("https://m"), HuggingFace("https://h", revision="v1/a")
    assert scope.listing_url("o/n") == (
        "https://m/api/v1/models/o/n/repo/files?Revision=master&Recursive=True"
    )
    assert face.listing_url("o/n") == "https://h/api/models/o/n/tree/v1%2Fa"
    rows = {"Data": {"Files": [{"Path": "a b", "Size": 3, "Sha256": "f", "Type": "blob"}]}}
    assert scope.parse_listing("o/n", rows) == [
        RemoteFile("a b", "https://m/api/v1/models/o/n/repo?Revision=master&FilePath=a%20b", 3, "f")
    ]
    assert face.parse_listing("o/n", [{"type": "file", "path": "a b", "size": 3}]) == [
        RemoteFile("a b", "https://h/o/n/resolve/v1%2Fa/a%20b", 3, "")
    ]


def test_the_endpoints_can_be_moved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODELSCOPE_ENDPOINT", "hub.example.com/")
    monkeypatch.setenv("HF_ENDPOINT", "http://mirror.example.com:8080")
    assert modelscope().endpoint == "https://hub.example.com"
    assert host(huggingface()) == "mirror.example.com:8080"
    monkeypatch.delenv("MODELSCOPE_ENDPOINT")
    monkeypatch.setenv("HF_ENDPOINT", "")
    assert host(modelscope()) == "modelscope.cn"
    assert host(huggingface()) == "huggingface.co"
