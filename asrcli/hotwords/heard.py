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


def missed(terms: Sequence[Term], transcripts: Sequence[Document]) -> tuple[Term, ...]:
    """The terms that a recogniser did not get right by itself.

    A term that stands in the transcripts, while nothing else there sounds like it, is left out.
    Terms with something of the same sound come first, each with the commonest three; tones do not
    count. The others follow in their old order: nobody said them yet, or nothing like them came
    out.

    Args:
        terms: what was found in documents.
        transcripts: what was recognised without these terms as hotwords.
    """
    alike = _alike({without_tones(syllables(term.text)) for term in terms}, transcripts)
    text = "\n".join(p.text.casefold() for document in transcripts for p in document.passages)
    kept: list[Term] = []
    for term in terms:
        others = alike[without_tones(syllables(term.text))].copy()
        others.pop(term.text, None)
        if others:
            kept.append(replace(term, heard_as=tuple(others.most_common(SHOWN))))
        elif term.text.casefold() not in text:
            kept.append(term)
    # Stable: within both parts the order stays.
    return tuple(sorted(kept, key=lambda term: not term.heard_as))


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
