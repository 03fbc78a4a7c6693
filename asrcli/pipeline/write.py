"""Stage 9, Transcript -> files: whole or absent, in the tree of the recordings.

`folder/sub/a.wav.srt` belongs to `sub/a.wav`. The table and the JSON Lines of the run grow beside
them as recordings come in, and appear when the run ends, however it ends, in the order of the
recordings.
"""

from __future__ import annotations

import codecs
import errno
import os
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Self

from asrcli.errors import AsrError, RecordingError, RunError, UsageError
from asrcli.files import atomic_write, refuse_folder
from asrcli.pipeline.formats import BINARY_RENDERERS, RENDERERS, calls, csv, encoded, review
from asrcli.pipeline.formats.parts import shown_path
from asrcli.pipeline.ordered import OrderedFile
from asrcli.review.doubts import doubts, unheard
from asrcli.review.worst import Worst
from asrcli.values import Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import PurePath
    from types import TracebackType

    from asrcli.review.doubts import Doubt
    from asrcli.values import Outcome, SourceFile, Transcript

RUN_FILES = {
    "csv": "transcripts.csv",
    "jsonl": "transcripts.jsonl",
    "review": "review.csv",
    "calls": "calls.csv",
}
"""Formats with one file for the whole run."""

RESERVED = frozenset({*RUN_FILES.values(), "run.json"})
"""Names at the top of the output folder that are no recording's."""

TABLES = {"csv": csv.header, "calls": calls.header}
"""Those for spreadsheets, and what their first line is made by."""

ROWS = {"csv": csv.sentence_rows, "jsonl": RENDERERS["jsonl"], "calls": calls.rows}
"""Those to which each recording adds its own part, made by this; others follow from all of them."""

_PATH_ERRORS = frozenset(
    {
        errno.EACCES,
        errno.EEXIST,
        errno.EILSEQ,
        errno.EINVAL,
        errno.EISDIR,
        errno.ELOOP,
        errno.ENAMETOOLONG,
        errno.ENOTDIR,
        errno.EPERM,
    }
)
"""What is wrong with one path, while others can still be written."""


class Outputs:
    """Writes the files of a run; use it as a context manager around the whole run.

    Threads may write at the same time: what is one file for all, they add to in turn.
    """

    def __init__(
        self,
        folder: Path,
        formats: Sequence[str],
        csv_encoding: str,
        *,
        order: Iterable[SourceFile] = (),
        docx_template: bytes | None = None,
        clips: bool = False,
    ) -> None:
        """Say what to write; nothing is touched before the context is entered.

        Args:
            folder: the output folder; it is made if needed.
            formats: names from the registries of formats, or of `RUN_FILES`.
            csv_encoding: encoding of the run's table. A character that it does not have is
                written as a backslash escape.
            order: the recordings in the order in which the run's files list them, whichever ends
                first; others come after them.
            docx_template: the content of a Word document to fill; None for our own.
            clips: whether the pieces of the review will lie beside it as sound files.

        Raises:
            UsageError: a format is unknown, or the encoding is none for text.
        """
        known = [*dict.fromkeys([*RENDERERS, *BINARY_RENDERERS, *RUN_FILES])]
        unknown = [name for name in formats if name not in known]
        if unknown:
            raise UsageError(f"--format: {unknown[0]!r} is not one of {', '.join(known)}")
        self._folder = folder
        self._formats = tuple(dict.fromkeys(formats))
        self._encoders = {name: _encoder(csv_encoding) for name in TABLES}
        self._csv_encoding = csv_encoding
        self._template = docx_template
        self._clips = clips
        self.worst = Worst()
        """The doubtful pieces of all recordings so far, where a review is written."""
        self._stack = ExitStack()
        self._listing = threading.Lock()
        self._run_files: dict[str, OrderedFile] = {}
        self._places = {source.rel: place for place, source in enumerate(order)}
        self._listed: set[PurePath] = set()
        self._real = folder

    def __enter__(self) -> Self:
        """Make the folder and begin the run's files.

        Raises:
            RunError: they cannot be written.
        """
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RunError(
                f"cannot make the output folder {self._folder}: {error.strerror}; choose another"
            ) from error
        self._real = Path(os.path.realpath(self._folder))
        if not os.access(self._folder, os.W_OK | os.X_OK):
            raise RunError(f"cannot write into {self._folder}; choose another folder with -o")
        try:
            self._begin_run_files()
        except BaseException:
            # Closing would publish them, empty, over those of the last run.
            self.discard_run_files()
            self._stack.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Publish the run's files with all rows so far, also after an error."""
        self._stack.__exit__(kind, error, trace)
        if "review" in self._formats and (error is None or self.worst.total):
            table = review.render(self.worst.doubts, clips=self._clips)
            data = table.encode(self._csv_encoding, "backslashreplace")
            atomic_write(self._folder / RUN_FILES["review"], data)

    def _begin_run_files(self) -> None:
        for name in self._formats:
            if name not in RUN_FILES:
                continue
            target = self._folder / RUN_FILES[name]
            refuse_folder(target)
            if name not in ROWS:
                continue
            head = self._encoders[name].encode(TABLES[name]()) if name in TABLES else b""
            self._run_files[name] = self._stack.enter_context(OrderedFile(target, head))

    def write(self, transcript: Transcript) -> tuple[Path, ...]:
        """Write the files of one recording and add its rows to the run's files.

        The rows come last, so that a recording whose files failed has none.

        Returns:
            The files that belong to this recording alone.

        Raises:
            RecordingError: its path cannot be written, while others can.
            RunError: nothing more can be written, such as on a full disk.
        """
        written: list[Path] = []
        for name in self._formats:
            if name not in RUN_FILES:
                target = self._target(transcript.source.rel, name)
                data = encoded(name, transcript, self._template)
                write_one(target, data, transcript.source.rel)
                written.append(target)
        self.rows(transcript)
        return tuple(written)

    def rows(self, transcript: Transcript) -> None:
        """Add a recording whose own files stand already to the run's files.

        Raises:
            RunError: nothing more can be written.
        """
        parts = {name: ROWS[name](transcript) for name in self._run_files}
        found = doubts(transcript) if "review" in self._formats else ()
        self._list(transcript.source.rel, parts, found)

    def lists(self, source: SourceFile) -> bool:
        """Whether the run's files say all there is to say of a recording."""
        return source.rel in self._listed

    def discard_run_files(self) -> None:
        """Leave the run's files of the last run as they are."""
        for file in self._run_files.values():
            file.discard()

    def record(self, outcome: Outcome) -> None:
        """Add the row of a file without text; one that is done has its sentences already.

        Raises:
            RunError: nothing more can be written.
        """
        told = outcome.status is not Status.DONE and "csv" in self._run_files
        parts = {"csv": csv.outcome_row(outcome)} if told else {}
        silent = outcome.status is Status.EMPTY and "review" in self._formats
        self._list(outcome.source.rel, parts, unheard(outcome) if silent else ())

    def _list(self, rel: PurePath, parts: Mapping[str, str], found: Sequence[Doubt]) -> None:
        """Add a recording to the run's files; each part goes in whole, so that none is ever cut."""
        with self._listing:
            self._listed.add(rel)
            for name, text in parts.items():
                if name in TABLES:
                    data = self._encoders[name].encode(text)
                else:
                    data = text.encode("utf-8", "backslashreplace")
                self._run_files[name].write(data, self._place(rel))
            self.worst.add(found, self._place(rel))

    def _place(self, rel: PurePath) -> int:
        """Where a recording stands among those of the run."""
        return self._places.get(rel, len(self._places))

    def _target(self, rel: PurePath, name: str) -> Path:
        """Where a recording's file goes: always below the folder, never over a run's file."""
        parts = rel.parts
        if rel.is_absolute() or rel.anchor or not parts or ".." in parts or "\0" in str(rel):
            raise RecordingError(f"its path {shown_path(rel)!r} leads out of the output folder")
        if parts[0] in RESERVED:
            raise RecordingError(f"its folder {parts[0]} has the name of a file of the run; rename")
        target = self._folder.joinpath(*parts[:-1], f"{parts[-1]}.{name}")
        if target.name in RESERVED and len(parts) == 1:
            raise RecordingError(f"{target.name} is the name of a file of the run; rename it")
        # A link that somebody put into the folder must not carry a text, or its own end, away.
        if not Path(os.path.realpath(target)).is_relative_to(self._real):
            raise RecordingError(f"a link at {shown_path(rel)} leads out of the output folder")
        return target


def write_one(target: Path, data: bytes, rel: PurePath) -> None:
    """Write a whole file of one recording.

    Raises:
        RecordingError: this path cannot be written, while others can.
        RunError: nothing more can be written, such as on a full disk.
    """
    try:
        atomic_write(target, data)
    except AsrError as error:
        cause = error.__cause__
        if isinstance(cause, OSError) and cause.errno in _PATH_ERRORS:
            why = cause.strerror or str(cause)
            raise RecordingError(f"cannot write {shown_path(rel)}{target.suffix}: {why}") from cause
        raise


def _encoder(name: str) -> codecs.IncrementalEncoder:
    """Encodes piece by piece, so that a mark at the start of the file stands there only once."""
    try:
        "，".encode(name, "backslashreplace")
        return codecs.getincrementalencoder(name)("backslashreplace")
    except (LookupError, UnicodeError) as error:
        raise UsageError(
            f"--csv-encoding: {name!r} cannot be used; take utf-8-sig, utf-8 or gb18030"
        ) from error
