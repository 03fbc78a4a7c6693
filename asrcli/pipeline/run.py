"""The chain: every stage in its order, from files to files.

Recordings are taken in windows: a window is loaded and split, its spans are planned together and
decoded, and each recording leaves as soon as its last span is back. The first window is small, so
that the first output appears early; later ones are larger, so that batches fill.
"""

from __future__ import annotations

import dataclasses
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from asrcli.captions.cues import CueStyle
from asrcli.clock import SAMPLE_RATE, seconds_to_ms
from asrcli.errors import RecordingError
from asrcli.pipeline.assemble import assemble
from asrcli.pipeline.correct import correct
from asrcli.pipeline.decode import decode
from asrcli.pipeline.itn import normalise
from asrcli.pipeline.load import load
from asrcli.pipeline.plan import plan
from asrcli.pipeline.punctuate import punctuate
from asrcli.pipeline.split import split
from asrcli.report import Report
from asrcli.values import Decoded, HotwordSet, Outcome, RunContext, Status, Transcript

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from asrcli.engines.base import Engines
    from asrcli.pipeline.write import Outputs
    from asrcli.progress import Progress
    from asrcli.settings import Settings
    from asrcli.values import Batch, Recording, SourceFile, SpeechSpan

    HotwordsOf: TypeAlias = Callable[[SourceFile], HotwordSet]

FIRST_WINDOW = 2
LARGEST_WINDOW = 32
"""Recordings in a window, doubling from the first number to the second."""

WINDOW_SAMPLES = 30 * 60 * SAMPLE_RATE
"""Half an hour of audio, 115 MB, closes a window early; a longer recording is one by itself."""


@dataclass(slots=True)
class Job:
    """A recording on its way; `results` holds what came back for its spans, by their index."""

    recording: Recording
    spans: tuple[SpeechSpan, ...]
    context: RunContext
    started: float
    results: dict[int, Decoded | RecordingError] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Whether the last span is back."""
        return len(self.results) == len(self.spans)

    def decoded(self) -> list[Decoded]:
        """The results in the order of the spans.

        Raises:
            RecordingError: the recogniser refused one.
        """
        found = []
        for span in self.spans:
            result = self.results[span.index]
            if isinstance(result, RecordingError):
                raise result
            found.append(result)
        return found


def run(
    sources: Iterable[SourceFile],
    engines: Engines,
    settings: Settings,
    hotwords_of: HotwordsOf,
    outputs: Outputs,
    progress: Progress,
) -> Report:
    """Transcribe files into files; `hotwords_of` says which list holds for a recording.

    Returns:
        The outcome of every source, counted.

    Raises:
        RunError: this run cannot go on; what was done is written.
    """
    report = Report()
    for outcome, transcript in transcribe(sources, engines, settings, hotwords_of, progress):
        final = _write(outcome, transcript, outputs)
        report.add(final)
        progress.finished(final)
    return report


def transcribe(
    sources: Iterable[SourceFile],
    engines: Engines,
    settings: Settings,
    hotwords_of: HotwordsOf,
    progress: Progress,
) -> Iterator[tuple[Outcome, Transcript | None]]:
    """One outcome for each source, as it is done; the transcript where there is text."""
    chain = _Chain(engines, settings, _Lists(engines, settings, hotwords_of, progress), progress)
    todo = list(sources)
    progress.start(len(todo), sum(source.size_bytes for source in todo))
    window: dict[int, Job] = {}
    ahead = FIRST_WINDOW
    for key, source in enumerate(todo):
        opened = chain.open(source)
        if isinstance(opened, Outcome):
            yield opened, None
            continue
        window[key] = opened
        loaded = sum(len(job.recording.samples) for job in window.values())
        if len(window) >= ahead or loaded >= WINDOW_SAMPLES:
            yield from chain.decode(window)
            window, ahead = {}, min(2 * ahead, LARGEST_WINDOW)
    yield from chain.decode(window)


@dataclass(frozen=True, slots=True)
class _Chain:
    """The stages with everything that stays the same during a run."""

    engines: Engines
    settings: Settings
    lists: _Lists
    progress: Progress

    def open(self, source: SourceFile) -> Job | Outcome:
        """Load and split one file."""
        started = time.monotonic()
        context = self.lists.context_of(source)
        self.progress.stage("load", source.rel.name)
        try:
            recording = load(source, channels=self.settings.channels)
            max_segment_ms = seconds_to_ms(self.settings.max_segment)
            spans = split(recording, self.engines.vad, max_segment_ms=max_segment_ms)
        except RecordingError as error:
            return Outcome(source, Status.FAILED, str(error), wall_ms=_since(started))
        if not spans:
            return _outcome(Job(recording, (), context, started), Status.EMPTY, "no speech")
        return Job(recording, spans, context, started)

    def decode(self, window: dict[int, Job]) -> Iterator[tuple[Outcome, Transcript | None]]:
        """Recognise a window; every job leaves when its last span is back."""
        recordings = {key: job.recording for key, job in window.items()}
        for batch in self._batches(window):
            self.progress.stage("decode", f"{len(batch.items)} spans")
            results = decode(batch, recordings, self.engines.asr)
            for (key, span), result in zip(batch.items, results, strict=True):
                window[key].results[span.index] = result
            for key in [key for key, job in window.items() if job.complete]:
                del recordings[key]
                yield self.finish(window.pop(key))

    def _batches(self, window: dict[int, Job]) -> Iterator[Batch]:
        """Batches of a window: one hotword list after the other, each in force for its own."""
        seconds = self.settings.batch_seconds or self.engines.asr.batch_seconds
        by_list: dict[int, list[tuple[int, Job]]] = {}
        for key, job in window.items():
            by_list.setdefault(id(job.context), []).append((key, job))
        for jobs in by_list.values():
            self.lists.use(jobs[0][1].context)
            spans = ((key, span) for key, job in jobs for span in job.spans)
            yield from plan(spans, budget=int(seconds * SAMPLE_RATE))

    def finish(self, job: Job) -> tuple[Outcome, Transcript | None]:
        """From tokens to a transcript."""
        self.progress.stage("write", job.recording.source.rel.name)
        words = job.context.hotwords
        threshold, keep = self.settings.hotword_repair, self.settings.hotword_keep
        try:
            decoded = [correct(d, words, threshold=threshold, keep=keep) for d in job.decoded()]
            sentences = punctuate(decoded, self.engines.punctuator)
        except RecordingError as error:
            return _outcome(job, Status.FAILED, str(error)), None
        if not sentences:
            return _outcome(job, Status.EMPTY, "no words recognised"), None
        if self.settings.itn:
            sentences = tuple(normalise(sentence) for sentence in sentences)
        style = CueStyle(width=self.settings.caption_width, lines=self.settings.caption_lines)
        transcript = assemble(job.recording, decoded, sentences, job.context, style)
        return _outcome(job, Status.DONE), transcript


class _Lists:
    """The hotword lists of a run; each is given to the recogniser when its recordings come."""

    def __init__(
        self, engines: Engines, settings: Settings, hotwords_of: HotwordsOf, progress: Progress
    ) -> None:
        self._engines, self._hotwords_of, self._progress = engines, hotwords_of, progress
        decoding = (settings.decoding(), settings.fingerprint())
        self._without = RunContext(*decoding, engines.infos, HotwordSet())
        self._known: dict[HotwordSet, RunContext] = {}
        self._in_use: RunContext | None = None

    def context_of(self, source: SourceFile) -> RunContext:
        """What holds for a recording; recordings with the same words get the same context."""
        hotwords = self._hotwords_of(source)
        if hotwords not in self._known:
            self._known[hotwords] = self._accepted(hotwords)
        return self._known[hotwords]

    def use(self, context: RunContext) -> None:
        """Let the recogniser decode with these words from now on."""
        if context is not self._in_use:
            self._engines.asr.set_hotwords(context.hotwords)
            self._in_use = context

    def _accepted(self, hotwords: HotwordSet) -> RunContext:
        """The words that the recogniser can use; the others are told."""
        self._in_use = None
        refused = self._engines.asr.set_hotwords(hotwords)
        for word in refused:
            self._progress.note(f"hotword {word.text} is not used: {word.reason}")
        unusable = {word.text for word in refused}
        words = tuple(word for word in hotwords.words if word[0] not in unusable)
        dropped = hotwords.dropped + refused
        in_force = dataclasses.replace(hotwords, words=words, dropped=dropped)
        return dataclasses.replace(self._without, hotwords=in_force)


def _write(outcome: Outcome, transcript: Transcript | None, outputs: Outputs) -> Outcome:
    """Put one result on disk; what cannot be written becomes the outcome."""
    if transcript is None:
        outputs.record(outcome)
        return outcome
    try:
        return dataclasses.replace(outcome, outputs=outputs.write(transcript))
    except RecordingError as error:
        failed = dataclasses.replace(outcome, status=Status.FAILED, reason=str(error))
        outputs.record(failed)
        return failed


def _outcome(job: Job, status: Status, reason: str = "") -> Outcome:
    return Outcome(
        job.recording.source,
        status,
        reason,
        audio_ms=job.recording.duration_ms,
        wall_ms=_since(job.started),
    )


def _since(started: float) -> int:
    return seconds_to_ms(time.monotonic() - started)
