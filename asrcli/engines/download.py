"""One file over HTTP: gone on with where it broke off, tried again for a while, checked.

What has come stays on the disk, whatever happens, until the file is whole and its content is the
promised one. Then it gets its name; until then nothing takes it for the file.
"""

from __future__ import annotations

import contextlib
import hashlib
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from asrcli.errors import ModelError
from asrcli.files import PartialFile, atomic_write, content_hash

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from requests import Response, Session

CHUNK_BYTES = 1 << 16
"""What a broken connection costs at most."""

STEP_BYTES = 1 << 20
"""An attempt that brought this much was worth it and does not count as a failure."""

PART_SUFFIX = ".part"
TAG_SUFFIX = ".etag"

BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})


class PassingError(ModelError):
    """Something that may be over in a moment: a connection that broke, a hub that is busy."""


class BusyError(PassingError):
    """The hub answered that it cannot answer now."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a hub is waited for, and how often it is asked again.

    `connect_s` and `read_s` are the seconds until a silent hub is given up: while connecting, and
    between two pieces of data. After that many failed `attempts` in a row a file is given up; the
    pause before the second is `first_pause_s`, twice that before the third, and so on up to
    `longest_pause_s`.
    """

    connect_s: float = 5.0
    read_s: float = 30.0
    attempts: int = 5
    first_pause_s: float = 1.0
    longest_pause_s: float = 30.0
    sleep: Callable[[float], None] = time.sleep

    def pause(self, failures: int) -> None:
        """Wait after so many failures in a row."""
        self.sleep(min(self.first_pause_s * 2 ** (failures - 1), self.longest_pause_s))


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file at a hub. `sha256` and `git_sha1` (of the blob) are empty where nobody names them."""

    name: str
    url: str
    size_bytes: int
    sha256: str = ""
    git_sha1: str = ""

    @property
    def checked(self) -> bool:
        """Its content is known beforehand."""
        return bool(self.sha256 or self.git_sha1)


def bytes_here(file: RemoteFile, folder: Path) -> int:
    """How much of a file an earlier run has already brought."""
    for path in (folder / file.name, folder / f"{file.name}{PART_SUFFIX}"):
        with contextlib.suppress(OSError):
            return min(path.stat().st_size, file.size_bytes)
    return 0


def download(
    session: Session,
    file: RemoteFile,
    folder: Path,
    *,
    patience: Patience,
    advance: Callable[[int], object],
) -> str:
    """Bring a file into a folder, from where an earlier run broke off.

    Args:
        session: with the headers that every request carries.
        file: what to bring.
        folder: an existing folder that no other process works in.
        patience: when to try again, when to give up.
        advance: is told the bytes that came, and a negative number where they count no more.

    Returns:
        The file's SHA-256.

    Raises:
        ModelError: it does not exist, it cannot be had, or it is not what was promised; then
            nothing of it stays.
        RunError: the disk is full; what has come stays.
    """
    target = folder / file.name
    sha256 = _promised(target, file) if target.is_file() else ""
    if sha256:
        return sha256
    with PartialFile(folder / f"{file.name}{PART_SUFFIX}") as part:
        inherited = part.size_bytes
        _complete(session, file, part, patience, advance)
        sha256 = _promised(part.path, file)
        if not sha256 and inherited:
            # What the earlier run left may have been of another file.
            _start_over(part, advance)
            _complete(session, file, part, patience, advance)
            sha256 = _promised(part.path, file)
        if not sha256:
            _start_over(part, advance)
            raise ModelError(
                f"{file.name}: the content is not the promised one (SHA-256); it was thrown away"
            )
        part.publish(target)
    _tag_path(part).unlink(missing_ok=True)
    return sha256


def get(
    session: Session,
    url: str,
    patience: Patience,
    *,
    what: str,
    headers: dict[str, str] | None = None,
) -> Response:
    """Ask for an address; the body is not read yet. 416 is an answer, not an error.

    Raises:
        BusyError: asking again may help.
        ModelError: it does not exist, or the hub refuses it.
    """
    timeout = (patience.connect_s, patience.read_s)
    response = session.get(url, stream=True, timeout=timeout, headers=headers)
    status = response.status_code
    if response.ok or status == 416:
        return response
    response.close()
    if status == 404:
        raise ModelError(f"{what} does not exist there (404)")
    if status in BUSY:
        raise BusyError(f"{what}: refused with HTTP status {status}")
    raise ModelError(f"{what}: refused with HTTP status {status}")


def _complete(
    session: Session,
    file: RemoteFile,
    part: PartialFile,
    patience: Patience,
    advance: Callable[[int], object],
) -> None:
    """Try until the part has the promised size."""
    failures, mark = 0, part.size_bytes
    if part.size_bytes > file.size_bytes:
        _start_over(part, advance)
    while part.size_bytes < file.size_bytes:
        try:
            with one_line_errors(patience):
                _append(session, file, part, patience, advance)
        except PassingError as error:
            if part.size_bytes >= mark + STEP_BYTES:
                failures, mark = 0, part.size_bytes
            failures += 1
            if failures >= patience.attempts:
                raise ModelError(str(error)) from error
            patience.pause(failures)


def _append(
    session: Session,
    file: RemoteFile,
    part: PartialFile,
    patience: Patience,
    advance: Callable[[int], object],
) -> None:
    """Ask once for what is missing, and take what comes."""
    tag = _tag(part)
    if not (tag or file.checked):
        # Nothing would tell that the rest is of the same file.
        _start_over(part, advance)
    headers = {"Range": f"bytes={part.size_bytes}-"} if part.size_bytes else {}
    if headers and tag:
        headers["If-Range"] = tag
    with get(session, file.url, patience, what=file.name, headers=headers) as response:
        if not headers or response.status_code == 200:
            _start_over(part, advance)
        elif not _goes_on(response, part.size_bytes, file.size_bytes):
            short_bytes = part.size_bytes
            _start_over(part, advance)
            raise PassingError(
                f"{file.name}: {short_bytes} bytes came instead of {file.size_bytes}"
            )
        _remember_tag(part, response)
        for chunk in response.iter_content(CHUNK_BYTES):
            part.write(chunk)
            advance(len(chunk))
    if part.size_bytes < file.size_bytes:
        came = f"{part.size_bytes} bytes came instead of {file.size_bytes}"
        raise PassingError(f"{file.name}: {came}")
    if part.size_bytes > file.size_bytes:
        _start_over(part, advance)
        raise ModelError(f"{file.name}: more bytes came than the promised {file.size_bytes}")


def _goes_on(response: Response, start: int, size_bytes: int) -> bool:
    """Whether an answer is the rest of the file that we have the beginning of."""
    span = response.headers.get("Content-Range", "")
    return response.status_code == 206 and span in {
        f"bytes {start}-{size_bytes - 1}/{size_bytes}",
        f"bytes {start}-{size_bytes - 1}/*",
    }


def _start_over(part: PartialFile, advance: Callable[[int], object]) -> None:
    advance(-part.size_bytes)
    part.restart()
    _tag_path(part).unlink(missing_ok=True)


def _tag_path(part: PartialFile) -> Path:
    return part.path.with_suffix(TAG_SUFFIX)


def _tag(part: PartialFile) -> str:
    with contextlib.suppress(OSError, UnicodeDecodeError):
        return _tag_path(part).read_text(encoding="ascii")
    return ""


def _remember_tag(part: PartialFile, response: Response) -> None:
    tag = response.headers.get("ETag", "")
    # A weak tag promises the same meaning, not the same bytes.
    if tag and tag.isascii() and not tag.startswith("W/"):
        atomic_write(_tag_path(part), tag.encode())


def _promised(path: Path, file: RemoteFile) -> str:
    """The SHA-256 of a file that is what was promised; empty for any other."""
    if path.stat().st_size != file.size_bytes:
        return ""
    sha256 = content_hash(path)
    if file.sha256:
        return sha256 if sha256 == file.sha256 else ""
    return sha256 if file.git_sha1 in ("", _git_sha1(path)) else ""


def _git_sha1(path: Path) -> str:
    """What git calls a file of this content."""
    content = path.read_bytes()
    digest = hashlib.sha1(b"blob %d\0" % len(content), usedforsecurity=False)
    digest.update(content)
    return digest.hexdigest()


@contextmanager
def one_line_errors(patience: Patience) -> Iterator[None]:
    """Whatever goes wrong on the way becomes one short reason.

    Raises:
        PassingError: trying again may help.
        ModelError: it will not.
    """
    import requests

    try:
        yield
    except requests.exceptions.ConnectTimeout as error:
        raise PassingError(f"no answer within {patience.connect_s:g} s") from error
    except requests.exceptions.ReadTimeout as error:
        raise PassingError(f"no data for {patience.read_s:g} s") from error
    except requests.exceptions.ChunkedEncodingError as error:
        raise PassingError("the connection broke off in the middle of a file") from error
    except requests.exceptions.ProxyError as error:
        raise ModelError("the proxy does not let it through") from error
    except requests.exceptions.SSLError as error:
        raise ModelError("its certificate is not accepted") from error
    except requests.exceptions.ConnectionError as error:
        raise PassingError(_connection_reason(error, patience)) from error
    except requests.exceptions.RequestException as error:
        raise ModelError(f"{type(error).__name__}: {error}") from error


def _connection_reason(error: BaseException, patience: Patience) -> str:
    """The innermost cause of a connection error, in the system's words."""
    import urllib3

    cause: BaseException | None = error
    seen: list[BaseException] = []
    while cause is not None and cause not in seen:
        seen.append(cause)
        inner = cause.args[0] if cause.args and isinstance(cause.args[0], BaseException) else None
        cause = inner or cause.__cause__ or cause.__context__
    if any(isinstance(one, urllib3.exceptions.ReadTimeoutError) for one in seen):
        return f"no data for {patience.read_s:g} s"
    if any(isinstance(one, urllib3.exceptions.NameResolutionError) for one in seen):
        return "its name does not resolve"
    for one in reversed(seen):
        if isinstance(one, OSError) and one.strerror:
            return one.strerror.lower()
    return "cannot be reached"
