"""A model hub on this machine that speaks both hubs' download protocols, with faults on demand."""

from __future__ import annotations

import hashlib
import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

from asrcli.engines.catalog import CATALOG, CLASSES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import pytest

FAULTS = ("missing", "truncated", "altered", "stalled", "broken", "refused", "portal")

CLASS_OF_ROLE = {known.role: name for name, known in CLASSES.items()}
PLACES = (
    "ASR_MODEL_HOME",
    "MODELSCOPE_CACHE",
    "HF_HOME",
    "HF_HUB_CACHE",
    "HUGGINGFACE_HUB_CACHE",
)


def isolate(monkeypatch: pytest.MonkeyPatch, folder: Path, endpoint: str = "") -> None:
    """Let no model of this machine be seen, and let both hubs be `endpoint`.

    Without an endpoint nothing listens there: every connection is refused at once.
    """
    for variable in PLACES:
        monkeypatch.delenv(variable, raising=False)
    for variable in ("HOME", "XDG_CACHE_HOME", "ASRCLI_CACHE_DIR"):
        monkeypatch.setenv(variable, str(folder / variable.lower()))
    for variable in ("MODELSCOPE_ENDPOINT", "HF_ENDPOINT"):
        monkeypatch.setenv(variable, endpoint or "http://127.0.0.1:1")


def tiny_files(name: str) -> dict[str, bytes]:
    """File name -> content of a stand-in for a model of the catalog: whole, but it cannot run."""
    model = CATALOG[name]
    contents = {file: f"{name} {file}".encode() * 99 for file in (*model.required, *model.optional)}
    contents["config.yaml"] = f"model: {CLASS_OF_ROLE[model.role]}\n".encode()
    return contents


def write_files(folder: Path, contents: Mapping[str, bytes]) -> Path:
    """Put files into a folder, which is made."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return folder


@dataclass
class HubState:
    """What the hub holds and how it misbehaves.

    `repos`: repository id -> file name -> content. `faults`: file name -> one of `FAULTS`, where
    the name "listing" stands for every listing. `requests` lists the paths that were asked for.
    """

    repos: dict[str, dict[str, bytes]] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)
    endpoint: str = ""

    def fetched(self) -> list[str]:
        """Names of the files whose content was asked for, in order."""
        asked = []
        for path in self.requests:
            parts = urlsplit(path)
            if "FilePath" in parts.query:
                asked.append(parse_qs(parts.query)["FilePath"][0])
            elif "/resolve/" in parts.path:
                asked.append(unquote(parts.path.rpartition("/")[2]))
        return asked


@contextmanager
def running_hub(repos: Mapping[str, Mapping[str, bytes]]) -> Iterator[HubState]:
    """Serve repositories on a loopback port until the block ends."""
    state = HubState(repos={name: dict(files) for name, files in repos.items()})

    class Handler(_Handler):
        hub = state

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    state.endpoint = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield state
    finally:
        state.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: HubState

    def do_GET(self) -> None:
        self.hub.requests.append(self.path)
        parts = urlsplit(self.path)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        steps = unquote(parts.path).strip("/").split("/")
        match steps:
            case ["api", "v1", "models", owner, name, "repo", "files"] if "Revision" in query:
                self._listing(f"{owner}/{name}", _modelscope_listing)
            case ["api", "v1", "models", owner, name, "repo"] if "FilePath" in query:
                self._file(f"{owner}/{name}", query["FilePath"])
            case ["api", "models", owner, name, "tree", _]:
                self._listing(f"{owner}/{name}", _huggingface_listing)
            case [owner, name, "resolve", _, file]:
                self._file(f"{owner}/{name}", file)
            case _:
                self._answer(404, b"")

    def log_message(self, _format: str, *args: Any) -> None:
        """Say nothing."""

    def _listing(self, repo: str, render: Any) -> None:
        fault = self.hub.faults.get("listing", "")
        if repo not in self.hub.repos or fault == "missing":
            self._answer(404, b'{"Success": false}')
        elif fault == "portal":
            self._answer(200, b"<html>please log in</html>")
        elif fault == "refused":
            self._answer(403, b"")
        elif fault == "stalled":
            self.hub.closing.wait()
        else:
            self._answer(200, json.dumps(render(self.hub.repos[repo])).encode())

    def _file(self, repo: str, name: str) -> None:
        fault = self.hub.faults.get(name, "")
        content = self.hub.repos.get(repo, {}).get(name)
        if content is None or fault == "missing":
            self._answer(404, b"")
        elif fault == "refused":
            self._answer(503, b"")
        elif fault == "altered":
            self._answer(200, bytes([content[0] ^ 1]) + content[1:])
        elif fault == "truncated":
            self._answer(200, content[:-1])
        elif fault in ("broken", "stalled"):
            self._answer(200, content, send=len(content) // 2)
            if fault == "stalled":
                self.hub.closing.wait()
            self.close_connection = True
        else:
            self._answer(200, content)

    def _answer(self, status: int, body: bytes, *, send: int | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:send])
        self.wfile.flush()


def _modelscope_listing(files: Mapping[str, bytes]) -> object:
    rows: list[dict[str, object]] = [{"Name": "example", "Path": "example", "Type": "tree"}]
    for name, content in files.items():
        sha256 = hashlib.sha256(content).hexdigest()
        rows.append(
            {"Name": name, "Path": name, "Type": "blob", "Size": len(content), "Sha256": sha256}
        )
    return {"Code": 200, "Success": True, "Data": {"Files": rows}}


def _huggingface_listing(files: Mapping[str, bytes]) -> object:
    rows: list[dict[str, object]] = [{"type": "directory", "path": "example", "size": 0}]
    for name, content in files.items():
        row: dict[str, object] = {"type": "file", "path": name, "size": len(content)}
        if name.endswith(".pt"):
            row["lfs"] = {"oid": hashlib.sha256(content).hexdigest(), "size": len(content)}
        rows.append(row)
    return rows
