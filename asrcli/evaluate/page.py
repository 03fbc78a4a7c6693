"""An evaluation as one page of HTML that needs nothing else and can run nothing."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from asrcli.evaluate.align import Kind
from asrcli.evaluate.units import shown
from asrcli.wording import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from asrcli.evaluate.align import Step
    from asrcli.evaluate.result import Result
    from asrcli.evaluate.scores import Score

NOTHING = "∅"

_STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; }
table { border-collapse: collapse; margin: 1rem 0; }
th, td { padding: .15rem .8rem .15rem 0; text-align: left; vertical-align: top; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
.text { line-height: 3.4; }
.pair { display: inline-block; line-height: 1.3; text-align: center; vertical-align: middle; }
.pair span { display: block; padding: 0 .1em; white-space: pre-wrap; }
.word { margin-right: .3em; }
.substitution { background: #f5d76e; color: #000; }
.deletion { background: #f1948a; color: #000; }
.insertion { background: #8fd19e; color: #000; }
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
MOST_NAMES = 100


def render(result: Result, rows: int) -> str:
    """The whole page: figures, rules, files from the worst down, and every text aligned.

    In an aligned text the reference stands above the hypothesis wherever they differ.

    Args:
        result: what to show.
        rows: how many of the most frequent errors of each kind.
    """
    name = result.rules.unit.rate
    title = f"{name} {result.evaluation.total.rate:.2%}"
    worst = result.evaluation.worst()
    parts = [
        '<!DOCTYPE html>\n<html lang="zh">\n<head>\n<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        '<meta name="viewport" content="width=device-width">',
        f"<title>{_safe(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>",
        f"<h1>{_safe(title)}</h1>",
        _table(result.summary_rows(MOST_NAMES)),
        "<h2>How it was compared</h2>",
        _table(result.head_rows()),
        "<h2>Files</h2>",
        _table(result.file_rows(len(worst)), result.headings()),
        "<h2>Most frequent errors</h2>",
        _table(result.confusion_rows(rows)),
        "<h2>Texts</h2>",
        *(_aligned(score) for score in worst),
        "</body>\n</html>\n",
    ]
    return "\n".join(parts)


def _table(rows: Iterable[Sequence[str]], headings: Sequence[str] = ()) -> str:
    head = "".join(f"<th>{_safe(cell)}</th>" for cell in headings)
    body = "\n".join(f"<tr>{_cells(row)}</tr>" for row in rows)
    return f"<table>\n{f'<tr>{head}</tr>' if head else ''}{body}\n</table>"


def _cells(row: Sequence[str]) -> str:
    figure = ' class="number"'
    first, *others = row
    attribute = figure if len(row) > 2 else ""
    return f"<td>{_safe(first)}</td>" + "".join(
        f"<td{attribute}>{_safe(cell)}</td>" for cell in others
    )


def _aligned(score: Score) -> str:
    rate = "no hypothesis" if score.hypothesis is None else f"{score.count.rate:.2%}"
    text = "".join(_step(step) for step in score.steps)
    return f'<h3>{_safe(score.name)} ({rate})</h3>\n<p class="text">{text}</p>'


def _step(step: Step) -> str:
    gap = " word" if max(len(step.reference), len(step.hypothesis)) > 1 else ""
    if step.kind is Kind.CORRECT:
        word = _safe(shown(step.reference))
        return f'<span class="word">{word}</span>' if gap else word
    sides = [_safe(shown(side)) or NOTHING for side in (step.reference, step.hypothesis)]
    lines = "".join(f"<span>{side}</span>" for side in sides)
    return f'<span class="pair {step.kind.value}{gap}" title="{step.kind.value}">{lines}</span>'


def _safe(text: str) -> str:
    return escape(one_line(text))
