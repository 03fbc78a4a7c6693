"""Which terms earlier transcripts got wrong: what sounds like them and is written otherwise."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from asrcli.hotwords.pronounce import syllables, without_tones
from asrcli.hotwords.terms import chinese_runs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asrcli.hotwords.documents import Document
    from asrcli.hotwords.terms import Term

SHOWN = 3

LEAST_WRONG = 0.1
"""A term that is right nine times out of ten needs no help."""


def missed(terms: Sequence[Term], transcripts: Sequence[Document]) -> tuple[Term, ...]:
    """The terms that a recogniser did not get right by itself.

    A term that stands in the transcripts, while next to nothing else there sounds like it, is left
    out. Terms with something of the same sound in their place come first, by their score times the
    share that is wrong, each with the commonest three; tones do not count. The others follow in
    their old order: nobody said them yet, or nothing like them came out.

    Args:
        terms: what was found in documents.
        transcripts: what was recognised without these terms as hotwords.
    """
    alike = _alike({without_tones(syllables(term.text)) for term in terms}, transcripts)
    text = "\n".join(p.text.casefold() for document in transcripts for p in document.passages)
    misheard: list[tuple[float, Term]] = []
    unheard: list[Term] = []
    for term in terms:
        heard = alike[without_tones(syllables(term.text))].copy()
        right, wrong = heard.pop(term.text, 0), heard.total()
        if wrong and wrong / (right + wrong) >= LEAST_WRONG:
            share = wrong / (right + wrong)
            shown = replace(term, heard_as=tuple(heard.most_common(SHOWN)))
            misheard.append((term.score * share, shown))
        elif term.text.casefold() not in text:
            unheard.append(term)
    misheard.sort(key=lambda pair: -pair[0])
    return (*(term for _, term in misheard), *unheard)


def _alike(
    wanted: set[tuple[str, ...]], transcripts: Sequence[Document]
) -> defaultdict[tuple[str, ...], Counter[str]]:
    """Every text in the transcripts that has one of the wanted sounds, with its count."""
    found: defaultdict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    sizes = sorted({len(sounds) for sounds in wanted})
    for document in transcripts:
        for passage in document.passages:
            for _, run in chinese_runs(passage):
                sounds = without_tones(syllables(run))
                for start in range(len(run)):
                    for size in sizes:
                        heard = sounds[start : start + size]
                        if len(heard) == size and heard in wanted:
                            found[heard][run[start : start + size]] += 1
    return found
