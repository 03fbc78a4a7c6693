"""Terms of a trade, of a house, of its people: what stands out in texts against the language.

A term is a known word that is rare in the language, a string of characters that holds together
without being made of ordinary words (see `cohesion.py`), or a Latin word with a capital or a digit.
Pure numbers are none. Terms are ranked by the log-likelihood ratio of their frequency here and in
jieba's dictionary (Dunning 1993, "Accurate methods for the statistics of surprise and
coincidence"), where an occurrence that a recogniser was sure of counts little.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from math import log
from typing import TYPE_CHECKING

from asrcli.hotwords.background import background
from asrcli.hotwords.cohesion import LEAST_COUNT, LONGEST, coherent, count_grams
from asrcli.hotwords.cutting import cut
from asrcli.hotwords.rules import HAN, SHORTEST_WORD

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from asrcli.hotwords.background import Background
    from asrcli.hotwords.documents import Document, Passage

RARE_PER_MILLION = 3.0
"""Below this a known word is rare: 腾讯 1.6, 快递 1.7, 退款 0.4, 达摩院 0.1."""

LONGEST_LATIN = 30
MOSTLY_INSIDE = 0.8
"""A term that stands inside a longer one so often is no term of its own."""

_RUN = re.compile(rf"[{HAN}]+")
_NUMERALS = "零〇一二三四五六七八九十百千万亿两幺"
_NUMBER = re.compile(f"[{_NUMERALS}]{{2}}|[{_NUMERALS}]+点|点[{_NUMERALS}]")
_FUNCTION = frozenset(
    "的了是在我你他她它们这那不也都就吗呢吧啊哦嗯把被很还又再才只个些您啦嘛呀么谁"
    "和与及或到要有以对从给让等将已请去说看做叫为"
)
_NEVER_LAST = _FUNCTION | frozenset("上下内会先想")
_LATIN = re.compile(r"[A-Za-z0-9]+(?:[-&][A-Za-z0-9]+)*(?:\+\+|#)?")
_IN_CODE = re.compile(r"[-_/\\.@$%=<{]$")
_CODE_GOES_ON = re.compile(r"[_/\\@={]|\.\w")
_SENTENCE_START = re.compile(r"(?:^|[\n.!?:|#*>`\-])\s*$")
_ENGLISH = frozenset(
    re.findall(
        r"\w+",
        "a an and are as at be but by can do for from has have he her his i if in is it its me my "
        "no not of on or our she so that the their they this to was we what when will with you "
        "your all ok yes hi hello how there here which who why up out about more one",
    )
)


@dataclass(frozen=True, slots=True)
class Term:
    """A proposed hotword.

    `count` and `files` say how often and in how many files it stands, `score` how far it stands
    out, `heard_as` what transcripts hold in its place: (text of the same sound, times).
    """

    text: str
    count: int
    files: int
    score: float
    heard_as: tuple[tuple[str, int], ...] = ()


@dataclass(slots=True)
class _Found:
    """Occurrences of one candidate: `evidence` weighs them by the recogniser's doubt."""

    count: int = 0
    evidence: float = 0.0
    files: set[int] = field(default_factory=set)
    spellings: Counter[str] = field(default_factory=Counter)

    def add(self, file: int, evidence: float, spelling: str) -> None:
        self.count += 1
        self.evidence += evidence
        self.files.add(file)
        self.spellings[spelling] += 1


def find_terms(documents: Sequence[Document]) -> tuple[Term, ...]:
    """Every term of the texts, the one that stands out most first."""
    known = background()
    chinese, chinese_words = _chinese(documents, known)
    latin, latin_words = _latin(documents)
    words_here = chinese_words + latin_words
    terms = [
        Term(found.spellings.most_common(1)[0][0], found.count, len(found.files), score)
        for text, found in (*chinese.items(), *latin.items())
        if (score := _surprise(found.evidence, words_here, known.counts.get(text, 0), known)) > 0
    ]
    return tuple(sorted(terms, key=lambda term: (-term.score, term.text)))


def render(terms: Iterable[Term], documents: Sequence[Document]) -> str:
    """A hotword list: one term a line, what is known of it behind a number sign."""
    characters = sum(len(p.text) for document in documents for p in document.passages)
    lines = [
        f"# Terms of {len(documents)} files, {characters} characters, ranked by the log-likelihood",
        "# ratio of their frequency here and in jieba's dictionary. Keep what is said and missed.",
    ]
    for term in terms:
        note = f"{term.count} times in {term.files} file" + "s" * (term.files > 1)
        heard = ", ".join(f"{text} {times}" for text, times in term.heard_as)
        lines.append(f"{term.text}  # {note}" + (f"; heard as {heard}" if heard else ""))
    return "\n".join(lines) + "\n"


def chinese_runs(passage: Passage) -> Iterator[tuple[int, str]]:
    """(start, text) of every unbroken run of Chinese characters."""
    for match in _RUN.finditer(passage.text):
        yield match.start(), match[0]


def _chinese(documents: Sequence[Document], known: Background) -> tuple[dict[str, _Found], int]:
    """Candidates of Chinese characters, and how many words the texts hold."""
    runs = [
        (file, passage, start, run)
        for file, document in enumerate(documents)
        for passage in document.passages
        for start, run in chinese_runs(passage)
    ]
    texts = [run for _, _, _, run in runs]
    cuts = [cut(text, known) for text in texts]
    words = Counter(word for pieces in cuts for word in pieces)
    counts = {word: count for word, count in words.items() if _is_rare(word, count, known)}
    new = coherent(texts, count_grams(texts))
    counts |= {gram: count for gram, count in new.items() if _may_be_new(gram, known)}
    chosen = frozenset(_disentangled(counts))
    found: defaultdict[str, _Found] = defaultdict(_Found)
    for file, passage, offset, run in runs:
        for start, end in _places(run, chosen):
            evidence = _evidence(passage, offset + start, offset + end)
            found[run[start:end]].add(file, evidence, run[start:end])
    often = {text: one for text, one in found.items() if one.count >= LEAST_COUNT}
    return often, words.total()


def _is_rare(word: str, count: int, known: Background) -> bool:
    """Whether a word of the dictionary, as the texts were cut, is a candidate."""
    if len(word) == 1 or count < LEAST_COUNT or _NUMBER.search(word):
        return False
    return known.per_million(word) < RARE_PER_MILLION


def _may_be_new(gram: str, known: Background) -> bool:
    """Whether a string unknown to the dictionary is more than a phrase of ordinary words."""
    if gram in known.counts or gram[-1] in _NEVER_LAST or _NUMBER.search(gram):
        return False
    pieces = cut(gram, known)
    ordinary = sum(len(piece) > 1 and known.is_ordinary(piece) for piece in pieces)
    return ordinary < min(2, len(pieces)) and not _FUNCTION & set(pieces)


def _disentangled(counts: dict[str, int]) -> set[str]:
    """The candidates without those that stand for another: of a nest of words one remains."""
    kept: set[str] = set()
    for gram in sorted(counts, key=lambda gram: (len(gram), gram)):
        inside = {
            part
            for start in range(len(gram))
            for end in range(start + 2, len(gram) + 1)
            if (part := gram[start:end]) in kept
        }
        if all(counts[gram] >= MOSTLY_INSIDE * counts[part] for part in inside):
            kept = kept - inside | {gram}
    return kept


def _places(run: str, chosen: frozenset[str]) -> Iterator[tuple[int, int]]:
    """Where chosen strings stand in a run, the longest first, none inside another."""
    start = 0
    while start < len(run):
        ends = range(min(start + LONGEST, len(run)), start + 1, -1)
        end = next((end for end in ends if run[start:end] in chosen), start)
        if end > start:
            yield start, end
        start = max(end, start + 1)


def _latin(documents: Sequence[Document]) -> tuple[dict[str, _Found], int]:
    """Candidates in Latin letters by their text without case, and how many words there are.

    A written one needs a capital or a digit.
    """
    found: defaultdict[str, _Found] = defaultdict(_Found)
    plain: Counter[str] = Counter()
    for file, document in enumerate(documents):
        for passage in document.passages:
            for start, text in _latin_words(passage.text):
                evidence = _evidence(passage, start, start + len(text))
                found[text.casefold()].add(file, evidence, text)
                plain[text.casefold()] += not passage.doubts and _is_plain(
                    passage.text, start, text
                )
    often = {
        key: one
        for key, one in found.items()
        if one.count >= LEAST_COUNT and plain[key] <= one.count / 2
    }
    return often, sum(one.count for one in found.values())


def _latin_words(text: str) -> Iterator[tuple[int, str]]:
    """(start, text) of every Latin word that is no number and no piece of code or of a path."""
    for match in _LATIN.finditer(text):
        word = match[0]
        if not SHORTEST_WORD <= len(word) <= LONGEST_LATIN or word.casefold() in _ENGLISH:
            continue
        before = text[max(0, match.start() - 1) : match.start()]
        in_code = _IN_CODE.search(before) or _CODE_GOES_ON.match(text, match.end())
        if not in_code and re.search("[A-Za-z]", word):
            yield match.start(), word


def _is_plain(text: str, start: int, word: str) -> bool:
    """Whether a written word looks like any English one, as it is or as a sentence's first."""
    if not word.isalpha() or not word[1:].islower():
        return False
    return word.islower() or _SENTENCE_START.search(text[max(0, start - 4) : start]) is not None


def _evidence(passage: Passage, start: int, end: int) -> float:
    """1 in a written text, the mean doubt of the characters in a transcript."""
    doubts = passage.doubts[start:end]
    return sum(doubts) / len(doubts) if doubts else 1.0


def _surprise(evidence: float, words_here: int, elsewhere: int, known: Background) -> float:
    """Dunning's ratio for a word that is more frequent here than elsewhere, else 0."""
    if evidence * known.total <= elsewhere * words_here:
        return 0.0
    rate = (evidence + elsewhere) / (words_here + known.total)
    score = evidence * log(evidence / (rate * words_here))
    if elsewhere:
        score += elsewhere * log(elsewhere / (rate * known.total))
    return 2 * score
