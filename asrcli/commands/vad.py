"""`asr vad`: where speech is, as files, labels and pictures."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer looks at it when it runs
from typing import TYPE_CHECKING, Annotated, Unpack, cast

import typer

from asrcli.commands import night_options, options
from asrcli.commands.flags import FileFlags, ScreenFlags, settings_from, takes
from asrcli.commands.walk import recordings_of
from asrcli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asrcli.settings import Settings
    from asrcli.values import SourceFile

app = typer.Typer(
    no_args_is_help=True,
    help="Where speech is: segments as files, labels and pictures.\n\n"
    "Example: asr vad split examples/recordings --dry-run",
)


_shape = options.panel("Shape of the segments")
_result = options.panel("What is written")


class SplitFlags(ScreenFlags, total=False):
    """Options of `asr vad split`; those that it shares obey the settings file too."""

    recursive: options.Recursive
    include: options.Include
    exclude: options.Exclude
    min_age: night_options.MinAge
    allow_empty: night_options.AllowEmpty
    vad: options.Vad
    offline: options.Offline
    max_segment: options.MaxSegment
    max_silence: options.MaxSilence
    min_speech: Annotated[
        options.Word, _shape("--min-speech", "MS", "Drop shorter segments; default 0")
    ]
    pad: Annotated[options.Word, _shape("--pad", "MS", "Added to both sides of each; default 0")]
    merge_gap: Annotated[
        options.Word,
        _shape("--merge-gap", "MS", "Join segments so close, up to the limit; default 0"),
    ]
    threshold: Annotated[
        options.Word,
        _shape("--threshold", "0..1", "Probability that is speech; default the model's, 0.8"),
    ]
    channels: options.Channels
    output: options.Output
    audio: Annotated[
        options.Word, _result("--audio", "wav|flac|none", "Kind of the files; default wav")
    ]
    original: Annotated[
        options.Flag,
        _result("--original", None, "Cut the file's own sound: its rate, bits and channels"),
    ]
    gaps: Annotated[
        options.Flag, _result("--gaps", None, "Also write what lies between: all is there")
    ]
    manifest: Annotated[
        options.Word,
        _result(
            "--manifest",
            "LIST",
            "csv, json, jsonl, audacity, textgrid, rttm, kaldi, nemo; default csv",
        ),
    ]
    dry_run: Annotated[
        options.Flag,
        _result("--dry-run", None, "Print the segments and a picture of them; write nothing"),
    ]
    csv_encoding: options.CsvEncoding
    config: options.Config


@app.command()
@takes(SplitFlags)
def split(
    recordings: Annotated[
        list[Path], typer.Argument(metavar="DIR|AUDIO...", help="A folder, or recordings")
    ],
    **flags: Unpack[SplitFlags],
) -> None:
    """Cut the speech out of recordings; never inside a word where there is a pause.

    Example: asr vad split examples/recordings -o segments
    """
    from asrcli.commands.vad_job import Job, cut_files, show
    from asrcli.segments.cutting import read_cutting

    output = flags.get("output")
    if output is None and not flags.get("dry_run"):
        raise UsageError("--output is missing; type: asr vad split DIR -o OUT")
    first = recordings[0]
    # The keys that both have mean the same; the others do not concern settings.
    settings = settings_from(cast("FileFlags", flags), first if first.is_dir() else first.parent)
    job = Job(
        settings=settings,
        cutting=read_cutting(flags),
        quiet=bool(flags.get("quiet")),
        log_json=bool(flags.get("log_json")),
    )
    sources = _sources(recordings, settings, output)
    if output is None or flags.get("dry_run"):
        raise typer.Exit(show(sources, job))
    raise typer.Exit(cut_files(sources, job, output))


def _sources(
    recordings: Sequence[Path], settings: Settings, output: Path | None
) -> list[SourceFile]:
    from asrcli.pipeline.discover import sources_of

    folders = [path for path in recordings if path.is_dir()]
    if not folders:
        return sources_of(recordings)
    if len(recordings) > 1:
        raise UsageError(f"{folders[0]} is a folder; give one folder, or recordings alone")
    if output is not None and output.resolve() == folders[0].resolve():
        raise UsageError("--output is the folder of the recordings; segments need one of their own")
    return recordings_of(folders[0], settings, output)
