"""Stage 10: what is done is not done again, and what kills the program is set aside.

The chain asks before it decodes a recording (is it known? what is decoded of it already?) and
tells before (an attempt begins) and after (what came out). Every answer is in the database when
the call returns, so that a process that is killed at any point loses at most the batch that was
under way.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from asrcli.errors import AsrError
from asrcli.history import contents, work
from asrcli.history.codec import path_key
from asrcli.history.contents import Facts, Result, Work
from asrcli.history.work import Delivery, End
from asrcli.pipeline.ledger import Known
from asrcli.values import Outcome, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from asrcli.history.store import Store
    from asrcli.pipeline.ledger import Attempt
    from asrcli.values import Decoded, RunContext, SourceFile, SpeechSpan, Transcript

BAD = frozenset({Status.FAILED, Status.SET_ASIDE})


def never() -> str:
    """No reason to stop."""
    return ""


def is_blameless(error: BaseException) -> bool:
    """Whether what ended a run has nothing to do with the recordings that were under way.

    A signal, a full disk and a locked journal would have come with any recording. A device that
    was lost or an internal error may come again with the same one, every night.
    """
    import sqlite3

    outside = isinstance(error.__cause__, OSError | sqlite3.Error)
    return not isinstance(error, Exception) or (isinstance(error, AsrError) and outside)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a run asks of its journal.

    Attributes:
        inputs: the folder of the recordings.
        output: the folder of the results, whose lock the run holds.
        formats: those that make a file for each recording.
        tables: whether a table of the run needs the text of every recording, known or not.
        looks: fingerprint of the settings that change the files but not the text.
        force: decode everything again.
        retry_failed: try again what failed or was set aside.
        max_attempts: so many deaths of the process, and a recording is set aside.
        max_failures: so many failures, and the run stops; 0 for any number.
    """

    inputs: Path
    output: Path
    formats: tuple[str, ...]
    tables: bool
    looks: str
    force: bool = False
    retry_failed: bool = False
    max_attempts: int = 3
    max_failures: int = 0


class Journal:
    """The ledger of a run (see `asrcli.pipeline.ledger.Ledger`), kept in a database."""

    def __init__(self, store: Store, terms: Terms, stop: Callable[[], str] = never) -> None:
        """Begin a run.

        Args:
            store: the open database.
            terms: what the run asks for.
            stop: gives the reason to stop early, or nothing.

        Raises:
            RunError: the database cannot be written.
        """
        self._store, self._terms, self._stop = store, terms, stop
        self._output = Path(os.path.realpath(terms.output))
        self._contexts: dict[int, tuple[RunContext, int]] = {}
        self._facts: dict[Path, Facts] = {}
        self._works: dict[Path, Work] = {}
        self._found: dict[Path, int] = {}
        """Results of earlier runs that are written anew, or fail as they did before."""
        self._failures = 0
        with store.transaction() as connection:
            inputs = Path(os.path.realpath(terms.inputs))
            self.run = work.begin_run(connection, inputs=inputs, output=self._output)

    def rounds(self, sources: Sequence[SourceFile]) -> Iterator[Sequence[SourceFile]]:
        """All recordings above suspicion together, then each of the others by itself.

        A process that dies takes all recordings with it that were under way. Alone in the
        process, each shows whether it was the one.
        """
        names = work.suspects(self._store, self._output)
        suspected = {source for source in sources if path_key(source.path) in names}
        yield [source for source in sources if source not in suspected]
        for source in sources:
            if source in suspected:
                yield [source]

    def known(
        self, source: SourceFile, context: RunContext, digest: Callable[[], str]
    ) -> Known | None:
        """What is known of a recording, so that it need not be decoded.

        Its path, size, time and inode come first; the content is only hashed where one of its
        size was read before.
        """
        facts = _facts(source.path)
        if facts is None:
            return None
        sha256 = "" if self._terms.force else self._hash(source, facts, digest)
        known = self._by_content(source, context, sha256) if sha256 else None
        if known is None:
            # Taken before the content was read: one that changes meanwhile is not the old one.
            self._facts[source.path] = facts
        return known

    def _by_content(self, source: SourceFile, context: RunContext, sha256: str) -> Known | None:
        """What is known of a content; nothing if it is to be decoded."""
        content = Work(sha256, self._context(context))
        deaths = self._deaths(content)
        if deaths >= self._terms.max_attempts and not self._terms.retry_failed:
            times = "once" if deaths == 1 else f"{deaths} times"
            reason = f"the program died {times} while it worked on it; --retry-failed tries again"
            return Known(Outcome(source, Status.SET_ASIDE, reason, attempts=deaths))
        result = contents.find_result(self._store, content)
        if result is None or (result.status is Status.FAILED and self._terms.retry_failed):
            return None
        try:
            return self._recalled(source, context, result)
        except ValueError:
            return None  # stored by a program that stored something else: decoded once more

    def begin(self, attempt: Attempt) -> int:
        """Note that work on a recording begins; gives how many times that makes."""
        content = Work(attempt.sha256, self._context(attempt.context))
        path = attempt.source.path
        self._works[path] = content
        facts = self._facts.pop(path, None)
        deaths = self._deaths(content)
        with self._store.transaction() as connection:
            if facts:
                contents.remember_hash(connection, path, facts, attempt.sha256)
            if deaths >= self._terms.max_attempts:
                work.end_attempts(connection, self._output, content, path)
                deaths = 0
            work.begin_attempt(connection, self.run, self._output, path, content)
        return deaths + 1

    def decoded_so_far(self, attempt: Attempt) -> Mapping[SpeechSpan, Decoded]:
        """The spans of a recording that an earlier run decoded before it was stopped."""
        if self._terms.force:
            return {}
        content = Work(attempt.sha256, self._context(attempt.context))
        try:
            return contents.load_spans(self._store, content)
        except ValueError:
            return {}

    def decoded(self, results: Sequence[tuple[Attempt, Decoded]]) -> None:
        """Keep what came back of a batch."""
        found = [
            (Work(attempt.sha256, self._context(attempt.context)), item)
            for attempt, item in results
        ]
        if found:
            with self._store.transaction() as connection:
                contents.save_spans(connection, found)

    def finished(
        self, outcome: Outcome, context: RunContext, transcript: Transcript | None
    ) -> None:
        """Note how a recording ended; its files are on the disk."""
        path = outcome.source.path
        content = self._works.pop(path, None)
        result = self._found.pop(path, None)
        bad = outcome.status in BAD
        self._failures += outcome.status is Status.FAILED and result is None
        with self._store.transaction() as connection:
            if content is not None:
                result = contents.save_result(connection, content, outcome, transcript)
                work.end_attempts(connection, self._output, content, path)
            delivery = Delivery(
                outcome.status if bad or not transcript else Status.DONE,
                outcome.reason,
                result,
                self._looks(context),
                () if bad else self._terms.formats,
                tuple(os.path.relpath(file, self._terms.output) for file in outcome.outputs),
            )
            old = work.save_delivery(connection, self.run, self._output, outcome, delivery)
            if old is not None:
                contents.drop_if_unused(connection, old)
            if outcome.status is not Status.SKIPPED:
                work.save_outcome(connection, self.run, outcome)

    def stop(self) -> str:
        """The reason to begin nothing more, or nothing."""
        most = self._terms.max_failures
        if most and self._failures >= most:
            return f"--max-failures {most} is reached"
        return self._stop()

    @property
    def gave_up(self) -> bool:
        """Whether too many recordings failed."""
        return 0 < self._terms.max_failures <= self._failures

    def end(self, end: End, *, blameless: bool = True) -> None:
        """Note how the run ended.

        Args:
            end: what the shell is told, and the counts.
            blameless: whether what was under way has nothing to do with it; else it counts as a
                death of the process.
        """
        with self._store.transaction() as connection:
            work.end_run(connection, self.run, end)
            if blameless:
                work.release_attempts(connection, self.run)

    def standing(self, source: SourceFile) -> Known | None:
        """How a recording stands in the output folder, whatever settings it was made with.

        For the tables of a run that stopped early: the files of what it did not reach are there.
        """
        delivery = work.find_delivery(self._store, self._output, source.rel)
        if delivery is None:
            return None
        outcome = Outcome(source, delivery.status, delivery.reason)
        if delivery.result is None or delivery.status is not Status.DONE:
            return Known(outcome)
        transcript = contents.transcript_of(self._store, delivery.result, source)
        return Known(outcome, transcript, files_stand=True)

    def _deaths(self, content: Work) -> int:
        """How many processes died at work on a content."""
        return work.deaths(self._store, self._output, content, besides=self.run)

    def _hash(self, source: SourceFile, facts: Facts, digest: Callable[[], str]) -> str:
        """The hash of a file whose content may be known; empty if it cannot be."""
        sha256 = contents.hash_of(self._store, source.path, facts)
        if sha256 or not contents.knows_size(self._store, facts.size_bytes):
            return sha256
        sha256 = digest()
        with self._store.transaction() as connection:
            contents.remember_hash(connection, source.path, facts, sha256)
        return sha256

    def _recalled(self, source: SourceFile, context: RunContext, result: Result) -> Known | None:
        """A result of an earlier run; whether its files stand decides what must be written.

        A failure only holds for the file that failed, not for its copies: why one fails may have
        to do with its name.
        """
        delivery = work.find_delivery(self._store, self._output, source.rel)
        stand = delivery is not None and self._stands(delivery, result, context)
        if result.status is Status.FAILED:
            if delivery is None or (delivery.status, delivery.result) != (result.status, result.id):
                return None
            self._found[source.path] = result.id
            return Known(Outcome(source, Status.FAILED, delivery.reason))
        if result.transcript is None:
            known = Known(_as_before(source, result), None, stand)
        elif stand and not self._terms.tables:
            known = Known(Outcome(source, Status.SKIPPED), None, stand)
        else:
            transcript = contents.load_transcript(result.transcript, source, context)
            known = Known(Outcome(source, Status.SKIPPED), transcript, stand)
        if not stand:
            self._found[source.path] = result.id
        return known

    def _stands(self, delivery: Delivery, result: Result, context: RunContext) -> bool:
        """Whether the files of a recording are those that would be written now."""
        return (
            delivery.result == result.id
            and (delivery.status is result.status)
            and delivery.looks == self._looks(context)
            and set(self._terms.formats) <= set(delivery.formats)
            and all((self._output / name).is_file() for name in delivery.files)
        )

    def _looks(self, context: RunContext) -> str:
        """Fingerprint of what the files show beside the text."""
        dropped = [(word.line, word.text, word.reason) for word in context.hotwords.dropped]
        whole = json.dumps([self._terms.looks, context.hotwords.sha256, dropped])
        return hashlib.sha256(whole.encode()).hexdigest()

    def _context(self, context: RunContext) -> int:
        """The stored number of a context; the value is kept, so that its identity stays its own."""
        known = self._contexts.get(id(context))
        if known is None:
            known = (context, contents.context_id(self._store, context))
            self._contexts[id(context)] = known
        return known[1]


def _as_before(source: SourceFile, result: Result) -> Outcome:
    """The outcome of a recording without text, which this run did not work on."""
    return Outcome(
        source,
        result.status,
        result.reason,
        attempts=0,
        audio_ms=result.audio_ms,
        speech_ms=result.speech_ms,
    )


def _facts(path: Path) -> Facts | None:
    """The facts of a regular file with content; anything else is looked at afresh each time."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return Facts.of(found) if stat.S_ISREG(found.st_mode) and found.st_size else None
