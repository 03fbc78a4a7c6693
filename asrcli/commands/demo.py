"""`asr demo`: the main job on the recordings that ship with the program, and how well it read."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import typer

import asrcli
from asrcli.commands import options  # noqa: TC001 - `takes` evaluates the keys
from asrcli.commands.flags import FileFlags, ScreenFlags, takes
from asrcli.errors import RunError
from asrcli.settings import FORMATS, NO_JOURNAL, SETTING_NAMES, Settings, resolve

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from asrcli.errors import ExitCode
    from asrcli.evaluate.cer import ErrorCount

DEFAULT_OUTPUT = Path("transcripts")
REFERENCE = "reference.csv"
TABLE = "transcripts.csv"
HEADINGS = ("recording", "characters", "wrong", "missing", "too many", "CER")


class DemoFlags(ScreenFlags, total=False):
    """What can be varied without making another job of it."""

    output: options.Output
    vad: options.Vad
    device: options.Device
    precision: options.Precision
    offline: options.Offline
    hotwords: options.HotwordList
    hotword: options.Hotword


@takes(DemoFlags)
def demo(**flags: Unpack[DemoFlags]) -> None:
    """Transcribe the recordings that ship with the program, and count the errors.

    The bundled model writes every format into `transcripts`, or where -o says. The voices are
    synthetic and the model knows no others: this shows the program, not what a large model hears.

    Example: asr demo
    """
    from asrcli.commands.screen import print_table
    from asrcli.evaluate.reference import read_reference, read_spoken, score
    from asrcli.pipeline.write import RUN_FILES

    recordings = recordings_folder()
    output = flags.get("output") or DEFAULT_OUTPUT
    reference = read_reference(recordings / REFERENCE)
    code = _transcribe(recordings, output, flags)
    errors = score(reference, read_spoken(output / TABLE))
    print_table(error_rows(errors), headings=HEADINGS)
    formats = " ".join(f".{name}" for name in FORMATS if name not in RUN_FILES)
    typer.echo(f"\nwritten to {output.absolute()}: {', '.join(RUN_FILES.values())},")
    typer.echo(f"and for each of {len(reference)} recordings {formats}")
    raise typer.Exit(code)


def recordings_folder() -> Path:
    """Where the recordings lie: inside an installed package, beside it in a checkout.

    Raises:
        RunError: they are in neither place.
    """
    package = Path(asrcli.__file__).parent
    for folder in (package / "assets" / "recordings", package.parent / "examples" / "recordings"):
        if (folder / REFERENCE).is_file():
            return folder
    raise RunError(f"the recordings are missing beside {package}; install asrcli again")


def settings_of(flags: DemoFlags) -> Settings:
    """The settings of the demo: its model, speakers apart, every format; no settings file.

    Raises:
        UsageError: a value that cannot be right.
    """
    given = {name: value for name, value in flags.items() if name in SETTING_NAMES}
    fixed = {"model": "demo", "punc": "none", "format": FORMATS, "csv_encoding": "utf-8-sig"}
    fixed |= {"journal": NO_JOURNAL, "channels": "auto", "channel_names": "坐席,客户"}
    return resolve(given | fixed, os.environ)


def error_rows(errors: Mapping[str, ErrorCount]) -> Iterator[tuple[str, ...]]:
    """A row for each recording and one for all of them, under `HEADINGS`."""
    from asrcli.evaluate.cer import ErrorCount

    total = sum(errors.values(), ErrorCount())
    for name, count in [*errors.items(), ("all", total)]:
        kinds = (count.reference, count.substitutions, count.deletions, count.insertions)
        yield (name, *map(str, kinds), f"{count.rate:.1%}")


def _transcribe(recordings: Path, output: Path, flags: DemoFlags) -> ExitCode:
    """Run the main job into `output`."""
    from asrcli.commands.job import write_files
    from asrcli.commands.words import read_words, scope_of
    from asrcli.pipeline.discover import discover

    settings = settings_of(flags)
    found = list(discover(recordings, recursive=True, include=(), exclude=(), output=output))
    words = scope_of(read_words(settings), settings, found)
    screen: FileFlags = {"quiet": flags.get("quiet"), "log_json": flags.get("log_json")}
    return write_files(found, settings, words, output, screen)
