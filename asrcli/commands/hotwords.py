"""`asr hotwords`: lists that help, and a trial that shows it."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias, Unpack, cast

import typer

from asrcli.commands import hotword_lists, options
from asrcli.commands.flags import FileFlags, ScreenFlags, settings_from, takes
from asrcli.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from asrcli.hotwords.trial import Trial

MAX_HARM_POINTS = 0.3

Word: TypeAlias = str | None
File: TypeAlias = Path | None

app = typer.Typer(
    no_args_is_help=True,
    help="Lists of words to prefer: what they find, and what they harm.\n\n"
    "Example: asr hotwords test examples/recordings --hotwords examples/hotwords.txt -m demo",
)


class TrialFlags(ScreenFlags, total=False):
    """Options of `asr hotwords test`; marks are not compared, so no model sets any."""

    model: options.Model
    vad: options.Vad
    device: options.Device
    precision: options.Precision
    batch_seconds: options.BatchSeconds
    offline: options.Offline
    hotwords: options.HotwordList
    hotword: options.Hotword
    hotword_repair: options.HotwordRepair
    max_segment: options.MaxSegment
    max_silence: options.MaxSilence
    channels: options.Channels
    config: options.Config
    synthesise: Annotated[
        bool, typer.Option("--synthesise", metavar="", help="No files: espeak-ng speaks some.")
    ]
    sweep: Annotated[
        Word, typer.Option(metavar="LIST", help="Also try all weights times these: 0.5,2,4.")
    ]
    max_harm: Annotated[
        Word,
        typer.Option(
            metavar="POINTS", help="Exit 1 if CER rises by more where no word is said; default 0.3."
        ),
    ]
    csv: Annotated[File, typer.Option(metavar="FILE", help="Write a row for every word.")]
    json: Annotated[File, typer.Option(metavar="FILE", help="Write the whole result.")]


app.command()(hotword_lists.check)
app.command()(hotword_lists.suggest)


@app.command()
@takes(TrialFlags)
def test(
    manifest: Annotated[
        Path | None,
        typer.Argument(metavar="MANIFEST|DIR", help="A CSV with file and text, or its folder."),
    ] = None,
    **flags: Unpack[TrialFlags],
) -> None:
    """Decode recordings without a list and with it; show what it finds, misses and breaks.

    The table names each recording and what is said in it; in a folder it is `reference.csv`.
    Leaves with 1 if recordings without any word of the list get worse, or if F1 falls.

    Example: asr hotwords test examples/recordings --hotwords examples/hotwords.txt -m demo
    """
    from asrcli.commands.hotword_trial import show

    if (manifest is None) != bool(flags.get("synthesise")):
        raise UsageError("asr hotwords test: give recordings with their texts, or --synthesise")
    max_harm = _points(flags.get("max_harm"))
    trial = _trial(manifest, flags)
    harm = trial.score.harms(max_harm)
    _write(trial, flags, harm, max_harm)
    show(trial, harm)
    partial = ExitCode.SOME_FAILED if trial.left_out else ExitCode.OK
    raise typer.Exit(ExitCode.RUN_FAILED if harm else partial)


def _trial(manifest: Path | None, flags: TrialFlags) -> Trial:
    """Everything from the options to the counts; what cannot be right fails before any work."""
    import dataclasses

    from asrcli.commands.hotword_trial import ear, recordings
    from asrcli.commands.words import read_words
    from asrcli.engines.factory import open_engines
    from asrcli.evaluate.cer import count_errors, plain
    from asrcli.hotwords.trial import parse_sweep, trial
    from asrcli.progress import choose

    sweep = flags.get("sweep")
    factors = (1.0,) if sweep is None else parse_sweep(sweep)
    # The keys that both have mean the same; the others do not concern settings.
    settings = settings_from(cast("FileFlags", flags), manifest or Path.cwd())
    settings = dataclasses.replace(settings, punc="none")
    words = read_words(settings)
    if not words.words:
        raise UsageError("asr hotwords test: no list is on trial; give --hotwords or --hotword")
    quiet, log_json = bool(flags.get("quiet")), bool(flags.get("log_json"))
    with (
        recordings(manifest, words) as (sources, said),
        choose(quiet=quiet, log_json=log_json) as display,
    ):
        if words.dropped:
            display.note(f"{len(words.dropped)} words are not used; asr hotwords check says why")
        hear = ear(sources, open_engines(settings, display.note), settings, display)
        return trial(
            said,
            hear,
            words,
            normalise=plain,
            count_errors=lambda reference, text: count_errors(reference, text).errors,
            factors=factors,
        )


def _points(option: str | None) -> float:
    try:
        points = MAX_HARM_POINTS if option is None else float(option)
    except ValueError:
        points = math.nan
    if not 0 <= points <= 100:
        raise UsageError(f"--max-harm: {option!r} is not a number of CER points from 0 to 100")
    return points


def _write(trial: Trial, flags: TrialFlags, harm: tuple[str, ...], max_harm: float) -> None:
    """The files that were asked for."""
    from asrcli.files import atomic_write
    from asrcli.hotwords.trial_report import as_csv, as_json

    if csv := flags.get("csv"):
        atomic_write(csv, as_csv(trial).encode("utf-8-sig"))
    if json := flags.get("json"):
        atomic_write(json, as_json(trial, harm=harm, max_harm_points=max_harm).encode())
