"""Hotword lists: every word that a recogniser is told to prefer, checked one by one.

Two words that differ in nothing but case or width are one word; `rules.py` says what a word must
be. `别名 => 词` gives a word an alias: what is recognised as the alias is written as the word.

A weight says how strongly a word is preferred: 1.0 as the model was trained, more for a word that
is still missed, less for one that appears where it was not said. Runtimes of other programs write
weights such as 20; anything above 0 up to 100 is taken as it is given, and the engine scales. An
alias has the weight of its word.

In a text file a number at the end of a line is the weight: `Windows 10` is the word Windows. Such
words can be given in the other formats.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from asrcli.errors import UsageError
from asrcli.hotwords.entries import Entry, read_entries, split_arrow
from asrcli.hotwords.rules import NEUTRAL_WEIGHT, Unusable, checked_text, checked_weight
from asrcli.values import DroppedHotword, HotwordSet
from asrcli.wording import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class ListedWord:
    """A usable word: the 1-based line on which it first stands, and its aliases."""

    line: int
    text: str
    weight: float
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WordList:
    """A list as it will be used, in its order, and what is not used of it."""

    words: tuple[ListedWord, ...]
    dropped: tuple[DroppedHotword, ...]

    def as_set(self) -> HotwordSet:
        """The value that the engines take; an alias stands behind its word."""
        words = [(text, word.weight) for word in self.words for text in (word.text, *word.aliases)]
        aliases = [(alias, word.text) for word in self.words for alias in word.aliases]
        return _hotword_set(words, aliases, self.dropped)


def read_hotwords(path: Path) -> HotwordSet:
    """Read a list: txt, csv, json or toml; UTF-8 or GB18030.

    Words and aliases that cannot be used are dropped with their 1-based line and the reason.

    Raises:
        UsageError: the file is missing, unreadable or malformed, or no word of it can be used.
    """
    found = read_list(path)
    if not found.words:
        dropped = found.dropped
        first = f"; line {dropped[0].line}: {dropped[0].reason}" if dropped else ""
        raise UsageError(f"--hotwords {path}: there is no usable word in it{first}")
    return found.as_set()


def read_list(path: Path) -> WordList:
    """Read a list with the line of every word; one without a usable word is no error.

    Raises:
        UsageError: the file is missing, unreadable or malformed.
    """
    return listed(read_entries(path))


def listed(entries: Iterable[Entry]) -> WordList:
    """Check entries one by one; of a word that comes twice the first one counts."""
    builder = _Builder()
    for entry in entries:
        builder.add(entry)
    return WordList(tuple(builder.words.values()), tuple(builder.dropped))


def hotwords_from_options(options: Iterable[str]) -> HotwordSet:
    """The words of all `--hotword` options; of one given twice the last weight holds.

    Raises:
        UsageError: a word, an alias or a weight cannot be used.
    """
    return merge(*(WordList((_from_option(option),), ()).as_set() for option in options))


def option_entry(option: str, line: int = 0) -> Entry:
    """`词`, `词:2` or `别名|别名 => 词:2` as an entry, nothing checked yet."""
    aliases, rest = split_arrow(option)
    text, colon, weight = rest.replace("：", ":").rpartition(":")
    if colon:
        return Entry(line, text, weight.strip(), aliases)
    return Entry(line, weight, None, aliases)


def merge(*sets: HotwordSet) -> HotwordSet:
    """One set of several.

    A word in more than one keeps its place and takes its last weight. The last set also decides
    what is an alias: of whom, or a word in its own right. An alias of what a later set makes an
    alias follows it, so that no text is ever rewritten twice.
    """
    words: dict[str, tuple[str, float]] = {}
    targets: dict[str, tuple[str, str]] = {}
    for hotwords in sets:
        named = {alias.casefold(): (alias, word) for alias, word in hotwords.aliases}
        for pair in hotwords.words:
            # The pair itself: sets of thousands of words share what they have in common.
            words[pair[0].casefold()] = pair
            targets.pop(pair[0].casefold(), None)
        for key, (alias, word) in targets.items():
            targets[key] = (alias, named.get(word.casefold(), (alias, word))[1])
        targets |= named
    for key, (alias, word) in targets.items():
        own = words.get(key, (alias, NEUTRAL_WEIGHT))[1]
        text, weight = words.get(word.casefold(), (word, own))
        words[key], targets[key] = (alias, weight), (alias, text)
    dropped = [line for hotwords in sets for line in hotwords.dropped]
    return _hotword_set(words.values(), targets.values(), dropped)


class _Builder:
    """Words as they come, each under its text without case."""

    def __init__(self) -> None:
        self.words: dict[str, ListedWord] = {}
        self.dropped: list[DroppedHotword] = []
        self._aliases: dict[str, tuple[int, str]] = {}

    def add(self, entry: Entry) -> None:
        """Take the word and each of its aliases, or note why not."""
        try:
            key = self._add_word(entry)
        except Unusable as reason:
            self._drop(entry.line, entry.text, reason)
            return
        for raw in entry.aliases:
            try:
                self._add_alias(entry.line, raw, key)
            except Unusable as reason:
                self._drop(entry.line, raw, reason)

    def _add_word(self, entry: Entry) -> str:
        text, weight = checked_text(entry.text), checked_weight(entry.weight)
        key = text.casefold()
        _refuse_alias(key, self._aliases)
        before = self.words.get(key)
        if before is None:
            self.words[key] = ListedWord(entry.line, text, weight)
        elif not entry.aliases:
            raise Unusable(f"it stands on line {before.line} already")
        elif entry.weight is not None and weight != before.weight:
            reason = f"its weight stays {before.weight:g}, as on line {before.line}"
            self._drop(entry.line, entry.text, Unusable(reason))
        return key

    def _add_alias(self, line: int, raw: object, key: str) -> None:
        alias = checked_text(raw)
        folded = alias.casefold()
        _refuse_alias(folded, self._aliases)
        word, same = self.words[key], self.words.get(folded)
        if same is word:
            raise Unusable("it is the word itself")
        if same is not None:
            raise Unusable(f"it stands on line {same.line} already, as a word")
        self._aliases[folded] = (line, word.text)
        self.words[key] = replace(word, aliases=(*word.aliases, alias))

    def _drop(self, line: int, text: object, reason: Unusable) -> None:
        self.dropped.append(DroppedHotword(line, one_line(str(text)), str(reason)))


def _refuse_alias(key: str, aliases: Mapping[str, tuple[int, str]]) -> None:
    if key in aliases:
        line, word = aliases[key]
        raise Unusable(f"it stands on line {line} already, as an alias of {word}")


def _from_option(option: str) -> ListedWord:
    found = listed([option_entry(option)])
    if found.dropped:
        message = f"--hotword {one_line(option)!r}: {found.dropped[0].reason}"
        raise UsageError(f"{message}; write WORD or WORD:WEIGHT")
    return found.words[0]


def _hotword_set(
    words: Iterable[tuple[str, float]],
    aliases: Iterable[tuple[str, str]],
    dropped: Iterable[DroppedHotword],
) -> HotwordSet:
    """A set with its hash: SHA-256 over the JSON of words and aliases, empty without words."""
    pairs, named = tuple(words), tuple(aliases)
    canonical = (pairs, sorted(named)) if named else pairs
    data = json.dumps(canonical, ensure_ascii=False, separators=(",", ":")).encode()
    digest = hashlib.sha256(data).hexdigest() if pairs else ""
    return HotwordSet(pairs, tuple(dropped), digest, named)
