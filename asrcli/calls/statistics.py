"""Who spoke how long, who broke in on whom, and where two spoke at once.

Counted on talk: stretches of one channel's words without a pause of `PAUSE_MS`.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from asrcli.clock import Millis

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from asrcli.values import TimedSentence

Talk: TypeAlias = tuple[Millis, Millis]

PAUSE_MS: Millis = 500
"""A shorter gap between two words belongs to the talk around it."""

ANSWER_MS: Millis = 1_000
"""A shorter 嗯 or 对 of the listener ends nobody's monologue."""

BREAK_IN_MS: Millis = 300
"""Who begins less than this before the other ends has only been quick to answer."""


@dataclass(frozen=True, slots=True)
class Share:
    """One channel of a call. `interruptions` counts how often this speaker broke in."""

    channel: int
    talk_ms: Millis
    talk_ratio: float
    longest_monologue_ms: Millis
    interruptions: int


@dataclass(frozen=True, slots=True)
class CallStatistics:
    """A whole call.

    `silence_ratio` is the share of its length in which nobody speaks, `overlap_ms` the time in
    which more than one does. The `talk_ratio`s of all `shares` add up to 1, if anybody spoke.
    """

    shares: tuple[Share, ...]
    silence_ratio: float
    overlap_ms: Millis


def call_statistics(
    sentences: Sequence[TimedSentence], channels: Iterable[int], duration_ms: Millis
) -> CallStatistics:
    """Measure a call.

    Args:
        sentences: of all channels, in recording time.
        channels: the zero-based channels that were listened to, also where nobody spoke.
        duration_ms: of the recording.
    """
    talk = {channel: talk_of(sentences, channel) for channel in channels}
    everyone = [one for own in talk.values() for one in own]
    total_ms = _length(everyone)
    spoken_ms = _held_by(everyone, 1)
    return CallStatistics(
        shares=tuple(_share(channel, talk, total_ms) for channel in talk),
        silence_ratio=1 - spoken_ms / duration_ms if duration_ms else 0.0,
        overlap_ms=_held_by(everyone, 2),
    )


def talk_of(sentences: Iterable[TimedSentence], channel: int) -> list[Talk]:
    """The talk of one channel: (start, end), ordered, disjoint."""
    words = sorted(
        (token.start_ms, token.end_ms)
        for sentence in sentences
        if sentence.channel == channel
        for token in sentence.tokens
    )
    talk: list[Talk] = []
    for start, end in words:
        if talk and start - talk[-1][1] < PAUSE_MS:
            talk[-1] = (talk[-1][0], max(end, talk[-1][1]))
        else:
            talk.append((start, end))
    return talk


def overlaps(sentences: Sequence[TimedSentence]) -> list[Millis]:
    """For each sentence how long somebody on another channel speaks meanwhile."""
    channels = {one.channel for one in sentences if one.channel is not None}
    talk = {channel: talk_of(sentences, channel) for channel in channels}
    found = []
    for one in sentences:
        theirs = (talk[other] for other in channels if other != one.channel)
        meanwhile = [
            (max(start, one.start_ms), min(end, one.end_ms))
            for own in theirs
            for start, end in _during(own, one.start_ms, one.end_ms)
        ]
        found.append(_held_by(meanwhile, 1))
    return found


def _share(channel: int, talk: Mapping[int, Sequence[Talk]], total_ms: Millis) -> Share:
    own = talk[channel]
    others = [theirs for other, theirs in talk.items() if other != channel]
    return Share(
        channel=channel,
        talk_ms=_length(own),
        talk_ratio=_length(own) / total_ms if total_ms else 0.0,
        longest_monologue_ms=_longest(own, others),
        interruptions=sum(any(_breaks_in(one, theirs) for theirs in others) for one in own),
    )


def _longest(own: Sequence[Talk], others: Sequence[Sequence[Talk]]) -> Millis:
    """From the first word to the last one before somebody else takes the turn."""
    turns = sorted(start for theirs in others for start, end in theirs if end - start >= ANSWER_MS)
    longest, since = 0, own[0][0] if own else 0
    before = since
    for start, end in own:
        if bisect_left(turns, start) > bisect_left(turns, before):
            since = start
        longest, before = max(longest, end - since), start
    return longest


def _breaks_in(one: Talk, theirs: Sequence[Talk]) -> bool:
    """Whether a talk begins inside another one, which gives way to it."""
    return any(
        start + BREAK_IN_MS <= one[0] <= end - BREAK_IN_MS and one[1] > end
        for start, end in _during(theirs, one[0], one[0] + 1)
    )


def _during(talk: Sequence[Talk], start_ms: Millis, end_ms: Millis) -> Sequence[Talk]:
    """Those that have a part in [start_ms, end_ms)."""
    first = bisect_right(talk, start_ms, key=lambda one: one[1])
    return talk[first : max(first, bisect_left(talk, end_ms, key=lambda one: one[0]))]


def _length(talk: Iterable[Talk]) -> Millis:
    return sum(end - start for start, end in talk)


def _held_by(talk: Iterable[Talk], speakers: int) -> Millis:
    """The time in which at least so many talks go on."""
    edges = sorted(edge for start, end in talk for edge in ((start, 1), (end, -1)))
    held = depth = last = 0
    for at, step in edges:
        if depth >= speakers:
            held += at - last
        depth, last = depth + step, at
    return held
