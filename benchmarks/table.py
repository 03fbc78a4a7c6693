"""The results as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.growth import Point
    from benchmarks.rounds import Comparison, Entry

HEADINGS = (
    *("model", "folder", "who", "RTFx", "median", "times FunASR", "work s", "cpu s", "cpu times"),
    *("load s", "peak MB", "device idle", "CER to fp32"),
)
GROWTH = ("what", "size", "audio s", "work s", "work s an hour", "cpu s an hour", "peak MB")
NONE = "-"


def markdown(comparisons: Sequence[Comparison], points: Sequence[Point]) -> str:
    """One table of all runs, one of the stages, one of the growth, and who was absent."""
    rows = [_row(c, entry) for c in comparisons for entry in c.entries if entry.runs]
    parts = [_table(HEADINGS, rows)]
    parts += [_stages(c) for c in comparisons if c.stages]
    if points:
        parts.append(_table(GROWTH, [_point(point) for point in points]))
    absent = sorted({f"- {e.name}: {e.absent}" for c in comparisons for e in c.entries if e.absent})
    if absent:
        parts.append("\n".join(["Not run:", "", *absent]))
    return "\n\n".join(parts) + "\n"


def _row(comparison: Comparison, entry: Entry) -> list[str]:
    ratio = comparison.ratio(entry)
    audio = comparison.audio_s
    load = min(run.load_s for run in entry.runs)
    peak = max(run.peak_bytes for run in entry.runs)
    idle = [run.idle for run in entry.runs if run.idle is not None]
    return [
        comparison.model,
        f"{comparison.folder} ({comparison.files}, {audio:.0f} s)",
        entry.name,
        f"{audio / entry.best_s:.1f}",
        f"{audio / entry.median_s:.1f}",
        _number(ratio),
        f"{entry.best_s:.2f}",
        _number(entry.cpu_s),
        _number(comparison.cpu_ratio(entry)),
        f"{load:.1f}",
        f"{peak / 2**20:.0f}",
        f"{min(idle):.0%}" if idle else NONE,
        NONE if entry.differs is None else f"{entry.differs:.2%}",
    ]


def _number(value: float | None) -> str:
    return NONE if value is None else f"{value:.2f}"


def _stages(comparison: Comparison) -> str:
    """Milliseconds of work for a second of sound, stage by stage."""
    names = list(dict.fromkeys(name for found in comparison.stages.values() for name in found))
    rows = [
        [precision, *(_cell(name, found, comparison.audio_s) for name in names)]
        for precision, found in comparison.stages.items()
    ]
    heading = f"Stages, {comparison.model}, {comparison.folder}: ms of work for a second of sound"
    return f"{heading}\n\n{_table(['precision', *names], rows)}"


def _cell(name: str, found: dict[str, float], audio_s: float) -> str:
    if name not in found:
        return NONE
    return f"{found[name]:.1%}" if name == "waste" else f"{found[name] * 1000 / audio_s:.2f}"


def _point(point: Point) -> list[str]:
    return [
        point.what,
        str(point.size),
        f"{point.audio_s:.0f}",
        f"{point.work_s:.1f}",
        f"{point.an_hour(point.work_s):.1f}",
        NONE if point.cpu_s is None else f"{point.an_hour(point.cpu_s):.1f}",
        f"{point.peak_bytes / 2**20:.0f}",
    ]


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    def lines() -> Iterator[str]:
        yield "| " + " | ".join(headings) + " |"
        yield "|" + "---|" * len(headings)
        for row in rows:
            yield "| " + " | ".join(row) + " |"

    return "\n".join(lines())
