"""What `asr vad split` does: recordings in, segments out, or a picture of them."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer

from asrcli.clock import seconds_to_ms
from asrcli.report import Report

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from asrcli.errors import ExitCode
    from asrcli.progress import Display
    from asrcli.segments.cutting import Cutting
    from asrcli.segments.hearing import Heard
    from asrcli.segments.work import Hear, Take
    from asrcli.segments.write import SegmentFiles
    from asrcli.settings import Settings
    from asrcli.values import SourceFile

PIPE_COLUMNS = 100


@dataclass(frozen=True, slots=True)
class Job:
    """What a run was told; `quiet` and `log_json` say how it reports."""

    settings: Settings
    cutting: Cutting
    quiet: bool = False
    log_json: bool = False


def cut_files(sources: Sequence[SourceFile], job: Job, output: Path) -> ExitCode:
    """Write the segments of all sources into `output`.

    The lock and the model come first, so that what cannot work fails before any work.

    Raises:
        AsrError: this run cannot go on; what was done is written.
    """
    from asrcli.files import run_lock
    from asrcli.segments.work import outcomes
    from asrcli.segments.write import SegmentFiles, Wanted

    report, cutting = Report(), job.cutting
    wanted = Wanted(cutting.container, cutting.manifests, cutting.gaps, job.settings.csv_encoding)
    with _display(job, listed_in="segments.csv" if "csv" in wanted.manifests else "") as display:
        if sources:
            with run_lock(output):
                hear = _listener(job)
                with SegmentFiles(output, wanted) as files:
                    for outcome in outcomes(sources, hear, _writer(files, cutting), display):
                        files.record(outcome)
                        report.add(outcome)
        display.end(report)
    return report.exit_code(job.settings.allow_empty)


def show(sources: Sequence[SourceFile], job: Job) -> ExitCode:
    """Print the segments of all sources as a table and a picture; nothing is written.

    Raises:
        AsrError: this run cannot go on.
    """
    from asrcli.segments.work import outcomes

    report = Report()
    # A bar would be drawn over the tables where both go to one terminal.
    with _display(job, quiet=sys.stdout.isatty()) as display:
        if sources:
            for outcome in outcomes(sources, _listener(job), _print, display):
                report.add(outcome)
        display.end(report)
    return report.exit_code(job.settings.allow_empty)


def _display(job: Job, *, quiet: bool = False, listed_in: str = "") -> Display:
    from asrcli.progress import choose

    return choose(
        quiet=quiet or job.quiet,
        log_json=job.log_json,
        allow_empty=job.settings.allow_empty,
        listed_in=listed_in,
    )


def _listener(job: Job) -> Hear:
    """What reads a recording and finds its segments."""
    from asrcli.engines.factory import open_vad
    from asrcli.segments.hearing import hear
    from asrcli.segments.regions import Shape

    shape = Shape(
        limit_ms=seconds_to_ms(job.settings.max_segment),
        merge_gap_ms=job.cutting.merge_gap_ms,
        min_speech_ms=job.cutting.min_speech_ms,
        pad_ms=job.cutting.pad_ms,
    )
    vad = open_vad(job.settings, threshold=job.cutting.threshold)
    return lambda source: hear(source, vad, channels=job.settings.channels, shape=shape)


def _writer(files: SegmentFiles, cutting: Cutting) -> Take:
    from asrcli.segments.sound import Encoding
    from asrcli.segments.source import original_sound

    def write(heard: Heard) -> tuple[Path, ...]:
        if not cutting.original:
            return files.write(heard.cuts, heard.sounds, Encoding(cutting.container))
        sounds, encoding = original_sound(heard.cuts[0].source, cutting.container)
        return files.write(heard.cuts, sounds, encoding)

    return write


def _print(heard: Heard) -> tuple[Path, ...]:
    from asrcli.commands.screen import print_table
    from asrcli.segments.overview import HEADINGS, rows, title
    from asrcli.segments.picture import marks_for, picture

    wide = sys.stdout.isatty() or os.environ.get("COLUMNS")
    columns = shutil.get_terminal_size().columns if wide else PIPE_COLUMNS
    for cut in heard.cuts:
        typer.echo(title(cut))
        if cut.spans:
            print_table(rows(cut), headings=HEADINGS)
        marks = marks_for(sys.stdout.encoding)
        for line in picture(cut.spans, cut.length, columns=columns, marks=marks):
            typer.echo(line)
        typer.echo()
    return ()
