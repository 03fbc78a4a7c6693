from __future__ import annotations

import pytest

from asrcli.captions.labels import label, labelled
from asrcli.values import Cue

NAMES = ("坐席", "客户")


@pytest.mark.parametrize(("channel", "shown"), [(0, "坐席: "), (1, "客户: "), (2, ""), (None, "")])
def test_a_channel_with_a_name_has_a_label(channel: int | None, shown: str) -> None:
    assert label(NAMES, channel) == shown


def test_the_name_stands_before_the_first_line_of_each_speaker() -> None:
    assert labelled(Cue(0, 1000, "您好\n请讲", 0), NAMES) == "坐席: 您好\n请讲"
    both = Cue(0, 1000, "您好\n我要退款", 0, ((0, "您好"), (1, "我要退款")))
    assert labelled(both, NAMES) == "坐席: 您好\n客户: 我要退款"


def test_without_names_the_text_stands_alone() -> None:
    both = Cue(0, 1000, "您好\n喂", 0, ((0, "您好"), (1, "喂")))
    assert labelled(both, ()) == both.text
