"""Fetching model files over HTTP from the two hubs, each file checked before it counts.

The protocols are those that the hubs' own clients speak: a listing with sizes and hashes, then
one address for each file. Nothing is ever run that a repository contains.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote, urlsplit

from asrcli import __version__
from asrcli.errors import ModelError
from asrcli.files import AtomicFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from requests import Response, Session

CHUNK_BYTES = 1 << 20
SPARE_BYTES = 64 << 20
"""Room that must stay free on the disk after a download."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds until a silent hub is given up: while connecting, and between two pieces of data."""

    connect_s: float = 5.0
    read_s: float = 30.0


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file at a hub; `sha256` is empty where the listing gives none."""

    name: str
    url: str
    size_bytes: int
    sha256: str


class Hub(Protocol):
    """What differs between the hubs: addresses and the form of a listing."""

    @property
    def endpoint(self) -> str:
        """Scheme and host, without a slash at the end."""
        ...

    def listing_url(self, repo: str) -> str:
        """Address of the listing of a repository's top folder."""
        ...

    def parse_listing(self, repo: str, answer: Any) -> list[RemoteFile]:
        """The files in a listing.

        Raises:
            LookupError, TypeError, ValueError: the answer is no listing.
        """
        ...


@dataclass(frozen=True, slots=True)
class ModelScope:
    """modelscope.cn or a server that speaks its protocol."""

    endpoint: str
    revision: str = "master"

    def listing_url(self, repo: str) -> str:
        """Address of the listing of a repository's top folder."""
        revision = quote(self.revision, safe="")
        return f"{self._repo(repo)}/files?Revision={revision}&Recursive=True"

    def parse_listing(self, repo: str, answer: Any) -> list[RemoteFile]:
        """`{"Data": {"Files": [{"Path", "Size", "Sha256", "Type"}]}}`."""
        base = f"{self._repo(repo)}?Revision={quote(self.revision, safe='')}&FilePath="
        return [
            RemoteFile(
                name=row["Path"],
                url=base + quote(row["Path"], safe=""),
                size_bytes=int(row["Size"]),
                sha256=row.get("Sha256") or "",
            )
            for row in answer["Data"]["Files"]
            if row.get("Type") != "tree"
        ]

    def _repo(self, repo: str) -> str:
        return f"{self.endpoint}/api/v1/models/{repo}/repo"


@dataclass(frozen=True, slots=True)
class HuggingFace:
    """huggingface.co or a mirror of it."""

    endpoint: str
    revision: str = "main"

    def listing_url(self, repo: str) -> str:
        """Address of the listing of a repository's top folder."""
        return f"{self.endpoint}/api/models/{repo}/tree/{quote(self.revision, safe='')}"

    def parse_listing(self, repo: str, answer: Any) -> list[RemoteFile]:
        """`[{"type": "file", "path", "size", "lfs": {"oid": SHA-256}}]`."""
        revision = quote(self.revision, safe="")
        return [
            RemoteFile(
                name=row["path"],
                url=f"{self.endpoint}/{repo}/resolve/{revision}/{quote(row['path'])}",
                size_bytes=int(row["size"]),
                sha256=(row.get("lfs") or {}).get("oid", ""),
            )
            for row in answer
            if row["type"] == "file"
        ]


def modelscope() -> ModelScope:
    """The ModelScope hub that the environment names (`MODELSCOPE_ENDPOINT`)."""
    return ModelScope(_endpoint("MODELSCOPE_ENDPOINT", "https://modelscope.cn"))


def huggingface() -> HuggingFace:
    """The Hugging Face hub that the environment names (`HF_ENDPOINT`)."""
    return HuggingFace(_endpoint("HF_ENDPOINT", "https://huggingface.co"))


def host(hub: Hub) -> str:
    """The hub's host, for messages."""
    return urlsplit(hub.endpoint).netloc or hub.endpoint


def fetch_repo(
    hub: Hub,
    repo: str,
    target: Path,
    *,
    required: Sequence[str],
    optional: Sequence[str] = (),
    timeouts: Timeouts,
) -> None:
    """Bring a repository's files into a folder, with a bar on stderr where that is a terminal.

    Args:
        hub: where from.
        repo: `owner/name`.
        target: an existing folder; on error some files may lie in it.
        required: file names that must be there.
        optional: file names that are taken along where they are.
        timeouts: when to give up.

    Raises:
        ModelError: the hub cannot be reached or stalls, lacks the repository or a required file,
            sends less or other bytes than its listing says, or the disk has no room. The message
            is a reason without the hub's name.
    """
    import requests
    from tqdm import tqdm

    with requests.Session() as session, _one_line_errors(timeouts):
        session.headers.update(
            {"User-Agent": f"asrcli/{__version__}", "Accept-Encoding": "identity"}
        )
        there = {file.name: file for file in _listing(session, hub, repo, timeouts)}
        lacking = [name for name in required if name not in there]
        if lacking:
            raise ModelError(f"{repo} has no {lacking[0]} there")
        files = [there[name] for name in (*required, *optional) if name in there]
        _require_room(target, sum(file.size_bytes for file in files))
        with tqdm(
            total=sum(file.size_bytes for file in files),
            desc=repo.rpartition("/")[2],
            unit="B",
            unit_scale=True,
            leave=False,
            file=sys.stderr,
            disable=None,
        ) as bar:
            for file in files:
                with _get(session, file.url, timeouts, what=file.name) as response:
                    _save(response, file, target / file.name, bar.update)


def _endpoint(variable: str, default: str) -> str:
    value = os.environ.get(variable, "").strip() or default
    return (value if "://" in value else f"https://{value}").rstrip("/")


def _listing(session: Session, hub: Hub, repo: str, timeouts: Timeouts) -> list[RemoteFile]:
    with _get(session, hub.listing_url(repo), timeouts, what=repo) as response:
        try:
            return hub.parse_listing(repo, response.json())
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise ModelError("the answer is not a listing; is a proxy or a portal between?") from (
                error
            )


def _get(session: Session, url: str, timeouts: Timeouts, *, what: str) -> Response:
    response = session.get(url, stream=True, timeout=(timeouts.connect_s, timeouts.read_s))
    if response.status_code == 404:
        response.close()
        raise ModelError(f"{what} does not exist there (404)")
    if not response.ok:
        response.close()
        raise ModelError(f"{what}: refused with HTTP status {response.status_code}")
    return response


def _save(
    response: Response, file: RemoteFile, path: Path, advance: Callable[[int], object]
) -> None:
    """Stream a body into a file and compare what came with what the listing promised."""
    digest = hashlib.sha256()
    size_bytes = 0
    with AtomicFile(path) as out:
        for chunk in response.iter_content(CHUNK_BYTES):
            out.write(chunk)
            digest.update(chunk)
            size_bytes += len(chunk)
            advance(len(chunk))
    if size_bytes != file.size_bytes:
        raise ModelError(f"{file.name}: {size_bytes} bytes came instead of {file.size_bytes}")
    if file.sha256 and digest.hexdigest() != file.sha256:
        raise ModelError(f"{file.name}: the content is not what the listing says (SHA-256)")


def _require_room(folder: Path, needed_bytes: int) -> None:
    free_bytes = shutil.disk_usage(folder).free
    if free_bytes < needed_bytes + SPARE_BYTES:
        raise ModelError(
            f"{needed_bytes >> 20} MB are needed in {folder.parent}, {free_bytes >> 20} MB are free"
        )


@contextmanager
def _one_line_errors(timeouts: Timeouts) -> Iterator[None]:
    """Whatever goes wrong on the way becomes one short reason."""
    import requests

    try:
        yield
    except requests.exceptions.ConnectTimeout as error:
        raise ModelError(f"no answer within {timeouts.connect_s:g} s") from error
    except requests.exceptions.ReadTimeout as error:
        raise ModelError(f"no data for {timeouts.read_s:g} s") from error
    except requests.exceptions.ChunkedEncodingError as error:
        raise ModelError("the connection broke off in the middle of a file") from error
    except requests.exceptions.ProxyError as error:
        raise ModelError("the proxy does not let it through") from error
    except requests.exceptions.SSLError as error:
        raise ModelError("its certificate is not accepted") from error
    except requests.exceptions.ConnectionError as error:
        raise ModelError(_connection_reason(error, timeouts)) from error
    except requests.exceptions.RequestException as error:
        raise ModelError(f"{type(error).__name__}: {error}") from error


def _connection_reason(error: BaseException, timeouts: Timeouts) -> str:
    """The innermost cause of a connection error, in the system's words."""
    import urllib3

    cause: BaseException | None = error
    seen: list[BaseException] = []
    while cause is not None and cause not in seen:
        seen.append(cause)
        inner = cause.args[0] if cause.args and isinstance(cause.args[0], BaseException) else None
        cause = inner or cause.__cause__ or cause.__context__
    if any(isinstance(one, urllib3.exceptions.ReadTimeoutError) for one in seen):
        return f"no data for {timeouts.read_s:g} s"
    if any(isinstance(one, urllib3.exceptions.NameResolutionError) for one in seen):
        return "its name does not resolve"
    for one in reversed(seen):
        if isinstance(one, OSError) and one.strerror:
            return one.strerror.lower()
    return "cannot be reached"
