"""Files that are whole or absent, a lock that dies with its owner, and content hashes.

This is the only place that opens files for writing.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Self

from asrcli.errors import LockHeldError, RecordingError, RunError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

LOCK_NAME = ".asrcli.lock"
TEMPORARY_PREFIX = ".asrcli-"

_ADVICE = {
    errno.ENOSPC: "the disk is full; free some space and run again",
    errno.EDQUOT: "the disk quota is used up; free some space and run again",
    errno.EACCES: "permission denied; choose another folder or change its rights",
    errno.EPERM: "permission denied; choose another folder or change its rights",
    errno.EROFS: "the file system is read-only; choose another folder",
    errno.ENOTDIR: "a part of the path is a file, not a folder; choose another folder",
    errno.EEXIST: "a file stands where a folder is needed; choose another folder",
    errno.EISDIR: "a folder has this name; move it away or choose another output folder",
}


class AtomicFile:
    """A growing file that appears under its name only when it is closed.

    Closing after an error publishes it too, with every `write` that succeeded (if one did): the
    rows of a run that had to stop are worth keeping. A process that is killed leaves nothing under
    the name; the hidden temporary it leaves is taken over by the next writer of the same file. A
    `write` goes in whole or not at all. Where the path is a link, what it leads to is replaced.

    Raises:
        RunError: the file cannot be written; the message says why and what to do.
        RecordingError: the file system does not take a name this long.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._target = Path(os.path.realpath(path))
        digest = hashlib.sha256(os.fsencode(self._target.name)).hexdigest()[:16]
        # Not made from the name itself: a long one would leave no room for a prefix.
        self._temporary = self._target.with_name(f"{TEMPORARY_PREFIX}{digest}.tmp")
        self._size = 0
        self._descriptor = -1

    def __enter__(self) -> Self:
        with output_errors(self.path):
            self._target.parent.mkdir(parents=True, exist_ok=True)
            # A name that is too long must fail now, not after hours of rows.
            with contextlib.suppress(FileNotFoundError):
                self._target.lstat()
            self._descriptor = _open_own(self._temporary, self.path)
        return self

    def write(self, data: bytes) -> None:
        """Append all of `data`, or nothing."""
        with output_errors(self.path):
            try:
                rest = memoryview(data)
                while rest:
                    rest = rest[os.write(self._descriptor, rest) :]
            except BaseException:
                os.ftruncate(self._descriptor, self._size)
                os.lseek(self._descriptor, self._size, os.SEEK_SET)
                raise
            self._size += len(data)

    @property
    def closed(self) -> bool:
        """Whether it was published or discarded."""
        return self._descriptor < 0

    def discard(self) -> None:
        """Close without publishing; nothing is left."""
        if self._descriptor >= 0:
            # Unlinked while the lock is still held, so that nobody else's file is hit.
            self._temporary.unlink(missing_ok=True)
            os.close(self._descriptor)
            self._descriptor = -1

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._descriptor < 0:
            return
        if error is not None and not self._size:
            self.discard()
            return
        try:
            with output_errors(self.path):
                os.fsync(self._descriptor)
                self._temporary.replace(self._target)
                _sync_folder(self._target.parent)
        except BaseException:
            self.discard()
            raise
        os.close(self._descriptor)
        self._descriptor = -1


class PartialFile:
    """A growing file that several runs may write in turn, until one of them publishes it.

    Every byte that a `write` brought to the disk stays, however the process ends, and is there for
    the next one to go on from. Whoever opens it sees to it that nobody else does.

    Raises:
        RunError: the file cannot be written; the message says why and what to do.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._size = 0
        self._descriptor = -1

    @property
    def size_bytes(self) -> int:
        """How much of it is here."""
        return self._size

    def __enter__(self) -> Self:
        with output_errors(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o666)
            self._size = os.fstat(self._descriptor).st_size
        return self

    def write(self, data: bytes) -> None:
        """Append; after an error some of `data` may be there, and `size_bytes` says how much."""
        with output_errors(self.path):
            rest = memoryview(data)
            while rest:
                written = os.write(self._descriptor, rest)
                self._size += written
                rest = rest[written:]

    def restart(self) -> None:
        """Throw away what is here."""
        with output_errors(self.path):
            os.ftruncate(self._descriptor, 0)
            self._size = 0

    def publish(self, target: Path) -> None:
        """Give it its name, in a folder of the same file system; nothing can be added after."""
        with output_errors(target):
            os.fsync(self._descriptor)
            self.path.replace(target)
            _sync_folder(target.parent)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.close(self._descriptor)
        self._descriptor = -1


def atomic_write(path: Path, data: bytes) -> None:
    """Write a whole file: it is there with all of `data`, or it is as it was before.

    Folders above it are made. After an error no temporary stays.

    Raises:
        RunError: it cannot be written; the message says why and what to do.
        RecordingError: the file system does not take a name this long.
    """
    with AtomicFile(path) as file:
        try:
            file.write(data)
        except BaseException:
            file.discard()
            raise


def refuse_folder(path: Path) -> None:
    """Say before any work that a folder has the name of a file that is published at its end.

    Raises:
        RunError: a folder has it; the message says what to do.
    """
    if path.is_dir():
        raise RunError(f"{path} is a folder; move it away or choose another with -o")


def private_file(path: Path) -> None:
    """Make an empty file that only this user can read, unless it is there; folders too.

    Raises:
        RunError: it cannot be made; the message says why and what to do.
    """
    with output_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))


@contextlib.contextmanager
def replace_whole(path: Path) -> Iterator[Path]:
    """A temporary name for something else to write, which becomes `path` when that succeeded.

    It lies in the same folder and is gone after an error; what was at `path` stays then.

    Raises:
        RunError: it cannot be put in place; the message says why and what to do.
    """
    digest = hashlib.sha256(os.fsencode(path.name)).hexdigest()[:16]
    temporary = path.with_name(f"{TEMPORARY_PREFIX}{digest}-{os.getpid()}.tmp")
    with output_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    try:
        yield temporary
        with output_errors(path):
            _sync(temporary)
            temporary.replace(path)
            _sync_folder(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def run_lock(folder: Path) -> Iterator[None]:
    """Hold a folder for one run; the folder is made if needed.

    The kernel holds the lock and drops it when the process ends, however it ends. The hidden
    lock file stays: deleting it would let two runs lock two different files.

    Raises:
        LockHeldError: another run holds it; the message names its process and its start.
        RunError: the folder cannot be made or written.
    """
    path = folder / LOCK_NAME
    with output_errors(path):
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        _lock_or_say_who(descriptor, folder)
        since = datetime.now().astimezone().isoformat(sep=" ", timespec="seconds")
        with output_errors(path):
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()} {since}\n".encode(), 0)
        try:
            yield
        finally:
            os.ftruncate(descriptor, 0)
            # Said outright: a forked child that lives on would keep an inherited lock.
            fcntl.flock(descriptor, fcntl.LOCK_UN)
    finally:
        os.close(descriptor)


def content_hash(path: Path) -> str:
    """SHA-256 of a file's content as 64 hex digits; reads it in pieces.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True, slots=True)
class Content:
    """What a file held when it was hashed, and the facts that change when it does."""

    size_bytes: int
    mtime_ns: int
    sha256: str

    @classmethod
    def of(cls, path: Path, facts: os.stat_result) -> Content:
        """Hash a file whose `facts` were taken just before.

        Raises:
            OSError: it cannot be read.
        """
        return cls(facts.st_size, facts.st_mtime_ns, content_hash(path))

    def stands(self, facts: os.stat_result) -> bool:
        """Whether a file with these facts still holds it."""
        return (self.size_bytes, self.mtime_ns) == (facts.st_size, facts.st_mtime_ns)


def _open_own(temporary: Path, shown: Path) -> int:
    """Descriptor of the emptied temporary, locked so that no other process writes it as well."""
    while True:
        descriptor = os.open(temporary, os.O_RDWR | os.O_CREAT, 0o666)
        ours = False
        try:
            locked = _lock(descriptor)
            # Without this, a file published between our opening and our locking would be emptied.
            ours = locked and _is_at(descriptor, temporary)
            if ours:
                os.ftruncate(descriptor, 0)
                return descriptor
        finally:
            if not ours:
                os.close(descriptor)
        if not locked:
            raise RunError(f"cannot write {shown}: another process is writing it; wait for it")


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.lstat())
    except FileNotFoundError:
        return False


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _lock_or_say_who(descriptor: int, folder: Path) -> None:
    with output_errors(folder):
        if _lock(descriptor):
            return
        pid, _, since = os.pread(descriptor, 200, 0).decode(errors="replace").strip().partition(" ")
    # The owner may have locked it a moment ago and not yet written its name.
    who = f"another run (process {pid}, since {since})" if pid and since else "another run"
    raise LockHeldError(f"{who} is working on {folder}; wait for it, or choose another folder")


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync_folder(folder: Path) -> None:
    """Make the new name itself durable; not every file system can, and then nothing is lost."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def output_errors(path: Path) -> Iterator[None]:
    """Turn what the system says about writing `path` into one line for the user.

    Raises:
        RunError: it cannot be written; the message says why and what to do.
        RecordingError: the file system does not take a name this long.
    """
    try:
        yield
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            raise RecordingError(f"its output would have too long a name: {path.name}") from error
        advice = _ADVICE.get(error.errno or 0, error.strerror or str(error))
        raise RunError(f"cannot write {path}: {advice}") from error
