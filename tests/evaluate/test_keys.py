"""Names find each other by the strictest rule that is unambiguous, and none is lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asrcli.evaluate.keys import match

NAMES = st.lists(
    st.from_regex(r"(a|b|a/b|客服)(/01|/02)?(\.wav|\.mp3|\.txt)?", fullmatch=True),
    max_size=8,
    unique=True,
)


@pytest.mark.parametrize(
    ("reference", "hypothesis", "pairs"),
    [
        (["a.wav"], ["a.wav"], {"a.wav": "a.wav"}),
        (["a"], ["a.wav"], {"a": "a.wav"}),
        (["a.wav"], ["a.mp3"], {"a.wav": "a.mp3"}),
        (["a.wav"], ["deep/folder/a.wav"], {"a.wav": "deep/folder/a.wav"}),
        (["x\\a.wav"], ["x/a.wav"], {"x\\a.wav": "x/a.wav"}),
        (["./a.wav"], ["a.wav"], {"./a.wav": "a.wav"}),
        (["e\u0301.wav"], ["\u00e9.wav"], {"e\u0301.wav": "\u00e9.wav"}),
        # An exact name is never given to another one.
        (["a.wav", "a.mp3"], ["a.wav"], {"a.wav": "a.wav"}),
        # Two that read the same without suffix or folder: neither is guessed.
        (["a.wav", "a.mp3"], ["a"], {}),
        (["a"], ["x/a.wav", "y/a.wav"], {}),
        (["x/a", "y/a"], ["a"], {}),
        # A date is no suffix.
        (["2024.11.20"], ["2024.11.21"], {}),
        (["call.20"], ["call.21"], {}),
        (["A.WAV"], ["a.wav"], {}),
    ],
)
def test_pairs(reference: list[str], hypothesis: list[str], pairs: dict[str, str]) -> None:
    found = match(reference, hypothesis)
    assert dict(found.pairs) == pairs
    assert set(found.missing) == set(reference) - set(pairs)
    assert set(found.extra) == set(hypothesis) - set(pairs.values())


@given(NAMES, NAMES)
def test_every_name_is_in_one_place_once(reference: list[str], hypothesis: list[str]) -> None:
    found = match(reference, hypothesis)
    left = [name for name, _ in found.pairs]
    right = [name for _, name in found.pairs]
    assert sorted([*left, *found.missing]) == sorted(reference)
    assert sorted([*right, *found.extra]) == sorted(hypothesis)
    for name in set(reference) & set(hypothesis):
        assert (name, name) in found.pairs


@given(NAMES, NAMES, st.randoms())
def test_the_order_of_names_decides_nothing(
    reference: list[str], hypothesis: list[str], random: object
) -> None:
    turned = match(reference[::-1], hypothesis[::-1])
    assert set(match(reference, hypothesis).pairs) == set(turned.pairs)


def test_the_reference_gives_the_order() -> None:
    assert match(["b", "a"], ["a", "b"]).pairs == (("b", "b"), ("a", "a"))
