"""A rate that may not be exceeded, as people write it."""

from __future__ import annotations

from asrcli.errors import UsageError


def parse_limit(text: str) -> float:
    """A rate from 0 to 1: `0.05` or `5%`.

    A bare `5` is refused: it could mean 5 % as well as 500 %.

    Raises:
        UsageError: it is no such rate.
    """
    number = text.strip()
    try:
        rate = float(number.removesuffix("%")) / (100 if number.endswith("%") else 1)
    except ValueError:
        rate = float("nan")
    if not 0 <= rate <= 1:
        raise UsageError(f"--max-cer: {text!r} must be a rate such as 5% or 0.05")
    return rate
