"""A run without a ledger: nothing is known, nothing stops it."""

from __future__ import annotations

from asrcli.pipeline.ledger import NO_LEDGER, Attempt, Ledger
from asrcli.values import HotwordSet, Outcome, RunContext, Status
from tests.values_samples import source

CONTEXT = RunContext((), "", (), HotwordSet())


def digest() -> str:
    raise AssertionError("nobody should read the file")


def test_it_keeps_the_protocol_and_knows_nothing() -> None:
    ledger: Ledger = NO_LEDGER
    sources = [source("a"), source("b")]
    assert [list(some) for some in ledger.rounds(sources)] == [sources]
    assert ledger.known(sources[0], CONTEXT, digest) is None
    attempt = Attempt(sources[0], "f" * 64, CONTEXT)
    assert ledger.begin(attempt) == 1
    ledger.decoded([])
    ledger.finished(Outcome(sources[0], Status.DONE), CONTEXT, None)
    assert ledger.decoded_so_far(attempt) == {}
    assert ledger.known(sources[0], CONTEXT, digest) is None
    assert ledger.stop() == ""
