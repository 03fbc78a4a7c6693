"""Segments and manifests -> files: whole or absent, in the tree of the recordings."""

from __future__ import annotations

import codecs
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self, TypeAlias

from asrcli.errors import RecordingError
from asrcli.files import AtomicFile, atomic_write, refuse_folder
from asrcli.pipeline.write import write_one
from asrcli.segments.manifests import KALDI, OF_A_RECORDING, OF_THE_RUN, csv
from asrcli.segments.names import beside, leftovers, piece_name
from asrcli.segments.sound import encoded
from asrcli.values import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path, PurePath
    from types import TracebackType

    from asrcli.segments.cutlist import CutList
    from asrcli.segments.sound import Encoding
    from asrcli.values import FloatArray, Outcome

    Sounds: TypeAlias = Callable[[CutList], Iterable[FloatArray]]

WAV_BYTES = (1 << 32) - (1 << 16)
"""What the sizes in a WAV header can say, with room for the header."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a run writes: `container` is `wav`, `flac` or `none`; `gaps` adds what lies between."""

    container: str
    manifests: tuple[str, ...]
    gaps: bool = False
    csv_encoding: str = "utf-8-sig"


class SegmentFiles:
    """Writes the files of a run; use it as a context manager around the whole run."""

    def __init__(self, folder: Path, wanted: Wanted) -> None:
        self._folder, self._wanted = folder, wanted
        self._encoder = codecs.getincrementalencoder(wanted.csv_encoding)("backslashreplace")
        self._stack = ExitStack()
        self._run_files: dict[str, AtomicFile] = {}
        self._kaldi: dict[str, list[str]] = {}

    def __enter__(self) -> Self:
        """Begin the run's manifests.

        Raises:
            RunError: they cannot be written.
        """
        try:
            self._begin()
        except BaseException:
            # Closing would publish them, empty, over those of the last run.
            for opened in self._run_files.values():
                opened.discard()
            raise
        return self

    def _begin(self) -> None:
        for name, (file, _) in OF_THE_RUN.items():
            if name in self._wanted.manifests:
                target = self._folder / file
                refuse_folder(target)
                self._run_files[name] = self._stack.enter_context(AtomicFile(target))
        if "csv" in self._run_files:
            self._append("csv", csv.header())
        if "kaldi" in self._wanted.manifests:
            for file in KALDI:
                refuse_folder(self._folder / file)
            self._kaldi = {file: [] for file in KALDI}

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Publish the manifests with all that was written so far, also after an error."""
        self._stack.__exit__(kind, error, trace)
        for file, lines in self._kaldi.items():
            ordered = sorted(line.encode("utf-8", "backslashreplace") for line in lines)
            atomic_write(self._folder / file, b"".join(ordered))

    def write(
        self, cuts: Sequence[CutList], sounds: Sounds, encoding: Encoding
    ) -> tuple[Path, ...]:
        """Write the pieces of one recording, then its manifests and rows.

        Pieces that an earlier run with other settings cut out of the same recording are removed,
        unless this run writes no sound. Where there is no speech, nothing is written.

        Args:
            cuts: one for each channel that was cut, or one for all.
            sounds: gives float32 [n_samples] or [n_frames, n_channels] for every stretch of a cut
                list, gaps too, in order.
            encoding: of the pieces.

        Returns:
            The files that belong to this recording alone.

        Raises:
            RecordingError: its path cannot be written, or its sound not read, while others can.
            RunError: nothing more can be written, such as on a full disk.
        """
        rel = cuts[0].source.rel
        if not any(cut.spans for cut in cuts):
            self._remove_others(rel, [])
            return ()
        if rel.parts[0] in {file for file, _ in OF_THE_RUN.values()}:
            raise RecordingError(f"{rel.parts[0]} is the name of a file of the run; rename it")
        written: list[Path] = []
        try:
            named = [self._write_pieces(cut, sounds, encoding, written) for cut in cuts]
            self._write_manifests(rel, named, written)
        except RecordingError:
            for file in written:
                file.unlink(missing_ok=True)
            raise
        self._remove_others(rel, written)
        self._add_lines(named)
        return tuple(written)

    def record(self, outcome: Outcome) -> None:
        """Add the row of a recording without segments; one that is done has its rows already."""
        if outcome.status is not Status.DONE and "csv" in self._run_files:
            self._append("csv", csv.outcome_row(outcome))

    def _write_pieces(
        self, cut: CutList, sounds: Sounds, encoding: Encoding, written: list[Path]
    ) -> CutList:
        """Write one cut list's pieces; returns it with the names of its segments."""
        if self._wanted.container == "none":
            return cut
        segments: list[PurePath] = []
        for (start, end, span), piece in zip(cut.stretches(), sounds(cut), strict=True):
            if span is None and not self._wanted.gaps:
                continue
            name = piece_name(
                *(cut.source.rel, start, end, encoding.container),
                channel=cut.channel,
                gap=span is None,
            )
            _require_room(piece, encoding)
            write_one(self._folder / name, encoded(piece, encoding), cut.source.rel)
            written.append(self._folder / name)
            if span is not None:
                segments.append(name)
        return replace(cut, audio=tuple(segments))

    def _write_manifests(self, rel: PurePath, cuts: Sequence[CutList], written: list[Path]) -> None:
        for name, (addition, render) in OF_A_RECORDING.items():
            if name in self._wanted.manifests:
                target = self._folder / beside(rel, addition)
                write_one(target, render(cuts).encode("utf-8", "backslashreplace"), rel)
                written.append(target)

    def _remove_others(self, rel: PurePath, written: Sequence[Path]) -> None:
        if self._wanted.container != "none":
            for file in leftovers(self._folder, rel, {path.name for path in written}):
                file.unlink(missing_ok=True)

    def _add_lines(self, cuts: Sequence[CutList]) -> None:
        """Last of all, so that a recording whose files failed stands in no manifest."""
        for name in self._run_files:
            self._append(name, OF_THE_RUN[name][1](cuts))
        for file in self._kaldi:
            self._kaldi[file] += KALDI[file](cuts).splitlines(keepends=True)

    def _append(self, name: str, text: str) -> None:
        plain = text.encode("utf-8", "backslashreplace")
        self._run_files[name].write(self._encoder.encode(text) if name == "csv" else plain)


def _require_room(piece: FloatArray, encoding: Encoding) -> None:
    if encoding.container == "wav" and piece.size * 4 > WAV_BYTES:
        raise RecordingError("a gap is too long for a wav file; leave out --gaps, or take flac")
