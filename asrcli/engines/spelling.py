"""Between words and the recogniser's vocabulary.

Paraformer's tokens are single characters and pieces of English words; a piece that goes on ends
in `@@`. The `seg_dict` beside a model spells the English words that it knows.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from asrcli.engines.weights import read_tokens
from asrcli.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

CONTINUES = "@@"
SPECIAL = frozenset({"<blank>", "<s>", "</s>", "<unk>", "<nobias>", "<pad>"})


@dataclass(frozen=True, slots=True)
class Spelling:
    """The vocabulary of one model: `tokens` by id, and words spelled in pieces."""

    tokens: tuple[str, ...]
    ids: Mapping[str, int]
    words: Mapping[str, tuple[str, ...]]

    @classmethod
    def read(cls, folder: Path) -> Spelling:
        """Read `tokens.json` and, where it is there, `seg_dict`.

        Raises:
            ModelError: a file is damaged, or a token stands twice.
        """
        tokens = tuple(read_tokens(folder))
        ids = {token: index for index, token in enumerate(tokens)}
        if len(ids) != len(tokens):
            raise ModelError(f"{folder / 'tokens.json'}: a token stands in it twice")
        return cls(tokens, ids, _read_words(folder / "seg_dict"))

    def encode(self, word: str) -> tuple[int, ...]:
        """Token ids of a hotword.

        Hanzi and digits are tokens of their own; a run of Latin letters is spelled as the model
        spells it.

        Raises:
            ValueError: the model cannot write it; the message says which part.
        """
        found: list[int] = []
        for is_latin, part in groupby(word.lower(), _is_latin):
            text = "".join(part)
            pieces = self.words.get(text) if is_latin else tuple(text)
            if pieces is None:
                # A single piece of the vocabulary needs no entry in the word list.
                pieces = (text,)
            missing = [piece for piece in pieces if piece not in self.ids]
            if missing:
                raise ValueError(f"the model has no token for {missing[0]!r}")
            found += [self.ids[piece] for piece in pieces]
        return tuple(found)

    def merge(self, ids: Sequence[int]) -> tuple[tuple[str, int, int], ...]:
        """Words out of token ids.

        Returns:
            (text, first, last + 1) for each word, with indices into `ids`; special tokens are
            left out.
        """
        words: list[tuple[str, int, int]] = []
        text, first = "", 0
        for index, token in enumerate(self.tokens[i] for i in ids):
            if token in SPECIAL:
                continue
            if not text:
                first = index
            text += token.removesuffix(CONTINUES)
            if not token.endswith(CONTINUES):
                words.append((text, first, index + 1))
                text = ""
        if text:
            words.append((text, first, len(ids)))
        return tuple(words)


def _is_latin(character: str) -> bool:
    return character == "'" or "LATIN" in unicodedata.name(character, "")


def _read_words(path: Path) -> dict[str, tuple[str, ...]]:
    """`seg_dict`: a word, then its pieces, on each line; none where the model has no such file."""
    if not path.exists():
        return {}
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(f"{path}: cannot be read: {error}") from error
    entries = (line.split() for line in lines)
    return {entry[0]: tuple(entry[1:]) for entry in entries if len(entry) > 1}
