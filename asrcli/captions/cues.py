"""Captions a person can read, cut from the written text and timed by its tokens.

A cue begins with its first token and may stay while nobody speaks, never over the next cue. So
where the cuts lie decides everything: how long each cue can be shown, how fast it must be read,
whether it fits its lines. The best cuts of a recording are found by dynamic programming over the
places where a break is allowed (the idea of Knuth and Plass, "Breaking paragraphs into lines",
1981), and the line breaks inside a cue the same way (`lines`).

Reading speed counts display cells like the width, because a reader takes in about two letters in
the time of one Chinese character. Spaces are not read.

At the end of a line ，。 and 、 are not shown, as in Chinese subtitles everywhere; ？ is.

Where several channels are transcribed apart, their words are taken in the order of time, and each
speaker has lines of their own in a cue: people who speak at once are read at once.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from asrcli.captions.atoms import Grain, atoms
from asrcli.captions.labels import label
from asrcli.captions.lines import Page, lay_out
from asrcli.captions.style import GRID_MS, CueStyle, display_cells, grid_before, read_cells
from asrcli.values import Cue

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from asrcli.captions.atoms import Atom
    from asrcli.clock import Millis
    from asrcli.values import TimedSentence

__all__ = ["CueStyle", "cues"]

FLICKER_MS: Millis = 120
"""A pause between two cues that is longer than the gap by less than this is closed to the gap: it
would only flicker."""

LONGEST_LEAD_MS: Millis = 1000
"""How long before its first word a cue may come, where it could not be read otherwise."""

LONGEST_LAG_MS: Millis = 300
"""How long after its first word a cue may come, where the one before it could not be read
otherwise."""

# What is bad about a cue, in one currency; a broken limit costs more than any matter of taste.
_EACH_CUE = 3.0
_FULLNESS = 6.0  # times the square of the share used, so that equal cues beat unequal ones
_SENTENCE_INSIDE = 4.0
_SECOND_OF_SILENCE_INSIDE = 6.0
_BROKEN_LIMIT = 1000.0
_TOO_BRIEF = 500.0  # times the share by which the time needed is longer than the time there is


def cues(
    sentences: Sequence[TimedSentence],
    style: CueStyle,
    *,
    names: Sequence[str] = (),
    end_ms: Millis | None = None,
) -> tuple[Cue, ...]:
    """Cut the text of a recording into captions.

    Args:
        sentences: in recording time; those of one channel in order.
        style: the limits. They hold wherever the speech allows; `check` counts the exceptions.
        names: of the channels' speakers, in the order of the channels; room is left for them.
        end_ms: the end of the recording, which no cue outlasts.

    Returns:
        Cues in order, without overlap. Together they hold all characters of `written` except
        spaces at breaks and the marks that are not shown at the end of a line.
    """
    if not sentences:
        return ()
    channels = {sentence.channel for sentence in sentences}
    labels = {channel: label(names, channel) for channel in channels}
    made, broken = _captions(sentences, style, labels, end_ms, Grain.WORDS)
    if broken:
        # A word broken in two is better than a caption that cannot be read.
        finer, still_broken = _captions(sentences, style, labels, end_ms, Grain.CHARACTERS)
        if still_broken < broken:
            return finer
    return made


def _captions(
    sentences: Sequence[TimedSentence],
    style: CueStyle,
    labels: Mapping[int | None, str],
    end_ms: Millis | None,
    grain: Grain,
) -> tuple[tuple[Cue, ...], int]:
    """The best captions at one grain, and how many of them are too brief."""
    limit = math.inf if end_ms is None else grid_before(end_ms)
    widest = max(map(display_cells, labels.values()))
    material = _Material.of(
        atoms(sentences, cells=style.cells - widest, limit_ms=limit, grain=grain),
        {channel: display_cells(text) for channel, text in labels.items()},
        {channel: read_cells(text) for channel, text in labels.items()},
    )
    cuts = list(pairwise(_cuts(material, style, limit)))
    times = _times(material, cuts, style, limit)
    made = [_cue(material, cut, time, style) for cut, time in zip(cuts, times, strict=True)]
    return tuple(made), sum(time.shown < time.needed for time in times)


@dataclass(frozen=True, slots=True)
class _Material:
    """The atoms of all channels in order, and what a cut behind each costs all channels."""

    atoms: Sequence[Atom]
    cut_costs: Sequence[float]
    inside_costs: Sequence[float]
    label_cells: Mapping[int | None, int]
    label_read_cells: Mapping[int | None, int]

    @classmethod
    def of(
        cls,
        own: Sequence[Atom],
        label_cells: Mapping[int | None, int],
        label_read_cells: Mapping[int | None, int],
    ) -> _Material:
        """Add up, at each place, what a cut does to everyone who is in the middle of something."""
        standing: dict[int | None, float] = {}
        cut_costs: list[float] = []
        inside_costs: list[float] = []
        spoken_ms = 0
        for here, following in zip(own, [*own[1:], None], strict=True):
            standing[here.channel] = here.break_cost
            cut_costs.append(sum(standing.values()))
            spoken_ms = max(spoken_ms, here.end_ms)
            inside_costs.append(_inside_cost(spoken_ms, following) if following else 0.0)
        return cls(own, cut_costs, inside_costs, label_cells, label_read_cells)

    def end(self, index: int, limit: float, style: CueStyle) -> float:
        """Until when the cue before this atom can be shown; behind the last one comes no gap."""
        if index == len(self.atoms):
            return limit
        return grid_before(self.atoms[index].start_ms) - style.gap_ms


def _inside_cost(spoken_ms: Millis, following: Atom) -> float:
    """The price of going on in the same cue: what follows would be read before it is heard."""
    pause_s = max(0, following.start_ms - spoken_ms) / 1000
    cost = _SECOND_OF_SILENCE_INSIDE * max(0.0, pause_s - 0.5)
    return cost + _SENTENCE_INSIDE if following.begins else cost


def _cuts(material: _Material, style: CueStyle, limit: float) -> list[int]:
    """Where the cheapest sequence of cues is cut: 0, ..., len(material.atoms)."""
    count = len(material.atoms)
    best = [0.0] + [math.inf] * count
    origin = [0] * (count + 1)
    ends = [material.end(index, limit, style) for index in range(1, count + 1)]
    # There are few sizes, and each is asked for again and again.
    sized = functools.cache(functools.partial(_sized, style))
    for first in range(count):
        page = Page(style.cells, material.label_cells)
        cells, cost = 0, best[first] + _EACH_CUE
        start = grid_before(material.atoms[first].start_ms)
        latest = start + style.max_ms
        for last in range(first, count):
            atom = material.atoms[last]
            new_turn = atom.channel not in page.cells
            fits = page.add(atom) <= style.lines and atom.end_ms <= latest
            if last > first and not fits:
                break
            if new_turn:
                cells += material.label_read_cells[atom.channel]
            room = min(ends[last], latest) // GRID_MS * GRID_MS - start
            price, needed = sized(cells + atom.shown_cells)
            if room < needed:
                price += _BROKEN_LIMIT + _TOO_BRIEF * needed / max(room, 1)
            total = cost + material.cut_costs[last] + price
            if total < best[last + 1]:
                best[last + 1], origin[last + 1] = total, first
            cells += atom.cells
            cost += material.inside_costs[last]
    cuts = [count]
    while cuts[-1] > 0:
        cuts.append(origin[cuts[-1]])
    return cuts[::-1]


def _sized(style: CueStyle, cells: int) -> tuple[float, Millis]:
    """The price of a cue for its size, and how long it must be shown."""
    full = cells / (style.cells * style.lines)
    return _FULLNESS * full * full, style.shown_ms(cells)


@dataclass(slots=True)
class _Time:
    """When a cue is shown, how long it takes to read it, and until when it could be shown."""

    start: Millis
    end: Millis
    needed: Millis
    latest: Millis

    @property
    def shown(self) -> Millis:
        """How long it is shown."""
        return self.end - self.start


def _times(
    material: _Material, cuts: Sequence[tuple[int, int]], style: CueStyle, limit: float
) -> list[_Time]:
    """A cue is shown while it is spoken and read, and goes before the next or after `max_ms`.

    One that cannot be read in that time comes earlier, where nothing else is shown, or makes the
    next one wait a little, where that one has time to spare.
    """
    times: list[_Time] = []
    earliest = 0
    for first, last in cuts:
        shown = material.atoms[first:last]
        start = grid_before(shown[0].start_ms)
        needed = style.shown_ms(_read_cells(shown, material.label_read_cells))
        longest = min(start + style.max_ms, material.end(last, limit, style))
        spoken = max(atom.end_ms for atom in shown)
        end = grid_before(min(max(spoken, start + needed) + GRID_MS - 1, longest))
        if end - start < needed:
            wanted = min(-grid_before(-needed), grid_before(style.max_ms))
            start = min(start, max(earliest, end - wanted, start - LONGEST_LEAD_MS))
        # Where words come faster than the gap lasts, order goes before the gap.
        start = max(start, times[-1].end if times else 0)
        end = max(end, start + GRID_MS)
        times.append(_Time(start, end, needed, max(end, grid_before(longest))))
        earliest = times[-1].end + style.gap_ms + (-style.gap_ms % GRID_MS)
    ends = [*(time.start - style.gap_ms for time in times[2:]), limit]
    for (time, following_time), end_of_both in zip(pairwise(times), ends, strict=False):
        if time.needed <= style.max_ms:
            _borrow(time, following_time, grid_before(min(following_time.latest, end_of_both)))
    starts = [*(time.start for time in times[1:]), limit + style.gap_ms]
    for time, following in zip(times, starts, strict=True):
        if time.end < following - style.gap_ms < time.end + FLICKER_MS:
            time.end = grid_before(min(following - style.gap_ms, time.start + style.max_ms))
    return times


def _borrow(time: _Time, following: _Time, latest: Millis) -> None:
    """Let a cue stay until it can be read, if the next one then can be too, up to `latest`."""
    missing = -grid_before(time.shown - time.needed)
    spare = latest - following.start - following.needed
    if 0 < missing <= min(LONGEST_LAG_MS, spare):
        time.end += missing
        following.start += missing
        following.end = max(following.end, following.start - grid_before(-following.needed))


def _read_cells(shown: Sequence[Atom], label_read_cells: Mapping[int | None, int]) -> int:
    """Display cells that are read in a cue: its names, its text, but not its last mark."""
    speakers = {atom.channel for atom in shown}
    labels = sum(label_read_cells[channel] for channel in speakers)
    return labels + sum(atom.cells for atom in shown[:-1]) + shown[-1].shown_cells


def _cue(material: _Material, cut: tuple[int, int], time: _Time, style: CueStyle) -> Cue:
    shown = material.atoms[slice(*cut)]
    turns = lay_out(shown, style, material.label_cells)
    texts = tuple((channel, "\n".join(line for line, _ in lines)) for channel, lines in turns)
    return Cue(
        start_ms=time.start,
        end_ms=time.end,
        text="\n".join(text for _, text in texts),
        channel=shown[0].channel,
        turns=texts if len(texts) > 1 else (),
        line_starts=tuple(
            max(time.start, grid_before(begun)) for _, lines in turns for _, begun in lines
        ),
    )
