"""Hotword lists: every word that a recogniser is told to prefer, checked one by one.

Text is normalised to NFKC, so that full-width letters, digits and blanks become the usual ones.
Letters keep their case, because that is how the transcript will show them; two words that differ
in nothing but case are one word.

A weight says how strongly a word is preferred: 1.0 as the model was trained, more for a word that
is still missed, less for one that appears where it was not said. Runtimes of other programs write
weights such as 20; anything above 0 up to 100 is taken as it is given, and the engine scales.
In a text file a number at the end of a line is the weight: `Windows 10` is the word Windows. Such
words can be given in the other formats.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
import unicodedata
from typing import TYPE_CHECKING

from asrcli.errors import UsageError
from asrcli.hotwords.entries import Entry, read_entries
from asrcli.values import DroppedHotword, HotwordSet
from asrcli.wording import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

NEUTRAL_WEIGHT = 1.0
HIGHEST_WEIGHT = 100.0
LONGEST_WORD = 100

_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_BLANK_IN_CHINESE = re.compile(rf"[{_HAN}]\s+[{_HAN}]")


class _Unusable(Exception):  # noqa: N818 - a verdict on a word, it never leaves this module
    """Why a word is not used."""


def read_hotwords(path: Path) -> HotwordSet:
    """Read a list: txt (`词`, `词 weight`, `# comment`), csv, json or toml; UTF-8 or GB18030.

    Words that cannot be used are dropped with their 1-based line and the reason.

    Raises:
        UsageError: the file is missing, unreadable or malformed, or no word of it can be used.
    """
    words: dict[str, tuple[str, float]] = {}
    lines: dict[str, int] = {}
    dropped: list[DroppedHotword] = []
    for entry in read_entries(path):
        try:
            text, weight = _checked(entry)
            _refuse_repeated(text, lines)
        except _Unusable as reason:
            dropped.append(DroppedHotword(entry.line, one_line(str(entry.text)), str(reason)))
            continue
        words[text.casefold()] = (text, weight)
        lines[text.casefold()] = entry.line
    if not words:
        first = f"; line {dropped[0].line}: {dropped[0].reason}" if dropped else ""
        raise UsageError(f"--hotwords {path}: there is no usable word in it{first}")
    return _hotword_set(words.values(), dropped)


def parse_hotword(option: str) -> tuple[str, float]:
    """Read one `--hotword`: `阿里巴巴` or `阿里巴巴:2`, the colon may be full-width.

    Raises:
        UsageError: the word or its weight cannot be used.
    """
    text, colon, weight = option.replace("：", ":").rpartition(":")
    entry = Entry(0, text, weight.strip()) if colon else Entry(0, weight)
    try:
        return _checked(entry)
    except _Unusable as reason:
        message = f"--hotword {one_line(option)!r}: {reason}; write WORD or WORD:WEIGHT"
        raise UsageError(message) from reason


def hotwords_from_options(options: Iterable[str]) -> HotwordSet:
    """The words of all `--hotword` options; of one given twice the last weight holds.

    Raises:
        UsageError: a word or its weight cannot be used.
    """
    return merge(*(_hotword_set([parse_hotword(option)], ()) for option in options))


def merge(*sets: HotwordSet) -> HotwordSet:
    """One set of several; a word in more than one keeps its place and takes its last weight."""
    words: dict[str, tuple[str, float]] = {}
    for hotwords in sets:
        words.update((text.casefold(), (text, weight)) for text, weight in hotwords.words)
    return _hotword_set(words.values(), [line for hotwords in sets for line in hotwords.dropped])


def _hotword_set(
    words: Iterable[tuple[str, float]], dropped: Iterable[DroppedHotword]
) -> HotwordSet:
    """A set with its hash: SHA-256 over the JSON of the words in order, empty without words."""
    canonical = tuple(words)
    data = json.dumps(canonical, ensure_ascii=False, separators=(",", ":")).encode()
    digest = hashlib.sha256(data).hexdigest() if canonical else ""
    return HotwordSet(canonical, tuple(dropped), digest)


def _refuse_repeated(text: str, lines: Mapping[str, int]) -> None:
    line = lines.get(text.casefold())
    if line is not None:
        raise _Unusable(f"it stands on line {line} already")


def _checked(entry: Entry) -> tuple[str, float]:
    """The word and its weight as they are used.

    Raises:
        _Unusable: one of them cannot be.
    """
    return _checked_text(entry.text), _checked_weight(entry.weight)


def _checked_text(raw: object) -> str:
    if not isinstance(raw, str):
        raise _Unusable("it is not a word")
    # Blanks of every width are one; a tab or a line break inside a word is a mistake.
    text = re.sub(r" +", " ", _with_plain_blanks(raw)).strip(" \t\r\n")
    kinds = {unicodedata.category(character) for character in text}
    if kinds & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}:
        raise _Unusable("a control or unknown character is in it")
    if not {"L", "N"} & {kind[0] for kind in kinds}:
        raise _Unusable("there is no letter or Chinese character in it" if text else "it is empty")
    if len(text) > LONGEST_WORD:
        raise _Unusable(f"it is longer than {LONGEST_WORD} characters")
    if _BLANK_IN_CHINESE.search(text):
        raise _Unusable("a blank is inside a Chinese word; write one word a line")
    return text


def _with_plain_blanks(raw: str) -> str:
    text = unicodedata.normalize("NFKC", raw)
    return "".join(" " if unicodedata.category(c) == "Zs" else c for c in text)


def _checked_weight(raw: object) -> float:
    if raw is None:
        return NEUTRAL_WEIGHT
    try:
        weight = math.nan if isinstance(raw, bool) else float(str(raw))
    except ValueError:
        weight = math.nan
    if math.isnan(weight):
        raise _Unusable(f"the weight {one_line(str(raw))!r} is not a number")
    if not 0 < weight <= HIGHEST_WEIGHT:
        raise _Unusable(f"the weight {weight:g} is not above 0 and at most {HIGHEST_WEIGHT:g}")
    return weight
