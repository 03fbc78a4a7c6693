"""An evaluation with all that must be said beside it, as plain values and as rows for a table."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from asrcli.evaluate.align import Kind
from asrcli.evaluate.intervals import CONFIDENCE, SEED
from asrcli.evaluate.units import shown
from asrcli.wording import harmless, one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from asrcli.evaluate.align import Step
    from asrcli.evaluate.cer import ErrorCount
    from asrcli.evaluate.normalise import Rules
    from asrcli.evaluate.scores import Evaluation, Score
    from asrcli.evaluate.texts import Texts

    Json: TypeAlias = dict[str, Any]

SCHEMA_VERSION = 1
COLUMNS = (
    "file", "hypothesis", "status", "reference", "correct", "substitutions", "deletions",
    "insertions", "rate",
)  # fmt: skip
MISSING = "(missing)"


@dataclass(frozen=True, slots=True)
class Result:
    """What was compared with what, under which rules, and what came of it."""

    reference: Texts
    hypothesis: Texts
    rules: Rules
    evaluation: Evaluation

    @property
    def unit_name(self) -> str:
        """What `N` counts, for headings."""
        return {"CER": "characters", "WER": "words"}.get(self.rules.unit.rate, "tokens")

    def headings(self) -> tuple[str, ...]:
        """Of `file_rows`."""
        return ("file", self.unit_name, "wrong", "missing", "too many", self.rules.unit.rate)

    def file_rows(self, most: int) -> Iterator[tuple[str, ...]]:
        """The worst files and the pool of all: name, N, S, D, I, rate.

        Args:
            most: how many files; a row says how many more there are.
        """
        worst = self.evaluation.worst()
        for score in worst[:most]:
            mark = f" {MISSING}" if score.hypothesis is None else ""
            yield (one_line(score.name) + mark, *_numbers(score.count))
        if len(worst) > most:
            yield (f"and {len(worst) - most} more", "", "", "", "", "")
        yield ("all", *_numbers(self.evaluation.total))

    def head_rows(self) -> Iterator[tuple[str, str]]:
        """What was compared and how."""
        for side, texts in (("reference", self.reference), ("hypothesis", self.hypothesis)):
            yield side, f"{one_line(texts.source)}, {len(texts.by_name)} in all"
        yield from self.rules.stated().items()

    def summary_rows(self, most: int) -> Iterator[tuple[str, str]]:
        """The pooled figures in words.

        Args:
            most: how many missing and extra names are listed.
        """
        found = self.evaluation
        yield self.rules.unit.rate, f"{found.total.rate:.2%}{self._interval()}"
        yield "sentence errors", f"{found.sentence_error_rate:.2%} ({found.wrong} of {self._files})"
        yield "missing", _listed(found.missing, most, "counted as all deletions")
        yield "extra", _listed(found.extra, most, "in the hypothesis only, not counted")

    def confusion_rows(self, most: int) -> Iterator[tuple[str, str]]:
        """The most frequent errors of each kind, `对>队 ×3`.

        Args:
            most: of each kind.
        """
        names = {
            Kind.SUBSTITUTION: "wrong most often",
            Kind.DELETION: "missing most often",
            Kind.INSERTION: "too many most often",
        }
        for kind, name in names.items():
            pairs = self.evaluation.frequent(kind)[:most]
            if pairs:
                yield name, ", ".join(_error(*pair) for pair in pairs)

    @property
    def _files(self) -> int:
        return len(self.evaluation.scores)

    def _interval(self) -> str:
        interval = self.evaluation.interval
        if interval is None:
            return "; one file gives no confidence interval"
        return (
            f", {CONFIDENCE:.0%} confidence {interval.low:.2%} to {interval.high:.2%} "
            f"(bootstrap over {self._files} files, {interval.resamples} resamples, seed {SEED})"
        )


def as_json(result: Result) -> str:
    """Everything as one JSON document; rates are fractions of 1."""
    found = result.evaluation
    interval = found.interval
    document = {
        "schema_version": SCHEMA_VERSION,
        "reference": result.reference.source,
        "hypothesis": result.hypothesis.source,
        "options": asdict(result.rules),
        "rules": result.rules.stated(),
        "rate_name": result.rules.unit.rate,
        "total": _count(found.total),
        "interval": interval
        and {
            "low": interval.low,
            "high": interval.high,
            "confidence": CONFIDENCE,
            "resamples": interval.resamples,
            "seed": SEED,
        },
        "sentence_error_rate": found.sentence_error_rate,
        "missing": list(found.missing),
        "extra": list(found.extra),
        "frequent": {kind.value: found.frequent(kind) for kind in list(Kind)[1:]},
        "files": [_file(score) for score in found.scores],
    }
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1)
    return text.encode("utf-8", "backslashreplace").decode("utf-8") + "\n"


def as_csv(result: Result) -> str:
    """One row a file, in the reference's order, and one for each extra hypothesis.

    Names that a spreadsheet would run as a formula get a quote in front (OWASP, "CSV Injection").
    """
    stream = io.StringIO()
    rows = csv.writer(stream, lineterminator="\n")
    rows.writerow(COLUMNS)
    for score in result.evaluation.scores:
        status = "missing" if score.hypothesis is None else "done"
        names = (_cell(score.name), _cell(score.hypothesis or ""))
        rows.writerow([*names, status, *_count(score.count).values()])
    for name in result.evaluation.extra:
        rows.writerow(["", _cell(name), "extra", *[""] * (len(COLUMNS) - 3)])
    return stream.getvalue().encode("utf-8", "backslashreplace").decode("utf-8")


def _numbers(count: ErrorCount) -> tuple[str, ...]:
    kinds = (count.reference, count.substitutions, count.deletions, count.insertions)
    return (*map(str, kinds), f"{count.rate:.2%}")


def _count(count: ErrorCount) -> Json:
    return {
        "reference": count.reference,
        "correct": count.correct,
        "substitutions": count.substitutions,
        "deletions": count.deletions,
        "insertions": count.insertions,
        "rate": round(count.rate, 6),
    }


def _file(score: Score) -> Json:
    names = {"file": score.name, "hypothesis": score.hypothesis}
    return names | _count(score.count) | {"errors": list(_errors(score.steps))}


def _errors(steps: Sequence[Step]) -> Iterator[Json]:
    """Every error with the index of the reference's token at which it happened."""
    place = 0
    for step in steps:
        if step.kind is not Kind.CORRECT:
            sides = {"reference": step.reference, "hypothesis": step.hypothesis}
            yield {"at": place, "kind": step.kind.value} | sides
        place += step.kind is not Kind.INSERTION


def _error(reference: str, hypothesis: str, count: int) -> str:
    sides = [one_line(shown(side)) for side in (reference, hypothesis) if side]
    return f"{'>'.join(sides)} ×{count}"


def _listed(names: Sequence[str], most: int, meaning: str) -> str:
    if not names:
        return "none"
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{len(names)}, {meaning}: {', '.join(map(one_line, names[:most]))}{more}"


def _cell(name: str) -> str:
    # A bare carriage return ends a row for many readers, quoted or not.
    return harmless(name).replace("\r", "\\r")
