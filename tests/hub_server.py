"""A model hub on this machine that speaks both hubs' download protocols, with faults on demand."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

from asrcli.engines.catalog import CATALOG, CLASSES, MODELSCOPE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    import pytest

FAULTS = (
    *("missing", "truncated", "altered", "stalled", "broken"),
    *("refused", "forbidden", "portal", "vanishing", "longer", "shifted"),
)

STATUS_OF = {"refused": 503, "forbidden": 403}

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

    Without an endpoint nothing listens there: every connection is refused at once. The stand-ins
    are not the published bytes, so the hashes that the catalogue knows are taken away.
    """
    for name, model in CATALOG.items():
        sources = tuple(dataclasses.replace(source, sha256=()) for source in model.sources)
        monkeypatch.setitem(CATALOG, name, dataclasses.replace(model, sources=sources))
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
    known = CLASS_OF_ROLE[model.role] if model.usable else "Paraformer"
    contents["config.yaml"] = f"model: {known}\n".encode()
    return contents


def repo_of(name: str, hub: str = MODELSCOPE) -> str:
    """The repository of a model at a hub."""
    return CATALOG[name].repos(hub)[0]


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
    the name "listing" stands for every listing; with a number in `times` only so often. `ranges`
    and `tags`: whether it goes on in the middle of a file, and gives ETags. `requests` lists the
    paths that were asked for, `starts` (file, first byte) of every answer with content. `halfway`
    is set when a file breaks off in the middle.
    """

    repos: dict[str, dict[str, bytes]] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)
    times: dict[str, int] = field(default_factory=dict)
    ranges: bool = True
    tags: bool = True
    requests: list[str] = field(default_factory=list)
    starts: list[tuple[str, int]] = field(default_factory=list)
    halfway: threading.Event = field(default_factory=threading.Event)
    closing: threading.Event = field(default_factory=threading.Event)
    endpoint: str = ""
    vanish: Callable[[], None] = field(default=lambda: None)

    def fault(self, name: str) -> str:
        """How this answer is to be wrong, if at all."""
        left = self.times.get(name)
        if left == 0:
            return ""
        if left is not None:
            self.times[name] = left - 1
        return self.faults.get(name, "")

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
def running_hub(repos: Mapping[str, Mapping[str, bytes]], *, port: int = 0) -> Iterator[HubState]:
    """Serve repositories on a loopback port until the block ends."""
    state = HubState(repos={name: dict(files) for name, files in repos.items()})

    class Handler(_Handler):
        hub = state

    server = _Server(("127.0.0.1", port), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    state.endpoint = f"http://127.0.0.1:{server.server_address[1]}"

    def vanish() -> None:
        server.shutdown()
        server.socket.close()

    state.vanish = vanish
    try:
        yield state
    finally:
        state.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of connections that a client has broken off."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # One packet for the head and the beginning of the body: without it every answer waits 40 ms.
    wbufsize = -1
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
        fault = self.hub.fault("listing")
        if repo not in self.hub.repos or fault == "missing":
            self._answer(404, b'{"Success": false}')
        elif fault == "portal":
            self._answer(200, b"<html>please log in</html>")
        elif fault in STATUS_OF:
            self._answer(STATUS_OF[fault], b"")
        elif fault == "stalled":
            self.hub.closing.wait()
        else:
            self._answer(200, json.dumps(render(self.hub.repos[repo])).encode())

    def _file(self, repo: str, name: str) -> None:
        fault = self.hub.fault(name)
        content = self.hub.repos.get(repo, {}).get(name)
        if content is None or fault == "missing":
            self._answer(404, b"")
        elif fault in STATUS_OF:
            self._answer(STATUS_OF[fault], b"")
        elif fault == "altered":
            self._content(name, bytes([content[0] ^ 1]) + content[1:])
        elif fault == "truncated":
            self._content(name, content[:-1])
        elif fault == "longer":
            self._content(name, content + b"!")
        elif fault in ("broken", "stalled", "vanishing"):
            self._content(name, content, send=len(content) // 2)
            self.hub.halfway.set()
            if fault == "stalled":
                self.hub.closing.wait()
            if fault == "vanishing":
                self.hub.vanish()
            self.close_connection = True
        else:
            self._content(name, content, shift=fault == "shifted")

    def _content(
        self, name: str, content: bytes, *, send: int | None = None, shift: bool = False
    ) -> None:
        """A file, or the rest of it that is asked for."""
        tag = f'"{hashlib.md5(content).hexdigest()}"'
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        headers = {"ETag": tag} if self.hub.tags else {}
        same = self.headers.get("If-Range", tag) == tag
        if not (asked and self.hub.ranges and same):
            self.hub.starts.append((name, 0))
            self._answer(200, content, send=send, headers=headers)
            return
        start = int(asked[1])
        if start >= len(content):
            self._answer(416, b"", headers={"Content-Range": f"bytes */{len(content)}"})
            return
        self.hub.starts.append((name, start))
        span = f"bytes {start - shift}-{len(content) - 1 - shift}/{len(content)}"
        sent = None if send is None else max(send - start, 0)
        self._answer(206, content[start:], send=sent, headers=headers | {"Content-Range": span})

    def _answer(
        self,
        status: int,
        body: bytes,
        *,
        send: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.send_response(status)
        for key, value in (headers or {}).items():
            self.send_header(key, value)
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
        oid = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
        row: dict[str, object] = {"type": "file", "path": name, "size": len(content), "oid": oid}
        if name.endswith(".pt"):
            row["lfs"] = {"oid": hashlib.sha256(content).hexdigest(), "size": len(content)}
        rows.append(row)
    return rows
