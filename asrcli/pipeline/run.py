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
from queue import SimpleQueue
from typing import TYPE_CHECKING, TypeAlias

from asrcli.calls.crosstalk import without_crosstalk
from asrcli.calls.notes import has_speakers, why_silent
from asrcli.captions import words
from asrcli.captions.check import check, summary
from asrcli.captions.style import CueStyle
from asrcli.clock import SAMPLE_RATE, seconds_to_ms
from asrcli.errors import RecordingError
from asrcli.pipeline.apart import listeners
from asrcli.pipeline.assemble import assemble, recaptioned, together
from asrcli.pipeline.correct import correct
from asrcli.pipeline.decode import decode
from asrcli.pipeline.flow import Flow
from asrcli.pipeline.itn import Style, normalise, wishes_of
from asrcli.pipeline.job import Job
from asrcli.pipeline.ledger import NO_LEDGER, Attempt, Known, Ledger
from asrcli.pipeline.listen import Manner
from asrcli.pipeline.lists import Lists
from asrcli.pipeline.plan import BATCH_COST, plan
from asrcli.pipeline.pool import Pool
from asrcli.pipeline.punctuate import punctuate
from asrcli.report import Report
from asrcli.settings import CAPTION_FORMATS
from asrcli.values import Decoded, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Sequence

    from asrcli.clock import Samples
    from asrcli.engines.base import Asr, Engines
    from asrcli.errors import DeviceLostError
    from asrcli.pipeline.listen import Listener
    from asrcli.pipeline.lists import HotwordsOf
    from asrcli.pipeline.pool import Work
    from asrcli.pipeline.write import Outputs
    from asrcli.progress import Progress
    from asrcli.settings import Settings
    from asrcli.values import (
        Batch,
        Outcome,
        SourceFile,
        SpanAudio,
        SpeechSpan,
        Track,
        Transcript,
    )

    Deliver: TypeAlias = Callable[[Outcome, Transcript | None, Known | None], Outcome]
    Result: TypeAlias = tuple[Outcome, Transcript | None]

STARTS_IN_A_BATCH = 60
"""A full batch takes as long as so many starts: a second of audio each on a CPU."""


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
) -> Generator[Result, None, None]:
    """One outcome for each source, as it is done; the transcript where there is text.

    `deliver` puts a result where it belongs and says what became of it; several threads call it,
    none of which need be the caller's. `progress` is told of every end as well.
    """
    todo = list(sources)
    chain = _Chain(engines, settings, hotwords_of, progress, ledger, deliver)
    progress.start(len(todo), sum(source.size_bytes for source in todo))
    with contextlib.closing(chain):
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
        self._style = None
        if CAPTION_FORMATS & set(settings.format):
            self._style = CueStyle.of(settings)
            words.prepare()
        self._budget = int((settings.batch_seconds or engines.asr.batch_seconds) * SAMPLE_RATE)
        self._keys = itertools.count()
        self._jobs: dict[int, Job] = {}
        manner = Manner(
            settings.channels, seconds_to_ms(settings.max_segment), engines.asr.takes_mel
        )
        self._listeners: SimpleQueue[Listener] = SimpleQueue()
        """Those that no reader uses; there is one for each."""
        for listener in listeners(engines, manner):
            self._listeners.put(listener)

    def run(self, sources: Sequence[SourceFile]) -> Iterator[Result]:
        """One round: all sources through all stages."""
        asrs = (self._engines.asr, *self._engines.others)
        self._flow = Flow(Pool(self._plan, budget=self._budget, decoders=len(asrs)))
        return self._flow.run(sources, self, self._engines.readers, asrs)

    def close(self) -> None:
        """Nothing more is read."""
        while not self._listeners.empty():
            self._listeners.get_nowait().close()

    def stop(self) -> bool:
        """Whether the ledger wants nothing more to begin."""
        with self._telling:
            return bool(self._ledger.stop())

    def read(self, source: SourceFile) -> None:
        """Load and split one file; its spans wait in the pool as soon as they are found."""
        context, limit_s = self._lists.context_of(source), self._settings.max_time
        job = Job(next(self._keys), source, context, limit_s=limit_s)
        self._jobs[job.key] = job
        self._stage("load", source.rel.name)
        listener = self._listeners.get_nowait()
        try:
            complete = self._recall_or_listen(job, listener)
        except RecordingError as error:
            complete = self._give_up(job, error)
        finally:
            self._listeners.put(listener)
        if complete:
            self._hand_in(job)

    def _recall_or_listen(self, job: Job, listener: Listener) -> bool:
        """Whether the job is complete by now."""
        pool = self._flow.pool
        sound = listener.open(job.source, limit_s=job.limit_s, stopped=lambda: pool.closed)
        with self._telling:
            known = self._ledger.known(job.source, job.context, lambda: sound.sha256)
            if known is not None:
                return job.recall(known)
        attempt = Attempt(job.source, sound.sha256, job.context)
        with self._telling:
            number = self._ledger.begin(attempt)
            job.begin(attempt, number, self._ledger.decoded_so_far(attempt))
        with sound:
            for pieces in job.timed(sound.pieces()):
                for piece in pieces:
                    self._offer(job, piece)
            return job.read(sound.finish())

    def _offer(self, job: Job, piece: SpanAudio) -> None:
        """Let a span wait for a batch, unless an earlier attempt has decoded it."""
        job.expect(piece.span)
        before = job.so_far.get(piece.span)
        if before is None:
            self._flow.pool.put(job.key, job.context, piece)
        else:
            job.add(piece.span, dataclasses.replace(before, span=piece.span))

    def decode(self, asr: Asr, work: Work) -> None:
        """Recognise one batch; every recording leaves when its last span is back."""
        items = work.batch.items
        self._stage("decode", f"{len(items)} spans")
        self._lists.use(asr, work.context)
        began = time.monotonic()
        results = decode(work.batch, work.sounds, asr)
        share_s = (time.monotonic() - began) / len(items)
        found = [
            (job, span, result)
            for (key, span), result in zip(items, results, strict=True)
            if (job := self._jobs.get(key)) is not None
        ]
        self._keep(found)
        for job, span, result in found:
            complete = job.add(span, result)
            try:
                job.spend(share_s)
            except RecordingError as error:
                complete = self._give_up(job, error) or complete
            if complete:
                self._hand_in(job)

    def _plan(self, spans: Iterable[tuple[int, SpeechSpan]], budget: Samples) -> tuple[Batch, ...]:
        # A device that takes large batches works through much in the time that a start costs.
        batch_cost = max(BATCH_COST, self._budget // STARTS_IN_A_BATCH)
        return plan(spans, budget=budget, batch_cost=batch_cost)

    def lost(self, error: DeviceLostError) -> None:
        """Go on without a device."""
        self._note(f"{error}; the other devices go on")

    def _keep(self, found: Iterable[tuple[Job, SpeechSpan, Decoded | RecordingError]]) -> None:
        """Let the ledger keep what a batch has brought."""
        done = [
            (job.attempt, result)
            for job, _, result in found
            if job.attempt is not None and isinstance(result, Decoded)
        ]
        with self._telling:
            self._ledger.decoded(done)

    def _give_up(self, job: Job, error: RecordingError) -> bool:
        """Nothing more of this recording is decoded; whether it is complete by that."""
        self._flow.pool.drop(job.key)
        return job.fail(error)

    def _hand_in(self, job: Job) -> None:
        del self._jobs[job.key]
        self._flow.hand_in(job)

    def finish(self, job: Job) -> Result:
        """From tokens to files."""
        self._stage("write", job.source.rel.name)
        known = job.known
        outcome, transcript = self._recalled(known) if known else self._concluded(job)
        refused = ""
        if transcript is not None and (known is None or not known.files_stand):
            refused = self._refused(transcript)
        if refused:
            outcome = dataclasses.replace(outcome, status=Status.FAILED, reason=refused)
        outcome = self._deliver(outcome, None if refused else transcript, known)
        with self._telling:
            if known is None or not known.files_stand:
                self._ledger.finished(outcome, job.context, transcript)
            self._progress.finished(outcome)
        return outcome, None if outcome.status is Status.FAILED else transcript

    def _recalled(self, known: Known) -> Result:
        """What was done before, with the captions of today where any are written."""
        if known.transcript is None or known.files_stand:
            return known.outcome, known.transcript
        return known.outcome, self._named(known.transcript)

    def _named(self, transcript: Transcript) -> Transcript:
        """With the speakers' names of today, and captions that show them."""
        names = self._settings.channel_names if has_speakers(transcript) else ()
        named = dataclasses.replace(transcript, channel_names=names)
        return named if self._style is None else recaptioned(named, self._style)

    def _refused(self, transcript: Transcript) -> str:
        """Tell of captions over a limit; why they are not written, where the user is strict.

        What was decoded is kept all the same: it is only waiting for other limits.
        """
        if self._style is None:
            return ""
        names, sentences = transcript.channel_names, transcript.sentences
        found = check(transcript.cues, self._style, names=names, sentences=sentences)
        over = [finding for finding in found if not finding.forced]
        if over and self._settings.strict_captions:
            return f"{summary(over)}; change the limits, or leave out --strict-captions"
        if found:
            self._note(f"{transcript.source.rel}: {summary(found)}")
        return ""

    def _concluded(self, job: Job) -> Result:
        try:
            found = job.lanes()
            lanes = [self._transcript(job, *lane) for lane in without_crosstalk(found)]
        except RecordingError as error:
            return job.outcome(Status.FAILED, str(error)), None
        if not any(lane.sentences for lane in lanes):
            reason = "no words recognised" if job.has_speech else "no speech"
            return job.outcome(Status.EMPTY, reason + why_silent(found[0][0])), None
        whole = lanes[0] if len(lanes) == 1 else together(lanes, None)
        return job.outcome(Status.DONE), self._named(whole)

    def _transcript(self, job: Job, track: Track, heard: Sequence[Decoded]) -> Transcript:
        """One lane from tokens to sentences in recording time."""
        settings, hotwords = self._settings, job.context.hotwords
        threshold, keep = settings.hotword_repair, settings.hotword_keep
        decoded = [correct(item, hotwords, threshold=threshold, keep=keep) for item in heard]
        sentences = punctuate(
            decoded,
            self._engines.punctuator,
            max_characters=settings.max_sentence,
            hotwords=hotwords,
        )
        if settings.itn:
            style, wishes = Style(settings.itn_style), wishes_of(settings.itn_phrase, hotwords)
            sentences = tuple(normalise(one, style=style, wishes=wishes) for one in sentences)
        return assemble(track, decoded, sentences, job.context, None)

    def _stage(self, name: str, waits_for: str) -> None:
        with self._telling:
            self._progress.stage(name, waits_for)

    def _note(self, line: str) -> None:
        with self._telling:
            self._progress.note(line)


def _writing_to(outputs: Outputs) -> Deliver:
    """Puts results on disk; what cannot be written becomes the outcome."""

    def write(outcome: Outcome, transcript: Transcript | None, known: Known | None) -> Outcome:
        if transcript is None:
            outputs.record(outcome)
            return outcome
        if known is not None and known.files_stand:
            outputs.rows(transcript)
            return outcome
        try:
            return dataclasses.replace(outcome, outputs=outputs.write(transcript))
        except RecordingError as error:
            failed = dataclasses.replace(outcome, status=Status.FAILED, reason=str(error))
            outputs.record(failed)
            return failed

    return write
