"""A limit is a rate from 0 to 1, and nothing else is taken for one."""

from __future__ import annotations

import pytest

from asrcli.errors import UsageError
from asrcli.evaluate.limit import parse_limit


@pytest.mark.parametrize(
    ("text", "rate"), [("5%", 0.05), ("0.05", 0.05), ("0", 0.0), ("100%", 1.0), (" 2.5% ", 0.025)]
)
def test_rates(text: str, rate: float) -> None:
    assert parse_limit(text) == pytest.approx(rate)


@pytest.mark.parametrize("text", ["5", "", "%", "nan", "-1%", "101%", "inf", "five", "5%%", "1e9"])
def test_anything_else_is_refused_on_one_line(text: str) -> None:
    with pytest.raises(UsageError, match="such as 5% or") as caught:
        parse_limit(text)
    assert "\n" not in str(caught.value)
