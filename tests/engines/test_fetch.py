"""Downloads of whole models against a hub on this machine: both protocols, and their faults."""

from __future__ import annotations

import dataclasses
import hashlib
import socket
from typing import TYPE_CHECKING

import pytest

from asrcli.engines import fetch
from asrcli.engines.catalog import HUGGING_FACE, MODELSCOPE, CatalogModel, Source
from asrcli.engines.download import Patience, RemoteFile
from asrcli.engines.fetch import HuggingFace, ModelScope, fetch_source, host, hub_of
from asrcli.errors import ModelError
from tests.hub_server import HubState, isolate, running_hub

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

REPO = "owner/name.v1"
FILES = {
    "config.yaml": b"model: Any\n",
    "model.pt": bytes(range(256)) * 40,
    "seg dict+1": "字".encode() * 100,
    "README.md": b"nobody asks for this",
}
REQUIRED = ("config.yaml", "model.pt", "seg dict+1")
REVISIONS = {MODELSCOPE: "v2.0.4", HUGGING_FACE: "0123456789abcdef0123456789abcdef01234567"}
HUBS = tuple(REVISIONS)


def quiet(_seconds: float) -> None:
    """No pause at all."""


HASTY = Patience(connect_s=2, read_s=0.2, attempts=2, sleep=quiet)
PATIENT = Patience(connect_s=5, read_s=20, attempts=2, sleep=quiet)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[HubState]:
    with running_hub({REPO: FILES}) as state:
        isolate(monkeypatch, tmp_path, state.endpoint)
        yield state


@pytest.fixture
def target(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    folder.mkdir()
    return folder


def bring(
    hub: str,
    target: Path,
    patience: Patience = PATIENT,
    *,
    optional: tuple[str, ...] = ("extra",),
    sha256: tuple[tuple[str, str], ...] = (),
) -> dict[str, str]:
    source = Source(hub, REPO, REVISIONS[hub], "free", sha256)
    model = CatalogModel("any", "asr", "", 1, REQUIRED, optional, sources=(source,))
    return fetch_source(model, source, target, patience=patience)


@pytest.mark.parametrize("hub", HUBS)
def test_the_files_that_are_asked_for_arrive_whole(
    hub: str, server: HubState, target: Path
) -> None:
    hashes = bring(hub, target)
    assert {path.name: path.read_bytes() for path in target.iterdir()} == {
        name: FILES[name] for name in REQUIRED
    }
    assert hashes == {name: hashlib.sha256(FILES[name]).hexdigest() for name in REQUIRED}
    assert server.fetched() == list(REQUIRED)


@pytest.mark.parametrize("hub", HUBS)
def test_every_request_is_for_the_pinned_revision(hub: str, server: HubState, target: Path) -> None:
    bring(hub, target)
    assert len(server.requests) == 4
    assert all(REVISIONS[hub] in path for path in server.requests)


@pytest.mark.parametrize("hub", HUBS)
def test_an_optional_file_is_taken_along_where_it_is(
    hub: str, server: HubState, target: Path
) -> None:
    server.repos[REPO]["extra"] = b"more"
    bring(hub, target)
    assert (target / "extra").read_bytes() == b"more"


@pytest.mark.parametrize("hub", HUBS)
@pytest.mark.parametrize("name", ["model.py", "run.sh", "requirements.txt"])
def test_code_is_never_fetched_whatever_a_list_says(
    name: str, hub: str, server: HubState, target: Path
) -> None:
    server.repos[REPO][name] = b"raise SystemExit('run')"
    assert name not in bring(hub, target, optional=(name,))
    assert name not in server.fetched()


@pytest.mark.parametrize("hub", HUBS)
@pytest.mark.parametrize(
    ("where", "fault", "reason"),
    [
        ("listing", "missing", r"owner/name\.v1 \S+ does not exist there \(404\)"),
        ("listing", "forbidden", "HTTP status 403"),
        ("listing", "refused", "HTTP status 503"),
        ("listing", "portal", "not a listing"),
        ("model.pt", "missing", r"model\.pt does not exist there \(404\)"),
        ("model.pt", "refused", "HTTP status 503"),
        ("model.pt", "truncated", "10239 bytes came instead of 10240"),
        ("model.pt", "altered", r"model\.pt: .*SHA-256"),
        ("config.yaml", "altered", r"config\.yaml: .*thrown away"),
    ],
)
def test_a_fault_of_the_hub_is_one_plain_line(
    where: str, fault: str, reason: str, hub: str, server: HubState, target: Path
) -> None:
    server.faults[where] = fault
    with pytest.raises(ModelError, match=reason) as caught:
        bring(hub, target)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 120


@pytest.mark.parametrize("hub", HUBS)
@pytest.mark.parametrize("where", ["listing", "model.pt"])
def test_a_hub_that_stalls_is_given_up(
    where: str, hub: str, server: HubState, target: Path
) -> None:
    server.faults[where] = "stalled"
    with pytest.raises(ModelError, match=r"no data for 0\.2 s"):
        bring(hub, target, HASTY)


@pytest.mark.parametrize("hub", HUBS)
def test_a_connection_that_breaks_twice_costs_nothing_that_came(
    hub: str, server: HubState, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("asrcli.engines.download.CHUNK_BYTES", 1000)
    server.faults["model.pt"] = "broken"
    with pytest.raises(ModelError, match="broke off in the middle"):
        bring(hub, target)
    server.faults.clear()
    server.starts.clear()
    bring(hub, target)
    # The other files were whole, and of this one only the rest is asked for.
    assert [name for name, _ in server.starts] == ["model.pt", "seg dict+1"]
    assert server.starts[0][1] > 0
    assert (target / "model.pt").read_bytes() == FILES["model.pt"]


@pytest.mark.parametrize("hub", HUBS)
def test_a_busy_listing_is_asked_for_again(hub: str, server: HubState, target: Path) -> None:
    server.faults["listing"], server.times["listing"] = "refused", 1
    assert set(bring(hub, target)) == set(REQUIRED)


@pytest.mark.parametrize("hub", HUBS)
def test_a_repository_that_lacks_a_file_fetches_nothing(
    hub: str, server: HubState, target: Path
) -> None:
    del server.repos[REPO]["model.pt"]
    with pytest.raises(ModelError, match=r"owner/name\.v1 \S+ has no model\.pt"):
        bring(hub, target)
    assert server.fetched() == []


@pytest.mark.parametrize("hub", HUBS)
def test_a_hash_that_is_known_goes_before_the_listing(
    hub: str, server: HubState, target: Path
) -> None:
    known = hashlib.sha256(FILES["model.pt"]).hexdigest()
    bring(hub, target, sha256=(("model.pt", known),))
    server.repos[REPO]["model.pt"] = FILES["model.pt"][::-1]
    (target / "model.pt").unlink()
    with pytest.raises(ModelError, match=r"model\.pt: .*not the promised one"):
        bring(hub, target, sha256=(("model.pt", known),))
    assert not (target / "model.pt").exists()


@pytest.mark.parametrize("hub", HUBS)
def test_a_hub_that_is_not_there_is_asked_once(
    hub: str, target: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    isolate(monkeypatch, tmp_path, f"http://127.0.0.1:{port}")
    pauses: list[float] = []
    with pytest.raises(ModelError, match=r"^connection refused$"):
        bring(hub, target, dataclasses.replace(PATIENT, sleep=pauses.append))
    assert pauses == []


def test_a_disk_without_room_is_noticed_before_the_download(
    server: HubState, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "SPARE_BYTES", 1 << 62)
    with pytest.raises(ModelError, match=r"MB are needed in .* MB are free, set ASRCLI_CACHE_DIR"):
        bring(MODELSCOPE, target)
    assert server.fetched() == []


def test_what_is_here_already_needs_no_room(
    server: HubState, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring(MODELSCOPE, target)
    monkeypatch.setattr(fetch, "SPARE_BYTES", 1 << 62)
    assert set(bring(MODELSCOPE, target)) == set(REQUIRED)


def test_the_bar_is_silent_off_a_terminal(
    server: HubState, target: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    bring(MODELSCOPE, target)
    assert capfd.readouterr() == ("", "")


def test_the_bar_goes_to_stderr_on_a_terminal(
    server: HubState,
    target: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    bring(MODELSCOPE, target)
    out, err = capsys.readouterr()
    assert out == ""
    assert "any" in err


def test_the_addresses_are_those_of_the_hubs() -> None:
    scope, face = ModelScope("https://m", "v2.0.4"), HuggingFace("https://h", revision="v1/a")
    assert scope.listing_url("o/n") == (
        "https://m/api/v1/models/o/n/repo/files?Revision=v2.0.4&Recursive=True"
    )
    assert face.listing_url("o/n") == "https://h/api/models/o/n/tree/v1%2Fa"
    rows = {"Data": {"Files": [{"Path": "a b", "Size": 3, "Sha256": "f", "Type": "blob"}]}}
    assert scope.parse_listing("o/n", rows) == [
        RemoteFile("a b", "https://m/api/v1/models/o/n/repo?Revision=v2.0.4&FilePath=a%20b", 3, "f")
    ]
    plain = {"type": "file", "path": "a b", "size": 3, "oid": "1"}
    large = plain | {"lfs": {"oid": "f"}}
    url = "https://h/o/n/resolve/v1%2Fa/a%20b"
    assert face.parse_listing("o/n", [plain, large, {"type": "directory"}]) == [
        RemoteFile("a b", url, 3, "", "1"),
        RemoteFile("a b", url, 3, "f", ""),
    ]


def test_the_endpoints_can_be_moved(monkeypatch: pytest.MonkeyPatch) -> None:
    scope, face = (Source(hub, REPO, "1", "free") for hub in HUBS)
    monkeypatch.setenv("MODELSCOPE_ENDPOINT", "hub.example.com/")
    monkeypatch.setenv("HF_ENDPOINT", "http://mirror.example.com:8080")
    assert hub_of(scope).endpoint == "https://hub.example.com"
    assert host(hub_of(face)) == "mirror.example.com:8080"
    monkeypatch.delenv("MODELSCOPE_ENDPOINT")
    monkeypatch.setenv("HF_ENDPOINT", "")
    assert host(hub_of(scope)) == "modelscope.cn"
    assert host(hub_of(face)) == "huggingface.co"
