"""A trial as tables for people, as CSV and as JSON."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
from typing import TYPE_CHECKING

from asrcli.hotwords.advice import Action

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asrcli.hotwords.advice import Advice
    from asrcli.hotwords.score import Edits, Hits, Score, WordScore
    from asrcli.hotwords.trial import Trial

SUMMARY = ("measure", "without", "with the list")
WORDS = ("word", "said", "found without", "found with", "inserted", "advice", "why")
SWEEP = (
    *("weights", "recall", "precision", "F1", "rescued"),
    *("false insertions", "CER", "CER name-free"),
)
CSV_COLUMNS = (
    *("word", "reference", "true_positives_without", "true_positives", "missed", "rescued"),
    *("lost", "false_insertions_without", "false_insertions", "recall", "precision", "f1"),
    *("advice", "weight", "alias", "reason"),
)
HARMED = ("name-free recording made worse", "characters", "wrong without", "wrong with")
NOTHING = "-"


def summary_rows(score: Score) -> Iterator[tuple[str, str, str]]:
    """The list as a whole, under `SUMMARY`."""
    before, after = score.total.without, score.total.biased
    yield "occurrences said", str(before.reference), ""
    yield "recall", _percent(before.recall), _percent(after.recall)
    yield "precision", _percent(before.precision), _percent(after.precision)
    yield "F1", _percent(before.f1), _percent(after.f1)
    rescued = f"{_percent(score.rescue_recall)} ({score.total.rescued} of {score.total.missed})"
    yield "recall of words missed without the list", "", rescued
    yield "lost with the list", "", str(score.total.lost)
    yield "false insertions", str(before.false_insertions), str(after.false_insertions)
    hourly = [_number(score.insertions_per_hour(hits)) for hits in (before, after)]
    yield "false insertions an hour", hourly[0], hourly[1]
    yield "CER", _percent(score.cer_without.rate), _percent(score.cer_biased.rate)
    yield (
        f"CER of {len(score.free)} name-free of {len(score.files)} recordings",
        _percent(score.free_cer_without.rate),
        _percent(score.free_cer_biased.rate),
    )


def word_rows(trial: Trial) -> Iterator[tuple[str, ...]]:
    """The words that were said, heard or are to be changed, the busiest first, under `WORDS`."""
    pairs = zip(trial.score.words, trial.advice, strict=True)
    shown = [pair for pair in pairs if _is_news(*pair)]
    for word, advice in sorted(shown, key=lambda pair: -pair[0].biased.reference):
        yield (
            word.word,
            str(word.biased.reference),
            str(word.without.true_positives),
            str(word.biased.true_positives),
            str(word.biased.false_insertions),
            _advice(advice),
            advice.reason,
        )


def harmed_rows(score: Score) -> Iterator[tuple[str, ...]]:
    """The free recordings that got worse, the worst first, under `HARMED`."""
    for one in score.harmed:
        counts = (one.without.reference, one.without.edits, one.biased.edits)
        yield (one.file, *map(str, counts))


def sweep_rows(trial: Trial) -> Iterator[tuple[str, ...]]:
    """The list at every factor, under `SWEEP`."""
    for factor, score in trial.sweep:
        hits = score.total.biased
        yield (
            f"x {factor:g}",
            _percent(hits.recall),
            _percent(hits.precision),
            _percent(hits.f1),
            str(score.total.rescued),
            str(hits.false_insertions),
            _percent(score.cer_biased.rate),
            _percent(score.free_cer_biased.rate),
        )


def as_csv(trial: Trial) -> str:
    """Every word of the list, a row each, under `CSV_COLUMNS`."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    for word, advice in zip(trial.score.words, trial.advice, strict=True):
        hits = word.biased
        counts = (
            *(word.word, hits.reference, word.without.true_positives, hits.true_positives),
            *(word.missed, word.rescued, word.lost),
            *(word.without.false_insertions, hits.false_insertions),
        )
        rates = (_plain(rate) for rate in (hits.recall, hits.precision, hits.f1))
        change = (advice.action, _plain(advice.weight), advice.alias, advice.reason)
        writer.writerow((*counts, *rates, *change))
    return buffer.getvalue()


def as_json(trial: Trial, *, harm: tuple[str, ...], max_harm_points: float) -> str:
    """The whole trial; rates are shares of 1, None where there is nothing to divide by."""
    document = {
        "harm": list(harm),
        "max_harm_points": max_harm_points,
        "score": _score(trial.score),
        "sweep": [{"factor": factor, "score": _score(score)} for factor, score in trial.sweep],
        "words": [
            {**_word(word), "advice": dataclasses.asdict(advice)}
            for word, advice in zip(trial.score.words, trial.advice, strict=True)
        ],
        "files": [dataclasses.asdict(one) for one in trial.score.files],
        "left_out": list(trial.left_out),
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _score(score: Score) -> dict[str, object]:
    without, biased = score.total.without, score.total.biased
    return {
        "recordings": len(score.files),
        "free_recordings": len(score.free),
        "audio_ms": score.audio_ms,
        "without": _hits(without),
        "biased": _hits(biased),
        "missed": score.total.missed,
        "rescued": score.total.rescued,
        "lost": score.total.lost,
        "rescue_recall": score.rescue_recall,
        "false_insertions_per_hour_without": score.insertions_per_hour(without),
        "false_insertions_per_hour": score.insertions_per_hour(biased),
        "cer_without": _edits(score.cer_without),
        "cer": _edits(score.cer_biased),
        "free_cer_without": _edits(score.free_cer_without),
        "free_cer": _edits(score.free_cer_biased),
        "harm_points": score.harm_points,
    }


def _word(word: WordScore) -> dict[str, object]:
    return {
        "word": word.word,
        "without": _hits(word.without),
        "biased": _hits(word.biased),
        "missed": word.missed,
        "rescued": word.rescued,
        "lost": word.lost,
    }


def _hits(hits: Hits) -> dict[str, object]:
    rates = {"recall": hits.recall, "precision": hits.precision, "f1": hits.f1}
    return {**dataclasses.asdict(hits), **rates}


def _edits(edits: Edits) -> dict[str, object]:
    return {**dataclasses.asdict(edits), "rate": edits.rate}


def _is_news(word: WordScore, advice: Advice) -> bool:
    heard = word.without.hypothesis or word.biased.hypothesis
    return bool(word.biased.reference or heard or advice.action is not Action.KEEP)


def _advice(advice: Advice) -> str:
    if advice.alias:
        return f"{advice.action}: {advice.alias} => {advice.word}"
    return advice.action if advice.weight is None else f"{advice.action} to {advice.weight:g}"


def _percent(rate: float | None) -> str:
    return NOTHING if rate is None else f"{100 * rate:.1f}%"


def _number(value: float | None) -> str:
    return NOTHING if value is None else f"{value:.1f}"


def _plain(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"
