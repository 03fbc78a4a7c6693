"""The chain: every stage in its order, from files to files.

A recording is read, split, decoded, punctuated, written; while one is decoded, the next are read
and those before are written (`flow`). Spans of many recordings share batches (`pool`); a recording
leaves as soon as its last span is back (`job`). What a ledger knows is not done again.
"""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import threading
import time
from typing import TYPE_CHECKING, TypeAlias

from asrcli.captions.style import CueStyle
from asrcli.clock import SAMPLE_RATE, seconds_to_ms
from asrcli.errors import RecordingError
from asrcli.pipeline.assemble import assemble, recaptioned, together
from asrcli.pipeline.correct import correct
from asrcli.pipeline.decode import decode
from asrcli.pipeline.flow import Flow
from asrcli.pipeline.itn import normalise
from asrcli.pipeline.job import Job
from asrcli.pipeline.ledger import NO_LEDGER, Attempt, Known, Ledger
from asrcli.pipeline.lists import Lists
from asrcli.pipeline.load import OpenRecording
from asrcli.pipeline.plan import plan
from asrcli.pipeline.pool import Pool
from asrcli.pipeline.punctuate import punctuate
from asrcli.pipeline.split import Splitter
from asrcli.report import Report
from asrcli.settings import CAPTION_FORMATS
from asrcli.values import Decoded, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from asrcli.clock import Samples
    from asrcli.engines.base import Asr, Engines
    from asrcli.pipeline.lists import HotwordsOf
    from asrcli.pipeline.pool import Work
    from asrcli.pipeline.write import Outputs
    from asrcli.progress import Progress
    from asrcli.settings import Settings
    from asrcli.values import (
        Batch,
        Outcome,
        Sentence,
        SourceFile,
        SpanAudio,
        SpeechSpan,
        Track,
        Transcript,
    )

    Deliver: TypeAlias = Callable[[Outcome, Transcript | None, Known | None], Outcome]
    Result: TypeAlias = tuple[Outcome, Transcript | None]


def run(
    sources: Iterable[SourceFile],
    engines: Engines,
    settings: Settings,
    hotwords_of: HotwordsOf,
    outputs: Outputs,
    progress: Progress,
    ledger: Ledger = NO_LEDGER,
) -> Report:
    """Transcribe files into files.

    Args:
        sources: in the order of work.
        engines: the models.
        settings: of the run.
        hotwords_of: which list holds for a recording.
        outputs: takes the results.
        progress: is told, by one thread at a time.
        ledger: remembers what was done before.

    Returns:
        The outcome of every source, counted; of fewer where the ledger stopped the run.

    Raises:
        RunError: this run cannot go on; what was done is written.
    """
    report = Report()
    deliver = _writing_to(outputs)
    results = transcribe(
        sources, engines, settings, hotwords_of, progress, ledger=ledger, deliver=deliver
    )
    with contextlib.closing(results):
        for outcome, _ in results:
            report.add(outcome)
    return report


def transcribe(
    sources: Iterable[SourceFile],
    engines: Engines,
    settings: Settings,
    hotwords_of: HotwordsOf,
    progress: Progress,
    *,
    ledger: Ledger = NO_LEDGER,
    deliver: Deliver = lambda outcome, _transcript, _known: outcome,
) -> Iterator[tuple[Outcome, Transcript | None]]:
    """One outcome for each source, as it is done; the transcript where there is text.

    `deliver` puts a result where it belongs and says what became of it; it is called by one thread
    at a time, which need not be the caller's. `progress` is told of every end as well.
    """
    todo = list(sources)
    progress.start(len(todo), sum(source.size_bytes for source in todo))
    chain = _Chain(engines, settings, hotwords_of, progress, ledger, deliver)
    for some in ledger.rounds(todo):
        yield from chain.run(some)


class _Chain:
    """The stages with everything that stays the same during a run."""

    def __init__(
        self,
        engines: Engines,
        settings: Settings,
        hotwords_of: HotwordsOf,
        progress: Progress,
        ledger: Ledger,
        deliver: Deliver,
    ) -> None:
        self._engines, self._settings = engines, settings
        self._progress, self._ledger, self._deliver = progress, ledger, deliver
        self._telling = threading.RLock()
        """Held while progress or the ledger is told something: never by two threads at once."""
        self._lists = Lists(engines, settings, hotwords_of, self._note)
        captions = CAPTION_FORMATS & set(settings.format)
        self._style = CueStyle.of(settings) if captions else None
        self._budget = int((settings.batch_seconds or engines.asr.batch_seconds) * SAMPLE_RATE)
        self._keys = itertools.count()
        self._jobs: dict[int, Job] = {}

    def run(self, sources: Sequence[SourceFile]) -> Iterator[Result]:
        """One round: all sources through all stages."""
        asrs = (self._engines.asr, *self._engines.others)
        self._flow = Flow(Pool(_planned, budget=self._budget, decoders=len(asrs)))
        return self._flow.run(sources, self, self._engines.readers, asrs)

    def stop(self) -> bool:
        """Whether the ledger wants nothing more to begin."""
        with self._telling:
            return bool(self._ledger.stop())

    def read(self, source: SourceFile) -> None:
        """Load and split one file; its spans wait in the pool as soon as they are found."""
        job = Job(next(self._keys), source, self._lists.context_of(source))
        self._jobs[job.key] = job
        self._stage("load", source.rel.name)
        try:
            complete = self._recall_or_listen(job)
        except RecordingError as error:
            complete = self._give_up(job, error)
        if complete:
            self._hand_in(job)

    def _recall_or_listen(self, job: Job) -> bool:
        """Whether the job is complete by now."""
        sound = OpenRecording(job.source, channels=self._settings.channels)
        with self._telling:
            known = self._ledger.known(job.source, job.context, lambda: sound.sha256)
            if known is not None:
                return job.recall(known)
        attempt = Attempt(job.source, sound.sha256, job.context)
        with self._telling:
            number = self._ledger.begin(attempt)
            job.begin(attempt, number, self._ledger.decoded_so_far(attempt))
        with sound:
            max_segment_ms = seconds_to_ms(self._settings.max_segment)
            splitters = [
                Splitter(self._engines.vad.listen(), max_segment_ms=max_segment_ms, channel=lane)
                for lane in sound.lanes
            ]
            with job.working(self._settings.max_time):
                for block in sound.blocks():
                    for splitter, samples in zip(splitters, block, strict=True):
                        self._offer(job, splitter.feed(samples))
                for splitter in splitters:
                    self._offer(job, splitter.finish())
            return job.read(sound.finish())
