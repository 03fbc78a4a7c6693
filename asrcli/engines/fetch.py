"""Fetching a model's files from the two hubs, at a pinned revision.

The protocols are those that the hubs' own clients speak: a listing with sizes and hashes, then
one address for each file. Only files that the catalogue names are asked for; nothing is ever run
that a repository contains.
"""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote, urlsplit

from asrcli import __version__
from asrcli.engines.catalog import MODELSCOPE
from asrcli.engines.download import (
    BusyError,
    Patience,
    RemoteFile,
    bytes_here,
    download,
    get,
    one_line_errors,
)
from asrcli.engines.store import CACHE_VARIABLE
from asrcli.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from requests import Session

    from asrcli.engines.catalog import CatalogModel, Source

SPARE_BYTES = 64 << 20
"""Room that must stay free on the disk after a download."""

NO_CODE = (".py", ".sh", "requirements.txt")
"""Endings that are never fetched, whatever a list may say."""


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
    revision: str

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
    revision: str

    def listing_url(self, repo: str) -> str:
        """Address of the listing of a repository's top folder."""
        return f"{self.endpoint}/api/models/{repo}/tree/{quote(self.revision, safe='')}"

    def parse_listing(self, repo: str, answer: Any) -> list[RemoteFile]:
        """`[{"type": "file", "path", "size", "oid": SHA-1, "lfs": {"oid": SHA-256}}]`."""
        revision = quote(self.revision, safe="")
        return [
            RemoteFile(
                name=row["path"],
                url=f"{self.endpoint}/{repo}/resolve/{revision}/{quote(row['path'])}",
                size_bytes=int(row["size"]),
                sha256=(row.get("lfs") or {}).get("oid", ""),
                # Of a large file this is the name of the pointer to it.
                git_sha1="" if row.get("lfs") else row.get("oid", ""),
            )
            for row in answer
            if row["type"] == "file"
        ]


def hub_of(source: Source) -> Hub:
    """The hub of a source, where the environment says (`MODELSCOPE_ENDPOINT`, `HF_ENDPOINT`)."""
    if source.hub == MODELSCOPE:
        return ModelScope(
            _endpoint("MODELSCOPE_ENDPOINT", "https://modelscope.cn"), source.revision
        )
    return HuggingFace(_endpoint("HF_ENDPOINT", "https://huggingface.co"), source.revision)


def host(hub: Hub) -> str:
    """The hub's host, for messages."""
    return urlsplit(hub.endpoint).netloc or hub.endpoint


def fetch_source(
    model: CatalogModel, source: Source, target: Path, *, patience: Patience
) -> dict[str, str]:
    """Bring a model's files into a folder, with a bar on stderr where that is a terminal.

    What an earlier call left in the folder is gone on with.

    Args:
        model: which files.
        source: where from.
        target: an existing folder of this source's own.
        patience: when to try again, when to give up.

    Returns:
        File name -> SHA-256; other files in the folder do not belong to the model.

    Raises:
        ModelError: the hub cannot be reached or stalls, lacks the repository or a required file,
            sends other bytes than are known or than its listing says, or the disk has no room.
            The message is a reason without the hub's name.
        RunError: the disk is full in the middle; what has come stays.
    """
    import requests
    from tqdm import tqdm

    with requests.Session() as session, one_line_errors(patience):
        session.headers.update(
            {"User-Agent": f"asrcli/{__version__}", "Accept-Encoding": "identity"}
        )
        files = _wanted(model, source, _listing(session, source, patience))
        total_bytes = sum(file.size_bytes for file in files)
        here_bytes = sum(bytes_here(file, target) for file in files)
        _require_room(target, total_bytes - here_bytes)
        with tqdm(
            total=total_bytes,
            initial=here_bytes,
            desc=model.name,
            unit="B",
            unit_scale=True,
            leave=False,
            file=sys.stderr,
            disable=None,
        ) as bar:
            return {
                file.name: download(session, file, target, patience=patience, advance=bar.update)
                for file in files
            }


def _endpoint(variable: str, default: str) -> str:
    value = os.environ.get(variable, "").strip() or default
    return (value if "://" in value else f"https://{value}").rstrip("/")


def _listing(session: Session, source: Source, patience: Patience) -> list[RemoteFile]:
    """The files at the hub; a hub that cannot be reached at all is not asked twice."""
    hub = hub_of(source)
    what = f"{source.repo} {source.revision}"
    failures = 0
    while True:
        try:
            response = get(session, hub.listing_url(source.repo), patience, what=what)
            break
        except BusyError:
            failures += 1
            if failures >= patience.attempts:
                raise
            patience.pause(failures)
    with response:
        try:
            return hub.parse_listing(source.repo, response.json())
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            reason = "the answer is not a listing; is a proxy or a portal between?"
            raise ModelError(reason) from error


def _wanted(model: CatalogModel, source: Source, listing: Sequence[RemoteFile]) -> list[RemoteFile]:
    """The model's files in a listing, held to the hashes that are known beforehand."""
    there = {file.name: file for file in listing}
    lacking = [name for name in model.required if name not in there]
    if lacking:
        raise ModelError(f"{source.repo} {source.revision} has no {lacking[0]}")
    pinned = dict(source.sha256)
    names = [name for name in (*model.required, *model.optional) if name in there]
    return [
        replace(there[name], sha256=pinned.get(name) or there[name].sha256)
        for name in names
        if not name.endswith(NO_CODE)
    ]


def _require_room(folder: Path, missing_bytes: int) -> None:
    needed_bytes = missing_bytes + SPARE_BYTES
    free_bytes = shutil.disk_usage(folder).free
    if missing_bytes and free_bytes < needed_bytes:
        raise ModelError(
            f"{needed_bytes >> 20} MB are needed in {folder} and {free_bytes >> 20} MB are free, "
            f"set {CACHE_VARIABLE} to a folder with room"
        )
