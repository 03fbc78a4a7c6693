"""Chinese words: jieba's dictionary, without what jieba does to the process and the machine."""

from __future__ import annotations

import re
import warnings
from typing import TYPE_CHECKING, TypeVar, overload

if TYPE_CHECKING:
    import jieba

Other = TypeVar("Other")

_RUN = re.compile(r"^(.).*\n(?:\1.*\n)*", re.MULTILINE)
"""Lines that follow each other and begin with the same character."""


def tokenizer() -> jieba.Tokenizer:
    """A cutter of its own, so that nobody's word list reaches anybody else.

    It cuts as jieba does, but reads of the dictionary only what its texts ask for: to read all of
    it takes half a second. The jieba of the process stays as it is. Nothing is logged, and no
    cache is read or written: jieba's own lies where everyone on the machine can replace it.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import jieba

    made = jieba.Tokenizer()
    with made.get_dict_file() as file:
        table: bytes = file.read()
    made.FREQ, made.total = _Frequencies(table.decode()), _total(table)
    made.initialized = True
    return made


class _Frequencies(dict[str, int]):
    """The frequency of each word, and 0 for what only begins words, as jieba looks them up.

    All words with one first character are read when something that begins with it is asked for or
    set. So `in`, `get`, `[...]` and `[...] = ` see the whole dictionary; `len` and loops do not.
    """

    def __init__(self, table: str) -> None:
        """Begin with nothing read.

        Args:
            table: lines of a word, its frequency and its tag, with a space between them.
        """
        super().__init__()
        self._table = table
        self._unread: dict[str, list[tuple[int, int]]] = {}
        for run in _RUN.finditer(table):
            self._unread.setdefault(run[1], []).append(run.span())

    def __contains__(self, word: object) -> bool:
        if super().__contains__(word):
            return True
        self._read(word)
        return super().__contains__(word)

    def __getitem__(self, word: str) -> int:
        self._read(word)
        return super().__getitem__(word)

    def __setitem__(self, word: str, frequency: int) -> None:
        # What is read later must not stand over what was set.
        self._read(word)
        super().__setitem__(word, frequency)

    @overload
    def get(self, word: str, default: None = None, /) -> int | None: ...
    @overload
    def get(self, word: str, default: int, /) -> int: ...
    @overload
    def get(self, word: str, default: Other, /) -> int | Other: ...
    def get(self, word: str, default: object = None, /) -> object:
        found = super().get(word)
        if found is None:
            self._read(word)
            found = super().get(word)
        return default if found is None else found

    def _read(self, word: object) -> None:
        """Have all words read that begin as this one does, if this thread or another has not."""
        first = word[:1] if isinstance(word, str) else ""
        runs = self._unread.get(first)
        if runs is None:
            return
        fields = "".join(self._table[start:end] for start, end in runs).split()
        words = fields[::3]
        beginnings = {first, *(word[:end] for word in words for end in range(2, len(word)))}
        found = dict.fromkeys(beginnings, 0)
        found.update(zip(words, map(int, fields[1::3]), strict=True))
        # In one step, and noted as read after it: another thread must not find half of it.
        self.update(found)
        self._unread.pop(first, None)


def _total(table: bytes) -> int:
    """The sum of all frequencies of a table, without a Python step for each line."""
    import numpy as np

    codes = np.frombuffer(table, np.uint8)
    spaces = np.flatnonzero(codes == ord(" "))
    before, behind = spaces[::2], spaces[1::2]
    lengths = behind - before - 1
    total = 0
    for place in range(lengths.max(initial=0)):
        digits = codes[behind[lengths > place] - 1 - place] - ord("0")
        total += 10**place * int(digits.sum(dtype=np.int64))
    return total
