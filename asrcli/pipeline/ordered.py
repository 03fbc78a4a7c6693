"""A file of a run that does not depend on the order in which its recordings end."""

from __future__ import annotations

import os
import tempfile
from typing import TYPE_CHECKING, Self

from asrcli.files import AtomicFile, output_errors

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

COPIED_BYTES = 1 << 20


class OrderedFile:
    """A file whose parts come in any order and stand in theirs when it is closed.

    Until then they wait in a nameless file of the same folder, so that memory does not grow with
    them and a process that is killed leaves nothing. As an `AtomicFile` it is published after an
    error too, with every part that was taken whole; but one that has no part by then leaves what
    was there.

    Raises:
        RunError: the file cannot be written; the message says why and what to do.
        RecordingError: the file system does not take a name this long.
    """

    def __init__(self, path: Path, head: bytes = b"") -> None:
        """Say where it goes; `head` comes before all parts."""
        self.path = path
        self._head = head
        self._file = AtomicFile(path)
        self._parts: list[tuple[int, int, int]] = []
        self._size = 0

    def __enter__(self) -> Self:
        self._file.__enter__()
        try:
            with output_errors(self.path):
                folder = os.path.dirname(os.path.realpath(self.path))  # noqa: PTH120 - of a str
                self._waiting = tempfile.TemporaryFile(dir=folder, buffering=0)
        except BaseException:
            self._file.discard()
            raise
        return self

    def write(self, data: bytes, place: int) -> None:
        """Take a part that stands before those of higher places; all of it, or nothing."""
        rest, at = memoryview(data), self._size
        with output_errors(self.path):
            while rest:
                written = os.pwrite(self._waiting.fileno(), rest, at)
                rest, at = rest[written:], at + written
        self._parts.append((place, self._size, len(data)))
        self._size = at

    def discard(self) -> None:
        """Publish nothing when it is closed; what was there stays."""
        self._file.discard()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._waiting:
            if error is not None and not self._parts:
                self.discard()
            if self._file.closed:
                return
            try:
                self._put_in_order()
            except BaseException:
                self.discard()
                raise
            self._file.__exit__(None, None, None)

    def _put_in_order(self) -> None:
        self._file.write(self._head)
        # Parts of one place stay as they came.
        for _, start, size in sorted(self._parts, key=lambda part: part[0]):
            for at in range(start, start + size, COPIED_BYTES):
                wanted = min(COPIED_BYTES, start + size - at)
                with output_errors(self.path):
                    data = os.pread(self._waiting.fileno(), wanted, at)
                self._file.write(data)
