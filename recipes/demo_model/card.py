"""The model card: what the model is for, how it was made, what it reaches."""

from __future__ import annotations

from recipes.demo_model.lexicon import TEXTS


def card(table: str, *, tokens: int, free: int) -> str:
    """The text of the card.

    Args:
        table: Markdown, from the evaluation.
        tokens: size of the vocabulary; five of them are not characters.
        free: number of free sentences in the test.
    """
    text = (TEXTS / "card.md").read_text(encoding="utf-8")
    return text.format(table=table, tokens=tokens, characters=tokens - 5, free=free)
