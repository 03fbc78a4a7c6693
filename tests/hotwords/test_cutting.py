"""Words of a dictionary in running text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asrcli.hotwords.background import Background, background
from asrcli.hotwords.cutting import cut


@pytest.mark.parametrize(
    ("run", "words"),
    [
        ("我们在北京大学学习", ["我们", "在", "北京大学", "学习"]),
        ("研究生命起源", ["研究", "生命", "起源"]),
        ("魔搭社区", ["魔", "搭", "社区"]),
        ("好", ["好"]),
        ("", []),
    ],
)
def test_cuts(run: str, words: list[str]) -> None:
    assert cut(run, background()) == words


def test_the_more_probable_cut_is_taken() -> None:
    counts = {"甲": 1, "乙": 1, "丙": 1, "甲乙": 50, "乙丙": 100}
    assert cut("甲乙丙", Background(counts, 1000)) == ["甲", "乙丙"]
    assert cut("甲乙丙", Background(counts | {"甲乙": 5000}, 10_000)) == ["甲乙", "丙"]


@given(st.text("甲乙丙丁", max_size=30))
def test_nothing_is_lost(run: str) -> None:
    words = cut(run, Background({"甲乙": 5, "乙丙丁": 3, "丁": 1}, 9))
    assert "".join(words) == run
    assert all(word in {"甲乙", "乙丙丁"} or len(word) == 1 for word in words)
