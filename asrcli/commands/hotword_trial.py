"""What `asr hotwords test` does: recordings and texts in, a trial out, tables on the screen."""

from __future__ import annotations

import dataclasses
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from asrcli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from asrcli.engines.base import Engines
    from asrcli.hotwords.trial import Hear, Hearing, Trial
    from asrcli.progress import Display
    from asrcli.settings import Settings
    from asrcli.values import HotwordSet, SourceFile

REFERENCE = "reference.csv"
ROWS_SHOWN = 40


@contextmanager
def recordings(
    manifest: Path | None, words: HotwordSet
) -> Iterator[tuple[Mapping[SourceFile, str], Mapping[str, str]]]:
    """The recordings with their names, and what is said in each; synthesised without a manifest.

    Raises:
        UsageError: the table or a recording is missing or cannot be read.
        RunError: no synthesiser is installed.
    """
    from asrcli.evaluate.reference import read_reference
    from asrcli.hotwords.synthesise import lines, speak
    from asrcli.hotwords.trial import own_words

    if manifest is None:
        with tempfile.TemporaryDirectory(prefix="asr-hotwords-") as folder:
            said = speak(lines(list(own_words(words))), Path(folder))
            yield _sources(Path(folder), said), said
        return
    table = manifest / REFERENCE if manifest.is_dir() else manifest
    said = read_reference(table)
    if not said:
        raise UsageError(f"{table}: there is no row in it; each names a file and its text")
    yield _sources(table.parent, said), said


def ear(
    sources: Mapping[SourceFile, str], engines: Engines, settings: Settings, display: Display
) -> Hear:
    """A function that decodes all recordings under a list.

    Speech is looked for once; marks and digits would only blur the comparison and are left out.
    """
    from asrcli.hotwords.trial import Hearing, OnceVad
    from asrcli.pipeline.run import transcribe
    from asrcli.values import Status

    plain = dataclasses.replace(settings, itn=False)
    once = dataclasses.replace(engines, vad=OnceVad(engines.vad), punctuator=None)

    def hear(words: HotwordSet) -> dict[str, Hearing]:
        heard = {}
        for outcome, transcript in transcribe(sources, once, plain, lambda _: words, display):
            if outcome.status is not Status.FAILED:
                sentences = transcript.sentences if transcript else ()
                text = " ".join(sentence.spoken for sentence in sentences)
                heard[sources[outcome.source]] = Hearing(text, outcome.audio_ms)
        return heard

    return hear


def show(trial: Trial, harm: tuple[str, ...]) -> None:
    """Print the tables, then whether the list harms."""
    from asrcli.commands.screen import print_table
    from asrcli.hotwords import trial_report

    print_table(trial_report.summary_rows(trial.score), headings=trial_report.SUMMARY)
    _table(list(trial_report.word_rows(trial)), trial_report.WORDS)
    _table(list(trial_report.harmed_rows(trial.score)), trial_report.HARMED)
    if len(trial.sweep) > 1:
        _table(list(trial_report.sweep_rows(trial)), trial_report.SWEEP)
    typer.echo()
    if trial.left_out:
        typer.echo(f"left out, not decoded: {', '.join(trial.left_out)}")
    if not trial.score.free:
        typer.echo("every recording holds a word of the list: harm elsewhere was not measured")
    for reason in harm:
        typer.echo(f"harm: {reason}")
    if not harm:
        typer.echo("the list does no more harm than allowed")


def _table(rows: Sequence[Sequence[str]], headings: Sequence[str]) -> None:
    """One more table, if there is anything in it, cut short where it is long."""
    from asrcli.commands.screen import print_table

    if not rows:
        return
    typer.echo()
    print_table(rows[:ROWS_SHOWN], headings=headings)
    if len(rows) > ROWS_SHOWN:
        typer.echo(f"and {len(rows) - ROWS_SHOWN} more; --csv and --json hold them all")


def _sources(folder: Path, names: Mapping[str, str]) -> dict[SourceFile, str]:
    """The recordings of a table, with their names in it."""
    from asrcli.pipeline.discover import sources_of

    found = sources_of([folder / name for name in names])
    if len(found) != len(names):
        raise UsageError(f"{folder}: two names in the table lead to the same recording")
    return dict(zip(found, names, strict=True))
