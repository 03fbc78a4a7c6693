"""Chinese words: jieba's dictionary, without what jieba does to the process and the machine."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import jieba


def tokenizer() -> jieba.Tokenizer:
    """A cutter of its own, so that nobody's word list reaches anybody else; half a second.

    The jieba of the process stays as it is. Nothing is logged, and no cache is read or written:
    jieba's own lies where everyone on the machine can replace it.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import jieba

    made = jieba.Tokenizer()
    made.FREQ, made.total = made.gen_pfdict(made.get_dict_file())
    made.initialized = True
    return made
